"""Servers fail whole: whether the spares of a fleet survive the machine that fails."""

import math

from tco.kernel.arrays import Numbers
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.cases import first
from tco.kernel.fleet import FleetRule
from tco.results.bill import Finding
from tco.words.figures import plural, whole


def shared_spares(
    rule: FleetRule | AutoscaleRule, requests_per_month: Numbers
) -> tuple[Finding, ...]:
    """Say where spares stand on the machines they are to stand in for, in the first case."""
    base = rule.base if isinstance(rule, AutoscaleRule) else rule
    needed, packed = first(base.needed_replicas(requests_per_month)), base.replicas_per_instance
    if base.spare_replicas == 0 or not math.isfinite(needed):
        return ()
    instances = round(first(base.instances_holding(needed)))
    left = (instances - 1) * packed
    if left >= needed:
        return ()
    full = math.ceil(needed / packed)
    enough = full * packed - needed + 1
    fails = "the only instance" if instances == 1 else f"one of {whole(instances)} instances"
    return (
        Finding(
            "flagged",
            "shared-spares",
            f"Spares share machines with the replicas they stand in for: if {fails} fails, "
            f"{whole(left) if left else 'none'} of the {plural(needed, 'replica')} that the "
            f"busiest minute needs {'is' if left <= 1 else 'are'} left.",
            f"Set fleet.spare_replicas to {whole(enough)}, which takes "
            f"{plural(full + 1, 'instance')}.",
        ),
    )
