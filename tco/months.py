"""Month by month: the saving against staying, its present value, and when it pays back."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tco.contest import Contest
from tco.kernel.finance import discount_factors, purchase_outlays, stays_positive_from
from tco.kernel.fleet import FleetRule
from tco.purchases import ServerPrice
from tco.results import MonthAnswer
from tco.scenario import Scenario


@dataclass(frozen=True, slots=True)
class Holding:
    """How machines are held: given back when idle, kept for a term, or owned."""

    kept: bool
    server: ServerPrice | None = None
    """What an owned server costs; None where machines are rented."""


def month_answer(
    contest: Contest,
    rule: FleetRule,
    holding: Holding,
    scenario: Scenario,
    api_prices: NDArray[np.float64],
) -> MonthAnswer:
    """Compare the months of the horizon.

    Parameters
    ----------
    api_prices
        Token prices of each month over those of the first [1], shape (months,).

    Notes
    -----
    The bill of a month carries an owned server at its level capital cost; the cash flow carries
    its purchase, its resale and nothing between.
    """
    months, rate = scenario.finance.horizon_months, scenario.finance.discount_rate
    volumes = _volumes(scenario)
    instances = _instances(rule, volumes, kept=holding.kept)
    stay = contest.stay.fixed_usd + contest.stay.usd_per_request * volumes * api_prices
    host = contest.stair(rule)
    rest = host.fixed_usd + host.usd_per_request * volumes
    saving = stay - rest - contest.instance_usd * instances
    flows = np.concatenate([[-contest.hosted.one_off_usd], saving])
    if holding.server is not None:
        flows[1:] += contest.capital_usd * instances
        flows -= _outlays(holding.server, instances)
    cumulative = np.cumsum(flows * discount_factors(rate, months))
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


def _outlays(server: ServerPrice, instances: NDArray[np.float64]) -> NDArray[np.float64]:
    return purchase_outlays(
        instances, server.price_usd, server.install_usd, server.residual_usd, server.life_months
    )
