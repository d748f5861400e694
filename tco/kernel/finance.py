"""Money at different times.

Costs are positive; in a cash flow money out is negative. Flows fall at month end, purchases at
month 0. An annual effective rate r is (1 + r)^(1/12) - 1 a month. Months are the last axis; axes
before it, such as draws, broadcast.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pricing.units import MONTHS_PER_YEAR
from tco.kernel.arrays import FloatArray, Numbers, read_only


def monthly_rate(annual_effective_rate: ArrayLike) -> FloatArray:
    """Monthly rate that compounds to the annual effective rate [1/month].

    Examples
    --------
    >>> float(monthly_rate(0.08).round(9))
    0.00643403
    """
    return np.asarray(np.expm1(np.log1p(np.asarray(annual_effective_rate, float)) / 12))


@lru_cache(maxsize=64)  # every alternative of a question asks for the same
def discount_factors(annual_effective_rate: float, months: int) -> FloatArray:
    """Present value of one dollar at the end of months 0 to `months` [1], shape (months + 1,)."""
    factors = np.asarray((1 + annual_effective_rate) ** (-np.arange(months + 1) / MONTHS_PER_YEAR))
    return read_only(factors)


def present_value(flows_usd: ArrayLike, annual_effective_rate: float) -> FloatArray:
    """Present value of flows at months 0, 1, … [USD], shape (...) of flows (..., months + 1).

    Examples
    --------
    >>> float(present_value([100.0], 0.10))
    100.0
    """
    flows = np.asarray(flows_usd, dtype=float)
    return np.asarray(flows @ discount_factors(annual_effective_rate, flows.shape[-1] - 1))


def level_payment(
    first_usd: ArrayLike, last_usd: ArrayLike, months: ArrayLike, annual_effective_rate: float
) -> FloatArray:
    r"""Level monthly payment that is worth two amounts around its months [USD/month].

    .. math:: \left(F + E (1 + m)^{-L}\right) \frac{m}{1 - (1 + m)^{-L}}

    with monthly rate m, F paid at the end of the month before the first of L months and E at the
    end of the last; at rate 0 it is :math:`(F + E)/L`. What is brought back is negative.

    Examples
    --------
    >>> round(float(level_payment(35_000.0, -7_000.0, 48, 0.0)), 2)
    583.33
    """
    rate = float(monthly_rate(annual_effective_rate))
    first, last, count = (np.asarray(v, dtype=float) for v in (first_usd, last_usd, months))
    if rate == 0:
        return np.asarray((first + last) / count)
    repaid = -np.expm1(-count * np.log1p(rate))  # keeps its digits at small rates
    return np.asarray((first + last * (1 - repaid)) * rate / repaid)


def lasting_from(values: FloatArray) -> int | None:
    """First index from which every value is positive; None if the last one is not.

    Examples
    --------
    >>> lasting_from(np.array([-1.0, 2.0, -1.0, 3.0, 4.0]))
    3
    """
    stops = np.flatnonzero(values <= 0)
    first = int(stops[-1]) + 1 if len(stops) else 0
    return first if first < len(values) else None


def price_factors(
    months: int,
    change_per_year: Numbers,
    schedule: Sequence[tuple[int, float]] = (),
) -> FloatArray:
    """Price of months 1 to n over that of the first [1], shape (..., n).

    Parameters
    ----------
    change_per_year
        Compounding change, shape (..., 1) where it is drawn; month m has
        :math:`(1 + c)^{(m - 1)/12}`.
    schedule
        (month, factor) pairs: from that month on the price is the factor times today's; it
        replaces the yearly change.

    Examples
    --------
    >>> price_factors(4, 0.0, [(3, 0.5)]).tolist()
    [1.0, 1.0, 0.5, 0.5]
    """
    if not schedule:
        return np.asarray((1 + change_per_year) ** (np.arange(months) / MONTHS_PER_YEAR))
    factors = np.ones(months)
    for month, factor in sorted(schedule):
        factors[month - 1 :] = factor
    return factors


def sign_changes(values: Sequence[float]) -> list[tuple[int, Literal["saving", "costing"]]]:
    """Each index at which a series turns positive or stops being so, from below zero on.

    Examples
    --------
    >>> sign_changes([-1.0, 2.0, -1.0, 3.0])
    [(1, 'saving'), (2, 'costing'), (3, 'saving')]
    """
    turns: list[tuple[int, Literal["saving", "costing"]]] = []
    positive = False
    for index, value in enumerate(values):
        if (value > 0) != positive:
            positive = value > 0
            turns.append((index, "saving" if positive else "costing"))
    return turns
