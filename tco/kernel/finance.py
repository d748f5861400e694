"""Money at different times.

Costs are positive; in a cash flow money out is negative. Flows fall at month end, purchases at
month 0. An annual effective rate r is (1 + r)^(1/12) - 1 a month.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pricing.units import MONTHS_PER_YEAR


def monthly_rate(annual_effective_rate: ArrayLike) -> NDArray[np.float64]:
    """Monthly rate that compounds to the annual effective rate [1/month].

    Examples
    --------
    >>> float(monthly_rate(0.08).round(9))
    0.00643403
    """
    return np.asarray(np.expm1(np.log1p(np.asarray(annual_effective_rate, float)) / 12))


def discount_factors(annual_effective_rate: float, months: int) -> NDArray[np.float64]:
    """Present value of one dollar at the end of months 0 to `months` [1], shape (months + 1,)."""
    return np.asarray((1 + annual_effective_rate) ** (-np.arange(months + 1) / MONTHS_PER_YEAR))


def present_value(flows_usd: ArrayLike, annual_effective_rate: float) -> float:
    """Present value of flows at months 0, 1, … [USD].

    Examples
    --------
    >>> present_value([100.0], 0.10)
    100.0
    """
    flows = np.asarray(flows_usd, dtype=float)
    return float(flows @ discount_factors(annual_effective_rate, len(flows) - 1))


def monthly_capital_cost(
    price_usd: float,
    install_usd: float,
    residual_usd: float,
    life_months: float,
    annual_effective_rate: float,
) -> float:
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
    return float(net * rate / repaid)


def stays_positive_from(values: Sequence[float]) -> int | None:
    """First index from which every value is positive; None if the last one is not.

    Examples
    --------
    >>> stays_positive_from([-1.0, 2.0, -1.0, 3.0, 4.0])
    3
    """
    last_not = max((i for i, value in enumerate(values) if value <= 0), default=-1)
    return last_not + 1 if last_not + 1 < len(values) else None


def purchase_outlays(
    machines: ArrayLike,
    price_usd: float,
    install_usd: float,
    residual_usd: float,
    life_months: int,
    price_factors: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """Money spent on machines at the end of months 0 to n, resale deducted [USD].

    Machines are bought at the end of the month before they are first needed, sold for their
    residual and bought again at the end of their life, and taken at book value (falling in a
    straight line from price to residual) at the end of the horizon.

    Parameters
    ----------
    machines
        Machines needed in months 1 to n, never falling [1], shape (n,).
    price_factors
        Price of what is bought at the end of months 0 to n - 1 over today's [1]; today's when
        left out.

    Returns
    -------
    ndarray of shape (n + 1,)

    Examples
    --------
    >>> purchase_outlays([1, 1, 2, 2], 100.0, 0.0, 20.0, 4).tolist()
    [100.0, 0.0, 100.0, 0.0, -80.0]
    """
    needed = np.asarray(machines, dtype=float)
    horizon = len(needed)
    factors = np.ones(horizon) if price_factors is None else np.asarray(price_factors, float)
    outlays = np.zeros(horizon + 1)
    for start, bought, age in _cohorts(needed, life_months):
        book = price_usd - (price_usd - residual_usd) * age / life_months
        outlays[start] += bought * factors[start] * (price_usd + install_usd)
        outlays[start + age] -= bought * factors[start] * book
    return outlays


def write_offs(
    machines: ArrayLike,
    cost_usd: float,
    price_usd: float,
    residual_usd: float,
    life_months: int,
    tax_life_months: int,
    price_factors: ArrayLike | None = None,
) -> NDArray[np.float64]:
    """What machines lose in the books of tax in months 1 to n [USD], shape (n,).

    Cost falls to the residual in a straight line over the life for tax; when a machine is sold,
    as in `purchase_outlays`, what its book value exceeds the proceeds is written off too. In all
    that is the cost less what the machines bring back.

    Examples
    --------
    >>> write_offs([1, 1, 1, 1], 110.0, 100.0, 20.0, 4, 2).tolist()
    [45.0, 45.0, 0.0, 0.0]
    >>> write_offs([1, 1], 110.0, 100.0, 20.0, 4, 4).tolist()  # sold for 60, in the books at 65
    [22.5, 27.5]
    """
    needed = np.asarray(machines, dtype=float)
    factors = np.ones(len(needed)) if price_factors is None else np.asarray(price_factors, float)
    lost = np.zeros(len(needed))
    for start, bought, age in _cohorts(needed, life_months):
        years = min(age, tax_life_months)
        monthly = (cost_usd - residual_usd) / tax_life_months
        sold_for = price_usd - (price_usd - residual_usd) * age / life_months
        lost[start : start + years] += bought * factors[start] * monthly
        in_the_books = cost_usd - monthly * years
        lost[start + age - 1] += bought * factors[start] * (in_the_books - sold_for)
    return lost


def committed_rent(
    machines: ArrayLike,
    usd_per_month: float,
    term_months: int,
    price_factors: ArrayLike | None = None,
    *,
    upfront: bool = False,
) -> NDArray[np.float64]:
    """Rent of machines taken for a term and renewed, at the end of months 0 to n [USD].

    The price of a term is that of the month before its first; within a term it stays. A term
    paid upfront is paid whole at its start, and what outlasts the horizon is taken back in
    proportion.

    Examples
    --------
    >>> committed_rent([1, 1, 2, 2], 10.0, 2).tolist()
    [0.0, 10.0, 10.0, 20.0, 20.0]
    >>> committed_rent([1, 1, 1], 10.0, 2, upfront=True).tolist()
    [20.0, 0.0, 20.0, -10.0]
    """
    needed = np.asarray(machines, dtype=float)
    factors = np.ones(len(needed)) if price_factors is None else np.asarray(price_factors, float)
    if upfront:
        return purchase_outlays(needed, usd_per_month * term_months, 0.0, 0.0, term_months, factors)
    rent = np.zeros(len(needed) + 1)
    for start, taken, age in _cohorts(needed, term_months):
        rent[start + 1 : start + 1 + age] += taken * factors[start] * usd_per_month
    return rent


def _cohorts(needed: NDArray[np.float64], life_months: int) -> Iterator[tuple[int, float, int]]:
    """Month before first use, machines, and months until replaced or the horizon ends."""
    horizon = len(needed)
    for month, more in enumerate(np.diff(needed, prepend=0.0)):
        if more == 0:
            continue
        for start in range(month, horizon, life_months):
            yield start, float(more), min(life_months, horizon - start)


def price_factors(
    months: int,
    change_per_year: float,
    schedule: Sequence[tuple[int, float]] = (),
) -> NDArray[np.float64]:
    """Price of months 1 to n over that of the first [1], shape (n,).

    Parameters
    ----------
    change_per_year
        Compounding change; month m has :math:`(1 + c)^{(m - 1)/12}`.
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
