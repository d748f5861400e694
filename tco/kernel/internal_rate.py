r"""Every internal rate of return of a cash flow, or why there is none to speak of.

An internal rate is a root of :math:`\sum_m c_m x^m` in the monthly discount factor x > 0. By
Descartes' rule there is none without a change of sign, exactly one with one change, and at most as
many as there are changes; of those, eigenvalues give all at once and Newton's rule their digits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.units import MONTHS_PER_YEAR
from tco.kernel.arrays import FloatArray
from tco.words.figures import plural

NEARLY_REAL: Final = 1e-3  # imaginary part over the root, up to which a real one may be meant
ONE_ROOT: Final = 1e-8  # of a factor; closer together than that, two roots count as one
ZERO: Final = 1e-12  # of the amounts added; below it a present value is rounding
MOST_ROUNDS: Final = 200


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
    >>> internal_rate([100.0, -110.0]).reason
    'no investment: money comes in first and goes out later, as of a loan'
    """
    flows = np.trim_zeros(np.asarray(flows_usd, dtype=float))
    if len(flows) == 0:
        return InternalRate(None, (), "no cash flow")
    signs = np.sign(flows[flows != 0])
    changes = int(np.count_nonzero(np.diff(signs)))
    if changes == 0:
        never = "negative" if flows[0] > 0 else "positive"
        why = "no investment" if flows[0] > 0 else "no return"
        return InternalRate(None, (), f"{why}: the cash flow is never {never}")
    scaled = flows / np.abs(flows).max()
    factors = _only_factor(scaled) if changes == 1 else _factors(scaled)
    with np.errstate(over="ignore"):
        roots = tuple(np.sort(factors**-MONTHS_PER_YEAR - 1.0).tolist())
    if flows[0] > 0 and changes == 1:
        why = "no investment: money comes in first and goes out later, as of a loan"
        return InternalRate(None, roots, why)
    if len(roots) == 1:
        return InternalRate(roots[0], roots, "")
    times = f"the cash flow changes sign {plural(changes, 'time')}"
    found = f"has {len(roots)} internal rates" if roots else "has no internal rate"
    return InternalRate(None, roots, f"{times} and {found}")


def _only_factor(flows: FloatArray) -> FloatArray:
    """The root of flows that change sign once; above 1 it is one over that of the reversed."""
    inside = (flows.sum() > 0) != (flows[0] > 0)
    power = flows if inside else flows[::-1]
    months, low, high = np.arange(len(power)), 0.0, 1.0
    at_low, at_high = float(power[0]), float(power.sum())
    for _ in range(MOST_ROUNDS):
        if at_high == 0 or abs(high - low) <= np.spacing(max(high, low)):
            break
        guess = high - at_high * (high - low) / (at_high - at_low)  # Illinois' rule
        value = float(power @ guess**months)
        if value * at_high < 0:
            low, at_low = high, at_high
        else:
            at_low /= 2
        high, at_high = guess, value
    return np.array([high if inside else 1 / high])


def _factors(flows: FloatArray) -> FloatArray:
    """Every positive root, once."""
    roots = np.roots(flows[::-1])
    real = (roots.real > 0) & (np.abs(roots.imag) <= NEARLY_REAL * np.abs(roots))
    starts = (roots.real + roots.imag)[real]  # roots of a pair start on either side
    inside = _polished(flows, starts[starts <= 1])
    outside = 1 / _polished(flows[::-1], 1 / starts[starts > 1])
    found = np.sort(np.concatenate([inside, outside]))
    return found[np.diff(found, prepend=-np.inf) > ONE_ROOT * found]


def _polished(flows: FloatArray, starts: FloatArray) -> FloatArray:
    """Roots near the starts; a start that leads to none is left out."""
    months, x = np.arange(len(flows)), starts
    slopes = months[1:] * flows[1:]
    for _ in range(MOST_ROUNDS):
        powers = x[:, None] ** months
        slope = powers[:, :-1] @ slopes
        step = np.divide(powers @ flows, slope, out=np.zeros_like(x), where=slope != 0)
        before, x = x, np.clip(x - step, 0.0, 2.0)
        if (np.abs(x - before) <= np.spacing(x)).all():
            break
    powers = x[:, None] ** months
    return x[(np.abs(powers @ flows) <= ZERO * (powers @ np.abs(flows))) & (x > 0)]
