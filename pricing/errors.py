"""What the planner says when it will not answer.

::

    PlannerError                exit 1
    ├── InputError              exit 2   the question is malformed or out of range
    ├── PriceError              exit 3   no such model, tier, price or date
    ├── RecordInvalidError      exit 4   a run finished, and its record may not be used
    └── StorageError            exit 7   a file could not be read or written whole
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from typing import ClassVar, Final

from pricing.figures import grouped
from pricing.printable import printable

MOST_PROBLEMS: Final = 50
"""Told of one refusal; how many more there are is said behind them."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what was given, what is allowed, what to do."""

    field: str
    value: str
    limit: str
    remedy: str

    def __str__(self) -> str:
        given = f" (got {self.value})" if self.value else ""
        return printable(f"{self.field}: {self.limit}{given}. {self.remedy}".rstrip())


class PlannerError(Exception):
    """Any refusal with a reason; carries the problems found, not only the first."""

    exit_code: ClassVar[int] = 1
    code: ClassVar[str] = "planner"

    def __init__(self, *problems: Problem) -> None:
        beyond = len(problems) - MOST_PROBLEMS
        if beyond > 1:
            more = Problem(
                "beyond these", "", f"{grouped(beyond)} faults more", "Mend these first."
            )
            problems = (*problems[:MOST_PROBLEMS], more)
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    def document(self) -> dict[str, object]:
        """Versioned JSON form, for scripts."""
        return {
            "schema": "tco.error/1",
            "code": self.code,
            "exit_code": self.exit_code,
            "problems": [asdict(problem) for problem in self.problems],
        }


class InputError(PlannerError):
    """The question cannot be read or lies outside its limits."""

    exit_code = 2
    code = "input"


class PriceError(PlannerError):
    """The catalogue has no price for what was asked."""

    exit_code = 3
    code = "price"


class RecordInvalidError(PlannerError):
    """A calibration finished, and its record may not be used."""

    exit_code = 4
    code = "invalid"


class StorageError(PlannerError):
    """A file could not be read or written whole."""

    exit_code = 7
    code = "storage"


def did_you_mean(name: str, known: Iterable[str], *, most: int = 8) -> str:
    """Remedy for an unknown name: the nearest known one, else the list of them."""
    names: Sequence[str] = sorted(set(known))
    if not names:
        return "There is none yet."
    near = get_close_matches(name, names, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]!r}?"
    shown = ", ".join(names[:most]) + (", …" if len(names) > most else "")
    return f"Known: {shown}."
