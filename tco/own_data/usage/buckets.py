"""Rows added up to as few buckets as can still be priced exactly: whole numbers, in one pass.

A bucket holds requests of one day, name, tier and region that lie between the same edges: those of
every rate card a row may meet, and the limits of the models in the file. A sum over requests that
an edge may divide stays alone.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Final

import duckdb

from pricing.offer import Offer
from tco.own_data.usage.engine import named
from tco.own_data.usage.row_sql import TEXTS
from tco.own_data.usage.shape import Shape
from tco.own_data.usage.source import Source
from tco.own_data.usage.tabular import unreadable

_ALONE: Final = ("requests", "input", "cached", "written", "written_5m", "written_1h", "output")
_TOKENS: Final = (*_ALONE[1:], "searches")


@dataclass(frozen=True, slots=True)
class Edges:
    """Lengths between which requests may be added up [token]."""

    input: tuple[int, ...] = ()
    output: tuple[int, ...] = ()
    whole: tuple[int, ...] = ()
    """Of input and output together."""
    by_hour: bool = False
    """Whether a price hangs on the hour, so that minutes stay apart."""

    @classmethod
    def of(cls, offers: Iterable[Offer]) -> "Edges":
        """Every edge and limit of some offers."""
        inputs, outputs, wholes, by_hour = set[int](), set[int](), set[int](), False
        for offer in offers:
            cards = [item.card for item in offer.price_sets]
            inputs |= {b.most_input_tokens_below for card in cards for b in card.bands[1:]}
            inputs |= {offer.max_input_tokens} - {None}  # type: ignore[arg-type]
            outputs |= {offer.max_output_tokens} - {None}  # type: ignore[arg-type]
            windows = {offer.context_window_tokens, *(c.context_window_tokens for c in cards)}
            wholes |= windows - {None}  # type: ignore[arg-type]
            by_hour |= offer.priced_by_hour
        return cls(tuple(sorted(inputs)), tuple(sorted(outputs)), tuple(sorted(wholes)), by_hour)


@dataclass(frozen=True, slots=True)
class Bucket:
    """Rows that are priced together, or set aside for one reason."""

    at: date | None
    """Day by UTC, or the minute in UTC where a price hangs on the hour; None: not told."""
    provider: str
    model: str
    tier: str
    residency: str
    project: str
    standing: str
    """``free``: costs nothing; ``failed``: may have cost nothing; else empty."""
    reason: str
    """Why the rows are set aside; empty where they are not."""
    rows: int
    requests: int | None
    input: int
    cached: int
    written: int
    written_5m: int
    written_1h: int
    output: int
    searches: int
    shortest: int
    longest: int
    longest_output: int | None
    longest_whole: int | None
    cost: Decimal | None
    """Sum of what the file itself says, in the unit of the shape."""


def bucket_query(
    rows: str, shape: Shape, edges: Edges, told: frozenset[str], *, projects: bool
) -> str:
    """Query of the buckets of some rows, in the order of `Bucket`; what is not told is not summed.

    After the fields of a bucket stands whether its time is a day alone.

    Parameters
    ----------
    told
        Fields that the files have.
    """
    hours_count = edges.by_hour and shape.tells_hours
    at = "date_trunc('minute', moment)" if hours_count else "CAST(moment AS DATE)"
    day_alone = "day_alone" if hours_count else "true"
    texts = [f"coalesce({name}, '')" for name in TEXTS]
    if not projects:
        texts[TEXTS.index("project")] = "''"
    keys = [at, *texts, "standing", "coalesce(reason, '')", _place("longest", edges.input)]
    if shape.tells_requests:
        for length, beyond in (("longest_output", edges.output), ("longest_whole", edges.whole)):
            keys[-1] = f"({keys[-1]}) * {len(beyond) + 1} + ({_place(length, beyond)})"
    else:
        apart = f"{_place('shortest', edges.input)} <> {_place('longest', edges.input)}"
        keys.append(f"CASE WHEN {apart} AND reason IS NULL THEN hash({', '.join(_ALONE)}) END")
        keys.append("requests IS NULL")
    keys.append(day_alone)
    columns = ", ".join(f"{key} AS k{number}" for number, key in enumerate(keys))
    shown = ", ".join(f"k{number}" for number in range(8))
    sums = ", ".join(f"coalesce(sum({n}), 0)" if _summed(n, told) else "0" for n in _TOKENS)
    requests = "count(*)" if shape.tells_requests else "sum(requests)"
    cost = "sum(cost)" if "cost" in told else "NULL::DECIMAL(38, 12)"
    return (
        f"SELECT {shown}, count(*), {requests}, {sums}, coalesce(min(shortest), 0),"
        " coalesce(max(longest), 0), max(longest_output),"
        f" max(longest_whole), {cost}, bool_and({day_alone})"
        f" FROM (SELECT *, {columns} FROM ({rows})) GROUP BY"
        f" {', '.join(f'k{number}' for number in range(len(keys)))} ORDER BY ALL"
    )


def keep(connection: duckdb.DuckDBPyConnection, source: Source, table: str, query: str) -> None:
    """Keep what a query of a source answers as a table, on disk where it is large.

    Raises
    ------
    InputError
        The file cannot be read to its end.
    """
    try:
        connection.execute(f"CREATE TEMP TABLE {named(table)} AS {query}")
    except duckdb.Error as error:
        raise unreadable(source.files[0], error) from error


def buckets(connection: duckdb.DuckDBPyConnection, table: str) -> Iterator[Bucket]:
    """Buckets of a table that holds the answer of `bucket_query`, in its order."""
    result = connection.execute(f"SELECT * FROM {named(table)} ORDER BY rowid")
    while found := result.fetchmany(10_000):
        yield from (Bucket(_when(at, day_alone), *row) for at, *row, day_alone in found)


def _when(at: date | None, day_alone: bool) -> date | None:
    """Day, or moment in UTC, of what the engine answers; it has no time zones."""
    if not isinstance(at, datetime):
        return at
    return at.date() if day_alone else at.replace(tzinfo=UTC)


def names_in(
    connection: duckdb.DuckDBPyConnection, source: Source, rows: str
) -> list[tuple[str, str]]:
    """Provider and model of every row, each pair once.

    Raises
    ------
    InputError
        The file cannot be read to its end.
    """
    query = f"SELECT DISTINCT coalesce(provider, ''), coalesce(model, '') FROM ({rows})"
    try:
        return [(str(p), str(m)) for p, m in connection.execute(query).fetchall()]
    except duckdb.Error as error:
        raise unreadable(source.files[0], error) from error


def _summed(name: str, told: frozenset[str]) -> bool:
    """Whether rows can have such tokens: writes of a lifetime are part of all that is written."""
    return name in told or (name == "written" and bool(told & {"written_5m", "written_1h"}))


def _place(column: str, edges: Sequence[int]) -> str:
    """Number of edges that a length lies beyond."""
    return " + ".join(f"({column} > {edge})::INT" for edge in edges) or "0"
