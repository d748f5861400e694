"""The sheet *Inputs*: everything a reader may change, under a name that formulas use."""

from dataclasses import dataclass
from typing import Final

from tco.exports.sheets import Book, Formula, Input, cells_name
from tco.question.terms import Currency
from tco.results.bill import Basis, CostLine
from tco.words.figures import NOT_ESTIMATED
from tco.words.formats import SHEET_WHOLE

INPUTS_SHEET: Final = "Inputs"
CHANGED: Final = "changed_inputs"
RATE: Final = "currency_per_usd"
"""Rate of exchange, where figures are shown in another currency than prices are quoted in."""
_VALUE, _EXPORTED = 1, 3


@dataclass(frozen=True, slots=True)
class _Named:
    name: str
    label: str
    value: float | None
    unit: str
    basis: Basis


class Inputs:
    """Inputs gathered while the other sheets are written."""

    def __init__(self, currency: Currency) -> None:
        """Start without any but the rate of exchange, where there is one."""
        self._known: dict[str, _Named] = {}
        self._prices: dict[tuple[object, ...], str] = {}
        self.money = currency.money
        if currency.code != "USD":
            dated = Basis(currency.source or "your scenario", f"{currency.as_of}")
            unit = f"{currency.code}/USD"
            self.add(RATE, "Rate of exchange", currency.per_usd, unit, dated)

    @property
    def converted(self) -> str:
        """What a formula multiplies dollars by, so that they are in the scenario's currency."""
        return "" if self.money.code == "USD" else f"*{RATE}"

    def add(self, name: str, label: str, value: float | None, unit: str, basis: Basis) -> str:
        """Take up an input; the same name is taken up once."""
        self._known.setdefault(name, _Named(name, label, value, unit, basis))
        return name

    def price(self, label: str, line: CostLine) -> str:
        """Name of a line's unit price; lines of one price and source share it."""
        source = (line.basis.source, line.basis.as_of)
        same = (line.name, line.unit, line.unit_price_usd, *source)
        if same in self._prices:
            return self._prices[same]
        own = line.group in ("tokens", "machines")
        stem = f"price_{len(self._prices) + 1}_{line.key}".replace("-", "_")
        unit = f"USD/{line.unit}"
        title = f"{label}: {line.name}" if own else line.name
        self._prices[same] = self.add(stem, title, line.unit_price_usd, unit, line.basis)
        return self._prices[same]

    def write(self, book: Book) -> None:
        """Write the sheet, and count what was changed since."""
        book.widths(INPUTS_SHEET, 58, 18, 20, 18, 44, 12, 12, 26)
        book.row(INPUTS_SHEET, "Change a yellow cell; Bills and Break-even follow.")
        first = book.next_row(INPUTS_SHEET) + 3
        last = first + len(self._known) - 1
        values, exported = cells_name(first, last, _VALUE), cells_name(first, last, _EXPORTED)
        counter = Formula(f"SUMPRODUCT(--({values}<>{exported}))", 0.0, SHEET_WHOLE)
        row = book.row(INPUTS_SHEET, "Inputs changed since the export", counter)
        book.name(CHANGED, INPUTS_SHEET, row, _VALUE)
        book.row(INPUTS_SHEET)
        heads = ("Input", "Value", "Unit", "As exported", "Source", "As of", "Confidence", "Name")
        book.heading(INPUTS_SHEET, *heads)
        for known in self._known.values():
            value = NOT_ESTIMATED if known.value is None else known.value
            basis = known.basis
            about = (basis.source, basis.as_of, basis.confidence, known.name)
            row = book.row(INPUTS_SHEET, known.label, Input(value), known.unit, value, *about)
            book.name(known.name, INPUTS_SHEET, row, _VALUE)
