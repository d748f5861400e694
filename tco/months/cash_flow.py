"""What an alternative costs in each month of the horizon: as a bill, and as money that moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.units import MONTHS_PER_YEAR
from tco.bill.cost_lines import CostComponent, Path
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.cases import AS_ASKED, Cases
from tco.kernel.finance import committed_rent, purchase_outlays, write_offs
from tco.kernel.fleet import FleetRule
from tco.kernel.speed import FloatArray, Numbers
from tco.months.price_levels import PriceLevels
from tco.question.scenario import Scenario
from tco.question.terms import Finance
from tco.results.bill import Driver
from tco.serving.tenure import Holding

BY_THE_HOUR: Final = Holding(kept=False)


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
    """Of months 1 to n, machines you own at their level capital cost."""
    cash: FloatArray
    """At the end of months 0 to n: one-offs, purchases, resale and terms paid upfront."""
    taxed: FloatArray
    """At the end of months 0 to n: `cash` after tax, losses used at once."""


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
    scenario: Scenario, rule: FleetRule | AutoscaleRule, cases: Cases, *, kept: bool
) -> Growth:
    """Machines grow in steps; what was bought or committed to is kept."""
    requests = volumes(scenario, cases)
    needed = np.asarray(rule.instances(requests), dtype=float)
    held = np.maximum.accumulate(needed, axis=-1) if kept else needed
    alike = volumes(scenario)
    scales: dict[Driver, FloatArray] = {
        "request": alike / alike[0],
        "instance": held / held[..., :1],
        "fixed": np.ones(len(alike)),
    }
    return Growth(scales, held)


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
    level = sums.get(("capital", "instance"), 0.0) + sums.get(("term", "instance"), 0.0)
    machines, written_off = _machines(level, growth, levels, holding, finance)
    if holding.server is not None:
        bill = flat + level * growth.scales["instance"]
    elif holding.term_months is not None:
        bill = flat + _rent(level, growth, levels, holding, upfront=False)[..., 1:]
    else:
        bill = flat
    at_start = np.broadcast_to(one_off_usd, (*flat.shape[:-1], 1))
    running = np.concatenate([at_start, flat], axis=-1)
    cash = running if machines is None else running + machines
    keep = 1 - finance.tax_rate
    if finance.tax_rate == 0:
        taxed = cash
    elif holding.server is None or machines is None:
        taxed = keep * cash
    else:
        taxed = keep * running + machines
        taxed[..., 1:] -= finance.tax_rate * written_off
    return MonthlyCosts(
        _worth(bill, levels.deflate[1:]),
        _worth(cash, levels.deflate),
        _worth(taxed, levels.deflate),
    )


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


def _rent(
    level_usd: Numbers, growth: Growth, levels: PriceLevels, holding: Holding, *, upfront: bool
) -> FloatArray:
    """Rent of a term at the end of months 0 to n, each at the price of its start."""
    assert holding.term_months is not None
    each = level_usd / growth.instances[..., :1]
    return committed_rent(growth.instances, each, holding.term_months, levels.gpus, upfront=upfront)


def _machines(
    level_usd: Numbers, growth: Growth, levels: PriceLevels, holding: Holding, finance: Finance
) -> tuple[FloatArray | None, FloatArray | float]:
    """Money for machines that are owned or taken for a term, and what tax lets write off."""
    server = holding.server
    if server is not None:
        life = (server.price_usd, server.install_usd, server.residual_usd, server.life_months)
        years = finance.depreciation_years
        for_tax = server.life_months if years is None else max(1, round(years * MONTHS_PER_YEAR))
        cost = server.price_usd + server.install_usd
        books = (cost, server.price_usd, server.residual_usd, server.life_months, for_tax)
        paid = purchase_outlays(growth.instances, *life, levels.gpus)
        if finance.tax_rate == 0:
            return paid, 0.0
        return paid, write_offs(growth.instances, *books, levels.gpus)
    if holding.term_months is None:
        return None, 0.0
    return _rent(level_usd, growth, levels, holding, upfront=holding.upfront), 0.0
