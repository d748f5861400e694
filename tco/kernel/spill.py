r"""Base load on your own machines, the rest on an API: how much stays, and how many machines pay.

In an hour of relative weight w the fleet serves :math:`\min(w V, c)` and the API the rest, with c
what n instances may carry on average over an hour whose busiest minute they still hold. What is
served is concave in the fleet and in the volume, so the cheapest fleet is found exactly, and
against staying there is one volume at most above which the mixture costs less.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

import numpy as np
from numpy.typing import NDArray

NEVER: Final = Fraction(10**30)  # requests a month


@dataclass(frozen=True, slots=True)
class SpillRule:
    """A fixed base fleet under a week, with an API above it."""

    capacity_requests: float
    """Monthly volume of one replica that is never idle [request/month]."""
    usable_load: float
    """Share of its capacity at which a replica may be planned to run in the busiest minute [1]."""
    peak_within_hour: float
    replicas_per_instance: int
    spare_replicas: int
    shares: tuple[float, ...]
    """Hourly weights of the week over their mean [1]."""

    def carries(self, instances: int) -> float:
        """Monthly volume that so many instances serve when every hour fills them."""
        working = max(0, instances * self.replicas_per_instance - self.spare_replicas)
        return working * self.capacity_requests * self.usable_load / self.peak_within_hour

    @property
    def busy_share(self) -> float:
        """Share of hours that have any requests [1]."""
        return sum(share > 0 for share in self.shares) / len(self.shares)

    def spilled_share(self, requests_per_month: float, instances: int) -> float:
        """Share of all requests that the API answers [1]."""
        hours = requests_per_month * np.asarray(self.shares)
        over = np.maximum(0.0, hours - self.carries(instances)).sum()
        return float(over / hours.sum())

    def first_instances(self) -> int:
        """Fewest instances that serve anything."""
        return math.ceil((self.spare_replicas + 1) / self.replicas_per_instance)

    def full_instances(self, requests_per_month: float) -> int:
        """Fewest instances from which on nothing is spilled."""
        one = self.capacity_requests * self.usable_load / self.peak_within_hour
        replicas = math.ceil(requests_per_month * max(self.shares) / one) + self.spare_replicas
        return max(self.first_instances(), math.ceil(replicas / self.replicas_per_instance))


def spill_costs(
    rule: SpillRule, requests_per_month: float, instance_usd: float, saving_per_request_usd: float
) -> NDArray[np.float64]:
    """Cost of each fleet beyond serving everything at its own variable cost [USD/month].

    Item i is the fleet of `first_instances` + i machines; the last one spills nothing.

    Parameters
    ----------
    saving_per_request_usd
        API cost of a request less what it costs to serve beyond the machines.
    """
    fleets = np.arange(rule.first_instances(), rule.full_instances(requests_per_month) + 1)
    carried = np.array([rule.carries(int(n)) for n in fleets])
    hours = requests_per_month * np.asarray(rule.shares)
    over = np.maximum(0.0, hours[None, :] - carried[:, None]).mean(axis=1)
    return np.asarray(fleets * instance_usd + over * saving_per_request_usd)


def cheapest_fleet(
    rule: SpillRule, requests_per_month: float, instance_usd: float, saving_per_request_usd: float
) -> int:
    """Number of instances at which machines and spill cost least, one at least; ties take fewer."""
    costs = spill_costs(rule, requests_per_month, instance_usd, saving_per_request_usd)
    return rule.first_instances() + int(np.argmin(costs))


def pays_from(
    rule: SpillRule,
    instances: int,
    fixed_gap_usd: float | Fraction,
    saving_per_request_usd: float | Fraction,
) -> Fraction | None:
    """Volume above which a mixture with so many instances costs less than staying, exactly.

    Parameters
    ----------
    fixed_gap_usd
        What the mixture costs a month beyond staying before any request, machines included.

    Returns
    -------
    Fraction or None
        None when it never does: full in every hour, the fleet saves less than it costs.
    """
    gap, saving = Fraction(fixed_gap_usd), Fraction(saving_per_request_usd)
    if gap < 0 <= saving:
        return Fraction(0)
    carried = Fraction(rule.carries(instances))
    shares = sorted((Fraction(s) for s in rule.shares), reverse=True)
    busy = sum(share > 0 for share in shares)
    if saving <= 0 or saving * carried * busy <= gap * len(shares):
        return None
    wanted = gap / saving  # requests a month that must stay on the fleet
    hours, rest, full = len(shares), sum(shares), 0
    for share in shares:
        # with `full` hours filled, served = (full · carried + rest · V) / hours
        volume = (wanted * hours - full * carried) / rest
        if share * volume <= carried:
            return volume
        full, rest = full + 1, rest - share
    raise AssertionError  # a fleet that pays when full pays before it is full


def pays_from_any(
    rule: SpillRule, fixed_gap_usd: float, instance_usd: float, saving_per_request_usd: float
) -> tuple[Fraction, int] | None:
    """Lowest volume from which some mixture costs less than staying, and its instances.

    Each fleet saves more the higher the volume, so what the best of them saves does too: above
    this volume some mixture always costs less. What is served is concave in volume and fleet
    together, so the volume is convex in the fleet and the search ends where it rises.

    Parameters
    ----------
    fixed_gap_usd
        As above, without machines.
    """
    first = rule.first_instances()
    saving, machine = Fraction(saving_per_request_usd), Fraction(instance_usd)
    busy = Fraction(sum(share > 0 for share in rule.shares), len(rule.shares))
    at_first = Fraction(rule.carries(first))
    more = Fraction(rule.carries(first + 1)) - at_first
    gain = saving * busy * more - machine  # of one machine more, full in every busy hour
    loss = Fraction(fixed_gap_usd) + first * machine - saving * busy * at_first
    if saving <= 0 or (loss >= 0 and gain <= 0):
        return None
    low = first if loss < 0 else first + math.floor(loss / gain) + 1

    def volume(instances: int) -> Fraction:
        found = pays_from(rule, instances, Fraction(fixed_gap_usd) + instances * machine, saving)
        return NEVER if found is None else found

    if gain > 0 and volume(low) == NEVER:
        low += 1  # capacities are floats: the bound above may be one machine short
    if volume(low) == NEVER:
        return None
    if gain <= 0:
        return volume(low), low
    step = 1
    while volume(low + step) < volume(low + step - 1):
        step *= 2
    high = low + step  # the first fleet after which the volume rises lies from low to high
    while low < high:
        middle = (low + high) // 2
        if volume(middle + 1) < volume(middle):
            low = middle + 1
        else:
            high = middle
    return volume(low), low


def hourly_shares(weights: Sequence[float]) -> tuple[float, ...]:
    """Weights over their mean [1]."""
    mean = sum(weights) / len(weights)
    return tuple(weight / mean for weight in weights)
