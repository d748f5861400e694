"""Machines that are kept: bought for their life, or taken for a term and renewed.

Costs are positive. Flows fall at month end; what is bought or booked is paid at the end of the
month before it is first needed. Months are the last axis; axes before it, such as draws, broadcast.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.tax_schedules import TaxSchedule, shares_by_month


def kept_machines(needed: ArrayLike, life_months: int) -> FloatArray:
    """Machines held in months 1 to n where each, once taken, stays for its life or term [1].

    When one ends it is taken again only if it is needed then, so that a fleet shrinks at its
    renewals and never between them.

    Parameters
    ----------
    needed
        Machines needed in months 1 to n [1], shape (..., n); infinite where nobody can run them.

    Returns
    -------
    ndarray of shape (..., n)

    Examples
    --------
    >>> kept_machines([3, 1, 1, 2, 1], 3).tolist()
    [3.0, 3.0, 3.0, 2.0, 2.0]
    """
    asked = np.asarray(needed, dtype=float)
    runs = np.isfinite(asked)
    wanted = asked if runs.all() else np.where(runs, asked, 0.0)
    months = wanted.shape[-1]
    if np.all(wanted[..., 1:] >= wanted[..., :-1]):
        held = wanted  # nothing shrinks, so that what ends is taken again
    elif life_months >= months:
        held = np.maximum.accumulate(wanted, axis=-1)
    else:
        taken, held = np.zeros_like(wanted), np.empty_like(wanted)
        running = np.zeros(wanted.shape[:-1])
        for month in range(months):
            if month >= life_months:
                running = running - taken[..., month - life_months]
            taken[..., month] = np.maximum(wanted[..., month] - running, 0.0)
            running = running + taken[..., month]
            held[..., month] = running
    return held if wanted is asked else np.where(runs, held, np.inf)


def alone(months: int, life_months: int) -> FloatArray:
    """One machine held for one life, taken at the end of each month [1], shape (months, months).

    Examples
    --------
    >>> alone(3, 2).tolist()
    [[1.0, 1.0, 0.0], [0.0, 1.0, 1.0], [0.0, 0.0, 1.0]]
    """
    month = np.arange(months)
    age = month - month[:, None]
    return np.asarray((age >= 0) & (age < life_months), dtype=float)


def outlays(
    machines: ArrayLike, paid_usd: Numbers, life_months: int, price_factors: Numbers = 1.0
) -> FloatArray:
    """Price of machines where they are bought or booked, at the end of months 0 to n [USD].

    Machines are bought at the end of the month before they are first needed, and again at the end
    of their life.

    Parameters
    ----------
    machines
        Machines held in months 1 to n, as `kept_machines` has them [1], shape (..., n). Infinite
        where nobody can run the fleet: it costs infinitely much, and nothing of it is sold or
        written off.
    paid_usd
        All that is paid for one machine today; a number, or of shape (..., 1).
    price_factors
        Price of what is bought at the end of months 0 to n - 1 over today's [1], shape (..., n).

    Returns
    -------
    ndarray of shape (..., n + 1)

    Examples
    --------
    >>> outlays([1, 1, 2, 2], 100.0, 2).tolist()
    [100.0, 0.0, 200.0, 0.0, 0.0]
    """
    paid = taken_machines(machines, life_months) * price_factors * paid_usd
    nothing = np.zeros((*paid.shape[:-1], 1))
    return _infinite_where_nobody_can_run(machines, np.concatenate([paid, nothing], axis=-1))


def brought_back(
    machines: ArrayLike,
    price_usd: Numbers,
    residual_share: Numbers,
    life_months: int,
    price_factors: Numbers = 1.0,
) -> FloatArray:
    r"""What machines bring at the end of their life or of the horizon, by month of purchase [USD].

    At age a a machine brings a share of what a new one costs on that day,

    .. math:: \text{residual share}^{\,a / \text{life}}

    so that it loses the same share of its value every month (geometric depreciation), and never
    more than was paid for it. Arguments are those of `outlays`, with the price of one machine of
    today without its installation, and the share of it that is left at the end of the life.

    Parameters
    ----------
    price_factors
        Price of new machines at the end of months 0 to n over today's [1], shape (..., n + 1).

    Returns
    -------
    ndarray of shape (..., n)
        For what is bought at the end of months 0 to n - 1.

    Examples
    --------
    >>> brought_back([1, 1, 2, 2], 100.0, 0.25, 4).round(2).tolist()  # after 4 months and after 2
    [25.0, 0.0, 50.0, 0.0]
    """
    bought, new = taken_machines(machines, life_months), _to_the_end(price_factors, machines)
    ages = held_months(bought.shape[-1], life_months)
    used = residual_share ** (ages / life_months) * new[..., np.arange(len(ages)) + ages]
    return np.asarray(bought * (price_usd * np.minimum(used, new[..., :-1])))


def resale(
    machines: ArrayLike,
    price_usd: Numbers,
    residual_share: Numbers,
    life_months: int,
    price_factors: Numbers = 1.0,
) -> FloatArray:
    """What machines bring back at the end of months 0 to n [USD], shape (..., n + 1).

    Arguments are those of `brought_back`.

    Examples
    --------
    >>> resale([1, 1, 2, 2], 100.0, 0.25, 4).round(2).tolist()
    [0.0, 0.0, 0.0, 0.0, 75.0]
    >>> resale([1, 1], 100.0, 0.25, 4, np.array([1.0, 0.7, 0.5])).tolist()  # half of 50
    [0.0, 0.0, 25.0]
    """
    brought = brought_back(machines, price_usd, residual_share, life_months, price_factors)
    return at_the_end(brought, life_months)


def at_the_end(begun: FloatArray, life_months: int) -> FloatArray:
    """What begins each month, at the end of its life or of month n [as `begun`], (..., n + 1).

    Examples
    --------
    >>> at_the_end(np.array([1.0, 10.0, 100.0]), 2).tolist()
    [0.0, 0.0, 1.0, 110.0]
    """
    ended = np.zeros((*begun.shape[:-1], begun.shape[-1] + 1))
    ended[..., life_months:-1] = begun[..., : max(begun.shape[-1] - life_months, 0)]
    ended[..., -1] = begun[..., -life_months:].sum(axis=-1)
    return ended


def write_offs(
    machines: ArrayLike,
    cost_usd: Numbers,
    price_usd: Numbers,
    residual_share: Numbers,
    life_months: int,
    schedule: TaxSchedule,
    price_factors: Numbers = 1.0,
) -> FloatArray:
    """What machines lose in the books of tax in months 1 to n [USD], shape (..., n).

    Cost falls as the schedule says, of a straight line to the residual; when a machine is sold,
    as in `resale`, what its book value exceeds the proceeds is written off too. In all
    that is the cost less what the machines bring back. Arguments are those of `brought_back`.

    Parameters
    ----------
    cost_usd
        What a machine costs with its installation.

    Examples
    --------
    >>> line = TaxSchedule("straight-line", 2)
    >>> write_offs([1, 1, 1, 1], 110.0, 100.0, 0.25, 4, line).tolist()
    [42.5, 42.5, 0.0, 0.0]
    >>> line = TaxSchedule("straight-line", 4)  # sold for 50, in the books at 67.50
    >>> write_offs([1, 1], 110.0, 100.0, 0.25, 4, line).tolist()
    [21.25, 38.75]
    """
    brought = resale(machines, price_usd, residual_share, life_months, price_factors)
    bought, new = taken_machines(machines, life_months), _to_the_end(price_factors, machines)
    written = cost_usd - residual_share * price_usd if schedule.down_to_residual else cost_usd
    paid, shares = bought * new[..., :-1], shares_by_month(schedule, bought.shape[-1], life_months)
    left = at_the_end(paid * (cost_usd - written * shares.sum(axis=0)), life_months)
    lost = np.vecdot((paid * written)[..., None, :], shares)
    return np.asarray(lost + left[..., 1:] - brought[..., 1:])


def committed_rent(
    machines: ArrayLike,
    usd_per_month: Numbers,
    term_months: int,
    price_factors: Numbers = 1.0,
) -> FloatArray:
    """Rent of machines taken for a term and renewed, at the end of months 0 to n [USD].

    The price of a term is that of the month before its first; within a term it stays. What falls
    due after month n is left to `rest_of_terms`. Arguments are those of `outlays`.

    Examples
    --------
    >>> committed_rent([1, 1, 2, 2], 10.0, 2).tolist()
    [0.0, 10.0, 10.0, 20.0, 20.0]
    """
    taken = taken_machines(machines, term_months) * price_factors * usd_per_month
    rent = np.zeros((*taken.shape[:-1], taken.shape[-1] + 1))
    rent[..., 1:] = running(taken, term_months)
    return _infinite_where_nobody_can_run(machines, rent)


def rest_of_terms(
    machines: ArrayLike,
    usd_per_month: Numbers,
    term_months: int,
    price_factors: Numbers = 1.0,
) -> FloatArray:
    """Rent of the months of running terms that lie beyond month n [USD], shape (..., n).

    By the month in which a term is taken. Arguments are those of `committed_rent`.

    Examples
    --------
    >>> rest_of_terms([1, 1, 2, 2], 10.0, 3).tolist()  # one month of one, two of the other
    [0.0, 0.0, 10.0, 20.0]
    """
    taken = taken_machines(machines, term_months) * price_factors * usd_per_month
    return np.asarray(taken * (term_months - held_months(taken.shape[-1], term_months)))


def taken_machines(machines: ArrayLike, life_months: int) -> FloatArray:
    """Machines bought or booked at the end of months 0 to n - 1, those replaced included [1].

    Arguments are those of `outlays`.

    Examples
    --------
    >>> taken_machines([1, 1, 2, 2], 2).tolist()
    [1.0, 0.0, 2.0, 0.0]
    """
    held = np.asarray(machines, dtype=float)
    runs = np.isfinite(held)
    needed = held if runs.all() else np.where(runs, held, 0.0)
    bought = np.empty_like(needed)
    bought[..., :1] = needed[..., :1]
    np.subtract(needed[..., 1:], needed[..., :-1], out=bought[..., 1:])
    for start in range(life_months, bought.shape[-1]):
        bought[..., start] += bought[..., start - life_months]
    return bought


def running(begun: FloatArray, life_months: int) -> FloatArray:
    """Sum, in months 1 to n, of what begins each month and goes on for its life [as `begun`].

    Examples
    --------
    >>> running(np.array([1.0, 0.0, 10.0, 0.0]), 2).tolist()
    [1.0, 1.0, 10.0, 10.0]
    """
    total = np.cumsum(begun, axis=-1)
    if life_months < total.shape[-1]:
        with np.errstate(invalid="ignore"):
            total[..., life_months:] -= total[..., :-life_months].copy()
        total[np.isnan(total)] = np.inf  # nobody can run what is infinite, in any month
    return total


def held_months(months: int, life_months: int) -> NDArray[np.int_]:
    """How long what is taken at the end of months 0 to n - 1 is held within n months [month].

    Examples
    --------
    >>> held_months(4, 3).tolist()
    [3, 3, 2, 1]
    """
    return np.minimum(life_months, months - np.arange(months))


def _to_the_end(price_factors: Numbers, machines: ArrayLike) -> FloatArray:
    """Prices at the end of months 0 to n, where one number stands for all of them as well."""
    months = np.shape(machines)[-1]
    return np.broadcast_to(price_factors, (*np.shape(price_factors)[:-1], months + 1))


def _infinite_where_nobody_can_run(machines: ArrayLike, usd: FloatArray) -> FloatArray:
    runs = np.isfinite(machines).all(axis=-1, keepdims=True)
    return usd if runs.all() else np.where(runs, usd, np.inf)
