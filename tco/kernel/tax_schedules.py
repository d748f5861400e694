"""How tax lets a machine be written off: by which share of its cost in each month it is held."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from pricing.units import MONTHS_PER_YEAR
from tco.kernel.arrays import FloatArray

DECLINING: Final = 2.0
"""Of the straight-line rate, that at which MACRS begins for lives of 3, 5, 7 and 10 years [1]."""


@dataclass(frozen=True, slots=True)
class TaxSchedule:
    """What may be written off when.

    A straight line runs from the month of purchase down to the residual. MACRS knows no residual; a
    tax year starts with month 1 and every twelfth after it, and its share is spread over those of
    its months in which the machine is held.
    """

    method: Literal["straight-line", "macrs"]
    months: int
    """Life for tax [month]; of MACRS whole years."""
    bonus_share: float = 0.0
    """Of what may be written off, what is in the first month; the schedule has the rest [1]."""

    @property
    def down_to_residual(self) -> bool:
        """Whether the residual is left out of what is written off before the sale."""
        return self.method == "straight-line"

    def shares(self, start: int, held: int) -> FloatArray:
        """Share written off in each month of a machine taken at the end of month `start` [1].

        Returns
        -------
        ndarray of shape (held,)

        Examples
        --------
        >>> TaxSchedule("straight-line", 4, 0.5).shares(0, 5).tolist()
        [0.625, 0.125, 0.125, 0.125, 0.0]
        >>> TaxSchedule("macrs", 60).shares(6, 18).cumsum().round(2)[[5, 17]].tolist()
        [0.2, 0.52]
        """
        if self.method == "straight-line":
            monthly = np.full(self.months, 1 / self.months)
        else:
            yearly = macrs_shares(self.months // MONTHS_PER_YEAR)
            counts = np.full(len(yearly), MONTHS_PER_YEAR)
            counts[0] -= start % MONTHS_PER_YEAR
            monthly = np.repeat(yearly / counts, counts)
        found = np.zeros(held)
        found[: len(monthly)] = (1 - self.bonus_share) * monthly[:held]
        found[:1] += self.bonus_share
        return found


def shares_by_month(schedule: TaxSchedule, months: int, life_months: int) -> FloatArray:
    """Shares of months 1 to n, by the month at whose end a machine is taken [1], shape (n, n).

    Each is held to the end of its life or of month n.
    """
    found = np.zeros((months, months))
    for start in range(months):
        held = min(life_months, months - start)
        found[start : start + held, start] = schedule.shares(start, held)
    return found


def macrs_shares(years: int) -> FloatArray:
    """Share written off in each tax year under the half-year convention [1], (years + 1,).

    Twice the straight-line rate on what is left, with half a year in the first, until a straight
    line over the rest of the life gives more (IRS Publication 946, section 4 and table A-1).

    Examples
    --------
    >>> macrs_shares(5).round(4).tolist()
    [0.2, 0.32, 0.192, 0.1152, 0.1152, 0.0576]
    """
    shares, left = [DECLINING / years / 2], 1 - DECLINING / years / 2
    for year in range(1, years):
        shares.append(max(DECLINING / years * left, left / (years - year + 0.5)))
        left -= shares[-1]
    return np.array([*shares, left])
