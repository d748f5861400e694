"""A user's usage files, open: each with its shape, to be added up, looked into and asked."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import duckdb

from pricing.errors import InputError, Problem, did_you_mean
from pricing.price_set import day_of
from tco.own_data.usage.buckets import (
    Bucket,
    bucket_query,
    buckets,
    first_names,
    keep,
    names_in,
)
from tco.own_data.usage.column_map import ColumnMap
from tco.own_data.usage.edges import Edges
from tco.own_data.usage.engine import engine, quoted
from tco.own_data.usage.files import usage_files
from tco.own_data.usage.recognise import (
    is_whole_records,
    keys_of_records,
    shape_of,
    unknown_shape,
)
from tco.own_data.usage.registry import shape_named
from tco.own_data.usage.row_sql import FAULTS, QUIET, fault, judged_query, names_query, rows_query
from tco.own_data.usage.shape import Shape
from tco.own_data.usage.source import Source, opened_records, sources
from tco.own_data.usage.tabular import answered

MOST_EXAMPLES: Final = 20
_OPEN_QUOTE: Final = "UNQUOTED VALUE"


@dataclass(frozen=True, slots=True)
class Example:
    """Where a row stands that was set aside."""

    file: str
    row: int
    """Line of a table, or number of a record."""
    reason: str
    """Key of the reason."""


@dataclass(frozen=True, slots=True)
class UsagePart:
    """Files of one shape that are read alike."""

    source: Source
    shape: Shape
    rows: str
    """Query of their rows."""


@dataclass(frozen=True, slots=True)
class UsageLog:
    """Usage files, open."""

    connection: duckdb.DuckDBPyConnection
    parts: tuple[UsagePart, ...]
    without_usage: tuple[str, ...] = ()
    """Names of the files of sessions that tell no usage."""
    _names: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    _before: dict[str, dict[str, int]] = field(default_factory=dict)
    _tables: dict[tuple[str, Edges, bool], str] = field(default_factory=dict)
    _twice: list[list[tuple[str, str, str, str]]] = field(default_factory=list)

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files."""
        return tuple(file.path.name for part in self.parts for file in part.source.files)

    def first_names(self, part: UsagePart) -> list[tuple[str, str]]:
        """Provider and model of the first rows of a part, read once.

        Raises
        ------
        InputError
            The file cannot be read.
        """
        if part.rows not in self._names:
            self._names[part.rows] = first_names(self.connection, part.source, part.rows)
        return self._names[part.rows]

    def names(self, part: UsagePart, edges: Edges, *, projects: bool) -> list[tuple[str, str]]:
        """Provider and model of all rows of a part, by way of their sums.

        Raises
        ------
        InputError
            The file cannot be read to its end.
        """
        return names_in(self.connection, self._table(part, edges, projects))

    def buckets(self, part: UsagePart, edges: Edges, *, projects: bool) -> Iterator[Bucket]:
        """Rows of a part, added up once: further bills at the same edges take the same sums.

        Raises
        ------
        InputError
            The file cannot be read to its end.
        """
        return buckets(self.connection, self._table(part, edges, projects), edges)

    def _table(self, part: UsagePart, edges: Edges, projects: bool) -> str:
        key = (part.rows, edges, projects)
        if key not in self._tables:
            table = f"buckets_{len(self._tables)}"
            told = part.source.told(part.shape)
            query = bucket_query(part.rows, part.shape, edges, told, projects=projects)
            keep(self.connection, part.source, table, query)
            self._tables[key] = table
        return self._tables[key]

    def told_twice(self) -> list[tuple[str, str, str, str]]:
        """First and last day, and two files that tell as much of as many rows on each of them.

        One row of a day may be like another by chance; a day's sums of a model seldom are.
        """
        if not self._twice:
            self._twice.append(self._alike() if len(self.files) > 1 else [])
        return self._twice[0]

    def _alike(self) -> list[tuple[str, str, str, str]]:
        who = "provider, model, tier, residency, project"
        rows = " UNION ALL ".join(
            f"SELECT file, CAST(moment AS DATE) AS day, {who}, requests, input, cached, output"
            f" FROM ({part.rows}) WHERE fault = 0 AND moment IS NOT NULL"
            for part in self.parts
            if not part.shape.is_cost
        )
        sums = (
            f"SELECT file, day, {who}, count(*) AS rows, sum(requests) AS n, sum(input) AS i,"
            f" sum(cached) AS c, sum(output) AS o FROM ({rows}) GROUP BY file, day, {who}"
        )
        found = self.connection.execute(
            f"SELECT min(day)::VARCHAR, max(day)::VARCHAR, one, other FROM (SELECT day,"
            f" min(file) AS one, max(file) AS other FROM ({sums})"
            f" GROUP BY day, {who}, rows, n, i, c, o HAVING count(*) > 1)"
            " GROUP BY one, other ORDER BY ALL"
        ).fetchall()
        return [
            (first, last, Path(one).name, Path(other).name) for first, last, one, other in found
        ]

    def charged_twice(self) -> list[tuple[str, str]]:
        """Pairs of files that tell the same charges of a day, where they tell any."""
        rows = " UNION ALL ".join(
            f"SELECT file, CAST(moment AS DATE) AS day, provider, model, cost FROM ({part.rows})"
            " WHERE cost <> 0 AND moment IS NOT NULL"
            for part in self.parts
        )
        sums = "count(*) AS n, sum(cost) AS usd"
        found = self.connection.execute(
            "SELECT DISTINCT one, other FROM (SELECT min(file) AS one, max(file) AS other FROM"
            f" (SELECT file, day, provider, model, {sums} FROM ({rows}) GROUP BY ALL)"
            " GROUP BY day, provider, model, n, usd HAVING count(*) > 1) ORDER BY ALL"
        ).fetchall()
        return [(Path(one).name, Path(other).name) for one, other in found]

    def judged(self, part: UsagePart) -> tuple[int, int]:
        """Rows of a part whose cached tokens were judged to stand beside the input, and inside."""
        query = judged_query(part.source, part.shape)
        found = self.connection.execute(query).fetchone() if query else None
        return (int(found[0]), int(found[1])) if found else (0, 0)

    def more_follows(self, part: UsagePart) -> bool:
        """Whether a part's pages all say that more follow them: then the last ones lack.

        Raises
        ------
        InputError
            The file cannot be read.
        """
        if part.source.table is not None or not part.shape.records:
            return False
        more = "json_extract_string(record, '$.has_more')"
        pages = opened_records(part.source.files, (), ())
        query = f"SELECT count(*) FILTER ({more} = 'true'), count(*) FROM ({pages})"
        ((told, all_pages),) = answered(self.connection, query, part.source.files[0])
        return bool(told) and told == all_pages

    def rejected(self, part: UsagePart) -> list[Example]:
        """Lines of CSV files, once read, that are no rows of the table.

        Raises
        ------
        InputError
            A quote is never closed, so that rows after it are lost.
        """
        if not part.source.is_csv:
            return []
        paths = ", ".join(quoted(str(file.path)) for file in part.source.files)
        found = self.connection.execute(
            "SELECT s.file_path, e.line, bool_or(e.error_type = ?) FROM reject_errors e"
            " JOIN reject_scans s USING (scan_id, file_id)"
            f" WHERE s.file_path IN ({paths}) GROUP BY ALL ORDER BY ALL",
            [_OPEN_QUOTE],
        ).fetchall()
        for path, line, is_open in found:
            if is_open:
                limit = "opens a quote that is never closed: what follows cannot be told apart"
                problem = Problem(f"{Path(path).name}: line {line}", "", limit, "Mend the line.")
                raise InputError(problem)
        return [Example(Path(path).name, int(line), "cells") for path, line, _ in found]

    def examples(self, part: UsagePart) -> list[Example]:
        """First rows of a part that were set aside by themselves."""
        quiet = ", ".join(str(fault(reason)) for reason in sorted(QUIET))
        found = self.connection.execute(
            f"SELECT file, place, fault FROM ({part.rows}) WHERE fault NOT IN (0, {quiet})"
            f" ORDER BY file, place LIMIT {MOST_EXAMPLES}"
        ).fetchall()
        return [self.example(part, path, place, FAULTS[number]) for path, place, number in found]

    def first_of(self, part: UsagePart, bucket: Bucket) -> Example | None:
        """First row of the name, tier, day and length of a bucket that has no price."""
        told = ("provider", "model", "tier", "residency")
        alike = " AND ".join(
            f"coalesce({name}, '') = {quoted(getattr(bucket, name))}" for name in told
        )
        day = f"DATE {quoted(str(day_of(bucket.at)))}" if bucket.at else "NULL"
        found = self.connection.execute(
            f"SELECT file, place FROM ({part.rows}) WHERE {alike} AND fault = 0 AND"
            f" CAST(moment AS DATE) IS NOT DISTINCT FROM {day} AND"
            f" shortest >= {bucket.ends.shortest} AND longest <= {bucket.ends.longest}"
            " ORDER BY file, place LIMIT 1"
        ).fetchone()
        return self.example(part, found[0], found[1], "price") if found else None

    def example(self, part: UsagePart, path: str, place: int, reason: str) -> Example:
        """Where a row stands in its own file, those counted that were rejected above it."""
        name, line = Path(path).name, int(place) - self._rows_before(part, path)
        for above in sorted(lost.row for lost in self.rejected(part) if lost.file == name):
            line += 1 if above <= line else 0
        return Example(name, line, reason)

    def _rows_before(self, part: UsagePart, path: str) -> int:
        """Rows of the files that are read before one of a part's files."""
        if len(part.source.files) == 1:
            return 0
        if part.rows not in self._before:
            found = self.connection.execute(
                f"SELECT file, min(place) FROM {part.source.relation(part.shape)} GROUP BY file"
            ).fetchall()
            first = 2 if part.source.is_csv else 1
            self._before[part.rows] = {str(file): int(least) - first for file, least in found}
        return self._before[part.rows].get(path, 0)


@contextmanager
def open_usage(
    paths: Sequence[str | Path], *, shape: str = "", columns: ColumnMap | None = None
) -> Iterator[UsageLog]:
    """Open usage files.

    Parameters
    ----------
    paths
        Files, patterns and folders.
    shape
        Key of the shape that every file has; recognised file by file when left out.
    columns
        The user's own shape and names.

    Raises
    ------
    StorageError
        A path leads nowhere.
    InputError
        A file cannot be read, or has no shape that is known.
    """
    files = usage_files(paths)
    forced = (columns.shape() if columns else None) or (shape_named(shape) if shape else None)
    with engine() as connection:
        alike: dict[tuple[object, ...], tuple[Source, Shape]] = {}
        unknown: list[Source] = []
        for number, source in enumerate(sources(connection, files)):
            found = forced or shape_of(connection, source)
            if found is None:
                unknown.append(source)
                continue
            _require_columns(source, found, forced is not None)
            if found.own:
                _require_all_read(source, found, keys_of_records(connection, source))
            first = source.files[0]
            json = source.table is None
            key = (found.key, first.format) if json else (number,)
            known = alike.get(key)
            joined = (*known[0].files, *source.files) if known else source.files
            alike[key] = (Source(joined, source.table), found)
        sessions = any(found.may_lack_usage for _, found in alike.values())
        for source in unknown:
            if not (sessions and is_whole_records(connection, source)):
                raise unknown_shape(connection, source)
        left = tuple(file.path.name for source in unknown for file in source.files)
        yield UsageLog(connection, _parts(alike.values()), left)


def _parts(alike: Iterable[tuple[Source, Shape]]) -> tuple[UsagePart, ...]:
    """Files that are read alike; a request that two of them tell counts in the first."""
    parts: list[UsagePart] = []
    told: dict[str, list[str]] = {}
    for source, shape in alike:
        above = told.setdefault(shape.key, [])
        parts.append(UsagePart(source, shape, rows_query(source, shape, tuple(above))))
        if (names := names_query(source, shape)) is not None:
            above.append(names)
    return tuple(parts)


def _require_columns(source: Source, shape: Shape, forced: bool) -> None:
    """Refuse a table that lacks the columns of the shape it is said to have."""
    if not forced or source.table is None:
        return
    missing = [mark for mark in shape.marks if source.text(mark) == "NULL"]
    if missing:
        limit = f"lacks {', '.join(missing)}, which the shape {shape.key} has"
        remedy = "Correct --map, or leave --as out so that the shape is found."
        raise InputError(Problem(source.files[0].path.name, "", limit, remedy))


def _require_all_read(source: Source, shape: Shape, keys: Sequence[str]) -> None:
    """Refuse a shape of the planner's own that counts tokens where it has nothing to read."""
    known = [path for spec in shape.fields.values() for path in spec.split("|")]
    problems = [
        Problem(
            f"{source.files[0].path.name}: {'column' if source.table else 'key'} {name!r}",
            "",
            f"is none of the shape {shape.key}, and would not be billed",
            did_you_mean(name, known),
        )
        for name in source.unread(shape, keys)
    ]
    if problems:
        raise InputError(*problems)
