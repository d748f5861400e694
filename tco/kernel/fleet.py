"""How many machines carry a load, and how busy they are.

Volumes and counts are numbers, or arrays that broadcast to ``(draws, months)``. Where a replica has
no capacity nobody can run the fleet: it takes infinitely many machines.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pricing.units import HOURS_PER_MONTH, SECONDS_PER_HOUR
from tco.kernel.arrays import Numbers


@dataclass(frozen=True, slots=True)
class FleetRule:
    """How a fleet is sized: fixed to its peak, in whole instances, with spares."""

    capacity_rps: Numbers
    """Request rate at which one replica still meets the objective, 0 where it meets none
    [request/s]; shape (draws, 1) where it is drawn."""
    peak_to_mean: float
    """Busiest minute of the week over the mean of the week [1]."""
    allowed_load: float
    """Share of its capacity at which a replica may run in that minute [1]."""
    replicas_per_instance: int
    min_replicas: int
    spare_replicas: int
    availability: float = 1.0
    """Share of its paid time in which a replica works; the rest is lost to interruptions [1]."""
    hours_per_month: float = HOURS_PER_MONTH
    """Hours of a month in which the fleet runs [h/month]."""

    @property
    def usable_load(self) -> float:
        """Share of its capacity that a replica may be planned to carry in the peak [1]."""
        return self.allowed_load * self.availability

    @property
    def load_causes(self) -> tuple[tuple[str, float], ...]:
        """Factors of `usable_load`, each with its name."""
        headroom = (("headroom", self.allowed_load),)
        if self.availability == 1:
            return headroom
        return (*headroom, ("interruptions", self.availability))

    @property
    def replica_requests(self) -> Numbers:
        """Monthly volume one replica may carry [request/month]."""
        return self.capacity_requests * self.usable_load / self.peak_to_mean

    @property
    def capacity_requests(self) -> Numbers:
        """Monthly volume of one replica that is never idle [request/month]."""
        return self.capacity_rps * self.hours_per_month * SECONDS_PER_HOUR

    def needed_replicas(self, requests_per_month: Numbers) -> Numbers:
        """Whole replicas for a volume, without spares [1]."""
        carries = np.asarray(self.replica_requests, dtype=float)
        least = np.where(carries > 0, float(self.min_replicas), np.inf)
        with np.errstate(divide="ignore", invalid="ignore"):
            replicas: Numbers = np.fmax(least, np.ceil(np.asarray(requests_per_month) / carries))
        return replicas

    def instances(self, requests_per_month: Numbers) -> Numbers:
        """Whole instances for a volume, spares included [1]."""
        return self.instances_holding(self.needed_replicas(requests_per_month))

    def instances_holding(self, needed_replicas: Numbers) -> Numbers:
        """Whole instances that hold so many replicas and the spares [1]."""
        replicas = np.asarray(needed_replicas) + self.spare_replicas
        if self.replicas_per_instance > 1:
            replicas = np.ceil(replicas / self.replicas_per_instance)
        return replicas


@dataclass(frozen=True, slots=True)
class FleetState:
    """A fleet under a load. Every replica that fits the bought machines runs.

    Each field is a number or an array, as the load and the capacity are.
    """

    replicas: Numbers
    instances: Numbers
    utilisation: Numbers
    """Mean demand over the capacity of all replicas [1]; infinite where nobody can run them."""
    causes: tuple[tuple[str, Numbers], ...]
    """Factors whose product is the utilisation [1]."""
    reachable: Numbers
    """Utilisation at which the busiest minute fills every replica but the spares [1]."""
    mean_instances: Numbers | None = None
    """Instances paid on average, where they come and go; None = all the time."""


def fleet_state(rule: FleetRule, requests_per_month: Numbers) -> FleetState:
    """Size a fleet for a volume and take its utilisation apart into causes."""
    needed = rule.needed_replicas(requests_per_month)
    instances = rule.instances_holding(needed)
    replicas = instances * rule.replicas_per_instance
    with_spares = needed + rule.spare_replicas
    shape = rule.usable_load / rule.peak_to_mean
    runs = np.isfinite(needed)
    with np.errstate(divide="ignore", invalid="ignore"):
        filled = requests_per_month / (needed * rule.replica_requests)
        utilisation = requests_per_month / (replicas * rule.capacity_requests)
        causes = (
            ("daily shape and bursts", 1 / rule.peak_to_mean),
            *rule.load_causes,
            ("spare replicas", where_run(runs, needed / with_spares, 1.0)),
            ("whole replicas and machines", where_run(runs, filled * with_spares / replicas)),
        )
        reachable = shape * (replicas - rule.spare_replicas) / replicas
    return FleetState(
        replicas=replicas,
        instances=instances,
        utilisation=where_run(runs, utilisation),
        causes=causes,
        reachable=where_run(runs, reachable, shape),
    )


def where_run(
    runs: NDArray[np.bool_] | np.bool_, value: Numbers, otherwise: float = np.inf
) -> Numbers:
    """Take a value where somebody can run the fleet, and another where nobody can."""
    taken: Numbers = np.where(runs, value, otherwise)[()]
    return taken


def peak_to_mean(hourly_weights: Sequence[float], peak_within_hour: float) -> float:
    """Busiest minute of the week over its mean [1]."""
    mean = sum(hourly_weights) / len(hourly_weights)
    return max(hourly_weights) / mean * peak_within_hour
