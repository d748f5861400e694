"""Quote a CSV file of requests: each row its exact price, or the reason why it has none.

Rows are priced as they are read, and nothing of them is kept. What does not hang on the counts
of a row is looked up once: its offer, rates, limits and remarks. A row that is not plainly a
request within the limits goes through `pricing.rules.quote`, which knows every refusal.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import repeat
from pathlib import Path
from typing import Final, NamedTuple, Self

from pricing.catalogue import Catalogue
from pricing.offer import GLOBAL, STANDARD, Offer
from pricing.price_set import day_of
from pricing.quoted_row import NO_RATES, LineRate, QuotedRow, Rates
from pricing.rate_card import RateCard
from pricing.refusal import PriceRefusedError, UsageError
from pricing.request_cells import counts_in, moment_in, usage_in, whole_in
from pricing.request_table import ONE_EACH, PIECE_ROWS, Piece, RequestTable
from pricing.rules import Quote, price, quote
from pricing.token_classes import TOKEN_CLASSES
from pricing.usage import MOST_TOKENS, RequestUsage

_NAMES: Final = ("provider", "model", "as_of", "tier", "residency", "served_tier")
_RARE: Final = ("reasoning_tokens", "web_searches", "file_searches", "cache_write_ttl", "refused")
_MOST_KEPT: Final = 20_000


def quote_file(
    path: Path | str, catalogue: Catalogue | None = None, *, alike: bool = False
) -> Iterator[QuotedRow]:
    """Quote every row of a CSV file, in its order.

    Parameters
    ----------
    path
        CSV with the columns `REQUIRED` and any of `OPTIONAL`, separated by comma, semicolon
        or tab, in UTF-8. Counts are whole numbers without separators. Other columns are left
        out, unless their name says that they may carry cost: those are refused.
    catalogue
        Prices to use; None: the packaged ones.
    alike
        Whether a row that counts several requests means as many that are all alike.

    Raises
    ------
    InputError
        The file as a whole cannot be read: every fault of its header at once, or the first row
        that sums several requests. Before the first row is quoted.
    StorageError
        There is no such file.
    """
    prices = catalogue or Catalogue.load()
    table = RequestTable.open(Path(path), alike=alike)
    pricer = _Pricer(prices)
    return (row for piece in table.pieces() for row in pricer.rows(piece))


def quote_columns(
    columns: Mapping[str, Sequence[str]], catalogue: Catalogue | None = None
) -> Iterator[QuotedRow]:
    """Quote requests that stand in columns of text, one entry a request, as `quote_file` does.

    Parameters
    ----------
    columns
        Every column of `REQUIRED` and `OPTIONAL`, all of one length, empty text where nothing is
        said. Rows are numbered from 1.
    """
    pricer = _Pricer(catalogue or Catalogue.load())
    count = len(columns["id"])
    for start in range(0, count, PIECE_ROWS):
        end = min(start + PIECE_ROWS, count)
        cells = {name: column[start:end] for name, column in columns.items()}
        yield from pricer.rows(Piece(range(start + 1, end + 1), cells))


class _Counts(NamedTuple):
    """Tokens of a plain request, as the token classes count them."""

    input_tokens: int
    cached_tokens: int
    cache_write_tokens: int
    output_tokens: int


@dataclass(slots=True)
class _Sale:
    """What many requests share: the offer, and its rates, limits and remarks at one moment."""

    offer: Offer
    card: RateCard
    on: date
    tier: str
    residency: str
    edges: list[int]
    most_input_tokens: int
    most_output_tokens: int
    window_tokens: int
    rates: dict[tuple[object, ...], Rates] = field(default_factory=dict)
    """By band and by the classes that have tokens: the rest of a row is then its counts."""

    @classmethod
    def of(cls, offer: Offer, on: date, tier: str, residency: str) -> Self:
        card = offer.rate_card(tier, on=on, residency=residency)
        return cls(
            offer=offer,
            card=card,
            on=on,
            tier=tier,
            residency=residency,
            edges=[band.most_input_tokens_below for band in card.bands[1:]],
            most_input_tokens=offer.max_input_tokens or MOST_TOKENS,
            most_output_tokens=offer.max_output_tokens or MOST_TOKENS,
            window_tokens=card.context_window_tokens or offer.context_window_tokens or MOST_TOKENS,
        )

    def takes(self, counts: _Counts) -> bool:
        """Whether the counts are plainly those of one request within every limit."""
        sent, cached, written, output = counts
        return (
            min(counts) >= 0
            and cached + written <= sent <= self.most_input_tokens
            and output <= self.most_output_tokens
            and sent + output <= self.window_tokens
        )


class _Pricer:
    """Prices rows; keeps what rows have in common, and forgets it when it grows."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._by_names: dict[tuple[str, ...], _Sale | None] = {}
        self._by_day: dict[tuple[object, ...], _Sale] = {}

    def rows(self, piece: Piece) -> Iterator[QuotedRow]:
        columns = piece.columns
        sent, output = (counts_in(columns[name]) for name in ("input_tokens", "output_tokens"))
        cached, written = (
            counts_in(columns[name], "0") for name in ("cached_tokens", "cache_write_tokens")
        )
        shared = zip(
            _plain(columns),
            zip(*(columns[name] for name in _NAMES), strict=True),
            map(_Counts, sent, cached, written, output),
            columns["id"],
            piece.lines,
            counts_in(columns["requests"], "1"),
            strict=True,
        )
        for place, (plain, names, counts, row_id, line, requests) in enumerate(shared):
            found = None
            if plain and requests >= 0:
                found = self._plain_row(names, counts)
            if found is None:
                yield self._any_row(piece, place)
            else:
                quantities, rates = found
                yield QuotedRow(row_id, line, "priced", requests, quantities, rates, "", "")

    def _plain_row(
        self, names: tuple[str, ...], counts: _Counts
    ) -> tuple[tuple[int, ...], Rates] | None:
        """Quantities and rates of a plain request; None where it needs a closer look."""
        try:
            sale = self._by_names[names]
        except KeyError:
            sale = self._new_sale(names)
        if sale is None or not sale.takes(counts):
            return None
        tokens = [token_class.count(counts) for token_class in TOKEN_CLASSES]
        pattern = (bisect_left(sale.edges, counts.input_tokens), *map(bool, tokens))
        rates = sale.rates.get(pattern)
        if rates is None:
            rates = sale.rates[pattern] = self._rates(sale, counts)
        if rates is NO_RATES:
            return None
        return tuple(filter(None, tokens)), rates

    def _rates(self, sale: _Sale, counts: _Counts) -> Rates:
        """Rates of all requests like this one, as the quote of this one has them."""
        usage = RequestUsage(**counts._asdict())
        try:
            quoted = price(
                self._catalogue,
                sale.offer,
                usage,
                on=sale.on,
                tier=sale.tier,
                residency=sale.residency,
            )
        except PriceRefusedError:
            return NO_RATES
        return _rates_of(quoted)

    def _new_sale(self, names: tuple[str, ...]) -> _Sale | None:
        if len(self._by_names) > _MOST_KEPT:
            self._by_names.clear()
            self._by_day.clear()
        provider, model, as_of, tier, residency, served = names
        try:
            offer, on = self._catalogue.offer(provider, model), moment_in(as_of)
            when = on if offer.priced_by_hour else day_of(on)
            key = (offer, when, served or tier or STANDARD, residency or GLOBAL)
            if key not in self._by_day:
                self._by_day[key] = _Sale.of(*key)
        except (PriceRefusedError, UsageError):
            self._by_names[names] = None
        else:
            self._by_names[names] = self._by_day[key]
        return self._by_names[names]

    def _any_row(self, piece: Piece, place: int) -> QuotedRow:
        """Quote a row by itself, with the reason where it has no price."""
        row = {name: cells[place] for name, cells in piece.columns.items()}
        line = piece.lines[place]
        try:
            requests = whole_in(row, "requests", 1)
            usage, on = usage_in(row), moment_in(row["as_of"])
        except UsageError as error:
            remedy = " ".join(problem.remedy for problem in error.problems)
            return QuotedRow(row["id"], line, error.status, 0, (), NO_RATES, str(error), remedy)
        quoted = quote(
            self._catalogue,
            row["provider"],
            row["model"],
            usage,
            on=on,
            tier=row["tier"] or STANDARD,
            residency=row["residency"] or GLOBAL,
            served_tier=row["served_tier"] or None,
        )
        too_long = quoted.status == "reject_context"
        return QuotedRow(
            id=row["id"],
            row=line,
            status=quoted.status,
            requests=requests,
            quantities=tuple(item.quantity for item in quoted.lines),
            rates=_rates_of(quoted),
            reason=quoted.reason,
            remedy=f"{quoted.remedy} {ONE_EACH}" if too_long else quoted.remedy,
        )


def _rates_of(quoted: Quote) -> Rates:
    return Rates.of(
        quoted.band_name,
        quoted.flags,
        [
            LineRate(line.name, line.unit, line.usd_per_unit, line.source, line.since)
            for line in quoted.lines
        ],
    )


def _plain(columns: Mapping[str, Sequence[str]]) -> Iterator[bool]:
    """Whether each row leaves every rare column empty."""
    rare = [cells for name in _RARE if any(cells := columns[name])]
    if not rare:
        return repeat(True, len(columns["id"]))
    return (not any(cells) for cells in zip(*rare, strict=True))
