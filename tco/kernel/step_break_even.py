"""Monthly volumes at which a bill of any steps undercuts a line, exactly.

The stair of `break_even` has equal steps; a fleet that follows the hours of the week has steps of
many widths and heights. The rules are the same: rational arithmetic, steps closed above, and a tie
is not cheaper. Steps that floating point already shows to be far from a tie are passed over.
"""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Literal

import numpy as np

from tco.kernel.break_even import Crossing, LineBill, VolumeBreakEven

CLEAR = 1e-9  # of the amounts compared; floating point errs by 1e-15


def step_break_even(
    stay: LineBill, other: LineBill, ends: Sequence[float], machines_usd: Sequence[float]
) -> VolumeBreakEven:
    """Compare staying with a line plus steps, from no volume to the end of the last step.

    Parameters
    ----------
    other
        The rest of the other bill, without its machines.
    ends
        Highest volume of each step, ascending [request/month].
    machines_usd
        What machines cost on it [USD/month].

    Returns
    -------
    VolumeBreakEven
        `cheaper_for_good_from` is None: steps that end say nothing of what lies beyond.
    """
    slope = Fraction(stay.usd_per_request) - Fraction(other.usd_per_request)
    fixed = Fraction(stay.fixed_usd) - Fraction(other.fixed_usd)
    gaps = [fixed - Fraction(machines_usd[place]) for place in (0, -1)]
    turns = _Turns(cheaper=gaps[0] > 0)
    for place in _close_calls(float(fixed), float(slope), ends, machines_usd):
        low = Fraction(ends[place - 1]) if place else Fraction(0)
        high = Fraction(ends[place])
        if low >= high:
            continue
        gap = fixed - Fraction(machines_usd[place])
        at_low = gap + slope * low
        turns.at(low, "step" if place else "continuous", now=at_low > 0 or (at_low == 0 < slope))
        if slope != 0 and low < (meet := -gap / slope) < high:
            turns.at(meet, "continuous", now=slope > 0)
    limit = Fraction(ends[-1])
    turns.at(limit, "continuous", now=gaps[1] + slope * limit > 0)
    return VolumeBreakEven(turns.spans(limit), tuple(turns.crossings), None)


class _Turns:
    """Where the cheaper side changes, in ascending order."""

    def __init__(self, *, cheaper: bool) -> None:
        self.starts_cheaper = self.cheaper = cheaper
        self.crossings: list[Crossing] = []

    def at(self, volume: Fraction, kind: Literal["continuous", "step"], *, now: bool) -> None:
        if now != self.cheaper:
            self.cheaper = now
            self.crossings.append(Crossing(volume, "self-hosting" if now else "api", kind))

    def spans(self, limit: Fraction) -> tuple[tuple[Fraction, Fraction], ...]:
        edges = [c.requests for c in self.crossings]
        edges = [Fraction(0), *edges] if self.starts_cheaper else edges
        edges = [*edges, limit] if self.cheaper else edges
        return tuple(zip(edges[::2], edges[1::2], strict=True))


def _close_calls(
    fixed: float, slope: float, ends: Sequence[float], machines_usd: Sequence[float]
) -> Iterable[int]:
    """Steps on which the cheaper side may change: all but those clearly on the side before."""
    highs, machines = np.asarray(ends), np.asarray(machines_usd)
    lows = np.concatenate([[0.0], highs[:-1]])
    gap = fixed - machines
    at_low, at_high = gap + slope * lows, gap + slope * highs
    clear = CLEAR * (abs(fixed) + machines + abs(slope) * highs)
    from_side = np.where(np.abs(at_low) > clear, np.sign(at_low), 0)
    to_side = np.where(np.abs(at_high) > clear, np.sign(at_high), 0)
    steady = (from_side != 0) & (from_side == to_side)
    steady[1:] &= from_side[1:] == to_side[:-1]
    steady[0] = False
    return (int(place) for place in np.flatnonzero(~steady))
