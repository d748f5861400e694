"""Which shape a file has: the first whose marks are all in it."""

from collections.abc import Sequence
from typing import Final

import duckdb

from pricing.errors import InputError, Problem
from tco.own_data.usage.registry import USAGE_SHAPES
from tco.own_data.usage.shape import Shape
from tco.own_data.usage.source import Source, inside_json, opened_records
from tco.own_data.usage.tabular import answered

_LOOKED_AT: Final = 500
"""Records read to find out; all of them where these tell nothing."""


def shape_of(connection: duckdb.DuckDBPyConnection, source: Source) -> Shape | None:
    """Shape of a source; None where it is none of those that are known.

    Raises
    ------
    InputError
        It cannot be read.
    """
    if source.table is not None:
        fits = {s.key for s in USAGE_SHAPES if all(source.text(mark) != "NULL" for mark in s.marks)}
    else:
        fits = _fitting_records(connection, source, _LOOKED_AT)
        fits = fits or _fitting_records(connection, source, None)
    return next((shape for shape in USAGE_SHAPES if shape.key in fits), None)


def unknown_shape(connection: duckdb.DuckDBPyConnection, source: Source) -> InputError:
    """Refusal of a source that has no shape, or no records."""
    if source.table is None and _is_empty(connection, source):
        remedy = "Leave it out, or export a span of time with usage."
        return InputError(Problem(source.files[0].path.name, "", "holds no records", remedy))
    known = ", ".join(shape.key for shape in USAGE_SHAPES)
    return InputError(
        Problem(
            source.files[0].path.name,
            ", ".join(list(source.table.types)[:12]) if source.table else "",
            "has no shape that is known",
            "Name its columns with --map, or say its shape with --as. "
            f"Known: {known}; `tco usage shapes` says how each is recognised.",
        )
    )


def is_whole_records(connection: duckdb.DuckDBPyConnection, source: Source) -> bool:
    """Whether a source has a record a line, and each can be read."""
    if source.files[0].format != "lines":
        return False
    records = opened_records(source.files, (), ())
    query = f"SELECT 1 FROM ({records}) WHERE record IS NULL LIMIT 1"
    return not answered(connection, query, source.files[0])


def _fitting_records(
    connection: duckdb.DuckDBPyConnection, source: Source, most: int | None
) -> set[str]:
    """Shapes whose marks are among the keys of some records: so many of the first ones, or all."""
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Shape]] = {}
    for shape in USAGE_SHAPES:
        alike.setdefault((shape.records, shape.carried), []).append(shape)
    fits: set[str] = set()
    for (records, carried), shapes in alike.items():
        paths = sorted(
            {path for shape in shapes for mark in shape.marks for path in mark.split("|")}
        )
        there = _paths_there(
            connection, source, opened_records(source.files, records, carried), paths, most
        )
        fits |= {s.key for s in shapes if all(there & set(mark.split("|")) for mark in s.marks)}
    return fits


def _is_empty(connection: duckdb.DuckDBPyConnection, source: Source) -> bool:
    """Whether nothing is left where the arrays of a shape are opened."""
    for records in {shape.records for shape in USAGE_SHAPES}:
        opened = opened_records(source.files, records, ())
        if not connection.execute(f"SELECT 1 FROM ({opened}) LIMIT 1").fetchall():
            return True
    return False


def keys_of_records(connection: duckdb.DuckDBPyConnection, source: Source) -> list[str]:
    """Keys of the first records; none of a table.

    Raises
    ------
    InputError
        They cannot be read.
    """
    if source.table is not None:
        return []
    records = f"SELECT record FROM ({opened_records(source.files, (), ())}) LIMIT {_LOOKED_AT}"
    query = f"SELECT DISTINCT unnest(json_keys(record)) FROM ({records}) ORDER BY 1"
    return [str(key) for (key,) in answered(connection, query, source.files[0])]


def _paths_there(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    relation: str,
    paths: Sequence[str],
    most: int | None,
) -> set[str]:
    """Paths that lead to something in one of the records.

    All are looked for at once: a document may be long, and each look takes it apart anew.
    """
    inside = ", ".join(inside_json(path) for path in paths)
    told = ", ".join(f"bool_or(found[{n}] IS NOT NULL)" for n in range(1, len(paths) + 1))
    query = (
        f"SELECT {told} FROM (SELECT json_extract_string(record, [{inside}]) AS found"
        f" FROM ({relation}) {f'LIMIT {most}' if most else ''})"
    )
    (row,) = answered(connection, query, source.files[0])
    return {path for path, there in zip(paths, row, strict=True) if there}
