"""What an alternative costs in each month of the horizon: as a bill, and as money that moves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.units import MONTHS_PER_YEAR
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.finance import committed_rent, purchase_outlays, write_offs
from tco.kernel.fleet import FleetRule
from tco.months.price_levels import FloatArray, PriceLevels
from tco.question.scenario import Scenario
from tco.question.terms import Finance
from tco.results.bill import Alternative, CostLine, Driver
from tco.serving.tenure import Holding

BY_THE_HOUR: Final = Holding(kept=False)


@dataclass(frozen=True, slots=True)
class Growth:
    """How what a bill grows with moves over the months, each over the first [1]."""

    scales: Mapping[Driver, FloatArray]
    instances: FloatArray
    """Instances paid in months 1 to n [1]; zeros where there are none."""


@dataclass(frozen=True, slots=True)
class MonthlyCosts:
    """Costs in the terms of the result (real or nominal), before tax [USD]; positive is out."""

    bill: FloatArray
    """Of months 1 to n, machines you own at their level capital cost."""
    cash: FloatArray
    """At the end of months 0 to n: one-offs, purchases, resale and terms paid upfront."""
    taxed: FloatArray
    """At the end of months 0 to n: `cash` after tax, losses used at once."""


def volumes(scenario: Scenario) -> FloatArray:
    """Requests of each month, the first as given [request/month], shape (months,)."""
    growth = 1 + scenario.workload.growth_per_month
    steps = np.arange(scenario.finance.horizon_months)
    return np.asarray(scenario.workload.requests_per_month * growth**steps)


def api_growth(scenario: Scenario) -> Growth:
    """Tokens grow with the requests, the rest does not."""
    requests = volumes(scenario)
    ones = np.ones(len(requests))
    return Growth({"request": requests / requests[0], "fixed": ones}, np.zeros(len(requests)))


def fleet_growth(scenario: Scenario, rule: FleetRule | AutoscaleRule, *, kept: bool) -> Growth:
    """Machines grow in steps; what was bought or committed to is kept."""
    requests = volumes(scenario)
    needed = np.asarray(rule.instances(requests))
    held = np.maximum.accumulate(needed) if kept else needed
    ones = np.ones(len(requests))
    return Growth(
        {"request": requests / requests[0], "instance": held / held[0], "fixed": ones}, held
    )


def monthly_costs(
    alternative: Alternative,
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
        API prices of each month over those of the first, drift included [1], shape (months,).
    """
    paths = {"tokens": tokens, "gpus": levels.gpus, "people": levels.wages, "rest": levels.rest}
    sums: dict[tuple[str, Driver], float] = {}
    for line in alternative.lines:
        if line.cost_usd is not None:
            place = (_path_of(line, holding), line.driver)
            sums[place] = sums.get(place, 0.0) + line.cost_usd
    flat = sum(
        (
            cost * growth.scales[driver] * paths[path]
            for (path, driver), cost in sums.items()
            if path in paths
        ),
        start=np.zeros(finance.horizon_months),
    )
    level = sum(cost for (path, _), cost in sums.items() if path in ("capital", "term"))
    capital = level * growth.scales["instance"] if level else np.zeros(finance.horizon_months)
    machines, written_off = _machines(level, growth, levels, holding, finance)
    bill = (
        flat + capital
        if holding.server is not None
        else flat + _spread(level, growth, levels, holding)
    )
    running = np.concatenate([[alternative.one_off_usd], flat])
    cash = running + machines
    keep = 1 - finance.tax_rate
    if holding.server is None:
        taxed = keep * cash
    else:
        taxed = keep * running + machines
        taxed[1:] -= finance.tax_rate * written_off
    return MonthlyCosts(bill * levels.deflate[1:], cash * levels.deflate, taxed * levels.deflate)


def _path_of(line: CostLine, holding: Holding) -> str:
    """Name of the price path a line follows; machines held for longer have their own."""
    if line.key == "capital":
        return "capital"
    if line.key == "rent":
        return "gpus" if holding.term_months is None else "term"
    if line.group in ("tokens", "people"):
        return line.group
    return "rest"


def _spread(level_usd: float, growth: Growth, levels: PriceLevels, holding: Holding) -> FloatArray:
    """Rent of a term spread over its months, whenever it is paid."""
    if holding.term_months is None or not level_usd:
        return np.zeros(len(growth.instances))
    each = level_usd / growth.instances[0]
    return committed_rent(growth.instances, each, holding.term_months, levels.gpus)[1:]


def _machines(
    level_usd: float, growth: Growth, levels: PriceLevels, holding: Holding, finance: Finance
) -> tuple[FloatArray, FloatArray]:
    """Money for machines that are owned or taken for a term, and what tax lets write off."""
    months = finance.horizon_months
    nothing = np.zeros(months)
    server = holding.server
    if server is not None:
        life = (server.price_usd, server.install_usd, server.residual_usd, server.life_months)
        years = finance.depreciation_years
        for_tax = server.life_months if years is None else max(1, round(years * MONTHS_PER_YEAR))
        cost = server.price_usd + server.install_usd
        books = (cost, server.price_usd, server.residual_usd, server.life_months, for_tax)
        return (
            purchase_outlays(growth.instances, *life, levels.gpus),
            write_offs(growth.instances, *books, levels.gpus),
        )
    if holding.term_months is None or not level_usd:
        return np.zeros(months + 1), nothing
    each, term = level_usd / growth.instances[0], holding.term_months
    paid = committed_rent(growth.instances, each, term, levels.gpus, upfront=holding.upfront)
    return paid, nothing
