"""What an alternative costs in each month of the horizon: as a bill, and as money that moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.units import MONTHS_PER_YEAR
from tco.bill.cost_lines import CostComponent, Path
from tco.bill.held_machines import servers_held, term_month_share, terms_held
from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.cases import AS_ASKED, Cases
from tco.kernel.fleet import FleetRule
from tco.kernel.held_money import HeldMoney
from tco.kernel.kept_machines import kept_machines, write_offs
from tco.question.price_levels import PriceLevels
from tco.question.scenario import Scenario
from tco.question.terms import Finance
from tco.results.bill import Driver
from tco.serving.tenure import Holding

BY_THE_HOUR: Final = Holding()


@dataclass(frozen=True, slots=True)
class Growth:
    """How what a bill grows with moves over the months, each over the first [1].

    Arrays have shape (cases, months), or (months,) where all cases are alike.
    """

    scales: Mapping[Driver, FloatArray]
    instances: FloatArray
    """Instances paid in months 1 to n [1]; zeros where there are none."""


@dataclass(frozen=True, slots=True)
class MonthlyCosts:
    """Costs in the terms of the result (real or nominal), before tax [USD]; positive is out.

    Arrays have shape (cases, months), or (months,) where all cases are alike.
    """

    bill: FloatArray
    """Of months 1 to n; worth, with the one-offs of month 0, what `cash` is worth."""
    cash: FloatArray
    """At the end of months 0 to n: one-offs, purchases, resale, terms paid upfront, and what is
    owed of a term that outlasts the horizon."""
    taxed: FloatArray
    """At the end of months 0 to n: `cash` after tax, losses used at once."""
    capital: FloatArray
    """Part of `cash` paid ahead: one-offs, purchases and terms paid upfront; resale stays out."""
    rest_of_terms: FloatArray
    """Part of `cash` for months of a term beyond the horizon, shape (cases, 1) or (1,)."""
    resale: FloatArray
    """What servers bring back at the end of months 0 to n, which `cash` has as money in."""


def volumes(scenario: Scenario, cases: Cases = AS_ASKED) -> FloatArray:
    """Requests of each month [request/month], shape (cases, months) or (months,)."""
    growth = 1 + scenario.workload.growth_per_month
    steps = np.arange(scenario.finance.horizon_months)
    first_month = scenario.workload.requests_per_month * cases.requests
    return np.asarray(first_month * growth**steps)


def api_growth(scenario: Scenario) -> Growth:
    """Tokens grow with the requests, the rest does not; alike in every case."""
    requests = volumes(scenario)
    ones = np.ones(len(requests))
    return Growth({"request": requests / requests[0], "fixed": ones}, np.zeros(len(requests)))


def fleet_growth(
    scenario: Scenario, rule: FleetRule | AutoscaleRule, cases: Cases, holding: Holding
) -> Growth:
    """Machines grow in steps; what was bought or committed to is kept for its life or term."""
    requests = volumes(scenario, cases)
    needed = np.asarray(rule.instances(requests), dtype=float)
    held = machines_held(needed, holding)
    alike = volumes(scenario)
    scales: dict[Driver, FloatArray] = {
        "request": alike / alike[0],
        "instance": held / held[..., :1],
        "fixed": np.ones(len(alike)),
    }
    return Growth(scales, held)


def machines_held(needed: FloatArray, holding: Holding) -> FloatArray:
    """Machines held in each month for those needed [1]."""
    months = holding.kept_months
    return needed if months is None else kept_machines(needed, months)


def monthly_costs(
    components: Iterable[CostComponent],
    one_off_usd: float,
    growth: Growth,
    finance: Finance,
    levels: PriceLevels,
    tokens: FloatArray,
    holding: Holding = BY_THE_HOUR,
) -> MonthlyCosts:
    """Follow a bill through the months.

    Parameters
    ----------
    tokens
        API prices of each month over those of the first, drift included [1], shape
        (cases, months) or (months,).
    """
    paths = {"tokens": tokens, "gpus": levels.gpus, "people": levels.wages, "rest": levels.rest}
    sums: dict[tuple[str, Driver], Numbers] = {}
    for part in components:
        if (cost := part.cost_usd) is not None:
            place = (_path_of(part.kind.path, holding), part.driver)
            sums[place] = sums.get(place, 0.0) + cost
    flat = _total(
        [
            (cost * growth.scales[driver]) * paths[path]
            for (path, driver), cost in sums.items()
            if path in paths
        ],
        finance.horizon_months,
    )
    rent = sums.get(("term", "instance"), 0.0)
    held = _held_machines(rent, growth.instances, levels, holding)
    at_start = np.broadcast_to(one_off_usd, (*flat.shape[:-1], 1))
    running = np.concatenate([at_start, flat], axis=-1)
    once = np.concatenate([at_start, np.zeros_like(flat)], axis=-1)
    taxed = _after_tax(running, held, growth.instances, holding, levels, finance)
    return MonthlyCosts(
        bill=_worth(flat + held.bill, levels.deflate[1:]),
        cash=_worth(running + held.cash, levels.deflate),
        taxed=_worth(taxed, levels.deflate),
        capital=_worth(once + held.ahead, levels.deflate),
        rest_of_terms=_worth(held.owed, levels.deflate[-1:]),
        resale=_worth(held.resale, levels.deflate),
    )


def _after_tax(
    running: FloatArray,
    money: HeldMoney,
    held: FloatArray,
    holding: Holding,
    levels: PriceLevels,
    finance: Finance,
) -> FloatArray:
    """Cash after tax: what is run is deducted at once, what is bought as it is written off."""
    cash = running + money.cash
    if finance.tax_rate == 0:
        return cash
    keep, server = 1 - finance.tax_rate, holding.server
    if server is None:
        return keep * cash
    years, life = finance.depreciation_years, server.life_months
    for_tax = life if years is None else round(years * MONTHS_PER_YEAR)
    cost = server.price_usd + server.install_usd
    sale = (server.price_usd, server.residual_share, life)
    taxed = keep * running + money.cash
    taxed[..., 1:] -= finance.tax_rate * write_offs(held, cost, *sale, for_tax, levels.machines)
    return taxed


def _worth(money: FloatArray, deflate: FloatArray) -> FloatArray:
    return money if np.all(deflate == 1) else money * deflate


def _total(parts: list[FloatArray], months: int) -> FloatArray:
    """Sum of parts; those alike in all cases come first, for they are small."""
    total = np.zeros(months)
    for part in sorted(parts, key=np.size):
        if total.shape == np.shape(part):
            total += part
        else:
            total = total + part
    return total


def _path_of(path: Path, holding: Holding) -> str:
    """Name of the price path of a component; rents for a term have their own."""
    return "term" if path == "gpus" and holding.term_months is not None else path


def _held_machines(
    rent_usd: Numbers, held: FloatArray, levels: PriceLevels, holding: Holding
) -> HeldMoney:
    """Money of machines that are kept; none of those by the hour, which are paid as they run."""
    if holding.server is not None:
        return servers_held(held, holding.server, levels)
    if holding.term_months is not None:
        each = rent_usd / held[..., :1] / term_month_share(holding, levels)
        return terms_held(held, each, holding, levels)
    ends = np.zeros(len(levels.machines))
    return HeldMoney(ends[1:], ends, ends, np.zeros(1), np.zeros(1))
