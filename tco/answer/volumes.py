"""Monthly volumes at which self-hosting costs less, the fleet growing with the load."""

from typing import Final

from tco.answer.comparison import Comparison
from tco.answer.worked import Worked
from tco.bill.base_fleet import BaseFleet
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.break_even import (
    LineBill,
    VolumeBreakEven,
    cheaper_for_good_from,
    step_break_even,
    volume_break_even,
)
from tco.kernel.cases import first
from tco.kernel.fleet import FleetRule
from tco.question.scenario import Scenario
from tco.results.answer import Reason, VolumeAnswer
from tco.words.figures import count
from tco.words.shown_money import ShownMoney

MOST_INSTANCES: Final = 2_000
"""Fleet up to which every crossing is listed."""
MOST_STEPS: Final = 10_000
"""Steps of an autoscaled fleet up to which every crossing is listed."""


def volume_of(own: Worked, scenario: Scenario) -> VolumeAnswer:
    """Answer for one alternative whose own machines serve all that it sends to them."""
    assert own.fleet is not None
    rule = own.fleet.first_rule
    assert not isinstance(rule, BaseFleet)
    return volume_answer(own.against_staying, rule, scenario)


def volume_answer(
    comparison: Comparison, rule: FleetRule | AutoscaleRule, scenario: Scenario
) -> VolumeAnswer:
    """List every volume at which the cheaper side changes, of a fixed or an autoscaled fleet."""
    if isinstance(rule, AutoscaleRule):
        return _autoscaled(comparison, rule, scenario)
    return _fixed(comparison, rule, scenario)


def _fixed(comparison: Comparison, rule: FleetRule, scenario: Scenario) -> VolumeAnswer:
    """List every volume at which the cheaper side changes, and where it stays changed.

    The search reaches four times the highest volume of the horizon, or twice the volume from
    which self-hosting is cheaper for good, and never more than `MOST_INSTANCES` instances.
    """
    host = comparison.stair(rule)
    for_good = cheaper_for_good_from(comparison.stay, host)
    reach = 4 * highest_volume(scenario)
    if for_good is not None:
        reach = max(reach, 2 * for_good)
    up_to = min(reach, MOST_INSTANCES * (host.carries_up_to(2) - host.carries_up_to(1)))
    found = volume_break_even(comparison.stay, host, up_to)
    reason = (
        None if for_good is not None else _not_for_good(comparison, rule, scenario.currency.money)
    )
    return _answer(found, for_good, up_to, reason)


def _autoscaled(comparison: Comparison, rule: AutoscaleRule, scenario: Scenario) -> VolumeAnswer:
    """List the crossings of a fleet that follows the hours, up to a limit of steps.

    Paid instances lie between volume × `instances_per_request` and `most_beyond` more, so that
    self-hosting is cheaper for good exactly if a request saves more than its share of instances
    costs, and then at the latest where that outweighs the rest.
    """
    highest = highest_volume(scenario)
    instance_usd, saving = first(comparison.instance_usd), first(comparison.saving_per_request_usd)
    margin = saving - instance_usd * rule.instances_per_request
    rest = first(comparison.fixed_gap_usd) - instance_usd * comparison.serving.paid_instances
    proven = None
    if margin > 0:
        proven = max(0.0, (rest + instance_usd * rule.most_beyond) / margin)
    reach = max(4 * highest, 0.0 if proven is None else 1.01 * proven)
    reach = min(reach, MOST_STEPS / rule.borders_per_request)
    ends, instances = rule.steps(reach)
    machines = instance_usd * instances
    line = LineBill(comparison.stay.fixed_usd + rest, first(comparison.usd_per_request))
    found = step_break_even(comparison.stay, line, ends, machines)
    for_good = None
    if proven is not None and proven <= reach and found.spans and found.spans[-1][1] == reach:
        for_good = found.spans[-1][0]
    reason = None
    if saving <= 0:
        reason = dearer(1_000 * saving, scenario.currency.money)
    elif margin <= 0:
        money = scenario.currency.money
        share = money(1_000 * instance_usd * rule.instances_per_request)
        text = (
            f"a thousand requests take {share} of instances that follow the hours and save "
            f"{money(1_000 * saving)} of today's bill"
        )
        reason = Reason("dear", text)
    elif for_good is None:
        reason = Reason("unproven", f"not proven for good up to {count(reach)} requests a month")
    return _answer(found, for_good, reach, reason)


def _answer(
    found: VolumeBreakEven, for_good: float | None, up_to: float, reason: Reason | None
) -> VolumeAnswer:
    spans: list[tuple[float, float | None]] = list(found.spans)
    if for_good is not None and for_good <= up_to:
        spans[-1] = (spans[-1][0], None)
    return VolumeAnswer(
        spans=tuple(spans),
        crossings=found.crossings,
        cheaper_for_good_from=for_good,
        searched_up_to=up_to,
        reason=reason,
    )


def highest_volume(scenario: Scenario) -> float:
    """Highest monthly volume of the horizon [request/month]."""
    growth = (1 + scenario.workload.growth_per_month) ** scenario.finance.horizon_months
    return scenario.workload.requests_per_month * max(1.0, growth)


def dearer(saving_usd: float, money: ShownMoney) -> Reason:
    """Say that requests cost more than today, by what a thousand of them save."""
    more = "as much as" if money(saving_usd) == money(0.0) else f"{money(-saving_usd)} more than"
    return Reason("price", f"a thousand requests cost {more} today, before any machine")


def _not_for_good(comparison: Comparison, rule: FleetRule, money: ShownMoney) -> Reason:
    saving = 1_000 * first(comparison.saving_per_request_usd)
    if saving <= 0:
        return dearer(saving, money)
    carries = first(rule.replica_requests) * rule.replicas_per_instance
    thousand = 1_000 * first(comparison.instance_usd) / carries
    return Reason(
        "dear",
        f"an instance sized for its peak carries {count(carries)} requests a month at "
        f"{money(thousand)} per thousand; these save {money(saving)} of today's bill",
    )
