"""Whether an answer is accepted, which calls were right, and whether a failure was mended.

Scorers of Inspect where it has them; a schema and a tolerance are checked here.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from inspect_ai.model import ChatMessage, ChatMessageAssistant, ChatMessageTool, ContentText
from inspect_ai.scorer import (
    CORRECT,
    INCORRECT,
    Score,
    Target,
    accuracy,
    includes,
    match,
    model_graded_qa,
    scorer,
)
from inspect_ai.scorer import Scorer as InspectScorer
from inspect_ai.solver import TaskState
from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError
from referencing import Registry

from tco.quality.tasks import (
    Exact,
    Graded,
    Includes,
    JsonSchema,
    Number,
    QualityTask,
    Regex,
)

TASK: Final = "task"
"""Key of a sample's metadata that holds the task, as its file has it."""
_NOTHING_FETCHED: Final[Registry[Any]] = Registry()
"""Where a schema may refer to: itself, and no address."""
_FENCE: Final = re.compile(r"```(?:json)?\s*\n(.*?)```", re.DOTALL)
_NUMBER: Final = re.compile(r"-?\d[\d,]*(?:\.\d+)?(?:[eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Conduct:
    """How a model went about a task."""

    refused: bool
    tool_calls_right: float | None
    """Share of the calls that were expected or made that are both [1]; None: none expected."""
    recovered: bool | None
    """Whether a planted failure was followed by another call and an accepted answer."""


def judge_role(name: str) -> str:
    """Name the role that a judge plays, by the name of its endpoint."""
    return f"judge {name}"


@scorer(metrics=[accuracy()], name="accepted")
def accepted() -> InspectScorer:
    """Score every task by the scorer that it names, and note how the model went about it."""

    async def _score(state: TaskState, target: Target) -> Score:
        task = QualityTask.model_validate(state.metadata[TASK])
        score = await _scored(task, state)
        is_right = score is not None and score.value == CORRECT
        conduct = conduct_of(task, state.messages, is_accepted=is_right)
        told = (score.explanation if score else None) or ""
        if conduct.refused:
            is_right = False
        return Score(
            value=CORRECT if is_right else INCORRECT,
            answer=state.output.completion,
            explanation=told,
            metadata={**asdict(conduct), "is_judged": score is not None},
        )

    return _score


async def _scored(task: QualityTask, state: TaskState) -> Score | None:
    """Score of the answer; None where its judge gave no grade."""
    asked, answer = task.scorer, state.output.completion
    match asked:
        case Exact():
            same = match(location="exact", ignore_case=False)
            return await same(state, Target(list(asked.expected)))
        case Includes():
            return await includes(ignore_case=False)(state, Target(list(asked.expected)))
        case Regex():
            return _verdict(re.search(asked.pattern, answer) is not None)
        case JsonSchema():
            return _verdict(is_admitted(answer, asked.admits))
        case Number():
            found = last_number(answer)
            near = found is not None and abs(found - asked.expected) <= asked.tolerance
            return _verdict(near)
        case Graded():
            graded = await model_graded_qa(model_role=judge_role(asked.judge))(
                state, Target(asked.rubric)
            )
            return graded if graded is not None and graded.value in {CORRECT, INCORRECT} else None


def _verdict(is_right: bool) -> Score:
    return Score(value=CORRECT if is_right else INCORRECT)


def is_admitted(answer: str, schema: Mapping[str, Any]) -> bool:
    r"""Whether an answer is JSON that a schema admits; a code fence around it does not count.

    Examples
    --------
    >>> is_admitted('```json\n{"a": 1}\n```', {"required": ["a"]})
    True
    >>> is_admitted("a is 1", {})
    False
    """
    fenced = _FENCE.search(answer)
    try:
        held = json.loads(fenced.group(1) if fenced else answer)
        return bool(Draft202012Validator(schema, registry=_NOTHING_FETCHED).is_valid(held))
    except (ValueError, RecursionError, SchemaError):
        return False


def fault_of(schema: Mapping[str, Any]) -> str | None:
    """Why nothing can be held against a schema; None where something can.

    Examples
    --------
    >>> fault_of({"$ref": "https://example.org/schema.json"})
    'refers to https://example.org/schema.json, and only parts of itself are looked up'
    """
    try:
        Draft202012Validator.check_schema(schema)
    except SchemaError as error:
        return f"is no JSON Schema: {error.message}"[:300]
    away = next((ref for ref in _references(schema) if not ref.startswith("#")), None)
    return away and f"refers to {away[:200]}, and only parts of itself are looked up"


def _references(part: object) -> Iterator[str]:
    if isinstance(part, Mapping):
        yield from (part[key] for key in ("$ref", "$dynamicRef") if isinstance(part.get(key), str))
        part = list(part.values())
    if isinstance(part, list):
        for inner in part:
            yield from _references(inner)


def last_number(answer: str) -> float | None:
    """Find the last number of a text; commas part thousands.

    Examples
    --------
    >>> last_number("3 boxes of 1,250.5 kg")
    1250.5
    """
    found = _NUMBER.findall(answer)
    return float(found[-1].replace(",", "")) if found else None


def conduct_of(task: QualityTask, messages: Sequence[ChatMessage], *, is_accepted: bool) -> Conduct:
    """Read from a conversation how the model went about it."""
    answered = [m for m in messages if isinstance(m, ChatMessageAssistant)]
    made = [(call.function, call.arguments) for m in answered for call in m.tool_calls or ()]
    planted = {tool.name for tool in task.tools if tool.fails_first is not None}
    for name in planted:  # what met the planted failure had to be called again, and counts once
        place = next((i for i, call in enumerate(made) if call[0] == name), None)
        if place is not None and sum(call[0] == name for call in made) > 1:
            del made[place]
    wanted = [(call.name, call.arguments) for call in task.calls]
    return Conduct(
        refused=any(_is_refusal(message) for message in answered),
        tool_calls_right=_share_right(wanted, made) if wanted else None,
        recovered=(is_accepted and _called_again(planted, messages)) if planted else None,
    )


def _share_right(
    wanted: Sequence[tuple[str, Mapping[str, Any]]], made: Sequence[tuple[str, Mapping[str, Any]]]
) -> float:
    left, right = list(made), 0
    for call in wanted:
        if call in left:
            left.remove(call)
            right += 1
    return right / max(len(wanted), len(made))


def _called_again(planted: set[str], messages: Sequence[ChatMessage]) -> bool:
    """Whether every tool that was to fail did, and answered in the end."""
    told = [m for m in messages if isinstance(m, ChatMessageTool) and m.error is None]
    return planted <= {message.function for message in told}


def _is_refusal(message: ChatMessageAssistant) -> bool:
    parts = message.content if isinstance(message.content, list) else ()
    return any(isinstance(part, ContentText) and part.refusal for part in parts)
