"""Rows added up to as few buckets as can still be priced exactly: whole numbers, in one pass.

A bucket holds requests of one day, name, tier and region that lie between the same edges: those of
every rate card a row may meet, and the limits of the models in the file. A sum over requests that
an edge may divide stays alone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import duckdb

from tco.own_data.usage.edges import Edges, Ends, beyond
from tco.own_data.usage.engine import named
from tco.own_data.usage.row_sql import FAULTS, TEXTS
from tco.own_data.usage.shape import Shape
from tco.own_data.usage.source import Source
from tco.own_data.usage.tabular import unreadable

_ALONE: Final = ("requests", "input", "cached", "written", "written_5m", "written_1h", "output")
_TOKENS: Final = (*_ALONE[1:], "searches")
_WHO: Final = (*TEXTS, "standing")
_EMPTY: Final = "''"
_LOOKED_AT: Final = 10_000
"""Rows whose names say between which edges all rows are added up at first."""


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
    cost: Decimal | None
    """Sum of what the file itself says, in the unit of the shape."""
    charged_rows: int
    """Rows that say what they cost."""
    ends: Ends


def bucket_query(
    rows: str, shape: Shape, edges: Edges, told: frozenset[str], *, projects: bool
) -> str:
    """Query of the buckets of some rows; what is not told is neither summed nor told apart.

    Its columns: at, the five texts, standing, class, rows, requests, the sums of tokens, cost,
    rows with a cost, day_alone, and, where a row adds requests up, shortest, longest,
    longest_output, longest_whole.

    Parameters
    ----------
    told
        Fields that the files have.
    """
    by_hour = edges.by_hour and shape.tells_hours
    keys = {"at": "date_trunc('minute', moment)" if by_hour else "CAST(moment AS DATE)"}
    kept = [name for name in TEXTS if name in told and (projects or name != "project")]
    keys |= {name: f"coalesce({name}, '')" for name in kept}
    if told & {"free", "failed"}:
        keys["standing"] = "standing"
    place = edges.place() if shape.tells_requests else beyond("longest", edges.input)
    keys["class"] = f"CASE WHEN fault = 0 THEN {place} ELSE -fault END"
    if by_hour:
        keys["day_alone"] = "day_alone"
    if not shape.tells_requests:
        apart = f"{beyond('shortest', edges.input)} <> {beyond('longest', edges.input)}"
        keys["alone"] = f"CASE WHEN {apart} AND fault = 0 THEN hash({', '.join(_ALONE)}) END"
        keys["uncounted"] = "requests IS NULL"
    texts = [f"{f'k_{name}' if name in keys else _EMPTY} AS {name}" for name in _WHO]
    sums = [f"coalesce(sum({n}), 0)" if _summed(n, told) else "0" for n in _TOKENS]
    shown = [
        "k_at",
        *texts,
        "k_class",
        "count(*)",
        "count(*)" if shape.tells_requests else "sum(requests)",
        *sums,
        "sum(cost)" if "cost" in told else "NULL::DECIMAL(38, 12)",
        "count(cost)" if "cost" in told else "0",
        "k_day_alone" if by_hour else "true",
    ]
    if not shape.tells_requests:
        ends = ("min(shortest)", "max(longest)", "max(longest_output)", "max(longest_whole)")
        shown += [f"coalesce({end}, 0)" for end in ends[:2]] + list(ends[2:])
    columns = ", ".join(f"{key} AS k_{name}" for name, key in keys.items())
    return (
        f"SELECT {', '.join(shown)} FROM (SELECT *, {columns} FROM ({rows}))"
        f" GROUP BY {', '.join(f'k_{name}' for name in keys)} ORDER BY ALL"
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


def buckets(connection: duckdb.DuckDBPyConnection, table: str, edges: Edges) -> Iterator[Bucket]:
    """Buckets of a table that holds the answer of `bucket_query`, in its order."""
    result = connection.execute(f"SELECT * FROM {named(table)} ORDER BY rowid")
    while found := result.fetchmany(10_000):
        yield from (_bucket(row, edges) for row in found)


def _bucket(row: Sequence[Any], edges: Edges) -> Bucket:
    at, *texts, number, rows, requests = row[:10]
    *sums, cost, charged_rows, day_alone = row[10:20]
    ends = Ends(*row[20:]) if len(row) > 20 else edges.ends(max(number, 0))
    reason = FAULTS[max(-number, 0)]
    counts = (rows, requests, *sums, cost, charged_rows)
    return Bucket(*(_when(at, day_alone), *texts, reason, *counts, ends))


def _when(at: date | None, day_alone: bool) -> date | None:
    """Day, or moment in UTC, of what the engine answers; it has no time zones."""
    if not isinstance(at, datetime):
        return at
    return at.date() if day_alone else at.replace(tzinfo=UTC)


def first_names(
    connection: duckdb.DuckDBPyConnection, source: Source, rows: str
) -> list[tuple[str, str]]:
    """Provider and model of the first rows, each pair once.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    first = f"SELECT provider, model FROM ({rows}) LIMIT {_LOOKED_AT}"
    try:
        return _names(connection, f"({first})")
    except duckdb.Error as error:
        raise unreadable(source.files[0], error) from error


def names_in(connection: duckdb.DuckDBPyConnection, table: str) -> list[tuple[str, str]]:
    """Provider and model of the buckets of a table, each pair once."""
    return _names(connection, named(table))


def _names(connection: duckdb.DuckDBPyConnection, relation: str) -> list[tuple[str, str]]:
    found = connection.execute(
        f"SELECT DISTINCT coalesce(provider, ''), coalesce(model, '') FROM {relation} ORDER BY ALL"
    ).fetchall()
    return [(str(p), str(m)) for p, m in found]


def _summed(name: str, told: frozenset[str]) -> bool:
    """Whether rows can have such tokens: writes of a lifetime are part of all that is written."""
    return name in told or (name == "written" and bool(told & {"written_5m", "written_1h"}))
