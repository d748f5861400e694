"""An answer with all that was worked out for it, so that nothing is worked out twice."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING

import numpy as np

from pricing.errors import InputError, Problem, did_you_mean
from tco.answer.comparison import Comparison
from tco.answer.ledger import ledger
from tco.answer.uncertainty import Uncertainty
from tco.bill.base_fleet import BaseFleet
from tco.bill.bill import SizedFleet
from tco.bill.cost_lines import CostComponent
from tco.bill.routing_rules import RULES
from tco.facts.cost_facts import CostFacts
from tco.facts.data import Data
from tco.facts.resolve import Resolved, ResolvedApi, ResolvedHost, ResolvedHybrid
from tco.kernel.arrays import BoolArray, FloatArray, Numbers
from tco.kernel.cases import Cases, first, months_of_first
from tco.kernel.unit_cost import break_even_utilisation
from tco.months.answer import month_answer
from tco.months.appraisal import appraise, conventions
from tco.months.growth import Growth
from tco.months.monthly_costs import MonthlyCosts
from tco.question.price_levels import PriceLevels
from tco.question.scenario import Scenario
from tco.question.terms import Finance
from tco.results.answer import (
    Appraisal,
    Assumption,
    BreakEven,
    CurvePoint,
    MonthAnswer,
    Move,
    Stamp,
    Verdict,
)
from tco.results.bill import Alternative, CostLine, Finding
from tco.serving.replica import ReplicaCapacity
from tco.serving.tenure import Holding
from tco.words.figures import plural
from tco.words.shown_money import ShownMoney

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(slots=True, eq=False)
class Asked:
    """What was asked: the question with its names resolved, and the cases it is answered for."""

    resolved: Resolved
    data: Data
    levels: PriceLevels
    cases: Cases

    @property
    def scenario(self) -> Scenario:
        """The question itself."""
        return self.resolved.scenario


@dataclass(eq=False)
class Worked:
    """One alternative that is not refused: its parts, its months, its bill against staying.

    Arrays have shape (cases, months) or (cases, 1), without cases where all are alike.
    """

    alternative: Alternative
    components: tuple[CostComponent, ...]
    requests_per_month: Numbers
    """First month's volume of every case [request/month]."""
    api: ResolvedApi
    """Whose tokens are billed: its own, its hybrid's, its rollout's, or today's."""
    host: ResolvedHost | None
    hybrid: ResolvedHybrid | None
    holding: Holding
    replica: ReplicaCapacity | None
    """What a replica of its own machines carries."""
    fleet: SizedFleet | None
    """Its own machines."""
    growth: Growth
    tokens: FloatArray
    """Prices of that API in each month over those of the first [1]."""
    costs: MonthlyCosts
    settled: MonthlyCosts
    """As they would be with everything moved at once; `costs` itself without a rollout."""
    once: tuple[tuple[int, CostLine], ...]
    """What is paid once, by the month at whose end."""
    serves: BoolArray
    """Whether it can serve the requests at all, shape (cases, 1) or (1,)."""
    staying: "Worked | None" = None
    """Staying, for those that have own machines; None for APIs."""

    @cached_property
    def comparison(self) -> Comparison | None:
        """With staying; None for APIs."""
        if self.staying is None or self.fleet is None:
            return None
        return Comparison.of(self.staying, self, self.fleet)

    @property
    def against_staying(self) -> Comparison:
        """The comparison of an alternative with own machines."""
        assert self.comparison is not None
        return self.comparison

    def appraised(self, staying: "Worked", finance: Finance) -> Appraisal:
        """What it costs over the horizon, and what moving to it is worth, in the first case."""
        as_many = self.alternative.as_many_accepted(staying.alternative)
        return appraise(self.alternative.key, staying.costs, self.costs, finance, as_many)

    def move_from(self, staying: "Worked", finance: Finance) -> MonthAnswer:
        """When moving to it pays, month by month, in the first case."""
        as_many = self.alternative.as_many_accepted(staying.alternative)
        return month_answer(staying.costs, self.costs, finance, as_many)

    @property
    def bills(self) -> FloatArray:
        """Bill of every month [USD/month], shape (cases, months).

        Infinite where it cannot serve the requests.
        """
        return np.where(self.serves, np.atleast_2d(self.costs.bill), np.inf)

    @cached_property
    def first_bill(self) -> FloatArray:
        """Bill of the first month, everything moved [USD/month], shape (cases,).

        Infinite where it cannot serve the requests.
        """
        return np.where(self.serves.ravel(), self.settled.first_bill, np.inf)

    @cached_property
    def present_usd(self) -> FloatArray:
        """Present value of all its money over the horizon, after tax [USD], shape (cases,).

        Infinite where it cannot serve the requests.
        """
        return np.where(self.serves.ravel(), self.costs.present_usd, np.inf)

    @property
    def threshold(self) -> FloatArray | None:
        """Utilisation u* of the fleet planned for each case [1], shape (cases,).

        Infinite where none breaks even; None where none is defined.
        """
        if self.comparison is None:
            return None
        return self._meets(self.comparison.fixed_gap_usd, self.comparison.capacity_requests)

    @property
    def threshold_as_planned(self) -> FloatArray | None:
        """The same of the machines planned for the question as asked, whatever the case [1].

        Each case has its own prices and its own capacity of a replica.
        """
        if self.comparison is None or self.fleet is None:
            return None
        comparison, paid = self.comparison, self.fleet.paid_instances
        planned = first(paid)
        with np.errstate(invalid="ignore"):
            gap = comparison.fixed_gap_usd + comparison.instance_usd * (planned - paid)
            capacity = comparison.capacity_requests * (planned / paid)
        return self._meets(gap, capacity)

    def _meets(self, fixed_gap_usd: Numbers, capacity_requests: Numbers) -> FloatArray | None:
        assert self.comparison is not None
        assert self.fleet is not None
        comparison, rule = self.comparison, self.fleet.rule
        saving = comparison.saving_per_request_usd
        if isinstance(rule, BaseFleet):
            if not rule.spills_to(comparison.stay_usd_per_request):
                return None
            saving = rule.spilled_usd - rule.served_usd
        elif self.hybrid is not None and RULES[type(self.hybrid.option)].no_utilisation:
            return None
        meets = break_even_utilisation(fixed_gap_usd, capacity_requests, saving)
        return np.where(self.serves, meets, np.inf).ravel()

    @property
    def utilisation(self) -> FloatArray | None:
        """Mean demand over the capacity of all replicas in each month of the first case [1]."""
        if self.alternative.serving is None:
            return None
        scales = self.growth.scales
        served = months_of_first(scales.get("served", scales.get("request", np.ones(1))))
        machines = months_of_first(scales["instance"])
        of_bill = served[0] if "served" in scales else 1.0
        busy = self.alternative.serving.utilisation * served / of_bill
        used = np.divide(busy, machines, out=np.zeros_like(machines), where=machines > 0)
        return np.asarray(np.clip(used, 0.0, 1.0))


@dataclass(frozen=True, repr=False)
class Evaluation:
    """Everything the planner says about one scenario; what few faces show, once it is asked for."""

    alternatives: tuple[Alternative, ...]
    """The baseline first."""
    break_evens: tuple[BreakEven, ...]
    curves: tuple[tuple[str, tuple[CurvePoint, ...]], ...]
    """Unit cost over utilisation of each self-hosted option, by key.

    Net of the people and platform that the baseline costs too, so that a curve meets the
    baseline's level line exactly at its break-even utilisation.
    """
    level_lines: tuple[tuple[str, float], ...]
    """Cost of the tokens alone of each API and hosted option, by key [USD/Mtok]."""
    verdict: Verdict
    findings: tuple[Finding, ...]
    stamp: Stamp
    uncertainty: Uncertainty
    """Of every figure that is drawn."""
    asked: Asked = field(compare=False, repr=False)
    worked: Mapping[str, Worked] = field(compare=False, repr=False)
    """What was worked out for each alternative that is not refused, by key."""
    hybrid_break_evens: tuple[BreakEven, ...] = ()

    def __repr__(self) -> str:
        """Say in a line what was asked and what the answer is."""
        alternatives = plural(len(self.alternatives), "alternative")
        asked = self.asked.scenario.name
        return f"<Evaluation of {asked!r}, {alternatives}: {self.verdict.headline}>"

    def _repr_html_(self) -> str:
        """Show the sentence and a row for each alternative, in a notebook."""
        rows = [
            f"<tr><td>{escape(each.label)}</td><td>{escape(self.money(each.monthly_usd))}</td></tr>"
            if each.refused is None
            else f"<tr><td>{escape(each.label)}</td><td>{escape(each.refused.message)}</td></tr>"
            for each in self.alternatives
        ]
        head = "<tr><th>Alternative</th><th>A month</th></tr>"
        return (
            f"<p><strong>{escape(self.verdict.headline)}</strong><br>"
            f"{escape(self.verdict.sentence)}</p><table>{head}{''.join(rows)}</table>"
        )

    @cached_property
    def appraisals(self) -> tuple[Appraisal, ...]:
        """Of every alternative that is not refused, the baseline first."""
        baseline, finance = self.worked[self.alternatives[0].key], self.asked.scenario.finance
        return tuple(worked.appraised(baseline, finance) for worked in self.worked.values())

    @cached_property
    def moves(self) -> tuple[Move, ...]:
        """Months of moving to every alternative that is not refused."""
        staying, *others = self.worked.values()
        known = {b.alternative: b.month for b in (*self.break_evens, *self.hybrid_break_evens)}
        finance = self.asked.scenario.finance
        return tuple(
            Move(key, known.get(key) or other.move_from(staying, finance))
            for other in others
            for key in [other.alternative.key]
        )

    @cached_property
    def assumptions(self) -> tuple[Assumption, ...]:
        """Every value the answer rests on."""
        facts = CostFacts.of(self.asked.scenario, self.asked.data.library)
        return ledger(self.asked.resolved, facts)

    @property
    def conventions(self) -> tuple[str, ...]:
        """How money at different times was compared."""
        asked = self.asked.scenario
        return conventions(asked.finance, asked.currency, asked.fleet.hours_per_month)

    def to_pandas(self) -> "DataFrame":
        """Give a row for each alternative, as `tco.answer.frames.alternatives_frame` says."""
        from tco.answer.frames import alternatives_frame

        return alternatives_frame(self)

    @property
    def money(self) -> ShownMoney:
        """Writes dollars in the currency of the scenario."""
        return self.asked.scenario.currency.money

    @property
    def basis(self) -> str:
        """What the worth of a move counts, where it is not all requests; begins with a comma."""
        scaled = any(one.compared_usd != one.present_usd for one in self.appraisals)
        return ", for as many accepted answers" if scaled else ""

    def alternative(self, key: str) -> Alternative:
        """Look up an alternative by its key."""
        return next(a for a in self.alternatives if a.key == key)

    def alternative_called(self, name: str) -> Alternative:
        """Look up an alternative by its key or label.

        Raises
        ------
        InputError
            If there is none.
        """
        by_name = {a.label: a for a in self.alternatives} | {a.key: a for a in self.alternatives}
        if name not in by_name:
            limit = "is not an alternative of the scenario"
            raise InputError(Problem("alternative", name, limit, did_you_mean(name, by_name)))
        return by_name[name]

    def break_even(self, key: str) -> BreakEven | None:
        """Look up the break-even of a self-hosted option or hybrid; None when it was refused."""
        answers = (*self.break_evens, *self.hybrid_break_evens)
        return next((b for b in answers if b.alternative == key), None)

    def move(self, key: str) -> Move | None:
        """Look up moving to an alternative; None for staying, and where it was refused."""
        return next((move for move in self.moves if move.alternative == key), None)

    def appraisal(self, key: str) -> Appraisal | None:
        """Look up what an alternative costs over the horizon; None when it was refused."""
        return next((a for a in self.appraisals if a.alternative == key), None)
