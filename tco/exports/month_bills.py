"""Every line of every bill in each month of the horizon.

A line is followed exactly as a whole bill is, as a bill of its own, so that the lines of a month
add up to the month's bill.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tco.bill.hybrid import routed_hybrid
from tco.bill.self_hosted import HostedFleet, self_hosted_alternative
from tco.bill.spill import spill_hybrid
from tco.facts.cost_facts import CostFacts
from tco.facts.data import Data
from tco.facts.resolve import Resolved, ResolvedApi, ResolvedHost, ResolvedHybrid, api_key, resolve
from tco.months.api_prices import price_path
from tco.months.cash_flow import BY_THE_HOUR, Growth, api_growth, fleet_growth, monthly_costs
from tco.months.price_levels import FloatArray, PriceLevels, price_levels
from tco.months.spill_growth import spill_growth
from tco.question.hybrids import Spill
from tco.question.scenario import Scenario
from tco.results.answer import Evaluation
from tco.results.bill import Alternative, CostLine
from tco.serving.tenure import Holding, holding


@dataclass(frozen=True, slots=True)
class LineMonths:
    """One line over the months."""

    line: CostLine
    quantity: FloatArray | None
    """In the line's unit, shape (months,); None where it is not estimated."""
    cost_usd: FloatArray | None
    """In the terms of the result, shape (months,) [USD]."""


@dataclass(frozen=True, slots=True)
class MonthBills:
    """One alternative over the months."""

    alternative: Alternative
    lines: tuple[LineMonths, ...]
    utilisation: FloatArray | None
    """Mean demand over the capacity of all replicas, shape (months,) [1]; None without a fleet."""
    holding: Holding
    api: ResolvedApi
    """Whose tokens are billed: its own, its hybrid's, or today's."""
    host: ResolvedHost | None


@dataclass(frozen=True, slots=True)
class _Followed:
    growth: Growth
    held: Holding
    api: ResolvedApi
    host: ResolvedHost | None


def month_bills(
    scenario: Scenario, evaluation: Evaluation, data: Data | None = None
) -> tuple[MonthBills, ...]:
    """Follow every alternative that is not refused, the baseline first.

    Parameters
    ----------
    data
        Prices and machines the evaluation was drawn from; those shipped when left out.
    """
    data = data or Data.shipped()
    resolved = resolve(scenario, data.catalogue, data.library)
    levels = price_levels(scenario.finance)
    tokens = {
        api_key(api.option): price_path(api, scenario, data.catalogue).factors * levels.drift
        for api in (resolved.baseline, *resolved.apis)
    }
    followed = dict(_followed(resolved, evaluation, data, tokens, levels))
    return tuple(
        _bills(alternative, followed[alternative.key], scenario, levels, tokens)
        for alternative in evaluation.alternatives
        if alternative.refused is None
    )


def _followed(
    resolved: Resolved,
    evaluation: Evaluation,
    data: Data,
    tokens: Mapping[str, FloatArray],
    levels: PriceLevels,
) -> Iterator[tuple[str, _Followed]]:
    """How every alternative grows, and how its machines are held."""
    scenario = resolved.scenario
    facts = CostFacts(scenario.costs, data.library, scenario.team)
    bills = {alternative.key: alternative for alternative in evaluation.alternatives}
    for api in (resolved.baseline, *resolved.apis):
        yield api_key(api.option), _Followed(api_growth(scenario), BY_THE_HOUR, api, None)
    fleets: dict[str, HostedFleet] = {}
    for host in resolved.hosts:
        stay = bills[api_key(resolved.baseline.option)]
        fleet = self_hosted_alternative(host, scenario, resolved.profile.weights, facts, stay)
        fleets[host.option.name] = fleet
        if fleet.rule is not None:
            held = holding(host, facts)
            growth = fleet_growth(scenario, fleet.rule, kept=held.kept)
            yield fleet.alternative.key, _Followed(growth, held, resolved.baseline, host)
    for hybrid in resolved.hybrids:
        bill, fleet = bills[api_key(hybrid.api.option)], fleets[hybrid.host.option.name]
        yield from _hybrid(hybrid, bill, fleet, resolved, facts, tokens, levels)


def _hybrid(
    hybrid: ResolvedHybrid,
    api: Alternative,
    fleet: HostedFleet,
    resolved: Resolved,
    facts: CostFacts,
    tokens: Mapping[str, FloatArray],
    levels: PriceLevels,
) -> Iterator[tuple[str, _Followed]]:
    scenario, held = resolved.scenario, holding(hybrid.host, facts)
    if isinstance(hybrid.option, Spill):
        spill = spill_hybrid(hybrid, api, fleet, scenario, resolved.profile, facts)
        if spill.rule is None:
            return
        prices = tokens[api.key]
        growth = spill_growth(spill, scenario, prices, levels.gpus, kept=held.kept)
        yield spill.alternative.key, _Followed(growth, held, hybrid.api, hybrid.host)
        return
    routed = routed_hybrid(hybrid, api, fleet, scenario, facts)
    if routed.rule is not None:
        growth = fleet_growth(scenario, routed.rule, kept=held.kept)
        yield routed.alternative.key, _Followed(growth, held, hybrid.api, hybrid.host)


def _bills(
    alternative: Alternative,
    followed: _Followed,
    scenario: Scenario,
    levels: PriceLevels,
    tokens: Mapping[str, FloatArray],
) -> MonthBills:
    prices = tokens[api_key(followed.api.option)]
    lines = []
    for line in alternative.lines:
        alone = replace(alternative, lines=(line,), one_off=())
        grown = followed.growth
        costs = monthly_costs(alone, grown, scenario.finance, levels, prices, followed.held)
        known = line.cost_usd is not None
        quantity = None if line.quantity is None else line.quantity * grown.scales[line.driver]
        lines.append(LineMonths(line, quantity, costs.bill if known else None))
    return MonthBills(
        alternative,
        tuple(lines),
        _utilisation(alternative, followed.growth),
        followed.held,
        followed.api,
        followed.host,
    )


def _utilisation(alternative: Alternative, growth: Growth) -> FloatArray | None:
    """Demand and machines of each month over those of the first, times the first utilisation."""
    if alternative.serving is None:
        return None
    served = growth.scales.get("served", growth.scales.get("request"))
    assert served is not None
    return np.clip(alternative.serving.utilisation * served / growth.scales["instance"], 0.0, 1.0)
