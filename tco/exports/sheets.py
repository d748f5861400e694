"""Cells of a workbook: text that is never a formula, formulas that carry their value, inputs."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Final

from xlsxwriter import Workbook
from xlsxwriter.format import Format
from xlsxwriter.utility import xl_rowcol_to_cell
from xlsxwriter.worksheet import Worksheet

from tco.words.formats import SHEET_MONEY, SHEET_NUMBER

Value = float | str

_INPUT_COLOUR: Final = "#FFF4C2"
_HEAD_COLOUR: Final = "#E8ECF2"
_NEVER_A_FORMULA: Final = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
    "nan_inf_to_errors": False,
}

_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True, slots=True)
class Formula:
    """A formula and the value it had when the workbook was written."""

    text: str
    value: Value
    figures: str = SHEET_MONEY


@dataclass(frozen=True, slots=True)
class Input:
    """A number, or a word where nobody knows it, that the reader may change."""

    value: Value
    figures: str = SHEET_NUMBER


@dataclass(frozen=True, slots=True)
class Figure:
    """A number written in a form of its own."""

    value: float
    figures: str


@dataclass(frozen=True, slots=True)
class Bold:
    """A heading of a column, or of what stands below it."""

    text: str
    title: bool = False


Cell = Value | Formula | Input | Figure | Bold | None


class Book:
    """A workbook of named sheets, written row by row."""

    def __init__(self, titles: Sequence[str], *, created: datetime) -> None:
        """Start a workbook; the same content written again gives the same bytes."""
        self._bytes = BytesIO()
        self._book = Workbook(self._bytes, dict(_NEVER_A_FORMULA))
        self._book.set_properties({"title": "GPT or Llama", "created": created})
        self._sheets = {name: self._book.add_worksheet(name) for name in titles}
        self._next = dict.fromkeys(titles, 0)
        self._formats: dict[tuple[str, ...], Format] = {}

    def widths(self, sheet: str, *characters: int) -> None:
        """Set the widths of the first columns, and keep the first row of a page in sight."""
        for column, width in enumerate(characters):
            self._sheets[sheet].set_column(column, column, width)
        self._sheets[sheet].set_landscape()
        self._sheets[sheet].fit_to_pages(1, 0)

    def heading(self, sheet: str, *texts: str) -> int:
        """Write a row of headings."""
        return self.row(sheet, *(Bold(text) for text in texts))

    def row(self, sheet: str, *cells: Cell) -> int:
        """Write the next row and give its number, counted from 0."""
        row = self._next[sheet]
        for column, cell in enumerate(cells):
            self._write(self._sheets[sheet], row, column, cell)
        self._next[sheet] = row + 1
        return row

    def name(self, name: str, sheet: str, row: int, column: int) -> None:
        """Give a cell a name that formulas use."""
        self._book.define_name(name, f"={cell_name(row, column, sheet, fixed=True)}")

    def next_row(self, sheet: str) -> int:
        """Row that is written next, counted from 0."""
        return self._next[sheet]

    def content(self) -> bytes:
        """Close the workbook."""
        self._book.close()
        return self._bytes.getvalue()

    def _write(self, sheet: Worksheet, row: int, column: int, cell: Cell) -> None:
        match cell:
            case None:
                return
            case Bold(text, title):
                look = self._format("title" if title else "head", "General")
                sheet.write_string(row, column, _text(text), look)
            case Figure(value, figures):
                sheet.write_number(row, column, value, self._format("", figures))
            case Formula(text, value, figures):
                sheet.write_formula(row, column, f"={text}", self._format("", figures), value)
            case Input(str(value), figures):
                sheet.write_string(row, column, _text(value), self._format("input", figures))
            case Input(value, figures):
                sheet.write_number(row, column, float(value), self._format("input", figures))
            case str():
                sheet.write_string(row, column, _text(cell))
            case _:
                sheet.write_number(row, column, float(cell), self._format("", SHEET_NUMBER))

    def _format(self, kind: str, figures: str) -> Format:
        if (kind, figures) not in self._formats:
            look: dict[str, object] = {"num_format": figures}
            if kind == "head":
                look |= {"bold": True, "bg_color": _HEAD_COLOUR, "text_wrap": True}
            if kind == "title":
                look |= {"bold": True, "font_size": 13}
            if kind == "input":
                look |= {"bg_color": _INPUT_COLOUR}
            self._formats[kind, figures] = self._book.add_format(look)
        return self._formats[kind, figures]


def _text(text: str) -> str:
    """Text without what XML cannot hold."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def cell_name(row: int, column: int, sheet: str = "", *, fixed: bool = False) -> str:
    """Name a cell as formulas do.

    Examples
    --------
    >>> cell_name(4, 1), cell_name(4, 1, "Inputs", fixed=True), cell_name(0, 0, "Break-even")
    ('B5', 'Inputs!$B$5', "'Break-even'!A1")
    """
    cell = str(xl_rowcol_to_cell(row, column, row_abs=fixed, col_abs=fixed))
    if not sheet:
        return cell
    return f"{sheet}!{cell}" if sheet.isalnum() else f"'{sheet}'!{cell}"


def cells_name(first: int, last: int, column: int, sheet: str = "") -> str:
    """Name a stretch of one column.

    Examples
    --------
    >>> cells_name(0, 3, 2), cells_name(0, 3, 2, "Bills")
    ('C1:C4', 'Bills!C1:C4')
    """
    return f"{cell_name(first, column, sheet)}:{cell_name(last, column)}"
