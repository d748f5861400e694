"""Monthly volumes at which self-hosting costs less, the fleet growing with the load."""

from typing import Final

from tco.contest import Contest
from tco.kernel.break_even import cheaper_for_good_from, volume_break_even
from tco.kernel.fleet import FleetRule
from tco.results import Crossing, VolumeAnswer
from tco.scenario import Scenario
from tco.words import short, usd

MOST_INSTANCES: Final = 2_000
"""Fleet up to which every crossing is listed."""


def volume_answer(contest: Contest, rule: FleetRule, scenario: Scenario) -> VolumeAnswer:
    """List every volume at which the cheaper side changes, and where it stays changed.

    The search reaches four times the highest volume of the horizon, or twice the volume from
    which self-hosting is cheaper for good, and never more than `MOST_INSTANCES` instances.
    """
    host = contest.stair(rule)
    for_good = cheaper_for_good_from(contest.stay, host)
    reach = 4 * _highest_volume(scenario)
    if for_good is not None:
        reach = max(reach, 2 * float(for_good))
    up_to = min(reach, MOST_INSTANCES * float(host.carries_up_to(2) - host.carries_up_to(1)))
    found = volume_break_even(contest.stay, host, up_to)
    spans: list[tuple[float, float | None]] = [(float(a), float(b)) for a, b in found.spans]
    if for_good is not None and for_good <= up_to:
        spans[-1] = (spans[-1][0], None)
    return VolumeAnswer(
        spans=tuple(spans),
        crossings=tuple(Crossing(float(c.requests), c.direction, c.kind) for c in found.crossings),
        cheaper_for_good_from=None if for_good is None else float(for_good),
        searched_up_to=up_to,
        reason="" if for_good is not None else _never_for_good(contest, rule),
    )


def _highest_volume(scenario: Scenario) -> float:
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
