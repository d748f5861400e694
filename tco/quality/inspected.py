"""Tasks and endpoints as Inspect has them: samples, tools, models, one evaluation a model."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from inspect_ai import Task
from inspect_ai.dataset import Sample
from inspect_ai.model import (
    ChatMessage,
    ChatMessageAssistant,
    ChatMessageSystem,
    ChatMessageUser,
    GenerateConfig,
    Model,
    get_model,
)
from inspect_ai.solver import Generate, Solver, TaskState, solver
from inspect_ai.tool import Tool as InspectTool
from inspect_ai.tool import ToolDef, ToolError, ToolParams

from tco.quality.endpoints import Endpoint
from tco.quality.scoring import TASK, accepted, judge_role
from tco.quality.tasks import Message, OfferedTool, QualityTask

MOST_MESSAGES: Final = 60
"""Of a conversation with tools; then it ends, and what was said last is scored."""
MOST_RETRIES: Final = 5
NO_KEY: Final = "none"
"""Shown to a server that asks for none, for the client will not go without."""
_MESSAGES: Final[Mapping[str, Any]] = {
    "system": ChatMessageSystem,
    "user": ChatMessageUser,
    "assistant": ChatMessageAssistant,
}


def model_at(endpoint: Endpoint, config: GenerateConfig) -> Model:
    """Build the client of an endpoint."""
    return get_model(
        f"openai-api/{endpoint.slug}/{endpoint.served}",
        base_url=endpoint.address,
        api_key=endpoint.key or NO_KEY,
        config=config,
        memoize=False,
    )


def evaluation_of(
    endpoint: Endpoint,
    model: Model,
    tasks: Sequence[QualityTask],
    judges: Mapping[str, Model],
    told: Mapping[str, Any],
) -> Task:
    """Build the evaluation of one model.

    Parameters
    ----------
    judges
        Models that grade, by the name of their endpoint.
    told
        What its log says of it, beside what Inspect says.
    """
    return Task(
        name=endpoint.slug,
        dataset=[_sample(task) for task in tasks],
        solver=converse(),
        scorer=accepted(),
        model=model,
        model_roles={judge_role(name): judge for name, judge in judges.items()},
        message_limit=MOST_MESSAGES,
        fail_on_error=False,
        metadata=dict(told),
    )


def _sample(task: QualityTask) -> Sample:
    plain = task.model_dump(mode="json", exclude_defaults=True)
    plain["scorer"]["kind"] = task.scorer.kind
    return Sample(
        id=task.id,
        input=[_message(message) for message in task.conversation],
        metadata={TASK: plain},
    )


def _message(message: Message) -> ChatMessage:
    built: ChatMessage = _MESSAGES[message.role](content=message.content)
    return built


@solver
def converse() -> Solver:
    """Answer with the tools of the task, until the model calls none."""

    async def _solve(state: TaskState, generate: Generate) -> TaskState:
        task = QualityTask.model_validate(state.metadata[TASK])
        state.tools = [tool_of(tool) for tool in task.tools]
        return await generate(state, tool_calls="loop")

    return _solve


def tool_of(offered: OfferedTool) -> InspectTool:
    """Build a tool that answers as its task says.

    Raises
    ------
    ValidationError
        If its parameters are no schema of an object.
    """
    calls = 0

    async def _call(**kwargs: Any) -> str:  # noqa: ANN401 - whatever the model gives
        nonlocal calls
        calls += 1
        if offered.fails_first is not None and calls == 1:
            raise ToolError(offered.fails_first)
        return offered.returns

    parameters = ToolParams.model_validate(offered.parameters)
    for name, parameter in parameters.properties.items():
        parameter.description = parameter.description or name  # Inspect takes none without
    return ToolDef(
        _call, name=offered.name, description=offered.description, parameters=parameters
    ).as_tool()
