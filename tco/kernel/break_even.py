"""Monthly volumes at which self-hosting costs less than staying: every one, with its direction.

Staying costs a line; self-hosting climbs a stair of equal steps, one per instance, or of any widths
and heights where its fleet follows the hours. The line can cross every step, so the answer is a
list of spans. Steps are closed above: a full fleet is not yet the next one. Two bills that differ
by less than `TIE` of what is on them are equal, so that no rounding error decides a step border;
at a tie self-hosting does not cost less.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

import numpy as np
from numpy.typing import NDArray

from tco.kernel.arrays import FloatArray

Direction = Literal["self-hosting", "api"]
CrossingKind = Literal["continuous", "step"]
_Value = TypeVar("_Value", np.bool_, np.float64)
TIE: Final = 1e-12  # of the amounts compared; floating point errs by 1e-15


@dataclass(frozen=True, slots=True)
class LineBill:
    """A monthly bill that grows with each request."""

    fixed_usd: float
    usd_per_request: float


@dataclass(frozen=True, slots=True)
class StairBill:
    """A monthly bill that grows with each request and with each whole instance."""

    fixed_usd: float
    usd_per_request: float
    instance_usd: float
    replica_requests: float
    """Monthly volume one replica may carry [request/month]."""
    replicas_per_instance: int
    min_replicas: int
    spare_replicas: int

    @property
    def line(self) -> LineBill:
        """The bill without its machines."""
        return LineBill(self.fixed_usd, self.usd_per_request)

    @property
    def first_instances(self) -> int:
        """Instances at no volume at all."""
        return math.ceil((self.min_replicas + self.spare_replicas) / self.replicas_per_instance)

    def carries_up_to(self, instances: float) -> float:
        """Highest volume that so many instances carry [request/month]."""
        working = instances * self.replicas_per_instance - self.spare_replicas
        return working * self.replica_requests

    def steps(self, up_to: float) -> tuple[FloatArray, FloatArray]:
        """Highest volume [request/month] and machines [USD/month] of each step up to a limit.

        A step that begins at the limit is the last, of no width.
        """
        full = math.floor(up_to / self.replica_requests * (1 + TIE))
        replicas = full + 1 + self.spare_replicas
        last = max(self.first_instances, math.ceil(replicas / self.replicas_per_instance))
        instances = np.arange(self.first_instances, last + 1, dtype=float)
        working = instances * self.replicas_per_instance - self.spare_replicas
        ends = np.append(working[:-1] * self.replica_requests, up_to)
        return np.minimum(ends, up_to), instances * self.instance_usd


@dataclass(frozen=True, slots=True)
class Crossing:
    """A monthly volume at which the cheaper side changes."""

    requests_per_month: float
    direction: Direction
    """Who is cheaper just above."""
    kind: CrossingKind


@dataclass(frozen=True, slots=True)
class VolumeBreakEven:
    """Where self-hosting is strictly cheaper, over all volumes up to a limit."""

    spans: tuple[tuple[float, float], ...]
    """Ends of each span, ascending; the last may end at the limit."""
    crossings: tuple[Crossing, ...]


def volume_break_even(stay: LineBill, host: StairBill, up_to: float) -> VolumeBreakEven:
    """Compare the two bills over all volumes from 0 to `up_to` [request/month].

    A crossing is a volume at which "self-hosting costs strictly less" changes.
    """
    return step_break_even(stay, host.line, *host.steps(up_to))


def step_break_even(
    stay: LineBill, other: LineBill, ends: FloatArray, machines_usd: FloatArray
) -> VolumeBreakEven:
    """Compare staying with a line plus steps, from no volume to the end of the last step.

    Parameters
    ----------
    other
        The rest of the other bill, without its machines.
    ends
        Highest volume of each step, ascending [request/month], shape (steps,). A step of no width
        at the end says that another begins there.
    machines_usd
        What machines cost on it [USD/month], shape (steps,).
    """
    lows = np.concatenate([[0.0], ends[:-1]])
    cheaper_at_zero = bool(_sides(stay, other, machines_usd[:1], lows[:1])[0] > 0)
    wide = ends - lows > TIE * ends
    lows, highs, machines = lows[wide], ends[wide], machines_usd[wide]
    at_low, at_high = (_sides(stay, other, machines, volumes) for volumes in (lows, highs))
    above = (at_low > 0) | ((at_low == 0) & (at_high > 0))
    below = (at_high > 0) | ((at_high == 0) & (at_low > 0))
    # who is cheaper just above the start of each step, just below its end, and at the limit
    cheaper = _in_turn(above, below, at_high[-1:] > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        meets = (other.fixed_usd + machines - stay.fixed_usd) / (
            stay.usd_per_request - other.usd_per_request
        )
    volumes = _in_turn(lows, np.minimum(np.maximum(meets, lows), highs), highs[-1:])
    jumps = machines != np.concatenate([machines_usd[:1], machines[:-1]])
    kinds = _in_turn(jumps, np.zeros_like(jumps), machines_usd[-1:] != machines[-1:])
    turns = np.flatnonzero(cheaper != np.concatenate([[cheaper_at_zero], cheaper[:-1]]))
    crossings = tuple(
        Crossing(
            float(volumes[turn]),
            "self-hosting" if cheaper[turn] else "api",
            "step" if kinds[turn] else "continuous",
        )
        for turn in turns
    )
    edges = [0.0] * cheaper_at_zero + [crossing.requests_per_month for crossing in crossings]
    edges += [float(ends[-1])] * (len(edges) % 2)
    return VolumeBreakEven(tuple(zip(edges[::2], edges[1::2], strict=True)), crossings)


def _in_turn(
    starts: NDArray[_Value], ends: NDArray[_Value], last: NDArray[_Value]
) -> NDArray[_Value]:
    """Values at the start and at the end of each step in turn, and those at the limit."""
    found = np.empty(2 * len(starts) + len(last), dtype=starts.dtype)
    steps = found[: 2 * len(starts)]
    steps[::2], steps[1::2], found[2 * len(starts) :] = starts, ends, last
    return found


def _sides(
    stay: LineBill, other: LineBill, machines_usd: FloatArray, requests: FloatArray
) -> FloatArray:
    """1 where self-hosting costs less, -1 where it costs more, 0 where the bills are equal."""
    staying = stay.fixed_usd + stay.usd_per_request * requests
    hosting = other.fixed_usd + other.usd_per_request * requests + machines_usd
    per_request = abs(stay.usd_per_request) + abs(other.usd_per_request)
    amounts = abs(stay.fixed_usd) + abs(other.fixed_usd) + machines_usd + per_request * requests
    gap = staying - hosting
    return np.where(np.abs(gap) <= TIE * amounts, 0.0, np.sign(gap))


def cheaper_for_good_from(stay: LineBill, host: StairBill) -> float | None:
    """Volume above which self-hosting stays strictly cheaper without end [request/month].

    On the step of n instances the gap is smallest just above its lower border, and there it is
    linear in n: it grows without end exactly if an instance costs less than the API bill of the
    volume it carries. Then the last step that starts at a loss holds the answer.

    Returns
    -------
    float or None
        None when no such volume exists.
    """
    slope = stay.usd_per_request - host.usd_per_request
    fixed = stay.fixed_usd - host.fixed_usd
    instance, first = host.instance_usd, host.first_instances
    per_request = abs(stay.usd_per_request) + abs(host.usd_per_request)
    if abs(slope) <= TIE * per_request:
        gap = _sides(stay, host.line, np.array([first * instance]), np.zeros(1))[0]
        return 0.0 if gap > 0 and instance == 0 else None
    full = host.replicas_per_instance * host.replica_requests
    growth = slope * full - instance
    if abs(growth) <= TIE * (per_request * full + instance):
        growth = 0.0
    if slope < 0 or growth < 0:
        return None
    # gap just above the lower border of step n > first: level + growth * n
    level = fixed - slope * (full + host.spare_replicas * host.replica_requests)
    amounts = abs(stay.fixed_usd) + abs(host.fixed_usd) + per_request * full
    if growth == 0:
        if level < -TIE * amounts:
            return None
        last = first
    else:
        turns = -level / growth
        last = max(first, math.ceil(turns - TIE * max(turns, amounts / growth)) - 1)
    root = (instance * last - fixed) / slope
    low = 0.0 if last == first else host.carries_up_to(last - 1)
    return min(max(root, low), host.carries_up_to(last))
