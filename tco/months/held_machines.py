"""Money for machines that are owned, or taken for a term and kept to its end.

All of it follows from when machines are taken: what one of them pays in each month, by the month it
is taken in, times how many are taken then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial

import numpy as np

from pricing.units import MONTHS_PER_YEAR
from tco.bill.held_machines import servers_by_dollar, term_by_dollar, term_month_share
from tco.kernel.arrays import BoolArray, FloatArray, Numbers
from tco.kernel.cases import by_case, first, months_of_first
from tco.kernel.kept_machines import alone, taken_machines, write_offs
from tco.kernel.tax_schedules import TaxSchedule
from tco.months.growth import Growth
from tco.question.price_levels import PriceLevels
from tco.question.terms import MACRS_YEARS, Finance
from tco.serving.tenure import Holding, ServerPrice, ServersThere


@dataclass(slots=True, eq=False)
class Stake:
    """Money of machines over the months."""

    taken: FloatArray
    """At the end of months 0 to n - 1, those replaced included [1]."""
    usd: Numbers
    """Of one machine, shape (cases, 1), or one number where all cases are alike [USD]."""
    by_start: FloatArray
    """What each month has of it, by the end of the month in which the machine is taken [1], shape
    (starts, months)."""


@dataclass(slots=True, eq=False)
class HeldMachines:
    """What is paid for machines in the money of the month."""

    runs: BoolArray
    """Whether anybody can run them, shape (cases, 1) or (1,); else they cost infinitely much."""
    bill: tuple[Stake, ...] = ()
    """Of months 1 to n, worth what `cash` is worth."""
    cash: tuple[Stake, ...] = ()
    """At the end of months 0 to n."""
    capital: tuple[Stake, ...] = ()
    """Part of it that is paid ahead."""
    rest: tuple[Stake, ...] = ()
    """Part of it that pays for months beyond the horizon, in one sum."""
    resale: tuple[Stake, ...] = ()
    """What is brought back at the end of months 0 to n, which the cash has as money in."""
    forgone: tuple[Stake, ...] = ()
    """What servers that are there already would sell for, which the cash has as money out."""
    deposits: tuple[Stake, ...] = ()
    """Part of the cash that is left with a lessor and comes back: no expense, and no income."""
    borrowed: tuple[Stake, ...] = ()
    """What loans bring for servers at the end of months 0 to n, which the cash has as money in."""
    repaid: tuple[Stake, ...] = ()
    """Part of the cash that pays back, with interest, what was borrowed for servers."""
    written_off: tuple[Stake, ...] = ()
    """What tax lets deduct at the end of months 0 to n: what is written off, and interest."""

    def by_month(self, stakes: Sequence[Stake]) -> FloatArray:
        """Money of each month [USD]; 0 where there are no stakes."""
        parts = (stake.usd * (stake.taken @ stake.by_start) for stake in stakes)
        money = sum(parts, start=np.zeros(1))
        return money if self.runs.all() else np.where(self.runs, money, np.inf)

    def of_first(self, stakes: Sequence[Stake]) -> FloatArray:
        """Money of each month in the first case, which somebody can run [USD], (months,)."""
        parts = (first(s.usd) * (months_of_first(s.taken) @ s.by_start) for s in stakes)
        return sum(parts, start=np.zeros(1))

    def valued(self, stakes: Sequence[Stake], worth: FloatArray) -> FloatArray:
        """Sum of the first months, each at what its dollar is worth [USD], (cases,) or (1,)."""
        count = len(worth)
        parts = (by_case(s.usd) * (s.taken @ (s.by_start[:, :count] @ worth)) for s in stakes)
        money = sum(parts, start=np.zeros(1))
        return money if self.runs.all() else np.where(self.runs.ravel(), money, np.inf)


def held_machines(
    rent_usd: Numbers,
    growth: Growth,
    levels: PriceLevels,
    holding: Holding,
    finance: Finance,
) -> HeldMachines:
    """Follow machines that are kept; there is nothing to follow where they are paid by the hour.

    Parameters
    ----------
    rent_usd
        Of a term, in the bill [USD/month].
    """
    life = holding.kept_months
    if life is None:
        return HeldMachines(np.ones(1, dtype=bool))
    runs = np.isfinite(growth.instances.sum(axis=-1, keepdims=True))
    taken = taken_machines(growth.instances - growth.there, life)
    if holding.server is not None:
        bought = _owned(taken, runs, levels, holding.server, finance)
        if holding.there is None:
            return bought
        return _with_those_there(bought, holding.there, growth, levels, finance)
    each = rent_usd / growth.planned / term_month_share(holding, levels)
    return _for_a_term(taken, runs, each, levels, holding)


def _with_those_there(
    bought: HeldMachines, there: ServersThere, growth: Growth, levels: PriceLevels, finance: Finance
) -> HeldMachines:
    """Servers that are there already, as if bought today for what they would sell for.

    That is what keeping them costs; nothing is paid for it, so that it is no capital.
    """
    taken = taken_machines(growth.there, there.price.life_months)
    kept = _owned(taken, bought.runs, levels, there.price, finance)
    return replace(
        bought,
        bill=(*kept.bill, *bought.bill),
        cash=(*kept.cash, *bought.cash),
        resale=(*kept.resale, *bought.resale),
        forgone=kept.capital,
        written_off=(*kept.written_off, *bought.written_off),
    )


def _owned(
    taken: FloatArray,
    runs: BoolArray,
    levels: PriceLevels,
    server: ServerPrice,
    finance: Finance,
) -> HeldMachines:
    """Servers bought when they are first needed, sold at the end of their life or the horizon."""
    life, share = server.life_months, server.residual_share
    price, install = servers_by_dollar(server, levels)
    price_off, install_off = _written_off(share, life, _for_tax(life, finance), levels)
    stake, paid = partial(Stake, taken), server.price_usd + server.install_usd
    return HeldMachines(
        runs,
        bill=(stake(server.price_usd, price.bill), stake(server.install_usd, install.bill)),
        cash=(stake(server.price_usd, price.cash), stake(server.install_usd, install.cash)),
        capital=(stake(paid, price.ahead),),
        resale=(stake(server.price_usd, price.resale),),
        written_off=(
            stake(server.price_usd, price_off),
            stake(server.install_usd, install_off),
            *(() if server.loan is None else (stake(paid, price.interest),)),
        ),
        borrowed=() if server.loan is None else (stake(paid, price.borrowed),),
        repaid=() if server.loan is None else (stake(paid, price.repaid),),
    )


def _for_tax(life_months: int, finance: Finance) -> TaxSchedule:
    years = finance.depreciation_years
    if years is None and finance.depreciation == "macrs":
        years = MACRS_YEARS
    months = life_months if years is None else round(years * MONTHS_PER_YEAR)
    return TaxSchedule(finance.depreciation, months, finance.bonus_depreciation_share)


@lru_cache(maxsize=16)
def _written_off(
    residual_share: float, life_months: int, schedule: TaxSchedule, levels: PriceLevels
) -> tuple[FloatArray, FloatArray]:
    """By the dollar of a price, and of an installation [1], each of shape (starts, months + 1)."""
    one = alone(len(levels.gpus), life_months)
    price, install = (
        write_offs(one, 1.0, usd, residual_share, life_months, schedule, levels.machines)
        for usd in (1.0, 0.0)
    )
    from_month_0 = ((0, 0), (1, 0))
    return np.pad(price, from_month_0), np.pad(install, from_month_0)


def _for_a_term(
    taken: FloatArray,
    runs: BoolArray,
    rent_usd: Numbers,
    levels: PriceLevels,
    holding: Holding,
) -> HeldMachines:
    """Rents of terms, each at the price of its start; what outlasts the horizon is owed or not."""
    found = term_by_dollar(holding, levels)
    stake = partial(Stake, taken, rent_usd)
    return HeldMachines(
        runs,
        bill=(stake(found.bill),),
        cash=(stake(found.cash),),
        capital=(stake(found.ahead),),
        rest=(stake(found.owed),),
        deposits=(stake(found.deposits),) if holding.deposit_months else (),
    )
