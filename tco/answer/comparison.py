"""One self-hosted option against an API: both bills, and the utilisation at which they meet."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from tco.bill.bill import SizedFleet
from tco.bill.cost_lines import CostComponent, usd_by_driver
from tco.kernel.arrays import Numbers
from tco.kernel.break_even import LineBill, StairBill
from tco.kernel.cases import first
from tco.kernel.fleet import FleetRule
from tco.kernel.unit_cost import break_even_utilisation, usd_per_mtok, usd_per_request
from tco.results.answer import CurvePoint, Reason, UtilisationAnswer
from tco.results.bill import Alternative, Serving
from tco.words.figures import share
from tco.words.shown_money import ShownMoney

CURVE_GRID: Final = tuple(round(10 ** (-3 + i / 8), 6) for i in range(25))
"""Utilisations from 0.1 % to 100 %, eight a decade: the curve is near a power law [1]."""


class Billed(Protocol):
    """An alternative and its bill in every case."""

    @property
    def alternative(self) -> Alternative:
        """As it is shown."""

    @property
    def components(self) -> tuple[CostComponent, ...]:
        """Its lines in every case."""

    @property
    def requests_per_month(self) -> Numbers:
        """First month's volume of every case."""


@dataclass(slots=True, eq=False)
class Comparison:
    """The two bills of one comparison, as functions of the monthly volume.

    Money has shape (cases, 1), or is one number where all cases are alike.
    """

    baseline: Alternative
    hosted: Alternative
    serving: Serving
    stay_fixed_usd: Numbers
    """Staying, before any request [USD/month]."""
    stay_usd_per_request: Numbers
    planned_fixed_usd: Numbers
    """The planned fleet and what stands around it, before any request [USD/month]."""
    usd_per_request: Numbers
    """What a request costs beyond the machines [USD/request]."""
    instance_usd: Numbers
    """Month of one instance [USD/month]."""
    capital_usd: Numbers
    """Part of `instance_usd` that repays a purchase; 0 where machines are rented."""
    capacity_requests: Numbers
    """Volume at which the planned fleet is fully used [request/month]."""

    @classmethod
    def of(cls, baseline: Billed, hosted: Billed, fleet: SizedFleet) -> "Comparison":
        """Take the bills apart into what grows with requests, with instances, and not at all."""
        stay, own = (usd_by_driver(one.components) for one in (baseline, hosted))
        assert hosted.alternative.serving is not None
        machines = own["instance"]
        capital = (part.unit_price_usd for part in hosted.components if part.kind.path == "capital")
        return cls(
            baseline=baseline.alternative,
            hosted=hosted.alternative,
            serving=hosted.alternative.serving,
            stay_fixed_usd=stay["fixed"],
            stay_usd_per_request=stay["request"] / baseline.requests_per_month,
            planned_fixed_usd=own["fixed"] + machines,
            usd_per_request=own["request"] / hosted.requests_per_month,
            instance_usd=machines / fleet.paid_instances,
            capital_usd=sum((usd for usd in capital if usd is not None), start=0.0),
            capacity_requests=fleet.capacity_requests,
        )

    @property
    def stay(self) -> LineBill:
        """Staying, in the first case."""
        return LineBill(first(self.stay_fixed_usd), first(self.stay_usd_per_request))

    def stair(self, rule: FleetRule) -> StairBill:
        """Self-hosting with a fleet that grows with the load, in the first case."""
        instance_usd = first(self.instance_usd)
        machines = instance_usd * self.serving.paid_instances
        return StairBill(
            fixed_usd=first(self.planned_fixed_usd) - machines,
            usd_per_request=first(self.usd_per_request),
            instance_usd=instance_usd,
            replica_requests=first(rule.replica_requests),
            replicas_per_instance=rule.replicas_per_instance,
            min_replicas=rule.min_replicas,
            spare_replicas=rule.spare_replicas,
        )

    @property
    def fixed_gap_usd(self) -> Numbers:
        """What the planned fleet costs a month beyond staying, before any request [USD]."""
        return self.planned_fixed_usd - self.stay_fixed_usd

    @property
    def saving_per_request_usd(self) -> Numbers:
        """API cost of a request less what it costs to serve beyond the machines [USD/request]."""
        return self.stay_usd_per_request - self.usd_per_request

    @property
    def threshold(self) -> Numbers:
        """Utilisation u* of the planned fleet in every case; infinite where there is none [1]."""
        return break_even_utilisation(
            self.fixed_gap_usd, self.capacity_requests, self.saving_per_request_usd
        )


def utilisation_answer(comparison: Comparison, money: ShownMoney) -> UtilisationAnswer:
    r"""Utilisation of the planned fleet at which both bills are equal.

    .. math:: u^* = \frac{\text{fleet} + \text{people} - \text{people on the API}}
              {\text{capacity} \times (\text{API cost} - \text{transfer cost of a request})}
    """
    serving = comparison.serving
    own, reachable = serving.utilisation, serving.reachable_utilisation
    meet = first(comparison.threshold)
    if first(comparison.saving_per_request_usd) <= 0 and meet:
        return UtilisationAnswer(None, own, reachable, _nothing_saved(comparison, money))
    if meet == 0:
        text = "cheaper even when idle: the fixed costs of staying are higher"
        return UtilisationAnswer(0.0, own, reachable, Reason("idle", text))
    if meet > 1:
        text = f"the fleet would have to be {share(meet)} busy"
        return UtilisationAnswer(None, own, reachable, Reason("dear", text))
    if meet > reachable:
        text = (
            f"daily shape, headroom and spares let this fleet be {share(reachable)} busy at most; "
            "see the volume for larger fleets"
        )
        return UtilisationAnswer(meet, own, reachable, Reason("capacity", text))
    return UtilisationAnswer(meet, own, reachable, None)


def _nothing_saved(comparison: Comparison, money: ShownMoney) -> Reason:
    """Why a request costs no less on own servers before any machine, by its largest line there."""
    own = [line for line in comparison.hosted.lines if line.driver == "request" and line.cost_usd]
    largest = max(own, key=lambda line: line.cost_usd or 0.0, default=None)
    of = "" if largest is None else f", most of it {largest.name.lower()}"
    today = money(1_000 * first(comparison.stay_usd_per_request))
    there = money(1_000 * first(comparison.usd_per_request))
    text = (
        f"a thousand requests cost {today} today and {there} on own servers before any machine{of}"
    )
    if (gap := first(comparison.fixed_gap_usd)) < 0:
        capacity = comparison.serving.requests_per_month_capacity
        turns = gap / (capacity * first(comparison.saving_per_request_usd))
        return Reason("until", f"only up to {share(turns)} busy: {text}")
    unaccepted = largest is not None and largest.key.startswith("repair")
    return Reason("acceptance" if unaccepted else "price", text)


def unit_cost_curve(comparison: Comparison) -> tuple[CurvePoint, ...]:
    """Unit cost of the planned fleet at each utilisation, net of what staying costs anyway."""
    hosted = comparison.hosted
    tokens = hosted.input_tokens_per_request + hosted.output_tokens_per_request
    capacity = comparison.serving.requests_per_month_capacity
    fixed, variable = first(comparison.fixed_gap_usd), first(comparison.usd_per_request)
    busy = sorted({*CURVE_GRID, comparison.serving.utilisation})
    usd = usd_per_mtok(usd_per_request(fixed, capacity, np.array(busy), variable), tokens)
    points = zip(busy, np.asarray(usd).tolist(), strict=True)
    return tuple(CurvePoint(*point) for point in points if point[1] > 0)


def level_line(alternative: Alternative) -> float:
    """Cost of an API's tokens alone [USD/Mtok], in the baseline's tokens."""
    tokens = alternative.input_tokens_per_request + alternative.output_tokens_per_request
    asked = sum(
        line.cost_usd
        for line in alternative.lines
        if line.driver == "request" and line.cost_usd is not None
    )
    return float(usd_per_mtok(asked / alternative.requests_per_month, tokens))
