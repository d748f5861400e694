"""Money at different times.

Costs are positive; in a cash flow money out is negative. Flows fall at month end, purchases at
month 0. An annual effective rate r is (1 + r)^(1/12) - 1 a month.
"""

from collections.abc import Sequence

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
) -> NDArray[np.float64]:
    """Money spent on machines at the end of months 0 to n, resale deducted [USD].

    Machines are bought at the end of the month before they are first needed, sold for their
    residual and bought again at the end of their life, and taken at book value (falling in a
    straight line from price to residual) at the end of the horizon.

    Parameters
    ----------
    machines
        Machines needed in months 1 to n, never falling [1], shape (n,).

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
    outlays = np.zeros(horizon + 1)
    for month, bought in enumerate(np.diff(needed, prepend=0.0)):
        if bought == 0:
            continue
        for start in range(month, horizon, life_months):
            outlays[start] += bought * (price_usd + install_usd)
            age = min(life_months, horizon - start)
            book = price_usd - (price_usd - residual_usd) * age / life_months
            outlays[start + age] -= bought * book
    return outlays
