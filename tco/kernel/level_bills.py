"""Bills of machines that are paid at other times than they are used, level in what money buys.

What is bought or booked is billed over the months in which it is held: every month the same in
purchasing power, together worth what is paid and brought back. Costs are positive. Months are the
last axis; axes before it, such as draws, broadcast.
"""

import numpy as np
from numpy.typing import ArrayLike

from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.finance import level_payment
from tco.kernel.kept_machines import (
    brought_back,
    committed_rent,
    held_months,
    outlays,
    rest_of_terms,
)


def level_bill(
    first_usd: FloatArray,
    last_usd: FloatArray,
    life_months: int,
    real_rate: float,
    money_of_today: FloatArray,
) -> FloatArray:
    """Bills of months 1 to n that are worth what is paid around them, in the money of the month.

    Parameters
    ----------
    first_usd
        Paid at the end of months 0 to n - 1 for what is held from the next month on [USD], shape
        (..., n).
    last_usd
        Paid for the same at the end of the last month in which it is held, by the month it was
        taken [USD], shape (..., n); negative where it is brought back.
    real_rate
        Annual effective discount rate, net of inflation.
    money_of_today
        What a dollar of today has become at the end of months 0 to n, by inflation [1], shape
        (n + 1,).

    Returns
    -------
    ndarray of shape (..., n)

    Examples
    --------
    >>> flat = np.ones(5)
    >>> level_bill(np.array([120.0, 0, 60.0, 0]), np.array([-40.0, 0, 0, 0]), 4, 0.0, flat).tolist()
    [20.0, 20.0, 50.0, 50.0]
    """
    months = first_usd.shape[-1]
    held = held_months(months, life_months)
    level = level_payment(
        first_usd / money_of_today[:-1],
        last_usd / money_of_today[np.arange(months) + held],
        held,
        real_rate,
    )
    bill = np.zeros(np.shape(level))
    for start in range(months):
        bill[..., start : start + life_months] += level[..., start : start + 1]
    return bill * money_of_today[1:]


def owned_bill(
    machines: ArrayLike,
    price_usd: Numbers,
    install_usd: Numbers,
    residual_share: Numbers,
    life_months: int,
    price_factors: FloatArray,
    real_rate: float,
    money_of_today: FloatArray,
) -> FloatArray:
    """Bills of machines that are bought, and sold again, in months 1 to n [USD], shape (..., n).

    Arguments are those of `brought_back` and `level_bill`.

    Examples
    --------
    >>> flat = np.ones(5)
    >>> owned_bill([1, 1, 1, 1], 100.0, 5.0, 0.25, 4, flat, 0.0, flat).tolist()
    [20.0, 20.0, 20.0, 20.0]
    """
    paid = outlays(machines, price_usd + install_usd, life_months, price_factors[..., :-1])
    brought = brought_back(machines, price_usd, residual_share, life_months, price_factors)
    return level_bill(paid[..., :-1], -brought, life_months, real_rate, money_of_today)


def term_bill(
    machines: ArrayLike,
    usd_per_month: Numbers,
    term_months: int,
    price_factors: FloatArray,
    real_rate: float,
    money_of_today: FloatArray,
    *,
    upfront: bool,
    handed_back: bool,
) -> FloatArray:
    """Bills of machines taken for a term, in months 1 to n [USD], shape (..., n).

    A term paid month by month is billed as it is paid, and what is owed of it after month n is
    spread over its months before. One paid upfront is billed level.

    Parameters
    ----------
    upfront
        Whether a term is paid whole at its start.
    handed_back
        Whether its months after month n are not paid for, or paid back.

    Examples
    --------
    >>> flat, held = np.ones(4), [1, 1, 2]
    >>> given = {"upfront": False, "handed_back": False}
    >>> term_bill(held, 10.0, 2, flat[:-1], 0.0, flat, **given).tolist()  # two terms owe a month
    [10.0, 10.0, 40.0]
    """
    rest = rest_of_terms(machines, usd_per_month, term_months, price_factors)
    if upfront:
        paid = outlays(machines, usd_per_month * term_months, term_months, price_factors)
        back = -rest if handed_back else np.zeros_like(rest)
        return level_bill(paid[..., :-1], back, term_months, real_rate, money_of_today)
    rent = committed_rent(machines, usd_per_month, term_months, price_factors)[..., 1:]
    if handed_back or not rest.any():
        return rent
    owed = level_bill(np.zeros_like(rest), rest, term_months, real_rate, money_of_today)
    return rent + owed
