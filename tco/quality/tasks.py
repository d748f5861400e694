"""Task files: one task a line, with what to ask, how to score it, and what may go wrong."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from pricing.errors import InputError, Problem
from pricing.parsing import parse_json
from pricing.provenance import Name, Record
from pricing.text_files import read_text
from tco.question.files import record_from
from tco.question.variant import Variant

MOST_TASK_BYTES: Final = 50_000_000
MOST_TASKS: Final = 10_000
Text = Annotated[str, Field(min_length=1, max_length=1_000_000)]
ToolName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_-]{0,63}$")]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        msg = f"is no regular expression: {error}"
        raise ValueError(msg) from error
    return pattern


class Exact(Variant):
    """The answer is one of these, blanks around it aside."""

    kind: Literal["exact"] = "exact"
    expected: Annotated[tuple[Text, ...], Field(min_length=1)]


class Includes(Variant):
    """The answer holds one of these."""

    kind: Literal["includes"] = "includes"
    expected: Annotated[tuple[Text, ...], Field(min_length=1)]


class Regex(Variant):
    """A part of the answer matches."""

    kind: Literal["regex"] = "regex"
    pattern: Annotated[str, Field(min_length=1, max_length=10_000), AfterValidator(_compiles)]


class JsonSchema(Variant):
    """The answer is JSON, in a code fence or not, that a schema admits."""

    kind: Literal["json-schema"] = "json-schema"
    admits: dict[str, Any]


class Number(Variant):
    """The last number of the answer is near enough."""

    kind: Literal["number"] = "number"
    expected: float
    tolerance: Annotated[float, Field(ge=0)] = 0.0
    """Largest difference that is right, in the unit of the number."""


class Graded(Variant):
    """A model that is named judges the answer by a rubric."""

    kind: Literal["graded"] = "graded"
    rubric: Text
    judge: Annotated[Name, Field(min_length=1)]
    """Name of an endpoint, as ``--judge`` or ``--model`` has it."""


Scorer = Annotated[
    Exact | Includes | Regex | JsonSchema | Number | Graded, Field(discriminator="kind")
]


class Message(Record):
    """One message of a conversation."""

    role: Literal["system", "user", "assistant"]
    content: Text


class OfferedTool(Record):
    """A tool the model may call; it returns what the task says, whatever the arguments."""

    name: ToolName
    description: Text
    parameters: dict[str, Any]
    """JSON Schema of its arguments: an object with properties."""
    returns: Annotated[str, Field(max_length=1_000_000)]
    fails_first: Text | None = None
    """Planted failure: what its first call says instead. A model recovers that calls it again and
    has its answer accepted."""


class ExpectedCall(Record):
    """A call that a right answer takes, with these arguments."""

    name: ToolName
    arguments: dict[str, Any] = Field(default_factory=dict)


class QualityTask(Record):
    """One task of your own, as every model is given it."""

    id: Annotated[Name, Field(min_length=1)]
    difficulty: Literal["easy", "medium", "hard"]
    prompt: Text | None = None
    messages: Annotated[tuple[Message, ...], Field(max_length=1_000)] = ()
    scorer: Scorer
    tools: Annotated[tuple[OfferedTool, ...], Field(max_length=100)] = ()
    calls: Annotated[tuple[ExpectedCall, ...], Field(max_length=100)] = ()
    """Calls expected, in any order."""

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if (self.prompt is None) == (not self.messages):
            msg = "give either a prompt or messages"
            raise ValueError(msg)
        offered = {tool.name for tool in self.tools}
        if missing := [call.name for call in self.calls if call.name not in offered]:
            msg = f"expects a call of {missing[0]}, which is not among its tools"
            raise ValueError(msg)
        return self

    @property
    def conversation(self) -> tuple[Message, ...]:
        """What is sent first."""
        if self.prompt is None:
            return self.messages
        return (Message.model_construct(role="user", content=self.prompt),)


def read_tasks(path: Path) -> tuple[QualityTask, ...]:
    """Read a task file.

    Raises
    ------
    StorageError
        If the file cannot be read.
    InputError
        With every line that is no task, and ids that stand twice.
    """
    text = read_text(path, most_bytes=MOST_TASK_BYTES, too_large="Split it.")
    problems: list[Problem] = []
    tasks = list(_tasks(path.name, text, problems))
    known: set[str] = set()
    for task in tasks:
        if task.id in known:
            problems.append(Problem(f"{path.name}: {task.id}", "", "stands twice", "Rename one."))
        known.add(task.id)
    if not tasks and not problems:
        problems.append(Problem(path.name, "", "holds no task", "Write one a line."))
    if len(tasks) > MOST_TASKS:
        limit = f"holds more than {MOST_TASKS} tasks"
        problems.append(Problem(path.name, str(len(tasks)), limit, "Draw some of them."))
    if problems:
        raise InputError(*problems)
    return tuple(tasks)


def judges_of(tasks: Sequence[QualityTask]) -> tuple[str, ...]:
    """Names of the judges that tasks ask for."""
    return tuple(
        dict.fromkeys(task.scorer.judge for task in tasks if isinstance(task.scorer, Graded))
    )


def _tasks(name: str, text: str, problems: list[Problem]) -> Iterator[QualityTask]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        place = f"{name} line {number}"
        try:
            yield record_from(QualityTask, parse_json(line))
        except InputError as error:
            problems += [
                Problem(f"{place}: {each.field}", each.value, each.limit, each.remedy)
                for each in error.problems
            ]
        except ValueError as error:
            problems.append(Problem(place, "", f"is not valid JSON: {error}", "Correct it."))
