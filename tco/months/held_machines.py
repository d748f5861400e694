"""Money for machines that are owned, or taken for a term and kept to its end.

All of it follows from when machines are taken: what one of them pays in each month, by the month it
is taken in, times how many are taken then.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from pricing.units import MONTHS_PER_YEAR
from tco.bill.held_machines import servers_held, term_month_share, terms_held
from tco.kernel.arrays import BoolArray, FloatArray, Numbers
from tco.kernel.kept_machines import alone, taken_machines, write_offs
from tco.question.price_levels import PriceLevels
from tco.question.terms import Finance
from tco.serving.tenure import Holding, ServerPrice


@dataclass(frozen=True, slots=True, eq=False)
class Stake:
    """Money of one machine over the months."""

    usd: Numbers
    """Shape (cases, 1), or one number where all cases are alike [USD]."""
    by_start: FloatArray
    """What each month has of it, by the end of the month in which the machine is taken [1], shape
    (starts, months)."""


@dataclass(frozen=True, slots=True, eq=False)
class HeldMachines:
    """Machines as they are taken, and what is paid for them in the money of the month."""

    taken: FloatArray
    """At the end of months 0 to n - 1, those replaced included [1]."""
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
    written_off: tuple[Stake, ...] = ()
    """What tax lets write off in months 1 to n."""

    def by_month(self, stakes: Sequence[Stake]) -> FloatArray:
        """Money of each month [USD]; 0 where there are no stakes."""
        parts = (stake.usd * (self.taken @ stake.by_start) for stake in stakes)
        money = sum(parts, start=np.zeros(1))
        return money if self.runs.all() else np.where(self.runs, money, np.inf)

    def valued(self, stakes: Sequence[Stake], worth: FloatArray) -> FloatArray:
        """Sum of the months, each at what its dollar is worth [USD], shape (cases,) or (1,)."""
        parts = (np.ravel(stake.usd) * (self.taken @ (stake.by_start @ worth)) for stake in stakes)
        money = sum(parts, start=np.zeros(1))
        return money if self.runs.all() else np.where(self.runs.ravel(), money, np.inf)


def held_machines(
    rent_usd: Numbers, held: FloatArray, levels: PriceLevels, holding: Holding, finance: Finance
) -> HeldMachines:
    """Follow machines that are kept; there is nothing to follow where they are paid by the hour.

    Parameters
    ----------
    rent_usd
        Of a term, in the first month's bill [USD/month].
    held
        Machines held in months 1 to n [1].
    """
    life = holding.kept_months
    if life is None:
        return HeldMachines(np.zeros(finance.horizon_months), np.ones(1, dtype=bool))
    machines = taken_machines(held, life), np.isfinite(held.sum(axis=-1, keepdims=True))
    if holding.server is not None:
        return _owned(machines, levels, holding.server, finance)
    each = rent_usd / held[..., :1] / term_month_share(holding, levels)
    return _for_a_term(machines, each, levels, life, holding)


def _owned(
    machines: tuple[FloatArray, BoolArray],
    levels: PriceLevels,
    server: ServerPrice,
    finance: Finance,
) -> HeldMachines:
    """Servers bought when they are first needed, sold at the end of their life or the horizon."""
    life, years = server.life_months, finance.depreciation_years
    for_tax = life if years is None else round(years * MONTHS_PER_YEAR)
    one = alone(len(levels.gpus), life)
    price, install = (
        servers_held(one, replace(server, price_usd=usd, install_usd=1 - usd), levels)
        for usd in (1.0, 0.0)
    )
    books = (server.residual_share, life, for_tax, levels.machines)
    return HeldMachines(
        *machines,
        bill=(Stake(server.price_usd, price.bill), Stake(server.install_usd, install.bill)),
        cash=(Stake(server.price_usd, price.cash), Stake(server.install_usd, install.cash)),
        capital=(Stake(server.price_usd + server.install_usd, price.ahead),),
        resale=(Stake(server.price_usd, price.resale),),
        written_off=(
            Stake(server.price_usd, write_offs(one, 1.0, 1.0, *books)),
            Stake(server.install_usd, write_offs(one, 1.0, 0.0, *books)),
        ),
    )


def _for_a_term(
    machines: tuple[FloatArray, BoolArray],
    rent_usd: Numbers,
    levels: PriceLevels,
    months: int,
    holding: Holding,
) -> HeldMachines:
    """Rents of terms, each at the price of its start; what outlasts the horizon is owed or not."""
    found = terms_held(alone(len(levels.gpus), months), 1.0, holding, levels)
    return HeldMachines(
        *machines,
        bill=(Stake(rent_usd, found.bill),),
        cash=(Stake(rent_usd, found.cash),),
        capital=(Stake(rent_usd, found.ahead),),
        rest=(Stake(rent_usd, found.owed),),
    )
