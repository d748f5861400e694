"""One self-hosted option against staying, in three coordinates: utilisation, volume, month."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from pricing.units import MONTHS_PER_YEAR
from tco.kernel.break_even import LineBill, StairBill, volume_break_even
from tco.kernel.finance import discount_factors, purchase_outlays, stays_positive_from
from tco.kernel.fleet import FleetRule
from tco.kernel.unit_cost import break_even_utilisation, usd_per_mtok, usd_per_request
from tco.purchases import ServerPrice
from tco.results import (
    Alternative,
    BreakEven,
    Crossing,
    CurvePoint,
    Driver,
    MonthAnswer,
    Serving,
    UtilisationAnswer,
    VolumeAnswer,
)
from tco.scenario import Scenario
from tco.words import percent, short, usd

P90_DEVIATE: Final = 1.2815515655446004  # 90th percentile of the standard normal
MOST_STEPS: Final = 2_000  # instances up to which every crossing is listed
CURVE_GRID: Final = tuple(round(0.01 * i, 2) for i in range(1, 101))


@dataclass(frozen=True, slots=True)
class Contest:
    """The two bills of one comparison, as functions of the monthly volume."""

    baseline: Alternative
    hosted: Alternative
    serving: Serving
    rule: FleetRule
    stay: LineBill
    host: StairBill

    @classmethod
    def of(cls, baseline: Alternative, hosted: Alternative, rule: FleetRule) -> "Contest":
        """Take the bills apart into what grows with requests, with instances, and not at all."""
        assert hosted.serving is not None
        volume, instances = hosted.requests_per_month, hosted.serving.instances
        stay = LineBill(_part(baseline, "fixed"), _part(baseline, "request") / volume)
        host = StairBill(
            fixed_usd=_part(hosted, "fixed"),
            usd_per_request=_part(hosted, "request") / volume,
            instance_usd=_part(hosted, "instance") / instances,
            replica_requests=rule.replica_requests,
            replicas_per_instance=rule.replicas_per_instance,
            min_replicas=rule.min_replicas,
            spare_replicas=rule.spare_replicas,
        )
        return cls(baseline, hosted, hosted.serving, rule, stay, host)

    @property
    def fixed_gap_usd(self) -> float:
        """What the planned fleet costs a month beyond staying, before any request [USD]."""
        machines = float(self.host.instance_usd) * self.serving.instances
        return float(self.host.fixed_usd) + machines - float(self.stay.fixed_usd)

    @property
    def saving_per_request_usd(self) -> float:
        """API cost of a request less what it costs to serve beyond the machines [USD/request]."""
        return float(self.stay.usd_per_request) - float(self.host.usd_per_request)


def _part(alternative: Alternative, driver: Driver) -> float:
    return sum(
        line.cost_usd
        for line in alternative.lines
        if line.driver == driver and line.cost_usd is not None
    )


def break_even(
    contest: Contest, scenario: Scenario, *, server: ServerPrice | None, committed: bool
) -> BreakEven:
    """Answer all three coordinates for one option.

    Parameters
    ----------
    server
        What an owned server costs; None where machines are rented.
    committed
        Whether rented machines are kept once taken.
    """
    return BreakEven(
        alternative=contest.hosted.key,
        utilisation=utilisation_answer(contest),
        volume=volume_answer(contest, scenario),
        month=month_answer(contest, scenario, server=server, committed=committed),
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


def volume_answer(contest: Contest, scenario: Scenario) -> VolumeAnswer:
    """Every volume at which the cheaper side changes, fleet growing with the volume."""
    horizon_growth = (1 + scenario.workload.growth_per_month) ** scenario.finance.horizon_months
    volume = contest.hosted.requests_per_month * max(1.0, horizon_growth)
    per_instance = contest.rule.replica_requests * contest.rule.replicas_per_instance
    found = volume_break_even(contest.stay, contest.host, 4 * volume)
    for_good = found.cheaper_for_good_from
    if for_good is not None and for_good > 2 * volume:
        up_to = min(2 * float(for_good), MOST_STEPS * per_instance)
        found = volume_break_even(contest.stay, contest.host, up_to)
    else:
        up_to = 4 * volume
    endless = for_good is not None and for_good <= up_to
    spans = [(float(low), float(high)) for low, high in found.spans]
    ends: list[tuple[float, float | None]] = list(spans)
    if endless and ends and spans[-1][1] >= up_to:
        ends[-1] = (spans[-1][0], None)
    return VolumeAnswer(
        spans=tuple(ends),
        crossings=tuple(Crossing(float(c.requests), c.direction, c.kind) for c in found.crossings),
        cheaper_for_good_from=None if for_good is None else float(for_good),
        searched_up_to=up_to,
        reason="" if for_good is not None else _never_for_good(contest),
    )


def _never_for_good(contest: Contest) -> str:
    carries = contest.rule.replica_requests * contest.rule.replicas_per_instance
    per_request = float(contest.host.instance_usd) / carries
    return (
        f"price: an instance filled to its peak carries {short(carries)} requests a month, which "
        f"makes {usd(per_request * 1e3)} per thousand; the API saves "
        f"{usd(contest.saving_per_request_usd * 1e3)}"
    )


def month_answer(
    contest: Contest, scenario: Scenario, *, server: ServerPrice | None, committed: bool
) -> MonthAnswer:
    """Savings month by month, their present value, and when they turn positive for good."""
    months = scenario.finance.horizon_months
    volumes = _volumes(scenario)
    instances = _instances(contest.rule, volumes, kept=committed or server is not None)
    price_path = (1 + scenario.finance.api_price_change_per_year) ** (
        np.arange(months) / MONTHS_PER_YEAR
    )
    tokens = float(contest.stay.usd_per_request) * volumes * price_path
    stay = float(contest.stay.fixed_usd) + tokens
    rest = float(contest.host.fixed_usd) + float(contest.host.usd_per_request) * volumes
    machines = float(contest.host.instance_usd) * instances
    saving = stay - rest - machines
    flows = np.concatenate([[-contest.hosted.one_off_usd], stay - rest])
    if server is None:
        flows[1:] -= machines
    else:
        flows[1:] -= machines - _capital_per_server(contest) * instances
        flows -= purchase_outlays(
            instances,
            server.price_usd,
            server.install_usd,
            server.residual_usd,
            server.life_months,
        )
    cumulative = np.cumsum(flows * discount_factors(scenario.finance.discount_rate, months))
    bill_from = stays_positive_from(saving.tolist())
    payback = stays_positive_from(cumulative.tolist())
    return MonthAnswer(
        bill_from=None if bill_from is None else bill_from + 1,
        payback=payback,
        npv_usd=float(cumulative[-1]),
        cumulative_usd=tuple(cumulative.tolist()),
        monthly_saving_usd=tuple(saving.tolist()),
        reason="" if payback is not None else f"horizon: not paid back within {months} months",
    )


def _volumes(scenario: Scenario) -> NDArray[np.float64]:
    """Requests of each month, the first as given [request/month], shape (months,)."""
    growth = 1 + scenario.workload.growth_per_month
    steps = np.arange(scenario.finance.horizon_months)
    return np.asarray(scenario.workload.requests_per_month * growth**steps)


def _instances(rule: FleetRule, volumes: NDArray[np.float64], *, kept: bool) -> NDArray[np.float64]:
    """Instances of each month; what was bought or committed to is kept."""
    needed = np.array([rule.instances(volume) for volume in volumes], dtype=float)
    return np.maximum.accumulate(needed) if kept else needed


def _capital_per_server(contest: Contest) -> float:
    line = next(line for line in contest.hosted.lines if line.key == "capital")
    return float(line.unit_price_usd or 0.0)


def unit_cost_curve(contest: Contest) -> tuple[CurvePoint, ...]:
    """Unit cost of the planned fleet at each utilisation, net of what staying costs anyway."""
    tokens = contest.hosted.input_tokens_per_request + contest.hosted.output_tokens_per_request
    capacity = contest.serving.requests_per_month_capacity
    fixed, variable = contest.fixed_gap_usd, float(contest.host.usd_per_request)
    points = (
        CurvePoint(u, usd_per_mtok(usd_per_request(fixed, capacity, u, variable), tokens))
        for u in CURVE_GRID
    )
    return tuple(point for point in points if point.usd_per_mtok > 0)


def level_line(alternative: Alternative) -> float:
    """Cost of an API's tokens alone [USD/Mtok], in the baseline's tokens."""
    tokens = alternative.input_tokens_per_request + alternative.output_tokens_per_request
    per_request = _part(alternative, "request") / alternative.requests_per_month
    return usd_per_mtok(per_request, tokens)
