"""Roots of rising functions, one in each element of an array."""

from collections.abc import Callable
from typing import Final, NamedTuple

import numpy as np

from tco.kernel.arrays import FloatArray

_ROUNDS: Final = 60


class End(NamedTuple):
    """One end of an interval, and the function there."""

    at: FloatArray
    value: FloatArray


def rising_root(
    function: Callable[[FloatArray], FloatArray],
    low: End,
    high: End,
    close: FloatArray | float,
) -> FloatArray:
    """Where a rising function is zero, by bracketed false position (Illinois).

    An element that is close stays, so that none depends on those beside it.

    Where it is not below zero at the low end, the low end; where not above at the high end, that.

    Parameters
    ----------
    low, high
        Ends of the interval, of one shape.
    close
        Distance from zero, of the function, that is near enough.

    Examples
    --------
    >>> low, high = np.zeros(2), np.full(2, 4.0)
    >>> squares = np.array([2.0, 9.0])
    >>> function = lambda x: x**2 - squares
    >>> rising_root(function, End(low, -squares), End(high, 16 - squares), 1e-12).round(6).tolist()
    [1.414214, 3.0]
    """
    below, above = low.value < 0, high.value > 0
    inside = below & above
    found = np.where(below, high.at, low.at)
    if not np.any(inside):
        return found
    (low_at, low_value), (high_at, high_value) = low, high
    was_below = np.zeros(inside.shape, dtype=bool)
    for round_number in range(_ROUNDS):
        span = np.where(inside, high_value - low_value, 1.0)
        middle = np.where(inside, (low_at * high_value - high_at * low_value) / span, found)
        here = function(middle)
        found, inside = np.where(inside, middle, found), inside & (np.abs(here) > close)
        if not np.any(inside):
            break
        falls_short = here < 0
        # An end kept twice in a row counts half, or false position would creep towards it.
        kept_twice = (falls_short == was_below) & (round_number > 0)
        halved = np.where(kept_twice, 0.5, 1.0)
        high_value = np.where(falls_short, high_value * halved, here)
        low_value = np.where(falls_short, here, low_value * halved)
        low_at = np.where(falls_short, middle, low_at)
        high_at = np.where(falls_short, high_at, middle)
        was_below = falls_short
    return found
