"""Monthly volumes at which self-hosting costs less, the fleet growing with the load."""

from typing import Final

import numpy as np

from tco.answer.comparison import Contest
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.break_even import (
    LineBill,
    VolumeBreakEven,
    cheaper_for_good_from,
    volume_break_even,
)
from tco.kernel.fleet import FleetRule
from tco.kernel.step_break_even import step_break_even
from tco.question.scenario import Scenario
from tco.results.answer import Crossing, VolumeAnswer
from tco.words.figures import count as short
from tco.words.figures import usd

MOST_INSTANCES: Final = 2_000
"""Fleet up to which every crossing is listed."""
MOST_STEPS: Final = 10_000
"""Steps of an autoscaled fleet up to which every crossing is listed."""


def volume_answer(
    contest: Contest, rule: FleetRule | AutoscaleRule, scenario: Scenario
) -> VolumeAnswer:
    """List every volume at which the cheaper side changes, of a fixed or an autoscaled fleet."""
    if isinstance(rule, AutoscaleRule):
        return _autoscaled(contest, rule, scenario)
    return _fixed(contest, rule, scenario)


def _fixed(contest: Contest, rule: FleetRule, scenario: Scenario) -> VolumeAnswer:
    """List every volume at which the cheaper side changes, and where it stays changed.

    The search reaches four times the highest volume of the horizon, or twice the volume from
    which self-hosting is cheaper for good, and never more than `MOST_INSTANCES` instances.
    """
    host = contest.stair(rule)
    for_good = cheaper_for_good_from(contest.stay, host)
    reach = 4 * highest_volume(scenario)
    if for_good is not None:
        reach = max(reach, 2 * float(for_good))
    up_to = min(reach, MOST_INSTANCES * float(host.carries_up_to(2) - host.carries_up_to(1)))
    found = volume_break_even(contest.stay, host, up_to)
    reason = "" if for_good is not None else _never_for_good(contest, rule)
    return _answer(found, None if for_good is None else float(for_good), up_to, reason)


def _autoscaled(contest: Contest, rule: AutoscaleRule, scenario: Scenario) -> VolumeAnswer:
    """List the crossings of a fleet that follows the hours, up to a limit of steps.

    Paid instances lie between volume × `instances_per_request` and `most_beyond` more, so that
    self-hosting is cheaper for good exactly if a request saves more than its share of instances
    costs, and then at the latest where that outweighs the rest.
    """
    highest = highest_volume(scenario)
    margin = contest.saving_per_request_usd - contest.instance_usd * rule.instances_per_request
    rest = contest.fixed_gap_usd - contest.instance_usd * contest.serving.paid_instances
    proven = None
    if margin > 0:
        proven = max(0.0, (rest + contest.instance_usd * rule.most_beyond) / margin)
    reach = max(4 * highest, 0.0 if proven is None else 1.01 * proven)
    reach = min(reach, MOST_STEPS / rule.borders_per_request)
    borders = sorted({border for border in rule.borders(reach) if border < reach})
    ends = np.array([*borders, reach])
    middles = (ends + np.array([0.0, *borders])) / 2
    machines = contest.instance_usd * rule.paid_instances(middles)
    line = LineBill(contest.stay.fixed_usd + rest, contest.planned.usd_per_request)
    found = step_break_even(contest.stay, line, ends.tolist(), machines.tolist())
    for_good = None
    if proven is not None and proven <= reach and found.spans and found.spans[-1][1] == reach:
        for_good = float(found.spans[-1][0])
    reason = ""
    if margin <= 0:
        share = usd(1_000 * contest.instance_usd * rule.instances_per_request)
        reason = (
            f"price: a thousand requests take {share} of instances that follow the hours; the API "
            f"saves {usd(1_000 * contest.saving_per_request_usd)}"
        )
    elif for_good is None:
        reason = f"not proven for good up to {short(reach)} requests a month"
    return _answer(found, for_good, reach, reason)


def _answer(
    found: VolumeBreakEven, for_good: float | None, up_to: float, reason: str
) -> VolumeAnswer:
    spans: list[tuple[float, float | None]] = [(float(a), float(b)) for a, b in found.spans]
    if for_good is not None and for_good <= up_to:
        spans[-1] = (spans[-1][0], None)
    return VolumeAnswer(
        spans=tuple(spans),
        crossings=tuple(Crossing(float(c.requests), c.direction, c.kind) for c in found.crossings),
        cheaper_for_good_from=for_good,
        searched_up_to=up_to,
        reason=reason,
    )


def highest_volume(scenario: Scenario) -> float:
    """Highest monthly volume of the horizon [request/month]."""
    growth = (1 + scenario.workload.growth_per_month) ** scenario.finance.horizon_months
    return scenario.workload.requests_per_month * max(1.0, growth)


def _never_for_good(contest: Contest, rule: FleetRule) -> str:
    carries = rule.replica_requests * rule.replicas_per_instance
    thousand = 1_000 * contest.instance_usd / carries
    return (
        f"price: an instance sized for its peak carries {short(carries)} requests a month at "
        f"{usd(thousand)} per thousand; the API saves "
        f"{usd(1_000 * contest.saving_per_request_usd)}"
    )
