"""Bills as text: side by side in figures that add up, and line by line with their sources."""

import math

from pandas import DataFrame

from tco.answer.documents import bill_table
from tco.answer.worked import Evaluation
from tco.results.bill import Alternative
from tco.words.figures import quantity
from tco.words.shown_money import ShownMoney


def bills_table(evaluation: Evaluation) -> DataFrame:
    """Bills side by side, in cents of the scenario's currency that add up to the shown total.

    The first column names the line; a cell says "not estimated" where nobody knows.
    """
    exact = bill_table(evaluation)
    money = evaluation.money
    shown = {f"{money.code} a month": list(exact.index)}
    for position, label in enumerate(exact.columns):
        *cells, total = exact.iloc[:, position]
        costs = iter(money.column([cell for cell in cells if _is_number(cell)], cents=True))
        shown[label] = [
            *(next(costs) if _is_number(cell) else _words(cell) for cell in cells),
            money.cents(total) if _is_number(total) else str(total),
        ]
    return DataFrame(shown)


def lines_table(alternative: Alternative, money: ShownMoney) -> DataFrame:
    """Lines of one bill with quantity, price and source; costs in cents that add up."""
    return DataFrame(
        [
            {
                "Line": line.name,
                "Quantity": quantity(line.quantity),
                "Unit": line.unit,
                f"{money.code} per unit": money.unit_price(line.unit_price_usd),
                money.code: cost,
                "Paid": paid,
                "Source": line.basis.source,
                "As of": line.basis.as_of,
                "Confidence": line.basis.confidence,
                "Note": line.basis.note,
                "Link": line.basis.url,
            }
            for paid, of in (("each month", alternative.lines), ("once", alternative.one_off))
            for line, cost in zip(
                of, money.column([line.cost_usd for line in of], cents=True), strict=True
            )
        ]
    )


def _is_number(cell: object) -> bool:
    return isinstance(cell, int | float) and not math.isnan(cell)


def _words(cell: object) -> str:
    return cell if isinstance(cell, str) else ""
