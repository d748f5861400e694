r"""A fleet that follows the hours of the week, in whole instances, ahead of need by its lag.

The n-th instance runs over the stretches of the week that need at least n. Each stretch starts
earlier by the lag (provision and load) and ends later by the hold, and is billed in whole units;
an instance that would be needed again within the time it is paid for stays. With the distinct
hourly weights :math:`t_1 < \dots < t_m`, the instances :math:`N_i` that a weight needs, and the
paid hours :math:`f_i` of a machine that runs whenever the weight is :math:`t_i` or more,

.. math:: \text{paid hours a week} = \sum_i (N_i - N_{i-1}) f_i
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pricing.units import HOURS_PER_WEEK
from tco.kernel.fleet import FleetRule, FleetState
from tco.kernel.speed import Numbers

MINUTES_PER_HOUR = 60.0
MINUTES_PER_WEEK = MINUTES_PER_HOUR * HOURS_PER_WEEK


@dataclass(frozen=True, slots=True)
class Scaling:
    """How quickly machines come and go, and how their time is billed."""

    lag_minutes: float
    """From asking for a machine to its first token: provision, image, weights, warm-up."""
    hold_minutes: float
    """How long a machine that is no longer needed is kept."""
    billing_minutes: float
    """Unit in which a machine's time is billed; 0 is by the instant."""
    to_zero: bool
    """Whether hours without any request run no machine at all."""


def paid_minutes(weights: Sequence[float], level: float, scaling: Scaling) -> float:
    """Minutes of a week billed for a machine that runs whenever the weight is `level` or more.

    Examples
    --------
    >>> day = [0.0] * 8 + [1.0] * 10 + [0.0] * 6
    >>> paid_minutes(day * 7, 1.0, Scaling(15, 30, 60, to_zero=True)) / 60  # 7 × 10.75 → 11 h
    77.0
    """
    runs = _runs([weight >= level for weight in weights])
    if not runs:
        return 0.0
    if len(runs) == 1 and runs[0][1] - runs[0][0] >= MINUTES_PER_WEEK:
        return MINUTES_PER_WEEK
    extra, total = scaling.lag_minutes + scaling.hold_minutes, 0.0
    first_start = start = runs[0][0]
    end = runs[0][1] + extra
    for run_start, run_end in runs[1:]:
        if run_start < start + _billed(end - start, scaling):
            end = run_end + extra
        else:
            total += _billed(end - start, scaling)
            start, end = run_start, run_end + extra
    back_again = first_start + MINUTES_PER_WEEK - start
    return total + min(_billed(end - start, scaling), back_again)


def _billed(minutes: float, scaling: Scaling) -> float:
    unit = scaling.billing_minutes
    return minutes if unit == 0 else math.ceil(minutes / unit - 1e-9) * unit


def _runs(on: list[bool]) -> list[tuple[float, float]]:
    """Stretches of the cyclic week [minute], the first after the longest gap."""
    if all(on):
        return [(0.0, MINUTES_PER_WEEK)]
    hours = len(on)
    starts = [i for i in range(hours) if on[i] and not on[i - 1]]
    runs = []
    for start in starts:
        length = 1
        while on[(start + length) % hours]:
            length += 1
        runs.append((start, start + length))
    if not runs:
        return []
    gaps = [runs[0][0] + hours - runs[-1][1], *(b[0] - a[1] for a, b in pairwise(runs))]
    first = max(range(len(runs)), key=lambda i: gaps[i])
    turned = [*runs[first:], *((a + hours, b + hours) for a, b in runs[:first])]
    return [(a * MINUTES_PER_HOUR, b * MINUTES_PER_HOUR) for a, b in turned]


@lru_cache(maxsize=64)
def _paid_shares(weights: tuple[float, ...], scaling: Scaling) -> NDArray[np.float64]:
    levels = np.unique(np.asarray(weights))
    return np.array([paid_minutes(weights, level, scaling) for level in levels]) / MINUTES_PER_WEEK


@dataclass(frozen=True)
class AutoscaleRule:
    """How an autoscaled fleet is sized in each hour, and what of it is paid.

    `base` sizes a fleet fixed to the peak; here its peak is the hour's own.
    """

    base: FleetRule
    weights: tuple[float, ...]
    """168 hourly weights of the week."""
    peak_within_hour: float
    scaling: Scaling

    @property
    def capacity_requests(self) -> Numbers:
        """Monthly volume of one replica that is never idle [request/month]."""
        return self.base.capacity_requests

    @cached_property
    def levels(self) -> NDArray[np.float64]:
        """Distinct hourly weights over their mean, ascending [1]."""
        return np.unique(np.asarray(self.weights)) * len(self.weights) / sum(self.weights)

    @cached_property
    def paid_shares(self) -> NDArray[np.float64]:
        """Share of the week that is paid for a machine needed from each level on [1]."""
        return _paid_shares(self.weights, self.scaling)

    def replica_requests(self, level: float) -> Numbers:
        """Monthly volume at which an hour of this level fills one replica [request/month]."""
        base, burst = self.base, self.peak_within_hour
        return base.capacity_requests * base.usable_load / (burst * level)

    def hourly(self, requests_per_month: ArrayLike) -> NDArray[np.float64]:
        """Replicas at work, in parts, in an hour of each level [1], shape (levels,)."""
        full = self.base.capacity_requests * self.base.usable_load / self.peak_within_hour
        return np.asarray(requests_per_month) * self.levels / full

    def needed_by_level(self, requests_per_month: ArrayLike) -> NDArray[np.float64]:
        """Whole replicas needed in an hour of each level, spares left out [1]."""
        needed = np.maximum(self.base.min_replicas, np.ceil(self.hourly(requests_per_month)))
        return np.where(self._asleep, 0.0, needed)

    def instances_by_level(self, requests_per_month: ArrayLike) -> NDArray[np.float64]:
        """Whole instances needed in an hour of each level, spares included [1]."""
        replicas = self.needed_by_level(requests_per_month) + np.where(
            self._asleep, 0.0, float(self.base.spare_replicas)
        )
        return np.asarray(np.ceil(replicas / self.base.replicas_per_instance))

    def instances(self, requests_per_month: float) -> float:
        """Instances paid on average over the week [1]."""
        return float(self.paid_instances(np.array([requests_per_month]))[0])

    def paid_instances(self, volumes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Instances paid on average at each volume [1], shape (volumes,)."""
        held = self.instances_by_level(volumes[:, None])
        return np.asarray(np.diff(held, prepend=0.0, axis=-1) @ self.paid_shares)

    def peak_instances(self, requests_per_month: float) -> int:
        """Most instances that run at once."""
        return int(self.instances_by_level(requests_per_month)[-1])

    @property
    def _asleep(self) -> NDArray[np.bool_]:
        return np.asarray((self.levels == 0) & self.scaling.to_zero)

    def mean_over_week(self, by_level: NDArray[np.float64]) -> float:
        """Mean over the hours of the week of a quantity given by level."""
        distinct, counts = np.unique(np.asarray(self.weights), return_counts=True)
        assert len(distinct) == len(by_level)
        return float(by_level @ counts) / len(self.weights)

    def borders(self, up_to: float) -> Iterator[float]:
        """Volumes up to a limit above which some hour needs one instance more, not sorted."""
        base = self.base
        per_instance, spare = base.replicas_per_instance, base.spare_replicas
        for level, shut in zip(self.levels, self._asleep, strict=True):
            if level == 0 or shut:
                continue
            first = math.ceil((base.min_replicas + spare) / per_instance)
            one = float(self.replica_requests(float(level)))
            most = math.floor((up_to / one + spare) / per_instance)
            for held in range(first, most + 1):
                yield (held * per_instance - spare) * one

    @property
    def borders_per_request(self) -> float:
        """How densely the borders lie [1/(request/month)]."""
        levels = self.levels[self.levels > 0]
        ones = [float(self.replica_requests(float(level))) for level in levels]
        return sum(1 / one for one in ones) / self.base.replicas_per_instance

    @cached_property
    def instances_per_request(self) -> float:
        """Paid instances per monthly request of a fleet so large that steps vanish [1]."""
        widths = np.diff(self.levels, prepend=0.0)
        full = self.base.capacity_requests * self.base.usable_load / self.peak_within_hour
        return float(widths @ self.paid_shares) / float(full * self.base.replicas_per_instance)

    @property
    def most_beyond(self) -> float:
        """Instances that a fleet pays at most beyond volume × `instances_per_request` [1]."""
        base = self.base
        return (base.min_replicas + base.spare_replicas) / base.replicas_per_instance + 2.0


def autoscaled_state(rule: AutoscaleRule, requests_per_month: float) -> FleetState:
    """Take the utilisation of the hours paid for apart into causes."""
    base = rule.base
    needed = rule.needed_by_level(requests_per_month)
    at_work = rule.mean_over_week(rule.hourly(requests_per_month))
    mean_needed = rule.mean_over_week(needed)
    spares = rule.mean_over_week(np.where(needed > 0, float(base.spare_replicas), 0.0))
    wanted = rule.mean_over_week(rule.instances_by_level(requests_per_month))
    paid = rule.instances(requests_per_month)
    replicas = paid * base.replicas_per_instance
    filled = at_work / mean_needed
    whole = filled * (mean_needed + spares) / (wanted * base.replicas_per_instance)
    causes = (
        ("bursts within the hour", 1 / rule.peak_within_hour),
        *base.load_causes,
        ("spare replicas", mean_needed / (mean_needed + spares)),
        ("whole replicas and machines", whole),
        ("start-up, hold and billing units", wanted / paid),
    )
    utilisation = requests_per_month / (replicas * base.capacity_requests)
    return FleetState(
        replicas=rule.peak_instances(requests_per_month) * base.replicas_per_instance,
        instances=rule.peak_instances(requests_per_month),
        utilisation=utilisation,
        causes=causes,
        reachable=utilisation / filled,
        mean_instances=paid,
    )
