"""The decision behind one question, as numbers: both bills, their gap, and the threshold."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from pricing.errors import PlannerError
from tco.answer.choice import OWN, worth_usd
from tco.answer.worked import Evaluation
from tco.answer.working import Working, look_up, work_out
from tco.facts.data import Data
from tco.kernel.cases import Cases, first
from tco.question.scenario import Scenario
from tco.results.bill import Alternative

Metric = Literal["month", "horizon"]
"""month: first month's bill of the best self-hosted option less the baseline's.
horizon: the same over the horizon, as present value with one-off costs."""


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
        """Ask with the data that ships with the package."""
        return cls(scenario, Data.shipped())

    @property
    def cases(self) -> Cases:
        """The one case that it asks about."""
        return Cases(simulated=self.simulated)


@dataclass(frozen=True, slots=True)
class Decision:
    """What one question comes to: stay, or the best self-hosted option."""

    baseline_usd: float | None
    """Monthly bill of staying [USD/month]; None where nothing is answered."""
    best: str | None
    """Key of the self-hosted option with the lowest figure."""
    self_hosted_usd: float | None
    """Its monthly bill [USD/month]."""
    gap_usd: float | None
    """Self-hosting less staying, by the metric; negative where self-hosting costs less [USD]."""
    threshold: float | None
    """Utilisation u* of its planned fleet from which it costs less [1]; above 1 is out of reach."""
    utilisation: float | None
    """Utilisation that the traffic gives that fleet [1]."""
    reason: str = ""
    """Why a figure is missing."""

    @property
    def moves(self) -> bool | None:
        """Whether self-hosting costs less; None where that is not answered."""
        return None if self.gap_usd is None else self.gap_usd < 0


def decide(question: Question, by: Metric = "month") -> Decision:
    """Answer a question as numbers; what is refused becomes a reason."""
    try:
        alone = _only_what_decides(question.scenario, by)
        working = work_out(look_up(alone, question.data, question.cases))
    except PlannerError as error:
        return Decision(None, None, None, None, None, None, str(error.problems[0]))
    return decision_of(working, by)


def once_simulated(question: Question) -> Question:
    """Simulate the own options of a question, and carry what that takes off to others made from it.

    Only loads that the closed form does not tell are simulated. A question without an answer stays
    as it is.
    """
    if question.simulated is not None:
        return question
    try:
        working = work_out(look_up(_only_what_decides(question.scenario, "month"), question.data))
    except PlannerError:
        return question
    hosts = ((own.host, own.replica) for own in working.worked.values())
    left = {host.option.name: of.simulated_factor for host, of in hosts if host and of}
    return replace(question, simulated=left)


def decision_of(answer: Evaluation | Working, by: Metric = "month") -> Decision:
    """Take the decision out of an answer, or of what was worked out for one."""
    baseline = answer.alternatives[0]
    hosts = [a for a in answer.alternatives if a.kind in OWN]
    priced = [a for a in hosts if a.monthly_usd is not None]
    if not priced:
        reason = next((a.refused.message for a in hosts if a.refused), "no self-hosted option")
        return Decision(baseline.monthly_usd, None, None, None, None, None, reason)
    gaps = {a.key: _gap(answer, a, by) for a in priced}
    best = min(priced, key=lambda a: gaps[a.key])
    threshold = threshold_of(answer, best.key)
    return Decision(
        baseline_usd=baseline.monthly_usd,
        best=best.key,
        self_hosted_usd=best.monthly_usd,
        gap_usd=gaps[best.key],
        threshold=threshold,
        utilisation=best.serving.utilisation if best.serving else None,
        reason="" if threshold is not None else "price: a request saves nothing on its own servers",
    )


def threshold_of(answer: Evaluation | Working, key: str) -> float | None:
    """Utilisation u* of the planned fleet, above 1 too [1]; None where a request saves nothing."""
    worked = answer.worked.get(key)
    if worked is None or worked.comparison is None:
        return None
    meet = first(worked.comparison.threshold)
    return meet if math.isfinite(meet) else None


def _gap(answer: Evaluation | Working, hosted: Alternative, by: Metric) -> float:
    staying = answer.alternatives[0]
    assert hosted.monthly_usd is not None
    assert staying.monthly_usd is not None
    if by == "month":
        return hosted.monthly_usd - staying.monthly_usd
    finance = answer.asked.scenario.finance
    return -first(worth_usd(answer.worked[staying.key], answer.worked[hosted.key], finance))


def _only_what_decides(scenario: Scenario, by: Metric) -> Scenario:
    """Leave out what the figures do not depend on, so that they come sooner."""
    alone = scenario.model_copy(update={"apis": (), "hybrids": ()})
    return alone if by == "horizon" else first_month(alone)


def first_month(scenario: Scenario) -> Scenario:
    """Cut the horizon to one month, where only the first month's bills are asked for."""
    finance = scenario.finance.model_copy(update={"horizon_months": 1})
    return scenario.model_copy(update={"finance": finance})
