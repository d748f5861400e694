"""A loan on what is bought: level payments, the interest in them, and what is still owed."""

from dataclasses import dataclass

import numpy as np

from tco.kernel.arrays import FloatArray
from tco.kernel.finance import level_payment, monthly_rate


@dataclass(frozen=True, slots=True)
class LoanTerms:
    """What is borrowed for each machine that is bought, in the money of the day."""

    share: float
    """Of its price and installation [1]."""
    months: int
    """Level payments, the first at the end of the first month."""
    rate: float
    """Annual effective rate."""


def balance(months: int, annual_effective_rate: float) -> FloatArray:
    """What is owed of one dollar after each of 0 to n level payments [1], shape (months + 1,).

    The present value, at the rate of the loan, of the payments that are left.

    Examples
    --------
    >>> balance(4, 0.0).tolist()
    [1.0, 0.75, 0.5, 0.25, 0.0]
    """
    left, rate = months - np.arange(months + 1), float(monthly_rate(annual_effective_rate))
    if rate == 0:
        return np.asarray(left / months)
    payment = float(level_payment(1.0, 0.0, months, annual_effective_rate))
    return np.asarray(payment * -np.expm1(-left * np.log1p(rate)) / rate)


def loan_by_start(terms: LoanTerms, months: int, life_months: int) -> tuple[FloatArray, FloatArray]:
    """Cash and interest of one dollar borrowed at the end of months 0 to n - 1 [1].

    What is still owed when the machine is sold, at the end of its life or of month n, is paid back
    then.

    Returns
    -------
    tuple of ndarrays of shape (n, n + 1)
        What is paid, negative where it is received, and the interest in it.
    """
    owed = balance(terms.months, terms.rate)
    payment = float(level_payment(1.0, 0.0, terms.months, terms.rate))
    earned = owed[:-1] * float(monthly_rate(terms.rate))
    paid, interest = np.zeros((2, months, months + 1))
    for start in range(months):
        held = min(life_months, months - start)
        count = min(held, terms.months)
        paid[start, start] = -1.0
        paid[start, start + 1 : start + count + 1] = payment
        paid[start, start + count] += owed[count]
        interest[start, start + 1 : start + count + 1] = earned[:count]
    return paid, interest
