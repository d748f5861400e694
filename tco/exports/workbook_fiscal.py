"""The sheets *Months* and *Fiscal years*: what is booked when, and its sums by formulas."""

from collections.abc import Sequence
from typing import Final

from tco.answer.worked import Evaluation
from tco.exports.fiscal import Booked, FiscalMonth, fiscal_months
from tco.exports.sheets import Book, Cell, Figure, Formula, cell_name, cells_name
from tco.exports.workbook_inputs import CHANGED
from tco.words.formats import SHEET_MONEY, SHEET_PLACE
from tco.words.shown_money import ShownMoney

MONTHS_SHEET: Final = "Months"
YEARS_SHEET: Final = "Fiscal years"
HEADS: Final = (
    "Operating",
    "Purchases and terms, spread",
    "Cost of capital",
    "Paid once",
    "Cost",
    "Cash out, after tax",
    "Of it paid ahead",
)
_NUMBER, _YEAR, _QUARTER, _FIRST = 0, 4, 5, 6
_COST: Final = _FIRST + HEADS.index("Cost")


def write_fiscal(book: Book, evaluation: Evaluation) -> None:
    """Write both sheets; their figures are those of the export, and say so once inputs change."""
    book.widths(MONTHS_SHEET, 8, 44, 8, 12, 12, 10, *[18] * len(HEADS))
    book.widths(YEARS_SHEET, 8, 44, 8, 12, 12, 10, *[18] * len(HEADS))
    code = evaluation.money.code
    places = ("Number", "Alternative", "Month", "First day", "Fiscal year", "Quarter")
    for sheet in (MONTHS_SHEET, YEARS_SHEET):
        book.row(sheet, f"{code}; months of the export: they do not follow a changed input.")
    book.heading(MONTHS_SHEET, *places, *HEADS)
    first = book.next_row(MONTHS_SHEET)
    found = [(bills.alternative.label, months) for bills, months in fiscal_months(evaluation)]
    for number, (label, months) in enumerate(found, 1):
        for month in months:
            _write_month(book, number, label, month, evaluation.money)
    last = book.next_row(MONTHS_SHEET) - 1
    book.heading(YEARS_SHEET, "Number", "Alternative", "", "", "Fiscal year", "Quarter", *HEADS)
    for number, (label, months) in enumerate(found, 1):
        for year, quarter in _periods(months):
            within = [m.booked for m in months if m.year == year and quarter in (0, m.quarter)]
            _write_period(book, number, label, (year, quarter), within, (first, last), evaluation)


def _periods(months: Sequence[FiscalMonth]) -> list[tuple[int, int]]:
    """Fiscal years, each before its quarters; quarter 0 is the whole year."""
    return sorted({(m.year, quarter) for m in months for quarter in (0, m.quarter)})


def _write_month(
    book: Book, number: int, label: str, month: FiscalMonth, money: ShownMoney
) -> None:
    row = book.next_row(MONTHS_SHEET)
    parts = f"SUM({cell_name(row, _FIRST)}:{cell_name(row, _COST - 1)})"
    figures = _figures(month.booked, money)
    cells: list[Cell] = [Figure(value, SHEET_MONEY) for value in figures]
    cells[_COST - _FIRST] = Formula(parts, figures[_COST - _FIRST])
    place = (number, label, month.month, month.first_day.isoformat(), month.year, month.quarter)
    book.row(MONTHS_SHEET, *(_whole(cell) for cell in place), *cells)


def _write_period(
    book: Book,
    number: int,
    label: str,
    period: tuple[int, int],
    within: Sequence[Booked],
    rows: tuple[int, int],
    evaluation: Evaluation,
) -> None:
    """Sum the months of an alternative that lie in a year, or in a quarter of it."""
    year, quarter = period
    wanted = [(_NUMBER, number), (_YEAR, year), *([(_QUARTER, quarter)] if quarter else [])]
    where = ",".join(
        f"{cells_name(*rows, column, MONTHS_SHEET)},{value}" for column, value in wanted
    )
    sums = _figures(Booked.sum_of(within), evaluation.money)
    cells = [
        Formula(
            f"IF({CHANGED}=0,SUMIFS({cells_name(*rows, column, MONTHS_SHEET)},{where}),NA())", value
        )
        for column, value in enumerate(sums, _FIRST)
    ]
    place = (number, label, None, None, year, quarter or "whole")
    book.row(YEARS_SHEET, *(_whole(cell) for cell in place), *cells)


def _figures(booked: Booked, money: ShownMoney) -> list[float]:
    """Money of a month or period, in the order of the heads and the currency of the scenario."""
    return [money.amount(usd) for usd in booked.shown_usd]


def _whole(cell: str | int | None) -> Cell:
    return Figure(float(cell), SHEET_PLACE) if isinstance(cell, int) else cell
