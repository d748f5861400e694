"""Money of machines that are held: their cash, and bills that are worth the same.

What is bought or booked is billed over the months in which it is held: every month the same in
purchasing power, together worth what is paid and brought back. Costs are positive. Months are the
last axis; axes before it, such as draws, broadcast.
"""

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import ArrayLike

from pricing.units import MONTHS_PER_YEAR
from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.finance import level_payment
from tco.kernel.kept_machines import (
    at_the_end,
    brought_back,
    committed_rent,
    held_months,
    outlays,
    rest_of_terms,
    running,
    taken_machines,
)
from tco.kernel.loans import LoanTerms, loan_by_start


@dataclass(frozen=True, slots=True)
class HeldMoney:
    """Money for machines that are owned or taken for a term, in the money of the month [USD].

    The bills of months 1 to n are worth what the cash at the end of months 0 to n is worth.
    """

    bill: FloatArray
    """Shape (..., n)."""
    cash: FloatArray
    """Shape (..., n + 1)."""
    ahead: FloatArray
    """Part of the cash that is paid ahead of use, shape (..., n + 1)."""
    resale: FloatArray
    """What the cash has as money in, shape (..., n + 1); (1,) where nothing is sold."""
    owed: FloatArray
    """What is paid for months beyond month n, shape (..., 1)."""
    deposits: FloatArray
    """Part of the cash that is left and comes back, shape (..., n + 1); (1,) for none."""
    borrowed: FloatArray = field(default_factory=lambda: np.zeros(1))
    """What the cash has as money in of loans, shape (..., n + 1); (1,) for none."""
    repaid: FloatArray = field(default_factory=lambda: np.zeros(1))
    """Part of the cash that pays loans back, shape (..., n + 1); (1,) for none."""
    interest: FloatArray = field(default_factory=lambda: np.zeros(1))
    """What of it is interest, shape (..., n + 1); (1,) for none."""


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
    return running(level, life_months) * money_of_today[1:]


def owned_money(
    machines: ArrayLike,
    price_usd: Numbers,
    install_usd: Numbers,
    residual_share: Numbers,
    life_months: int,
    price_factors: FloatArray,
    real_rate: float,
    money_of_today: FloatArray,
    loan: LoanTerms | None = None,
) -> HeldMoney:
    """Money of machines that are bought, and sold again.

    Arguments are those of `brought_back` and `level_bill`. What is borrowed is billed with the
    machine, over the months in which it is held.

    Examples
    --------
    >>> flat = np.ones(5)
    >>> found = owned_money([1, 1, 1, 1], 100.0, 5.0, 0.25, 4, flat, 0.0, flat)
    >>> found.cash.tolist(), found.bill.tolist()
    ([105.0, 0.0, 0.0, 0.0, -25.0], [20.0, 20.0, 20.0, 20.0])
    """
    ahead = outlays(machines, price_usd + install_usd, life_months, price_factors[..., :-1])
    brought = brought_back(machines, price_usd, residual_share, life_months, price_factors)
    resale = at_the_end(brought, life_months)
    bill = level_bill(ahead[..., :-1], -brought, life_months, real_rate, money_of_today)
    bought = HeldMoney(bill, ahead - resale, ahead, resale, np.zeros(1), np.zeros(1))
    if loan is None:
        return bought
    borrowed = ahead[..., :-1] * loan.share
    return _borrowed(bought, borrowed, life_months, real_rate, money_of_today, loan)


def _borrowed(
    bought: HeldMoney,
    borrowed_usd: FloatArray,
    life_months: int,
    real_rate: float,
    money_of_today: FloatArray,
    loan: LoanTerms,
) -> HeldMoney:
    """Add a loan of so much at the end of months 0 to n - 1, shape (..., n)."""
    months = borrowed_usd.shape[-1]
    paid, interest = loan_by_start(loan, months, life_months)
    worth = (1 + real_rate) ** (-np.arange(months + 1) / MONTHS_PER_YEAR) / money_of_today
    each = paid @ worth / worth[:-1]  # of a dollar borrowed, when it is borrowed
    nothing = np.zeros_like(borrowed_usd)
    level = level_bill(borrowed_usd * each, nothing, life_months, real_rate, money_of_today)
    flows = borrowed_usd @ paid
    received = np.concatenate([borrowed_usd, nothing[..., :1]], axis=-1)
    return replace(
        bought,
        bill=bought.bill + level,
        cash=bought.cash + flows,
        ahead=bought.ahead - received,
        borrowed=received,
        repaid=flows + received,
        interest=borrowed_usd @ interest,
    )


def term_money(
    machines: ArrayLike,
    usd_per_month: Numbers,
    term_months: int,
    price_factors: FloatArray,
    real_rate: float,
    money_of_today: FloatArray,
    *,
    upfront: bool,
    handed_back: bool,
    deposit_months: float = 0.0,
) -> HeldMoney:
    """Money of machines taken for a term.

    A term paid month by month is billed as it is paid, and what is owed of it after month n is
    spread over its months before. One paid upfront is billed level.

    Parameters
    ----------
    upfront
        Whether a term is paid whole at its start.
    handed_back
        Whether its months after month n are not paid for, or paid back.
    deposit_months
        Payments that are left at the start and come back, without interest, at the end of the
        term or of month n.

    Examples
    --------
    >>> flat, held = np.ones(4), [1, 1, 2]
    >>> given = {"upfront": False, "handed_back": False}
    >>> found = term_money(held, 10.0, 2, flat[:-1], 0.0, flat, **given)  # two terms owe a month
    >>> found.cash.tolist(), found.bill.tolist()
    ([0.0, 10.0, 10.0, 40.0], [10.0, 10.0, 40.0])
    """
    rest = rest_of_terms(machines, usd_per_month, term_months, price_factors)
    last = np.zeros_like(rest) if upfront != handed_back else -rest if upfront else rest
    rent = committed_rent(machines, usd_per_month, term_months, price_factors)
    ahead, running_usd = np.zeros_like(rent), rent
    if upfront:
        ahead = outlays(machines, usd_per_month * term_months, term_months, price_factors)
        running_usd = np.zeros_like(rent)
    cash, deposits, around = ahead + running_usd, np.zeros(1), last
    if deposit_months:
        deposit = usd_per_month * deposit_months
        given = outlays(machines, deposit, term_months, price_factors)
        left = taken_machines(machines, term_months) * price_factors * deposit
        deposits, around = given - at_the_end(left, term_months), last - left
        cash, ahead = cash + deposits, ahead + given
    cash[..., -1:] += last.sum(axis=-1, keepdims=True)
    bill = running_usd[..., 1:]
    if ahead.any() or last.any():
        bill = bill + level_bill(ahead[..., :-1], around, term_months, real_rate, money_of_today)
    owed = np.zeros_like(rest[..., :1]) if handed_back else rest.sum(axis=-1, keepdims=True)
    return HeldMoney(bill, cash, ahead, np.zeros(1), owed, deposits)
