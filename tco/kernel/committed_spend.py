"""Spending that is committed to: what it costs beyond what is used, as cash and as bills.

A commitment runs in periods, one after the other. Months are the last axis; axes before it, such as
draws, broadcast.
"""

from dataclasses import dataclass

import numpy as np

from tco.kernel.arrays import FloatArray
from tco.kernel.finance import level_payment


@dataclass(frozen=True, slots=True)
class CommittedMoney:
    """Money beyond what is used, in the money of the month [USD].

    The bills of months 1 to n are worth what the cash at the end of months 0 to n is worth.
    """

    bill: FloatArray
    """Level in purchasing power within each period, shape (..., n)."""
    cash: FloatArray
    """Shape (..., n + 1); negative in months whose use draws on what was paid ahead."""
    ahead: FloatArray
    """Part of the cash that is paid ahead of use, shape (..., n + 1)."""


def committed_money(
    used_usd: FloatArray,
    committed_usd: float,
    period_months: int,
    real_rate: float,
    money_of_today: FloatArray,
    *,
    prepaid: bool,
) -> CommittedMoney:
    """Money of a commitment beyond what is used of it.

    Parameters
    ----------
    used_usd
        Spending of months 1 to n at its own prices [USD/month], shape (..., n).
    committed_usd
        To be spent in each period; of one that month n cuts short, in proportion.
    real_rate
        Annual effective discount rate, net of inflation.
    money_of_today
        What a dollar of today has become at the end of months 0 to n, by inflation [1], shape
        (n + 1,).
    prepaid
        Whether it is paid at the start of the period, and what is not used then lapses; else what
        is missing falls due at its end.

    Examples
    --------
    >>> used, flat = np.array([30.0, 50.0, 70.0, 90.0]), np.ones(5)
    >>> found = committed_money(used, 100.0, 2, 0.0, flat, prepaid=False)
    >>> found.cash.tolist(), found.bill.tolist()
    ([0.0, 0.0, 20.0, 0.0, 0.0], [10.0, 10.0, 0.0, 0.0])
    >>> committed_money(used, 100.0, 2, 0.0, flat, prepaid=True).cash.tolist()
    [100.0, -30.0, 50.0, -70.0, -30.0]
    """
    months = used_usd.shape[-1]
    cash = np.zeros((*used_usd.shape[:-1], months + 1))
    ahead, bill = np.zeros_like(cash), np.zeros_like(used_usd, dtype=float)
    discount = (1 + real_rate) ** (-np.arange(period_months + 1) / 12)
    for start in range(0, months, period_months):
        end = min(start + period_months, months)
        due = committed_usd * (end - start) / period_months
        drawn = np.minimum(np.cumsum(used_usd[..., start:end], axis=-1), due)
        period = np.zeros((*used_usd.shape[:-1], end - start + 1))
        if prepaid:
            period[..., 0] = due
            period[..., 1:] = -np.diff(drawn, axis=-1, prepend=0.0)
            ahead[..., start] += due
        else:
            period[..., -1] = due - drawn[..., -1]
        cash[..., start : end + 1] += period
        worth = (period / money_of_today[start : end + 1]) @ discount[: end - start + 1]
        level = np.asarray(level_payment(worth, 0.0, end - start, real_rate))
        bill[..., start:end] = level[..., None] * money_of_today[start + 1 : end + 1]
    return CommittedMoney(bill, cash, ahead)
