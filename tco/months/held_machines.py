"""Money for machines that are owned, or taken for a term and kept to its end."""

from dataclasses import dataclass

import numpy as np

from pricing.units import MONTHS_PER_YEAR
from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.kept_machines import committed_rent, outlays, resale, rest_of_terms, write_offs
from tco.months.price_levels import PriceLevels
from tco.question.terms import Finance
from tco.serving.tenure import Holding, ServerPrice


@dataclass(frozen=True, slots=True)
class HeldMachines:
    """Money for machines that are owned or taken for a term, in the money of the month [USD]."""

    bill: FloatArray
    """Of months 1 to n, level: rents of the month, owned machines at their capital cost."""
    cash: FloatArray
    """At the end of months 0 to n."""
    capital: FloatArray
    """Part of it that is paid ahead."""
    rest: FloatArray
    """Part of it that pays for months beyond the horizon, shape (cases, 1) or (1,)."""
    written_off: FloatArray
    """What tax lets write off in months 1 to n."""


def held_machines(
    level_usd: Numbers, held: FloatArray, levels: PriceLevels, holding: Holding, finance: Finance
) -> HeldMachines:
    """Follow machines that are kept; there is nothing to follow where they are paid by the hour.

    Parameters
    ----------
    level_usd
        Rent of a term, or level capital cost, of the first month [USD/month].
    held
        Machines held in months 1 to n [1].
    """
    if holding.server is not None:
        return _owned(level_usd, held, levels, holding.server, finance)
    if holding.term_months is not None:
        return _for_a_term(level_usd, held, levels, holding.term_months, holding)
    months = np.zeros(finance.horizon_months)
    ends = np.zeros(finance.horizon_months + 1)
    return HeldMachines(months, ends, ends, np.zeros(1), months)


def _owned(
    level_usd: Numbers, held: FloatArray, levels: PriceLevels, server: ServerPrice, finance: Finance
) -> HeldMachines:
    """Servers bought when they are first needed, sold at the end of their life or the horizon.

    The bill carries each at the level capital cost of the price it was bought at.
    """
    life, cost = server.life_months, server.price_usd + server.install_usd
    years = finance.depreciation_years
    for_tax = life if years is None else round(years * MONTHS_PER_YEAR)
    ahead = outlays(held, cost, life, levels.gpus)
    books = (cost, server.price_usd, server.residual_usd, life, for_tax)
    return HeldMachines(
        committed_rent(held, level_usd / held[..., :1], life, levels.gpus)[..., 1:],
        ahead - resale(held, server.price_usd, server.residual_usd, life, levels.machines),
        ahead,
        np.zeros(1),
        write_offs(held, *books, levels.machines) if finance.tax_rate else np.zeros(1),
    )


def _for_a_term(
    level_usd: Numbers, held: FloatArray, levels: PriceLevels, months: int, holding: Holding
) -> HeldMachines:
    """Rents of terms, each at the price of its start; what outlasts the horizon is owed or not."""
    gpus = levels.gpus
    each = level_usd / held[..., :1]
    rent = committed_rent(held, each, months, gpus)
    rest = rest_of_terms(held, each, months, gpus)
    ahead = outlays(held, each * months, months, gpus) if holding.upfront else np.zeros_like(rent)
    cash = ahead.copy() if holding.upfront else rent.copy()
    if holding.upfront and holding.handed_back:
        cash[..., -1:] -= rest
    elif not holding.upfront and not holding.handed_back:
        cash[..., -1:] += rest
    owed = np.zeros_like(rest) if holding.handed_back else rest
    return HeldMachines(rent[..., 1:], cash, ahead, owed, np.zeros(1))
