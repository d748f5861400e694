"""An input an answer can be moved by: where it stands, its range with a source, how it is set."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from pricing.errors import InputError, PlannerError, Problem
from tco.analysis.decision import Decision, Of, Question, decide
from tco.question.files import changed
from tco.serving.simulation import names_percentiles

PLANNERS: Final = "planner's range, no source"

Apply = Callable[[Question, float], Question]


@dataclass(frozen=True, slots=True)
class Factor:
    """One input: its value in the question, its range, and how to set it."""

    key: str
    label: str
    unit: str
    value: float
    low: float
    high: float
    basis: str
    """Who says how wide the range is."""
    limits: tuple[float, float]
    """Lowest and highest value that a reverse solve may try."""
    apply: Apply
    moves_replica: bool = False
    """Whether another value is another load, objective or speed of a replica."""

    def __post_init__(self) -> None:
        if not (self.low <= self.high and math.isfinite(self.low) and math.isfinite(self.high)):
            raise InputError(
                Problem(
                    self.key,
                    f"{self.low}:{self.high}",
                    "a range runs from low to high, both finite",
                    "Swap its ends.",
                )
            )


def decide_at(question: Question, factor: Factor, value: float, of: Of = "choice") -> Decision:
    """Answer the question with one input at another value; a refused value becomes a reason."""
    try:
        moved = factor.apply(question, value)
    except PlannerError as error:
        return Decision.none(str(error.problems[0]))
    return decide(moved, of)


def simulated_anew(question: Question, factor: Factor) -> bool:
    """Whether replicas are simulated at each value of an input, a second or so for each."""
    return factor.moves_replica and names_percentiles(question.scenario.objective)


def set_path(path: str, question: Question, value: float) -> Question:
    """Set one value of the scenario by its dotted path."""
    return replace(question, scenario=changed(question.scenario, {path: value}))
