"""Quotes as they come: every row as JSON, or the first of them as a table with the sum of all."""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from itertools import chain, islice
from typing import Any, Final

from pricing.figures import exact, grouped
from pricing.quoted_row import QuotedRow
from tco.commands.notes import say, say_beside
from tco.words.figures import plural

QUOTES_SCHEMA: Final = "tco.quotes/1"
_MOST_SHOWN: Final = 200
_COLUMNS: Final = ("id", "status", "usd", "band", "reason")


class Tally:
    """Counts of rows by status, and the exact sum of their prices."""

    def __init__(self) -> None:
        self.by_status: Counter[str] = Counter()
        self._whole_by_scale: Counter[int] = Counter()

    def add(self, row: QuotedRow) -> None:
        """Take one row in."""
        self.by_status[row.status] += 1
        if row.is_priced:
            self._whole_by_scale[row.rates.scale] += row.whole_usd

    @property
    def usd(self) -> Decimal:
        """Sum of all prices [USD]."""
        scale = max(self._whole_by_scale, default=0)
        whole = sum(part * 10 ** (scale - own) for own, part in self._whole_by_scale.items())
        return Decimal(f"{whole}E-{scale}")

    @property
    def unpriced(self) -> int:
        """Rows without a price."""
        return sum(
            count
            for status, count in self.by_status.items()
            if status not in ("priced", "zero_cost")
        )


def write_quotes(rows: Iterable[QuotedRow], stamp: Mapping[str, Any]) -> int:
    """Write one JSON document, row by row; answers how many rows have no price."""
    tally = Tally()
    for part in _written(rows, stamp, tally):
        sys.stdout.write(part)
    return tally.unpriced


def quotes_document(rows: Iterable[QuotedRow], stamp: Mapping[str, Any]) -> dict[str, Any]:
    """Build the same document whole."""
    document: dict[str, Any] = json.loads("".join(_written(rows, stamp, Tally())))
    return document


def _written(rows: Iterable[QuotedRow], stamp: Mapping[str, Any], tally: Tally) -> Iterator[str]:
    """Text of the document in parts; every row is counted."""
    head = json.dumps({"schema": QUOTES_SCHEMA, **stamp}, ensure_ascii=False)
    yield f'{head[:-1]}, "quotes": ['
    separator = "\n"
    for row in rows:
        tally.add(row)
        yield f"{separator}{row.json()}"
        separator = ",\n"
    end = {"rows": tally.by_status.total(), "unpriced": tally.unpriced, "usd": exact(tally.usd)}
    yield f"\n], {json.dumps(end)[1:]}\n"


def print_quotes(rows: Iterable[QuotedRow]) -> int:
    """Print the first rows as a table, then the sum; answers how many rows have no price."""
    from tco.commands.tables import print_table

    tally, rest = Tally(), iter(rows)
    shown = list(islice(rest, _MOST_SHOWN))
    for row in chain(shown, rest):
        tally.add(row)
    count = tally.by_status.total()
    cells = [
        dict(zip(_COLUMNS, (r.id, r.status, r.usd_text, r.rates.band, r.reason), strict=True))
        for r in shown
    ]
    print_table(f"{plural(count, 'quote')}, USD", _COLUMNS, cells)
    if count > len(shown):
        say(f"The first {len(shown)} rows are shown; --json writes them all.")
    say(f"Together: {exact(tally.usd)} USD.")
    if tally.unpriced:
        said = f"{grouped(tally.unpriced)} of {plural(count, 'row')}"
        say_beside(f"No price: {said}.")
    return tally.unpriced
