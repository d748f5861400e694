"""Monthly volumes at which a fleet takes a machine more in some month of the horizon."""

import math
from typing import Final

import numpy as np

from tco.bill.base_fleet import BaseFleet
from tco.kernel.arrays import FloatArray
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.fleet import FleetRule
from tco.months.growth import volumes
from tco.question.scenario import Scenario

MOST_FLEET_STEPS: Final = 40_000
"""Steps of all months together that are followed one by one."""


def fleet_steps(
    rule: FleetRule | AutoscaleRule | BaseFleet, scenario: Scenario, ends: tuple[float, float]
) -> tuple[FloatArray, float]:
    """List first months' volumes up to which the fleet of some month stays as it is.

    Between neighbours the machines of every month are the same, so that present values are
    straight lines in the volume.

    Parameters
    ----------
    rule
        How the fleet is sized, its figures plain numbers.
    ends
        Lowest and highest volume wanted [request/month].

    Returns
    -------
    ndarray, float
        Volumes within the ends, ascending, shape (steps,), and the volume up to which none is left
        out [request/month].
    """
    assert not isinstance(rule, BaseFleet)
    asked = volumes(scenario)
    months = np.unique(asked / asked[0])
    low, high = ends
    dense = _steps_per_request(rule) * float(months.sum())
    reach = min(high, MOST_FLEET_STEPS / dense) if dense > 0 else low
    if reach <= low:
        return np.array([]), low
    steps = np.unique((_steps(rule, reach * float(months[-1])) / months[:, None]).ravel())
    return steps[(steps > low) & (steps < reach)], reach


def _steps_per_request(rule: FleetRule | AutoscaleRule) -> float:
    """How densely steps lie [1/(request/month)]; 0 where nobody can run the fleet."""
    if float(rule.capacity_requests) <= 0:
        return 0.0
    if isinstance(rule, AutoscaleRule):
        return rule.borders_per_request
    return 1 / (float(rule.replica_requests) * rule.replicas_per_instance)


def _steps(rule: FleetRule | AutoscaleRule, up_to: float) -> FloatArray:
    """Highest volume of each step of one month, up to a limit [request/month]."""
    if isinstance(rule, AutoscaleRule):
        return rule.steps(up_to)[0][:-1]
    carries, spare = float(rule.replica_requests), rule.spare_replicas
    first = math.ceil((rule.min_replicas + spare) / rule.replicas_per_instance)
    last = math.floor((up_to / carries + spare) / rule.replicas_per_instance)
    replicas = np.arange(first, last + 1, dtype=float) * rule.replicas_per_instance - spare
    steps: FloatArray = replicas * carries
    return steps
