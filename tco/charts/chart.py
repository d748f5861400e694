"""What a chart is: its name and title, what it is drawn from, its figure, and its finding."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tco.analysis.decision import Question
from tco.answer.worked import Evaluation
from tco.charts.style import Palette, Spec
from tco.facts.data import Data
from tco.question.scenario import Scenario

Subject = TypeVar("Subject")


@dataclass(frozen=True, slots=True)
class Case:
    """A question, its answer, and the data behind both."""

    scenario: Scenario
    evaluation: Evaluation
    data: Data

    @property
    def question(self) -> Question:
        """The question as the analyses take it."""
        return Question(self.scenario, self.data)

    def preferred(self, among: list[str]) -> str | None:
        """Alternative that the verdict speaks of first and is among those, else their first."""
        return self.evaluation.verdict.first_of(among)


@dataclass(frozen=True, slots=True)
class Chart(Generic[Subject]):
    """One chart; the page, the command line and the archive of pictures draw it alike."""

    name: str
    """Of its picture's file, and of its place on the page."""
    title: Callable[[Subject], str]
    """What it shows, of which alternative."""
    subject: Callable[[Case], Subject | None] | None
    """What an answer has to draw, with the choices the page starts with; None where it has
    nothing. Without it the chart is not of one answer."""
    figure: Callable[[Subject, Palette], Spec]
    finding: Callable[[Subject], str]
    """What it shows, in words, for those who do not see it."""


def of_every_answer(case: Case) -> Evaluation:
    """Draw the answer whatever it is."""
    return case.evaluation


def with_an_option(case: Case) -> Evaluation | None:
    """Draw the answer where an option can be compared with staying."""
    return case.evaluation if case.evaluation.break_evens else None
