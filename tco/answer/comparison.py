"""One self-hosted option against an API: both bills, and the utilisation at which they meet."""

import math
from dataclasses import dataclass
from typing import Final

from tco.kernel.break_even import LineBill, StairBill
from tco.kernel.fleet import FleetRule
from tco.kernel.unit_cost import break_even_utilisation, usd_per_mtok, usd_per_request
from tco.results.answer import CurvePoint, UtilisationAnswer
from tco.results.bill import Alternative, Driver, Serving
from tco.words.figures import share as percent

P90_DEVIATE: Final = 1.2815515655446004  # 90th percentile of the standard normal
CURVE_GRID: Final = tuple(round(10 ** (-3 + i / 12), 6) for i in range(37))
"""Utilisations from 0.1 % to 100 %, twelve a decade: the curve is near a power law [1]."""


@dataclass(frozen=True, slots=True)
class Contest:
    """The two bills of one comparison, as functions of the monthly volume."""

    baseline: Alternative
    hosted: Alternative
    serving: Serving
    stay: LineBill
    planned: LineBill
    """Self-hosting with the planned fleet, whatever the load."""
    instance_usd: float
    capital_usd: float
    """Part of `instance_usd` that repays a purchase; 0 where machines are rented."""

    @classmethod
    def of(cls, baseline: Alternative, hosted: Alternative) -> "Contest":
        """Take the bills apart into what grows with requests, with instances, and not at all."""
        assert hosted.serving is not None
        volume = hosted.requests_per_month
        machines = _part(hosted, "instance")
        return cls(
            baseline=baseline,
            hosted=hosted,
            serving=hosted.serving,
            stay=LineBill(_part(baseline, "fixed"), _part(baseline, "request") / volume),
            planned=LineBill(_part(hosted, "fixed") + machines, _part(hosted, "request") / volume),
            instance_usd=machines / hosted.serving.paid_instances,
            capital_usd=sum(
                line.unit_price_usd or 0.0 for line in hosted.lines if line.key == "capital"
            ),
        )

    def stair(self, rule: FleetRule) -> StairBill:
        """Self-hosting with a fleet that grows with the load."""
        machines = self.instance_usd * self.serving.paid_instances
        return StairBill(
            fixed_usd=self.planned.fixed_usd - machines,
            usd_per_request=self.planned.usd_per_request,
            instance_usd=self.instance_usd,
            replica_requests=rule.replica_requests,
            replicas_per_instance=rule.replicas_per_instance,
            min_replicas=rule.min_replicas,
            spare_replicas=rule.spare_replicas,
        )

    @property
    def fixed_gap_usd(self) -> float:
        """What the planned fleet costs a month beyond staying, before any request [USD]."""
        return self.planned.fixed_usd - self.stay.fixed_usd

    @property
    def saving_per_request_usd(self) -> float:
        """API cost of a request less what it costs to serve beyond the machines [USD/request]."""
        return self.stay.usd_per_request - self.planned.usd_per_request


def _part(alternative: Alternative, driver: Driver) -> float:
    return sum(
        line.cost_usd
        for line in alternative.lines
        if line.driver == driver and line.cost_usd is not None
    )


def utilisation_answer(contest: Contest) -> UtilisationAnswer:
    r"""Utilisation of the planned fleet at which both bills are equal.

    .. math:: u^* = \frac{\text{fleet} + \text{people} - \text{people on the API}}
              {\text{capacity} \times (\text{API cost} - \text{transfer cost of a request})}

    Its P10 and P90 follow from the calibration alone: u* is inversely proportional to capacity.
    """
    serving = contest.serving
    own, reachable = serving.utilisation, serving.reachable_utilisation
    saving = contest.saving_per_request_usd
    if saving <= 0:
        reason = "price: a request costs less on the API than its network transfer alone"
        return UtilisationAnswer(None, None, None, own, reachable, reason)
    meet = break_even_utilisation(
        contest.fixed_gap_usd, serving.requests_per_month_capacity, saving
    )
    if meet == 0:
        reason = "cheaper even when idle: the fixed costs of staying are higher"
        return UtilisationAnswer(0.0, 0.0, 0.0, own, reachable, reason)
    spread = math.exp(P90_DEVIATE * serving.capacity_sd)
    low, high = meet / spread, meet * spread
    if meet > 1:
        reason = f"price: the fleet would have to be {percent(meet)} busy"
        return UtilisationAnswer(None, low, high, own, reachable, reason)
    reason = ""
    if meet > reachable:
        reason = (
            f"capacity: daily shape, headroom and spares let this fleet be {percent(reachable)} "
            "busy at most; see the volume for larger fleets"
        )
    return UtilisationAnswer(meet, low, high, own, reachable, reason)


def unit_cost_curve(contest: Contest) -> tuple[CurvePoint, ...]:
    """Unit cost of the planned fleet at each utilisation, net of what staying costs anyway."""
    tokens = contest.hosted.input_tokens_per_request + contest.hosted.output_tokens_per_request
    capacity = contest.serving.requests_per_month_capacity
    fixed, variable = contest.fixed_gap_usd, contest.planned.usd_per_request
    points = (
        CurvePoint(u, usd_per_mtok(usd_per_request(fixed, capacity, u, variable), tokens))
        for u in sorted({*CURVE_GRID, contest.serving.utilisation})
    )
    return tuple(point for point in points if point.usd_per_mtok > 0)


def level_line(alternative: Alternative) -> float:
    """Cost of an API's tokens alone [USD/Mtok], in the baseline's tokens."""
    tokens = alternative.input_tokens_per_request + alternative.output_tokens_per_request
    per_request = _part(alternative, "request") / alternative.requests_per_month
    return usd_per_mtok(per_request, tokens)
