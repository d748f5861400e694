r"""Base load on your own machines, the rest on an API: how much stays, and how many machines pay.

In an hour of relative weight w the fleet serves :math:`\min(w V, c)` and the API the rest, with c
what n instances may carry on average over an hour whose busiest minute they still hold. What is
served is concave in the fleet and in the volume, so the cheapest fleet is found exactly, and
against staying there is one volume at most above which the mixture costs less. Volumes, counts
and money are numbers, or arrays that broadcast to ``(draws, months)``.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.break_even import TIE


@dataclass(frozen=True)
class SpillRule:
    """A fixed base fleet under a week, with an API above it."""

    capacity_requests: Numbers
    """Monthly volume of one replica that is never idle [request/month]; 0 where it meets no
    objective, so that nobody can run the fleet; shape (draws, 1) where it is drawn."""
    usable_load: float
    """Share of its capacity at which a replica may be planned to run in the busiest minute [1]."""
    peak_within_hour: float
    replicas_per_instance: int
    spare_replicas: int
    shares: tuple[float, ...]
    """Hourly weights of the week over their mean [1]."""

    @property
    def replica_requests(self) -> Numbers:
        """Monthly volume that one replica serves when every hour fills it [request/month]."""
        return self.capacity_requests * self.usable_load / self.peak_within_hour

    def carries(self, instances: Numbers) -> Numbers:
        """Monthly volume that so many instances serve when every hour fills them.

        Nothing where all of their replicas are spares.
        """
        held = np.where(np.isfinite(instances), instances, 0.0)
        working = np.maximum(0.0, held * self.replicas_per_instance - self.spare_replicas)
        carried: Numbers = working * self.replica_requests
        return carried

    @property
    def busy_share(self) -> float:
        """Share of hours that have any requests [1]."""
        return sum(share > 0 for share in self.shares) / len(self.shares)

    @cached_property
    def ascending(self) -> FloatArray:
        """Shares, the quietest hour first [1]."""
        return np.sort(np.asarray(self.shares))

    @cached_property
    def _above(self) -> FloatArray:
        """Sum of the shares from each place of `ascending` on [1]."""
        return np.append(np.cumsum(self.ascending[::-1])[::-1], 0.0)

    def spilled_share(self, requests_per_month: Numbers, instances: Numbers) -> Numbers:
        """Share of all requests that the API answers [1]."""
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            filled = np.asarray(self.carries(instances) / np.asarray(requests_per_month))
        filled = np.where(np.isnan(filled), np.inf, filled)  # no request, none spilled
        return self._over(filled)[()]

    def _over(self, carried: FloatArray) -> FloatArray:
        """Share of the volume that is beyond what is carried, as a share of the volume [1]."""
        place = np.searchsorted(self.ascending, carried, side="right")
        hours = len(self.shares) - place
        rest = np.where(hours > 0, carried, 0.0) * hours
        return np.asarray(np.maximum(0.0, self._above[place] - rest) / self._above[0])

    @property
    def first_instances(self) -> int:
        """Fewest instances that serve anything."""
        return math.ceil((self.spare_replicas + 1) / self.replicas_per_instance)

    def full_instances(self, requests_per_month: Numbers) -> Numbers:
        """Fewest instances from which on nothing is spilled; infinite without capacity."""
        return self.holding(np.asarray(requests_per_month) * self.ascending[-1], np.ceil)

    def holding(self, carried: Numbers, whole: np.ufunc) -> Numbers:
        """Instances that carry a volume, rounded as told; the first ones at least.

        Parameters
        ----------
        whole
            `np.floor` or `np.ceil`.
        """
        one = np.asarray(self.replica_requests, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            replicas = whole(np.asarray(carried) / one) + self.spare_replicas
        instances = whole(replicas / self.replicas_per_instance)
        return np.where(one > 0, np.maximum(self.first_instances, instances), np.inf)[()]


def cheapest_fleet(
    rule: SpillRule,
    requests_per_month: Numbers,
    instance_usd: Numbers,
    saving_per_request_usd: Numbers,
) -> Numbers:
    """Number of instances at which machines and spill cost least, one at least; ties take fewer.

    One machine more is worth what it saves in the hours it fills, so that the least cost lies
    where just so many hours are beyond the fleet as pay for a machine, in the whole number of
    machines below or above.

    Parameters
    ----------
    saving_per_request_usd
        API cost of a request less what it costs to serve beyond the machines.

    Returns
    -------
    float or ndarray
        Infinite where a replica has no capacity.
    """
    hours, requests = len(rule.shares), np.asarray(requests_per_month, dtype=float)
    machine, saving = np.asarray(instance_usd, dtype=float), np.asarray(saving_per_request_usd)
    full = np.asarray(rule.replica_requests) * rule.replicas_per_instance * saving  # in all hours
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        unpaid = np.where(full > 0, machine / full * hours * (1 + TIE), hours)
    place = hours - np.minimum(np.floor(unpaid), hours).astype(int)
    beyond = np.where(place > 0, rule.ascending[place - 1], 0.0)
    fewer = rule.holding(requests * beyond, np.floor)
    gained = rule.spilled_share(requests, fewer) - rule.spilled_share(requests, fewer + 1)
    return np.where(requests * gained * saving > machine * (1 + TIE), fewer + 1, fewer)[()]


def pays_from(
    rule: SpillRule, instances: float, fixed_gap_usd: float, saving_per_request_usd: float
) -> float | None:
    """Volume above which a mixture with so many instances costs less than staying.

    Parameters
    ----------
    fixed_gap_usd
        What the mixture costs a month beyond staying before any request, machines included.

    Returns
    -------
    float or None
        None when it never does: full in every hour, the fleet saves less than it costs.
    """
    gap, saving = fixed_gap_usd, saving_per_request_usd
    if gap < 0 <= saving:
        return 0.0
    carried = float(rule.carries(instances))
    if saving * carried * rule.busy_share <= gap * (1 + TIE):
        return None
    return _serving(rule, carried, gap / saving)


def pays_up_to(
    rule: SpillRule, instances: float, fixed_gap_usd: float, saving_per_request_usd: float
) -> float | None:
    """Volume up to which a mixture costs less than staying, where a request saves nothing.

    Parameters
    ----------
    fixed_gap_usd
        As of `pays_from`, below 0.
    saving_per_request_usd
        0 or below.

    Returns
    -------
    float or None
        None when it always does: full in every hour, the fleet loses less than that gap.
    """
    gap, saving = fixed_gap_usd, saving_per_request_usd
    carried = float(rule.carries(instances))
    if saving * carried * rule.busy_share >= gap * (1 + TIE):
        return None
    return _serving(rule, carried, gap / saving)


def _serving(rule: SpillRule, carried: float, served: float) -> float:
    """Volume of which a fleet that carries so much serves so much, no more than in all hours."""
    busy = rule.ascending[rule.ascending > 0]
    rest = np.cumsum(busy)[::-1]  # with the k busiest hours full, what the others add up to
    full = np.arange(len(busy))
    # served = (full · carried + rest · V) / hours
    volumes = (served * len(rule.shares) - full * carried) / rest
    return float(volumes[np.argmax(busy[::-1] * volumes <= carried * (1 + TIE))])


def pays_from_any(
    rule: SpillRule, fixed_gap_usd: float, instance_usd: float, saving_per_request_usd: float
) -> float | None:
    """Lowest volume from which some mixture costs less than staying.

    Each fleet saves more the higher the volume, so what the best of them saves does too: above
    this volume some mixture always costs less. From a fleet that pays at all, the cheapest fleet
    where it starts to pay starts to pay no later, until none starts earlier.

    Parameters
    ----------
    fixed_gap_usd
        As above, without machines.
    """
    first, saving, machine = rule.first_instances, saving_per_request_usd, instance_usd
    in_busy_hours = saving * rule.busy_share
    at_first = float(rule.carries(first))
    gain = in_busy_hours * (float(rule.carries(first + 1)) - at_first) - machine
    loss = fixed_gap_usd + first * machine - in_busy_hours * at_first
    if saving <= 0 or (loss >= 0 and gain <= machine * TIE):
        return None

    def lowest(instances: float) -> float | None:
        return pays_from(rule, instances, fixed_gap_usd + instances * machine, saving)

    start = first if loss < 0 else first + math.floor(loss / gain) + 1
    at = lowest(start)
    if at is None:  # its saving is a rounding error
        at = lowest(start + 1) if gain > 0 else None
    while at is not None:
        lower = lowest(float(cheapest_fleet(rule, at, machine, saving)))
        if lower is None or lower >= at:
            break
        at = lower
    return at


def hourly_shares(weights: Sequence[float]) -> tuple[float, ...]:
    """Weights over their mean [1]."""
    mean = sum(weights) / len(weights)
    return tuple(weight / mean for weight in weights)
