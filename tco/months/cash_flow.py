"""What an alternative costs in each month of the horizon: as a bill, and as money that moves."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.units import MONTHS_PER_YEAR
from tco.bill.cost_lines import CostComponent, Path
from tco.bill.held_machines import server_months, term_month_share, term_months
from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.cases import AS_ASKED, Cases
from tco.kernel.fleet import FleetRule
from tco.kernel.kept_machines import (
    committed_rent,
    kept_machines,
    outlays,
    resale,
    rest_of_terms,
    write_offs,
)
from tco.question.price_levels import PriceLevels
from tco.question.scenario import Scenario
from tco.question.terms import Finance
from tco.results.bill import Driver
from tco.serving.tenure import Holding, ServerPrice

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
    held = _held_machines(rent, growth, levels, holding, finance)
    at_start = np.broadcast_to(one_off_usd, (*flat.shape[:-1], 1))
    running = np.concatenate([at_start, flat], axis=-1)
    once = np.concatenate([at_start, np.zeros_like(flat)], axis=-1)
    cash = running + held.cash
    return MonthlyCosts(
        bill=_worth(flat + held.bill, levels.deflate[1:]),
        cash=_worth(cash, levels.deflate),
        taxed=_worth(_after_tax(running, cash, held, holding, finance), levels.deflate),
        capital=_worth(once + held.capital, levels.deflate),
        rest_of_terms=_worth(held.rest, levels.deflate[-1:]),
        resale=_worth(held.resale, levels.deflate),
    )


def _after_tax(
    running: FloatArray, cash: FloatArray, held: "_Held", holding: Holding, finance: Finance
) -> FloatArray:
    """Cash after tax: what is run is deducted at once, what is bought as it is written off."""
    if finance.tax_rate == 0:
        return cash
    keep = 1 - finance.tax_rate
    if holding.server is None:
        return keep * cash
    taxed = keep * running + held.cash
    taxed[..., 1:] -= finance.tax_rate * held.written_off
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


@dataclass(frozen=True, slots=True)
class _Held:
    """Money for machines that are owned or taken for a term, in the money of the month [USD]."""

    bill: FloatArray
    """Of months 1 to n, worth what `cash` is worth."""
    cash: FloatArray
    """At the end of months 0 to n."""
    capital: FloatArray
    """Part of it that is paid ahead."""
    rest: FloatArray
    """Part of it that pays for months beyond the horizon, shape (cases, 1) or (1,)."""
    resale: FloatArray
    """What is brought back at the end of months 0 to n."""
    written_off: FloatArray
    """What tax lets write off in months 1 to n."""


def _held_machines(
    rent_usd: Numbers, growth: Growth, levels: PriceLevels, holding: Holding, finance: Finance
) -> _Held:
    if holding.server is not None:
        return _owned(growth.instances, levels, holding.server, finance)
    if holding.term_months is not None:
        return _for_a_term(rent_usd, growth.instances, levels, holding)
    months = np.zeros(finance.horizon_months)
    ends = np.zeros(finance.horizon_months + 1)
    return _Held(months, ends, ends, np.zeros(1), ends, months)


def _owned(held: FloatArray, levels: PriceLevels, server: ServerPrice, finance: Finance) -> _Held:
    """Servers bought when they are first needed, sold at the end of their life or the horizon."""
    life, cost = server.life_months, server.price_usd + server.install_usd
    years = finance.depreciation_years
    for_tax = life if years is None else round(years * MONTHS_PER_YEAR)
    ahead = outlays(held, cost, life, levels.gpus)
    sale = (server.price_usd, server.residual_share, life)
    sold = resale(held, *sale, levels.machines)
    return _Held(
        server_months(held, server, levels),
        ahead - sold,
        ahead,
        np.zeros(1),
        sold,
        write_offs(held, cost, *sale, for_tax, levels.machines)
        if finance.tax_rate
        else np.zeros(1),
    )


def _for_a_term(
    rent_usd: Numbers, held: FloatArray, levels: PriceLevels, holding: Holding
) -> _Held:
    """Rents of terms, each at the price of its start; what outlasts the horizon is owed or not."""
    months, gpus = holding.term_months, levels.gpus
    assert months is not None
    each = rent_usd / held[..., :1] / term_month_share(holding, levels)
    rent = committed_rent(held, each, months, gpus)
    rest = rest_of_terms(held, each, months, gpus).sum(axis=-1, keepdims=True)
    ahead = outlays(held, each * months, months, gpus) if holding.upfront else np.zeros_like(rent)
    cash = ahead.copy() if holding.upfront else rent
    if holding.upfront and holding.handed_back:
        cash[..., -1:] -= rest
    elif not holding.upfront and not holding.handed_back:
        cash[..., -1:] += rest
    owed = np.zeros_like(rest) if holding.handed_back else rest
    return _Held(
        term_months(held, each, holding, levels),
        cash,
        ahead,
        owed,
        np.zeros_like(rent),
        np.zeros(1),
    )
