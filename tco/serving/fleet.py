"""An option and the shape of the week into the rule by which its fleet grows."""

from collections.abc import Sequence
from typing import Final

from pricing.units import HOURS_PER_MONTH
from tco.facts.resolve import ResolvedHost
from tco.kernel.arrays import Numbers
from tco.kernel.autoscale import AutoscaleRule, Scaling, autoscaled_state
from tco.kernel.fleet import FleetRule, FleetState, fleet_state, peak_to_mean
from tco.question.options import tries_of
from tco.question.scenario import Scenario
from tco.question.terms import Fleet
from tco.results.bill import Finding
from tco.serving.tenure import FLEXIBLE_TERMS

SHORTEST_WHOLE_MONTH: Final = 672.0
"""Four weeks; a fleet of fewer hours is switched off for the rest [h]."""


def fleet_rule(
    host: ResolvedHost,
    scenario: Scenario,
    profile: Sequence[float],
    capacity_rps: Numbers,
) -> FleetRule | AutoscaleRule:
    """Fixed to the peak, or following the hours where machines come and go.

    Parameters
    ----------
    profile
        168 hourly weights of the week.
    capacity_rps
        Of one replica, shape (cases, 1) or one number [request/s].
    """
    burst = scenario.workload.peak_within_hour
    base = FleetRule(
        capacity_rps=capacity_rps / tries_of(host.quality),
        peak_to_mean=peak_to_mean(profile, burst),
        allowed_load=scenario.fleet.allowed_load,
        replicas_per_instance=host.replicas_per_instance,
        min_replicas=scenario.fleet.min_replicas,
        spare_replicas=scenario.fleet.spare_replicas,
        availability=1 - _lost_share(host),
        hours_per_month=scenario.fleet.hours_per_month,
    )
    given = scenario.fleet.autoscale
    if given is None or not comes_and_goes(host):
        return base
    scaling = Scaling(
        lag_minutes=given.provision_minutes + given.load_minutes,
        hold_minutes=given.hold_minutes,
        billing_minutes=given.billing_minutes,
        to_zero=given.scale_to_zero,
    )
    return AutoscaleRule(base, tuple(profile), burst, scaling)


def state_of(rule: FleetRule | AutoscaleRule, requests_per_month: Numbers) -> FleetState:
    """Size a fleet for a volume, and take its utilisation apart."""
    if isinstance(rule, AutoscaleRule):
        return autoscaled_state(rule, requests_per_month)
    return fleet_state(rule, requests_per_month)


def paid_hours(host: ResolvedHost, fleet: Fleet) -> float:
    """Hours of a month that a machine is paid for; a term is paid when it is switched off too."""
    hours = fleet.hours_per_month
    return hours if comes_and_goes(host) or hours >= SHORTEST_WHOLE_MONTH else HOURS_PER_MONTH


def comes_and_goes(host: ResolvedHost) -> bool:
    """Whether its machines are given back when they are not needed."""
    return getattr(host.machine, "term", None) in FLEXIBLE_TERMS


def baseline_share(host: ResolvedHost) -> float:
    """Share of hours in which today's API answers because spot machines are gone [1]."""
    gone = host.option.interruption
    return gone.lost_share if gone is not None and gone.then == "baseline" else 0.0


def _lost_share(host: ResolvedHost) -> float:
    """Share of paid hours whose work is done again [1]."""
    gone = host.option.interruption
    return gone.lost_share if gone is not None and gone.then == "re-run" else 0.0


def rent_findings(host: ResolvedHost, fleet: Fleet) -> tuple[Finding, ...]:
    """What the term of the rent leaves open."""
    found = []
    if getattr(host.machine, "term", None) == "spot" and host.option.interruption is None:
        found.append(
            Finding(
                "flagged",
                "spot",
                "Spot machines can be taken away at short notice; no lost hours are counted.",
                "Set interruption.lost_share of the option.",
            )
        )
    if host.option.paid_upfront and comes_and_goes(host):
        found.append(
            Finding(
                "flagged",
                "no-term",
                "It is rented by the hour: there is no term that could be paid upfront.",
                "Name an offer with a term, or leave paid_upfront out.",
            )
        )
    if fleet.autoscale is not None and not comes_and_goes(host):
        found.append(
            Finding(
                "remark",
                "not-autoscaled",
                "Its machines are owned or taken for a term: they stay when hours are quiet.",
            )
        )
    return tuple(found)
