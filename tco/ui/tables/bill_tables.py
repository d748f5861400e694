"""Bills as text: side by side in figures that add up, and line by line with their sources."""

import math

from pandas import DataFrame

from tco.answer.documents import bill_table
from tco.answer.worked import Evaluation
from tco.results.bill import Alternative
from tco.words.figures import quantity
from tco.words.money import unit_price, usd, usd_column


def bills_table(evaluation: Evaluation) -> DataFrame:
    """Bills side by side, in dollars: the shown rows add up to the shown total.

    The first column names the line; a cell says "not estimated" where nobody knows.
    """
    exact = bill_table(evaluation)
    shown = {"USD a month": list(exact.index)}
    for position, label in enumerate(exact.columns):
        *cells, total = exact.iloc[:, position]
        known = [cell for cell in cells if _is_number(cell)]
        whole = iter(usd_column(known))
        shown[label] = [
            *(next(whole) if _is_number(cell) else _words(cell) for cell in cells),
            usd_column([total])[0] if _is_number(total) else str(total),
        ]
    return DataFrame(shown)


def lines_table(alternative: Alternative) -> DataFrame:
    """Lines of one bill with quantity, price and source."""
    return DataFrame(
        [
            {
                "Line": line.name,
                "Quantity": quantity(line.quantity),
                "Unit": line.unit,
                "USD per unit": unit_price(line.unit_price_usd),
                "USD": usd(line.cost_usd),
                "Paid": paid,
                "Source": line.basis.source,
                "As of": line.basis.as_of,
                "Confidence": line.basis.confidence,
                "Note": line.basis.note,
                "Link": line.basis.url or None,
            }
            for paid, of in (("each month", alternative.lines), ("once", alternative.one_off))
            for line in of
        ]
    )


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not math.isnan(cell)


def _words(cell: object) -> str:
    return cell if isinstance(cell, str) else ""
