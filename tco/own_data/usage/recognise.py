"""Which shape a file has: the first whose marks are all in it."""

from collections.abc import Sequence
from typing import Final

import duckdb

from pricing.errors import InputError, Problem
from tco.own_data.usage.registry import USAGE_SHAPES
from tco.own_data.usage.shape import Shape
from tco.own_data.usage.source import Source, opened_records
from tco.own_data.usage.tabular import unreadable

_LOOKED_AT: Final = 500
"""Records read to find out."""


def recognised(connection: duckdb.DuckDBPyConnection, source: Source) -> Shape:
    """Shape of a source.

    Raises
    ------
    InputError
        It cannot be read, or has no shape that is known.
    """
    if source.table is not None:
        fits = {s.key for s in USAGE_SHAPES if all(source.text(mark) != "NULL" for mark in s.marks)}
    else:
        fits = _fitting_records(connection, source)
    for shape in USAGE_SHAPES:
        if shape.key in fits:
            return shape
    known = ", ".join(shape.key for shape in USAGE_SHAPES)
    raise InputError(
        Problem(
            source.files[0].path.name,
            ", ".join(list(source.table.types)[:12]) if source.table else "",
            "has no shape that is known",
            "Name its columns with --map, or say its shape with --as. "
            f"Known: {known}; `tco usage shapes` says how each is recognised.",
        )
    )


def _fitting_records(connection: duckdb.DuckDBPyConnection, source: Source) -> set[str]:
    """Shapes whose marks are among the keys of some records."""
    alike: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Shape]] = {}
    for shape in USAGE_SHAPES:
        alike.setdefault((shape.records, shape.carried), []).append(shape)
    fits: set[str] = set()
    for (records, carried), shapes in alike.items():
        marks = ", ".join(_all_there(source, shape.marks) for shape in shapes)
        relation = opened_records(source.files, records, carried)
        try:
            row = connection.execute(
                f"SELECT {marks} FROM (SELECT * FROM ({relation}) LIMIT {_LOOKED_AT})"
            ).fetchone()
        except duckdb.Error as error:
            raise unreadable(source.files[0], error) from error
        fits |= {s.key for s, there in zip(shapes, row or (), strict=False) if there}
    return fits


def _all_there(source: Source, marks: Sequence[str]) -> str:
    return " AND ".join(f"coalesce(bool_or({source.text(m)} IS NOT NULL), false)" for m in marks)
