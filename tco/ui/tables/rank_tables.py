"""The ranking of every offer on record as a table of text."""

from collections.abc import Sequence

from pandas import DataFrame

from tco.analysis.rank import Ranked
from tco.words.figures import NO_VALUE
from tco.words.shown_money import ShownMoney

SOLD_WORDS = {
    "live": "live",
    "listed": "listed by one source only",
    "ends": "ends soon",
    "ended": "ended",
    "rent": "rented",
    "purchase": "bought",
}


def ranked_table(rows: Sequence[Ranked], money: ShownMoney) -> DataFrame:
    """Cheapest offers over the horizon, with what keeps each out."""
    return DataFrame(
        [
            {
                "Offer": row.alternative.label,
                "Present value": NO_VALUE if row.present_usd is None else money(row.present_usd),
                "A month": NO_VALUE
                if row.present_usd is None
                else money(row.alternative.monthly_usd),
                "Kept out by": ", ".join(
                    dict.fromkeys(bar.kind for bar in row.alternative.why_not)
                ),
                "Sold": SOLD_WORDS[row.availability],
                "Confidence": row.confidence,
                "Price of": row.price_as_of,
                "In the scenario": "yes" if row.in_scenario else "",
            }
            for row in rows
        ]
    )
