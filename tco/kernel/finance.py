"""Money at different times.

Costs are positive; in a cash flow money out is negative. Flows fall at month end, purchases at
month 0. An annual effective rate r is (1 + r)^(1/12) - 1 a month. Months are the last axis; axes
before it, such as draws, broadcast.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from pricing.units import MONTHS_PER_YEAR
from tco.kernel.speed import FloatArray, Numbers


def monthly_rate(annual_effective_rate: ArrayLike) -> FloatArray:
    """Monthly rate that compounds to the annual effective rate [1/month].

    Examples
    --------
    >>> float(monthly_rate(0.08).round(9))
    0.00643403
    """
    return np.asarray(np.expm1(np.log1p(np.asarray(annual_effective_rate, float)) / 12))


def discount_factors(annual_effective_rate: float, months: int) -> FloatArray:
    """Present value of one dollar at the end of months 0 to `months` [1], shape (months + 1,)."""
    return np.asarray((1 + annual_effective_rate) ** (-np.arange(months + 1) / MONTHS_PER_YEAR))


def present_value(flows_usd: ArrayLike, annual_effective_rate: float) -> FloatArray:
    """Present value of flows at months 0, 1, … [USD], shape (...) of flows (..., months + 1).

    Examples
    --------
    >>> float(present_value([100.0], 0.10))
    100.0
    """
    flows = np.asarray(flows_usd, dtype=float)
    return np.asarray(flows @ discount_factors(annual_effective_rate, flows.shape[-1] - 1))


def monthly_capital_cost(
    price_usd: Numbers,
    install_usd: Numbers,
    residual_usd: Numbers,
    life_months: float,
    annual_effective_rate: float,
) -> Numbers:
    r"""Level monthly payment that repays a machine over its life [USD/month].

    .. math:: \left(P + I - R (1 + m)^{-L}\right) \frac{m}{1 - (1 + m)^{-L}}

    with monthly rate m and life L; at rate 0 it is :math:`(P + I - R)/L`.

    Examples
    --------
    >>> round(monthly_capital_cost(35_000.0, 0.0, 7_000.0, 48, 0.0), 2)
    583.33
    """
    rate = float(monthly_rate(annual_effective_rate))
    if rate == 0:
        return (price_usd + install_usd - residual_usd) / life_months
    repaid = float(-np.expm1(-life_months * np.log1p(rate)))  # keeps its digits at small rates
    net = price_usd + install_usd - residual_usd * (1 - repaid)
    return net * rate / repaid


def stays_positive_from(values: ArrayLike) -> FloatArray:
    """First index from which every value is positive; infinite if the last one is not.

    Parameters
    ----------
    values
        Shape (..., n).

    Returns
    -------
    ndarray of shape (...)

    Examples
    --------
    >>> stays_positive_from([[-1.0, 2.0, -1.0, 3.0, 4.0], [1.0, 1.0, 1.0, 1.0, 0.0]]).tolist()
    [3.0, inf]
    """
    not_backwards = np.asarray(values, dtype=float)[..., ::-1] <= 0
    count = not_backwards.shape[-1]
    since = np.where(not_backwards.any(axis=-1), not_backwards.argmax(axis=-1), count)
    return np.where(since > 0, float(count) - since, np.inf)


def purchase_outlays(
    machines: ArrayLike,
    price_usd: Numbers,
    install_usd: Numbers,
    residual_usd: Numbers,
    life_months: int,
    price_factors: Numbers = 1.0,
) -> FloatArray:
    """Money spent on machines at the end of months 0 to n, resale deducted [USD].

    Machines are bought at the end of the month before they are first needed, sold for their
    residual and bought again at the end of their life, and taken at book value (falling in a
    straight line from price to residual) at the end of the horizon.

    Parameters
    ----------
    machines
        Machines needed in months 1 to n, never falling [1], shape (..., n). Infinite where nobody
        can run the fleet: it costs infinitely much, and nothing of it is written off.
    price_usd, install_usd, residual_usd
        Of one machine today; numbers, or of shape (..., 1).
    price_factors
        Price of what is bought at the end of months 0 to n - 1 over today's [1], shape (..., n).

    Returns
    -------
    ndarray of shape (..., n + 1)

    Examples
    --------
    >>> purchase_outlays([1, 1, 2, 2], 100.0, 0.0, 20.0, 4).tolist()
    [100.0, 0.0, 100.0, 0.0, -80.0]
    """
    bought = _bought(machines, life_months) * price_factors
    paid, lost = price_usd + install_usd, price_usd - residual_usd
    outlays = np.zeros((*np.broadcast(bought, paid, lost).shape[:-1], bought.shape[-1] + 1))
    for start, age in _ages(bought, life_months):
        taken = bought[..., start : start + 1]
        outlays[..., start : start + 1] += taken * paid
        book = price_usd - lost * age / life_months
        outlays[..., start + age : start + age + 1] -= taken * book
    return _infinite_where_nobody_can_run(machines, outlays)


def write_offs(
    machines: ArrayLike,
    cost_usd: Numbers,
    price_usd: Numbers,
    residual_usd: Numbers,
    life_months: int,
    tax_life_months: int,
    price_factors: Numbers = 1.0,
) -> FloatArray:
    """What machines lose in the books of tax in months 1 to n [USD], shape (..., n).

    Cost falls to the residual in a straight line over the life for tax; when a machine is sold,
    as in `purchase_outlays`, what its book value exceeds the proceeds is written off too. In all
    that is the cost less what the machines bring back. Arguments are those of `purchase_outlays`.

    Parameters
    ----------
    cost_usd
        What a machine cost with its installation.

    Examples
    --------
    >>> write_offs([1, 1, 1, 1], 110.0, 100.0, 20.0, 4, 2).tolist()
    [45.0, 45.0, 0.0, 0.0]
    >>> write_offs([1, 1], 110.0, 100.0, 20.0, 4, 4).tolist()  # sold for 60, in the books at 65
    [22.5, 27.5]
    """
    bought = _bought(machines, life_months) * price_factors
    monthly = (cost_usd - residual_usd) / tax_life_months
    lost_value = price_usd - residual_usd
    lost = np.zeros((*np.broadcast(bought, monthly, lost_value).shape[:-1], bought.shape[-1]))
    for start, age in _ages(bought, life_months):
        taken, years = bought[..., start : start + 1], min(age, tax_life_months)
        lost[..., start : start + years] += taken * monthly
        left = cost_usd - monthly * years - (price_usd - lost_value * age / life_months)
        lost[..., start + age - 1 : start + age] += taken * left
    return lost


def committed_rent(
    machines: ArrayLike,
    usd_per_month: Numbers,
    term_months: int,
    price_factors: Numbers = 1.0,
    *,
    upfront: bool = False,
) -> FloatArray:
    """Rent of machines taken for a term and renewed, at the end of months 0 to n [USD].

    The price of a term is that of the month before its first; within a term it stays. A term
    paid upfront is paid whole at its start, and what outlasts the horizon is taken back in
    proportion. Arguments are those of `purchase_outlays`.

    Examples
    --------
    >>> committed_rent([1, 1, 2, 2], 10.0, 2).tolist()
    [0.0, 10.0, 10.0, 20.0, 20.0]
    >>> committed_rent([1, 1, 1], 10.0, 2, upfront=True).tolist()
    [20.0, 0.0, 20.0, -10.0]
    """
    if upfront:
        whole = usd_per_month * term_months
        return purchase_outlays(machines, whole, 0.0, 0.0, term_months, price_factors)
    taken = _bought(machines, term_months) * price_factors * usd_per_month
    rent = np.zeros((*taken.shape[:-1], taken.shape[-1] + 1))
    for start, age in _ages(taken, term_months):
        rent[..., start + 1 : start + 1 + age] += taken[..., start : start + 1]
    return _infinite_where_nobody_can_run(machines, rent)


def _bought(machines: ArrayLike, life_months: int) -> FloatArray:
    """Machines bought at the end of months 0 to n - 1, those replaced included [1]."""
    needed = np.nan_to_num(np.asarray(machines, dtype=float), posinf=0.0)
    bought = np.asarray(np.diff(needed, prepend=0.0, axis=-1))
    for start in range(life_months, bought.shape[-1]):
        bought[..., start] += bought[..., start - life_months]
    return bought


def _infinite_where_nobody_can_run(machines: ArrayLike, usd: FloatArray) -> FloatArray:
    runs = np.isfinite(machines).all(axis=-1, keepdims=True)
    return usd if runs.all() else np.where(runs, usd, np.inf)


def _ages(bought: FloatArray, life_months: int) -> Iterator[tuple[int, int]]:
    """Each month in which any draw buys, and months until replaced or the horizon ends."""
    horizon = bought.shape[-1]
    months = np.flatnonzero(bought.any(axis=tuple(range(bought.ndim - 1))))
    return ((start, min(life_months, horizon - start)) for start in months.tolist())


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
