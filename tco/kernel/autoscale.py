r"""A fleet that follows the hours of the week, in whole instances, ahead of need by its lag.

The n-th instance runs over the stretches of the week that need at least n. Each stretch starts
earlier by the lag (provision and load) and ends later by the hold, and is billed in whole units;
an instance that would be needed again within the time it is paid for stays. With the distinct
hourly weights :math:`t_1 < \dots < t_m`, the instances :math:`N_i` that a weight needs, and the
paid hours :math:`f_i` of a machine that runs whenever the weight is :math:`t_i` or more,

.. math:: \text{paid hours a week} = \sum_i (N_i - N_{i-1}) f_i
    = \sum_i N_i (f_i - f_{i+1}), \qquad f_{m+1} = 0

The second form is summed: every term grows with the load, so its rounding never lets more load
pay for less.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise
from typing import Final

import numpy as np

from pricing.units import HOURS_PER_WEEK
from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.fleet import FleetRule, FleetState, where_run

MINUTES_PER_HOUR = 60.0
MINUTES_PER_WEEK = MINUTES_PER_HOUR * HOURS_PER_WEEK
FULL: Final = 1 - 1e-12  # of what a replica carries; nobody buys a machine for a rounding error
STEPS_WORTH_SORTING: Final = 4  # volumes to a step, from which on looking them up takes less time


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
def _paid_shares(weights: tuple[float, ...], scaling: Scaling) -> FloatArray:
    levels = np.unique(np.asarray(weights))
    return np.array([paid_minutes(weights, level, scaling) for level in levels]) / MINUTES_PER_WEEK


@dataclass(frozen=True)
class AutoscaleRule:
    """How an autoscaled fleet is sized in each hour, and what of it is paid.

    `base` sizes a fleet fixed to the peak; here its peak is the hour's own. Volumes and counts
    are numbers, or arrays that broadcast to ``(draws, months)``.
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
    def levels(self) -> FloatArray:
        """Distinct hourly weights over their mean, ascending [1]."""
        return np.unique(np.asarray(self.weights)) * len(self.weights) / sum(self.weights)

    @cached_property
    def hours(self) -> FloatArray:
        """Share of hours at each level [1]."""
        counts = np.unique(np.asarray(self.weights), return_counts=True)[1]
        return counts / len(self.weights)

    @cached_property
    def paid_shares(self) -> FloatArray:
        """Share of the week that is paid for a machine needed from each level on [1]."""
        return _paid_shares(self.weights, self.scaling)

    def replica_requests(self, level: float) -> Numbers:
        """Monthly volume at which an hour of this level fills one replica [request/month]."""
        return self.capacity_requests * self._replica_load(level)

    def _replica_load(self, level: float) -> float:
        """The same over the volume of a replica that is never idle [1]."""
        return self.base.usable_load / (self.peak_within_hour * level)

    def load(self, requests_per_month: Numbers) -> FloatArray:
        """Volume over that of a replica that is never idle [1]; infinite without capacity."""
        capacity = np.asarray(self.capacity_requests, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            load = np.asarray(requests_per_month) / capacity
        return np.where(capacity > 0, load, np.inf)

    def needed_by_level(self, load: FloatArray) -> Iterator[FloatArray]:
        """Whole replicas needed in an hour of each level, spares left out [1].

        Parameters
        ----------
        load
            Volume over that of a replica that is never idle [1].
        """
        for level in self.levels.tolist():
            if level > 0:
                needed = np.ceil(load * (FULL / self._replica_load(level)))
                yield np.maximum(needed, self.base.min_replicas)
            else:
                least = 0 if self.scaling.to_zero else self.base.min_replicas
                yield np.full(load.shape, float(least))

    def held(self, needed_replicas: FloatArray) -> FloatArray:
        """Whole instances for so many replicas and the spares; none for none [1]."""
        held = np.asarray(self.base.instances_holding(needed_replicas))
        return np.where(needed_replicas > 0, held, 0.0) if self.scaling.to_zero else held

    def instances(self, requests_per_month: Numbers) -> Numbers:
        """Instances paid on average over the week [1].

        Many volumes are looked up in the steps that they span.
        """
        load = self.load(requests_per_month)
        runs = np.isfinite(load)
        most = float(load.max(where=runs, initial=0.0))
        paid = np.full(load.shape, np.inf)
        if 0 < STEPS_WORTH_SORTING * most * self._borders_per_load < load.size:
            ends, held = self._steps(most)
            paid[runs] = held[np.searchsorted(ends, FULL * load[runs])]
        else:
            paid[runs] = self._paid(load[runs])
        return paid[()]

    def _paid(self, load: FloatArray) -> FloatArray:
        paid = np.zeros(load.shape)
        alone = -np.diff(self.paid_shares, append=0.0)
        for share, needed in zip(alone.tolist(), self.needed_by_level(load), strict=True):
            paid = paid + self.held(needed) * share
        return paid

    def peak_instances(self, requests_per_month: Numbers) -> Numbers:
        """Most instances that run at once [1]."""
        *_, needed = self.needed_by_level(self.load(requests_per_month))
        return self.base.instances_holding(needed)

    def steps(self, up_to: float) -> tuple[FloatArray, FloatArray]:
        """Highest volume of each step up to a limit, and the instances paid on it.

        Returns
        -------
        ndarray, ndarray
            Ascending [request/month], the last the limit; and [1]; both of shape (steps,).
        """
        ends, paid = self._steps(float(self.load(up_to)))
        return np.append(ends[:-1] * self.capacity_requests, up_to), paid

    def _steps(self, up_to: float) -> tuple[FloatArray, FloatArray]:
        """The same of loads [1]: some hour needs one instance more above each border."""
        base = self.base
        per_instance, spare = base.replicas_per_instance, base.spare_replicas
        first = math.ceil((base.min_replicas + spare) / per_instance)
        borders = [np.array([up_to])]
        for level in self.levels[self.levels > 0].tolist():
            one = self._replica_load(level)
            most = math.floor((up_to / one + spare) / per_instance)
            borders.append((np.arange(first, most + 1) * per_instance - spare) * one)
        ends = np.unique(np.clip(np.concatenate(borders), 0.0, up_to))
        ends = ends[ends > 0]
        return ends, self._paid((ends + np.concatenate([[0.0], ends[:-1]])) / 2)

    @property
    def borders_per_request(self) -> float:
        """How densely the borders of steps lie [1/(request/month)]."""
        return self._borders_per_load / float(self.capacity_requests)

    @property
    def _borders_per_load(self) -> float:
        one_instance = self._replica_load(1.0) * self.base.replicas_per_instance
        return float(self.levels.sum()) / one_instance

    @property
    def instances_per_request(self) -> float:
        """Paid instances per monthly request of a fleet so large that steps vanish [1]."""
        widths = np.diff(self.levels, prepend=0.0)
        full = float(self.replica_requests(1.0)) * self.base.replicas_per_instance
        return float(widths @ self.paid_shares) / full

    @property
    def most_beyond(self) -> float:
        """Instances that a fleet pays at most beyond volume × `instances_per_request` [1]."""
        base = self.base
        return (base.min_replicas + base.spare_replicas) / base.replicas_per_instance + 2.0


def autoscaled_state(rule: AutoscaleRule, requests_per_month: Numbers) -> FleetState:
    """Take the utilisation of the hours paid for apart into causes."""
    base, load = rule.base, rule.load(requests_per_month)
    runs = np.isfinite(load)
    load = np.where(runs, load, 1.0)
    needed = spares = wanted = np.zeros(load.shape)
    for hours, at_level in zip(rule.hours.tolist(), rule.needed_by_level(load), strict=True):
        needed = needed + hours * at_level
        spares = spares + hours * np.where(at_level > 0, float(base.spare_replicas), 0.0)
        wanted = wanted + hours * rule.held(at_level)
    paid = rule.instances(requests_per_month)
    peak = rule.peak_instances(requests_per_month)
    replicas = np.where(runs, paid, 1.0) * base.replicas_per_instance
    shape = base.usable_load / rule.peak_within_hour
    whole = load / (shape * needed) * (needed + spares) / (wanted * base.replicas_per_instance)
    up = wanted * base.replicas_per_instance / replicas
    causes = (
        ("bursts within the hour", 1 / rule.peak_within_hour),
        *base.load_causes,
        ("spare replicas", where_run(runs, needed / (needed + spares), 1.0)),
        ("whole replicas and machines", where_run(runs, whole)),
        ("start-up, hold and billing units", where_run(runs, up, 1.0)),
    )
    return FleetState(
        replicas=peak * base.replicas_per_instance,
        instances=peak,
        utilisation=where_run(runs, load / replicas),
        causes=causes,
        reachable=where_run(runs, shape * needed / replicas, shape),
        mean_instances=paid,
    )
