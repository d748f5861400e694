"""How many machines carry a load, and how busy they are."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pricing.units import SECONDS_PER_MONTH


@dataclass(frozen=True, slots=True)
class FleetRule:
    """How a fleet is sized: fixed to its peak, in whole instances, with spares."""

    capacity_rps: float
    """Request rate at which one replica still meets the objective [request/s]."""
    peak_to_mean: float
    """Busiest minute of the week over the mean of the week [1]."""
    allowed_load: float
    """Share of its capacity at which a replica may run in that minute [1]."""
    replicas_per_instance: int
    min_replicas: int
    spare_replicas: int
    availability: float = 1.0
    """Share of its paid time in which a replica works; the rest is lost to interruptions [1]."""

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
    def replica_requests(self) -> float:
        """Monthly volume one replica may carry [request/month]."""
        return self.capacity_requests * self.usable_load / self.peak_to_mean

    @property
    def capacity_requests(self) -> float:
        """Monthly volume of one replica that is never idle [request/month]."""
        return self.capacity_rps * SECONDS_PER_MONTH

    def needed_replicas(self, requests_per_month: float) -> int:
        """Replicas for a volume, without spares."""
        return max(self.min_replicas, math.ceil(requests_per_month / self.replica_requests))

    def instances(self, requests_per_month: float) -> int:
        """Whole instances for a volume, spares included."""
        replicas = self.needed_replicas(requests_per_month) + self.spare_replicas
        return math.ceil(replicas / self.replicas_per_instance)


@dataclass(frozen=True, slots=True)
class FleetState:
    """A fleet under a load. Every replica that fits the bought machines runs."""

    replicas: int
    instances: int
    utilisation: float
    """Mean demand over the capacity of all replicas [1]."""
    causes: tuple[tuple[str, float], ...]
    """Factors whose product is the utilisation [1]."""
    reachable: float
    """Utilisation at which the busiest minute fills every replica but the spares [1]."""
    mean_instances: float | None = None
    """Instances paid on average, where they come and go; None = all the time."""


def fleet_state(rule: FleetRule, requests_per_month: float) -> FleetState:
    """Size a fleet for a volume and take its utilisation apart into causes."""
    needed = rule.needed_replicas(requests_per_month)
    instances = rule.instances(requests_per_month)
    replicas = instances * rule.replicas_per_instance
    filled = requests_per_month / (needed * rule.replica_requests)
    causes = (
        ("daily shape and bursts", 1 / rule.peak_to_mean),
        *rule.load_causes,
        ("spare replicas", needed / (needed + rule.spare_replicas)),
        ("whole replicas and machines", filled * (needed + rule.spare_replicas) / replicas),
    )
    shape = rule.usable_load / rule.peak_to_mean
    return FleetState(
        replicas=replicas,
        instances=instances,
        utilisation=requests_per_month / (replicas * rule.capacity_requests),
        causes=causes,
        reachable=shape * (replicas - rule.spare_replicas) / replicas,
    )


def peak_to_mean(hourly_weights: Sequence[float], peak_within_hour: float) -> float:
    """Busiest minute of the week over its mean [1]."""
    mean = sum(hourly_weights) / len(hourly_weights)
    return max(hourly_weights) / mean * peak_within_hour
