"""An answer as a finance department books it: months of the calendar, fiscal years and quarters."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Self

from pricing.units import MONTHS_PER_YEAR
from tco.answer.worked import Evaluation
from tco.exports.month_bills import MonthBills, month_bills
from tco.question.terms import Finance

MONTHS_PER_QUARTER: Final = 3


@dataclass(frozen=True, slots=True)
class Booked:
    """Money of one alternative in one month or period [USD, in the terms of the result].

    The first four together are its cost: before tax, in present value worth what its cash is.
    """

    operating_usd: float
    """What is used and paid as it is used."""
    spread_usd: float
    """What is paid for machines ahead or in terms, in equal amounts over the months they are held:
    depreciation of what is bought, rent of what is taken for a term."""
    capital_cost_usd: float
    """What binding that money costs at the discount rate, with the interest on loans."""
    once_usd: float
    """Paid once, for moving."""
    cash_usd: float
    """Cash that leaves, after tax; what is sold again comes in."""
    ahead_usd: float
    """Part of it that is paid ahead: purchases, deposits, terms and credits, and what is paid
    once."""

    @property
    def cost_usd(self) -> float:
        """Cost of the month or period, before tax [USD]."""
        return self.operating_usd + self.spread_usd + self.capital_cost_usd + self.once_usd

    @property
    def shown_usd(self) -> tuple[float, ...]:
        """Cost by its parts and whole, then cash, as sheets and report show them [USD]."""
        parts = (self.operating_usd, self.spread_usd, self.capital_cost_usd, self.once_usd)
        return (*parts, self.cost_usd, self.cash_usd, self.ahead_usd)

    @classmethod
    def sum_of(cls, parts: Iterable["Booked"]) -> Self:
        """Add months up."""
        listed = list(parts)
        return cls(*(sum(getattr(one, name) for one in listed) for name in cls.__slots__))


@dataclass(frozen=True, slots=True)
class FiscalMonth:
    """One month of the calendar, and what is booked in it."""

    month: int
    """0 is the month before the first: purchases and one-offs are paid at its end."""
    first_day: date
    year: int
    """Fiscal year, called by the calendar year in which it ends."""
    quarter: int
    booked: Booked


def fiscal_months(evaluation: Evaluation) -> Iterator[tuple[MonthBills, tuple[FiscalMonth, ...]]]:
    """Every alternative that is not refused, month by month."""
    scenario = evaluation.asked.scenario
    for bills in month_bills(evaluation):
        yield bills, tuple(_months(bills, scenario.prices_on, scenario.finance))


def first_day(start: date, months: int) -> date:
    """First day of a calendar month, counted from the one that `start` lies in."""
    years, month = divmod(start.month - 1 + months, MONTHS_PER_YEAR)
    return date(start.year + years, month + 1, 1)


def fiscal_year(day: date, starts_in: int) -> int:
    """Fiscal year of a day, called by the calendar year in which it ends.

    Examples
    --------
    >>> [fiscal_year(date(2026, month, 1), 7) for month in (6, 7)], fiscal_year(date(2026, 7, 1), 1)
    ([2026, 2027], 2026)
    """
    return day.year + (starts_in > 1 and day.month >= starts_in)


def fiscal_quarter(day: date, starts_in: int) -> int:
    """Quarter of the fiscal year, from 1 to 4.

    Examples
    --------
    >>> [fiscal_quarter(date(2026, month, 1), 7) for month in (6, 7, 10)]
    [4, 1, 2]
    """
    return (day.month - starts_in) % MONTHS_PER_YEAR // MONTHS_PER_QUARTER + 1


def _months(bills: MonthBills, start: date, finance: Finance) -> Iterator[FiscalMonth]:
    once = dict.fromkeys(range(finance.horizon_months + 1), 0.0)
    for month, line in bills.once:
        once[month] += line.cost_usd or 0.0
    ahead = {payment.month: payment.usd for payment in bills.appraisal.capital}
    for month in range(finance.horizon_months + 1):
        day = first_day(start, month - 1)
        operating, spread, capital_cost = _cost(bills, month)
        yield FiscalMonth(
            month,
            day,
            fiscal_year(day, finance.fiscal_year_starts_in),
            fiscal_quarter(day, finance.fiscal_year_starts_in),
            Booked(
                operating,
                spread,
                capital_cost,
                once[month],
                float(bills.cash[month]),
                ahead.get(month, 0.0),
            ),
        )


def _cost(bills: MonthBills, month: int) -> tuple[float, float, float]:
    """Operating cost, what is spread of purchases and terms, and the cost of capital."""
    operating = spread = capital_cost = 0.0
    for followed in bills.lines if month else ():
        if followed.cost_usd is None:
            continue
        cost, evenly = float(followed.cost_usd[month - 1]), bills.spread_of(followed)
        if evenly is None:
            operating += cost
        else:
            spread += float(evenly[month - 1])
            capital_cost += cost - float(evenly[month - 1])
    return operating, spread, capital_cost
