"""How prices move over the months of the horizon, and what a later dollar is worth."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

import numpy as np

from pricing.units import MONTHS_PER_YEAR
from tco.kernel.arrays import FloatArray, read_only
from tco.kernel.finance import price_factors
from tco.question.terms import Finance, PriceStep


@dataclass(frozen=True, slots=True, eq=False)
class PriceLevels:
    """Prices of months 1 to n over those of today, in the money of the month [1].

    In real terms the changes a scenario gives are net of inflation, which is put on here; what
    is fixed in money is then worn down when `deflate` takes it off again.
    """

    drift: FloatArray
    """Of API prices beyond what is published, shape (months,)."""
    machines: FloatArray
    """Of GPUs, rented or bought, at the end of months 0 to n, shape (months + 1,)."""
    wages: FloatArray
    rest: FloatArray
    """Of what has no change of its own: energy, platform, network."""
    money: FloatArray
    """What a dollar of today has become by inflation, at the end of months 0 to n, shape
    (months + 1,)."""
    deflate: FloatArray
    """Worth of a later dollar in the terms of the result, at the end of months 0 to n,
    shape (months + 1,)."""
    real_rate: float
    """Annual effective discount rate, net of inflation."""

    @property
    def gpus(self) -> FloatArray:
        """Prices of GPUs by the month: that of its first day, which ends the month before."""
        return self.machines[..., :-1]


@lru_cache(maxsize=64)
def price_levels(finance: Finance) -> PriceLevels:
    """Read the paths of a scenario; the same terms have one and the same paths.

    Examples
    --------
    >>> levels = price_levels(Finance(horizon_months=13, gpu_price_change_per_year=-0.5))
    >>> float(levels.gpus[12]), float(levels.rest[12])
    (0.5, 1.0)
    """
    months, rate = finance.horizon_months, finance.inflation_per_year
    inflation, beyond = price_factors(months, rate), price_factors(months + 1, rate)
    real = finance.terms == "real"
    own = inflation if real else np.ones(months)
    money = (1 + rate) ** (np.arange(months + 1) / MONTHS_PER_YEAR)
    levels = PriceLevels(
        drift=own * price_factors(months, 0.0, _pairs(finance.api_price_steps)),
        machines=(beyond if real else 1.0)
        * price_factors(
            months + 1, finance.gpu_price_change_per_year, _pairs(finance.gpu_price_steps)
        ),
        wages=own * price_factors(months, finance.wage_change_per_year),
        rest=inflation,
        money=money,
        deflate=1 / money if real else np.ones(months + 1),
        real_rate=finance.discount_rate if real else (1 + finance.discount_rate) / (1 + rate) - 1,
    )
    for one in fields(levels):
        read_only(np.asarray(getattr(levels, one.name)))
    return levels


def _pairs(steps: Sequence[PriceStep]) -> list[tuple[int, float]]:
    return [(step.from_month, step.factor) for step in steps]
