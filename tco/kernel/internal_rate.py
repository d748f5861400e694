r"""Every internal rate of return of a cash flow, or why there is none to speak of.

An internal rate is a root of :math:`\sum_m c_m x^m` in the monthly discount factor x > 0. By
Descartes' rule there is none without a change of sign, exactly one with one change, and at most as
many as there are changes. With several changes the roots are isolated by halving intervals and
counting sign changes of the Bernstein coefficients (Vincent-Collins-Akritas), so none is missed;
two roots closer than `RESOLUTION` count as one.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import comb

import numpy as np
from numpy.typing import NDArray

from pricing.units import MONTHS_PER_YEAR

RESOLUTION = 2.0**-40  # of the monthly discount factor
MOST_STEPS = 200
ZERO = 1e-13  # of the largest coefficient; below it a coefficient is rounding


@dataclass(frozen=True, slots=True)
class InternalRate:
    """The internal rate where exactly one exists, else every root and the reason."""

    annual: float | None
    """Annual effective rate at which the present value is zero [1]."""
    roots: tuple[float, ...]
    """All annual rates above -100 % at which it is, ascending."""
    reason: str
    """Why `annual` is None; empty where it is not."""


def internal_rate(flows_usd: Sequence[float]) -> InternalRate:
    """Internal rate of return of flows at months 0, 1, 2 and so on.

    Examples
    --------
    >>> round(internal_rate([-100.0] + [0.0] * 11 + [110.0]).annual, 9)
    0.1
    >>> yearly = [0.0] * 11
    >>> twice = internal_rate([-1000.0, *yearly, 2300.0, *yearly, -1320.0])
    >>> [round(rate, 6) for rate in twice.roots], twice.reason
    ([0.1, 0.2], 'the cash flow changes sign 2 times and has 2 internal rates')
    >>> internal_rate([100.0, 10.0]).reason
    'no investment: the cash flow is never negative'
    """
    flows = np.trim_zeros(np.asarray(flows_usd, dtype=float))
    changes = _variations(flows)
    if len(flows) == 0:
        return InternalRate(None, (), "no cash flow")
    if changes == 0:
        never = "negative" if flows[0] > 0 else "positive"
        why = "no investment" if flows[0] > 0 else "no return"
        return InternalRate(None, (), f"{why}: the cash flow is never {never}")
    scaled = flows / np.abs(flows).max()
    if changes == 1:
        at_par = _value(scaled, 1.0)
        inside = (at_par > 0) != (scaled[0] > 0)
        x = _refine(scaled, 0.0, 1.0) if inside else 1 / _refine(scaled[::-1], 0.0, 1.0)
        rate = float((1.0 if at_par == 0 else x) ** -MONTHS_PER_YEAR - 1)
        return InternalRate(rate, (rate,), "")
    rest = scaled
    while len(rest) > 1 and abs(float(rest.sum())) <= ZERO * np.abs(rest).max():
        rest = np.cumsum(rest)[:-1]  # a rate of zero: divide by 1 - x
    at_zero = [1.0] if len(rest) < len(scaled) else []
    # x in (0, 1) is a rate above zero; x above 1 is 1 / y of the reversed flows
    factors = [*at_zero, *_roots(rest), *(1 / y for y in _roots(rest[::-1]))]
    roots = tuple(sorted(float(x) ** -MONTHS_PER_YEAR - 1 for x in factors))
    if len(roots) == 1:
        return InternalRate(roots[0], roots, "")
    times = f"the cash flow changes sign {changes} times"
    found = f"has {len(roots)} internal rates" if roots else "has no internal rate"
    return InternalRate(None, roots, f"{times} and {found}")


def _variations(values: NDArray[np.float64]) -> int:
    signs = np.sign(values[values != 0])
    return int(np.count_nonzero(signs[1:] != signs[:-1]))


def _roots(power: NDArray[np.float64]) -> list[float]:
    """Roots in (0, 1) of a polynomial given from its constant term up."""
    found = [_refine(power, low, high) for low, high in _isolate(_bernstein(power), 0.0, 1.0)]
    kept: list[float] = []
    for root in sorted(found):
        if not kept or root - kept[-1] > 2 * RESOLUTION:
            kept.append(root)
    return kept


def _bernstein(power: NDArray[np.float64]) -> NDArray[np.float64]:
    """Coefficients over [0, 1]: each a weighted sum of those of the powers."""
    return _weights(len(power) - 1) @ power


@lru_cache(maxsize=8)
def _weights(degree: int) -> NDArray[np.float64]:
    rows = [
        [comb(i, j) / comb(degree, j) if j <= i else 0.0 for j in range(degree + 1)]
        for i in range(degree + 1)
    ]
    return np.asarray(rows)


def _isolate(
    coefficients: NDArray[np.float64], low: float, high: float
) -> Iterator[tuple[float, float]]:
    """Intervals with one root each; an interval at the resolution with several counts as one."""
    small = ZERO * np.abs(coefficients).max()
    cleaned = np.where(np.abs(coefficients) <= small, 0.0, coefficients)
    changes = _variations(cleaned)
    if changes == 0:
        return
    if changes == 1 and cleaned[0] * cleaned[-1] < 0:
        yield low, high
        return
    if high - low <= RESOLUTION:
        yield low, high
        return
    left, right = _halves(coefficients)
    middle = (low + high) / 2
    if left[-1] == 0:
        yield middle, middle
    yield from _isolate(left, low, middle)
    yield from _isolate(right, middle, high)


def _halves(
    coefficients: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """De Casteljau's split at the middle."""
    count = len(coefficients)
    left, right = np.empty(count), np.empty(count)
    row = coefficients
    for step in range(count):
        left[step], right[count - 1 - step] = row[0], row[-1]
        row = (row[:-1] + row[1:]) / 2
    return left, right


def _refine(power: NDArray[np.float64], low: float, high: float) -> float:
    """Close in on one root by the Illinois rule; the middle of an interval without one."""
    at_low, at_high = _value(power, low), _value(power, high)
    if low == high or at_low * at_high > 0:
        return (low + high) / 2
    for _ in range(MOST_STEPS):
        if at_high == 0 or abs(high - low) <= np.spacing(max(abs(high), abs(low))):
            break
        guess = high - at_high * (high - low) / (at_high - at_low)
        value = _value(power, guess)
        if value * at_high < 0:
            low, at_low = high, at_high
        else:
            at_low /= 2
        high, at_high = guess, value
    return float(high)


def _value(power: NDArray[np.float64], x: float) -> float:
    return float(power @ x ** _exponents(len(power)))


@lru_cache(maxsize=8)
def _exponents(count: int) -> NDArray[np.int_]:
    return np.arange(count)
