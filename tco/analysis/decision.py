"""The decision behind one question, as numbers: what staying and the best other come to."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal

from pricing.errors import PlannerError
from tco.answer.choice import OWN, compared_usd, least_of
from tco.answer.worked import Evaluation
from tco.answer.working import Working, look_up, work_out
from tco.facts.data import Data
from tco.kernel.cases import Cases, first
from tco.question.keys import api_key
from tco.question.scenario import Scenario
from tco.results.bill import Alternative
from tco.serving.simulation import names_percentiles

Of = Literal["choice", "own"]
"""choice: staying against everything that may be chosen instead.
own: staying against answering every request on your own GPUs."""
MOVING: Final[dict[Of, str]] = {"choice": "the best other alternative", "own": "own GPUs"}
"""What staying is compared with, in words."""


@dataclass(frozen=True, slots=True)
class Question:
    """A scenario and the prices and machines it is answered from."""

    scenario: Scenario
    data: Data
    simulated: Mapping[str, float] | None = None
    """What a simulation leaves of a replica's capacity, by own option, carried from the question
    that this one was made from [1]; None where this very question is simulated."""

    @classmethod
    def of(cls, scenario: Scenario) -> "Question":
        """Ask with the data that ships with the package, and the scenario's own."""
        return cls(scenario, Data.shipped().with_facts_of(scenario))

    @property
    def cases(self) -> Cases:
        """The one case that it asks about."""
        return Cases(simulated=self.simulated)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one question comes to: staying, and the best of what may be chosen instead.

    Money is present value over the horizon, one-offs, commitments and taxes included, of as many
    accepted answers as staying gives where acceptance was measured.
    """

    staying_usd: float | None
    """What staying costs [USD]; None where nothing is answered."""
    best: str | None
    """Key of the cheapest other."""
    best_usd: float | None
    """What it costs [USD]."""
    gap_usd: float | None
    """The best other less staying; negative where moving costs less [USD]."""
    threshold: float | None
    """Utilisation u* of the planned fleet of the best own GPUs from which a month on them costs
    less than staying [1]; above 1 is out of reach."""
    utilisation: float | None
    """Utilisation that the traffic gives that fleet [1]."""
    reason: str = ""
    """Why a figure is missing."""
    best_label: str = ""
    """What the cheapest other is called; empty where there is none."""

    @classmethod
    def none(cls, reason: str, staying_usd: float | None = None) -> "Decision":
        """Build a decision without an alternative to staying."""
        return cls(staying_usd, None, None, None, None, None, reason)

    @property
    def moves(self) -> bool | None:
        """Whether moving costs less; None where that is not answered."""
        return None if self.gap_usd is None else self.gap_usd < 0


def decide(question: Question, of: Of = "choice") -> Decision:
    """Answer a question as numbers; what is refused becomes a reason."""
    scenario = question.scenario
    if of == "own":  # what is bought does not touch these figures, and they come sooner
        scenario = own_alone(scenario)
    try:
        working = work_out(look_up(scenario, question.data, question.cases))
    except PlannerError as error:
        return Decision.none(str(error.problems[0]))
    return decision_of(working, of)


def once_simulated(question: Question) -> Question:
    """Simulate the own options of a question, and carry what that takes off to others made from it.

    Only loads that the closed form does not tell are simulated; percentiles are at every question.
    A question without an answer stays as it is.
    """
    if question.simulated is not None or names_percentiles(question.scenario.objective):
        return question
    try:
        working = work_out(look_up(own_alone(question.scenario), question.data))
    except PlannerError:
        return question
    hosts = ((own.host, own.replica) for own in working.worked.values())
    left = {host.option.name: of.simulated_factor for host, of in hosts if host and of}
    return replace(question, simulated=left)


def own_alone(scenario: Scenario) -> Scenario:
    """Leave only staying and own GPUs in a scenario: replicas and their bills stay as they are.

    An API that answers until requests have moved there stays too.
    """
    until = {own.rollout.meanwhile for own in scenario.self_hosted if own.rollout is not None}
    needed = tuple(api for api in scenario.apis if api_key(api) in until)
    return scenario.model_copy(update={"apis": needed, "hybrids": ()})


def decision_of(answer: Evaluation | Working, of: Of = "choice") -> Decision:
    """Take the decision out of an answer, or of what was worked out for one."""
    staying, *others = answer.alternatives
    asked = [a for a in others if of == "choice" or a.kind in OWN]
    costs = {a.key: _cost(answer, a) for a in (staying, *asked) if a is staying or a.eligible}
    stay = costs.pop(staying.key)
    if not costs:
        return Decision.none(_why_none(asked, of), stay)
    own = [a for a in asked if a.kind in OWN and a.key in costs]
    best = least_of(costs)
    assert best is not None
    cheapest = least_of({a.key: costs[a.key] for a in own})
    fleet = next((a for a in own if a.key == cheapest), None)
    threshold = None if fleet is None else threshold_of(answer, fleet.key)
    return Decision(
        staying_usd=stay,
        best=best,
        best_usd=costs[best],
        gap_usd=costs[best] - stay,
        threshold=threshold,
        utilisation=fleet.serving.utilisation if fleet and fleet.serving else None,
        reason="" if threshold is not None or fleet is None else NO_SAVING,
        best_label=next(a.label for a in others if a.key == best),
    )


NO_SAVING: Final = "price: a request saves nothing on its own servers"


def threshold_of(answer: Evaluation | Working, key: str) -> float | None:
    """Utilisation u* of the planned fleet, above 1 too [1]; None where a request saves nothing."""
    worked = answer.worked.get(key)
    if worked is None or worked.comparison is None:
        return None
    meet = first(worked.comparison.threshold)
    return meet if math.isfinite(meet) else None


def _cost(answer: Evaluation | Working, alternative: Alternative) -> float:
    staying = answer.worked[answer.alternatives[0].key]
    return first(compared_usd(staying, answer.worked[alternative.key]))


def _why_none(asked: list[Alternative], of: Of) -> str:
    nothing = "no self-hosted option" if of == "own" else "nothing else may be chosen"
    return next((bar.message for a in asked for bar in a.why_not), nothing)
