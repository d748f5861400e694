"""Files as records that paths lead into, whatever their format: what a shape is laid upon."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import duckdb

from tco.own_data.usage.engine import LARGEST_RECORD_BYTES, quoted
from tco.own_data.usage.files import UsageFile, packing
from tco.own_data.usage.packed_text import require_whole_lines
from tco.own_data.usage.shape import Shape
from tco.own_data.usage.tabular import (
    Table,
    cell_text,
    column_of,
    csv_header,
    csv_table,
    parquet_table,
)

_PLACEHOLDER: Final = re.compile(r"\{([^{}]+)\}")
_SQL: Final = "sql: "
_TOLD: Final = "told_of_record"
COUNT_WORDS: Final = re.compile("token|cach", re.IGNORECASE)
"""Names of columns and keys that count tokens."""
WHOLE_TYPES: Final = frozenset(
    f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG")
) | {"INTEGER", "UINTEGER"}


@dataclass(frozen=True, slots=True)
class Source:
    """Files that are read alike."""

    files: tuple[UsageFile, ...]
    table: Table | None
    """How a table is read; None: records of JSON."""
    names: dict[str, str] = field(default_factory=dict)
    """Expressions of names that a shape gives to what stands higher up in a file."""

    @property
    def is_csv(self) -> bool:
        """Whether rows of another length may be rejected while it is read."""
        return self.files[0].format == "csv"

    def relation(self, shape: Shape) -> str:
        """What stands after FROM, with the shape's arrays opened."""
        if self.table is not None:
            return self.table.relation
        paths = ", ".join(inside_json(path) for path in paths_of(shape))
        inner = (
            "SELECT file, place, record IS NULL AS no_record,"
            f" json_extract_string(record, [{paths}]) AS {_TOLD}"
            f" FROM ({opened_records(self.files, shape.records, shape.carried)})"
        )
        known = self.with_names(shape)
        if shape.downwards:
            inner = known._carried_down(inner, shape)
        if shape.descent:
            inner = known._descended(inner, shape.descent)
        return f"({inner})"

    def text(self, alternatives: str) -> str:
        """Expression of the first alternative that is there, as text; NULL where none is."""
        found = [self._one(path) for path in alternatives.split("|")]
        texts = [expression for expression in found if expression is not None]
        if not texts:
            return "NULL"
        return texts[0] if len(texts) == 1 else f"coalesce({', '.join(texts)})"

    def field(self, spec: str) -> str:
        """Expression of a field of a shape."""
        if spec.startswith("="):
            return quoted(spec[1:])
        if spec.startswith(_SQL):
            return _PLACEHOLDER.sub(lambda m: f"({self.text(m[1])})", spec[len(_SQL) :])
        return self.text(spec)

    def typed(self, spec: str) -> tuple[str, str] | None:
        """Column and type of a field that is one plain column of a table; None otherwise."""
        if self.table is None or spec.startswith(("=", _SQL)):
            return None
        there = [path for path in spec.split("|") if self._one(path) is not None]
        found = column_of(self.table.types, there[0].split("/")) if len(there) == 1 else None
        if found is None or found[1]:
            return None
        return found[0], self.table.types[found[0]]

    def _one(self, path: str) -> str | None:
        if path in self.names:
            return self.names[path]
        if self.table is None:
            return None
        return cell_text(self.table.types, path.split("/"))

    def _carried_down(self, inner: str, shape: Shape) -> str:
        """Each name a shape gives, as the last record above in the file says it."""
        down = ", ".join(
            f"last_value({self.field(spec)} IGNORE NULLS) OVER (PARTITION BY file ORDER BY place"
            f" ROWS UNBOUNDED PRECEDING) AS {name}"
            for name, spec in shape.downwards.items()
        )
        return f"SELECT *, {down} FROM ({inner})"

    def _descended(self, inner: str, descent: tuple[str, str, str]) -> str:
        """The same records, one name of theirs led back to the first ancestor."""
        name, own, parent = descent
        links = f"SELECT DISTINCT {self.text(own)} AS id, {self.text(parent)} AS parent"
        links += f" FROM ({inner}) WHERE {self.text(parent)} <> {self.text(own)}"
        return (
            f"WITH RECURSIVE links AS ({links}), up AS (SELECT id, parent FROM links UNION"
            " SELECT up.id, links.parent FROM up JOIN links ON links.id = up.parent),"
            " first AS (SELECT id, min(parent) AS parent FROM up"
            " WHERE parent NOT IN (SELECT id FROM links) GROUP BY id)"
            f" SELECT r.* REPLACE (coalesce(first.parent, r.{name}) AS {name})"
            f" FROM ({inner}) AS r LEFT JOIN first ON first.id = r.{name}"
        )

    def told(self, shape: Shape) -> frozenset[str]:
        """Fields of a shape for which there is anything in the files to read."""
        known = self.with_names(shape)
        return frozenset(n for n, spec in shape.fields.items() if known.has(spec))

    def unread(self, shape: Shape, keys: Sequence[str] = ()) -> tuple[str, ...]:
        """Columns of a table, or keys of records, that tell of tokens and that nothing reads.

        Parameters
        ----------
        keys
            Those of records, which no table names.
        """
        types = dict.fromkeys(keys, "JSON") if self.table is None else self.table.types
        found = (column_of(types, path.split("/")) for path in paths_of(shape))
        read = {column[0] for column in found if column is not None}
        return tuple(name for name in types if COUNT_WORDS.search(name) and name not in read)

    def has(self, spec: str) -> bool:
        """Whether there is anything to read for a field of a shape: a part of an expression."""
        if not spec.startswith(_SQL):
            return self.field(spec) != "NULL"
        paths = _PLACEHOLDER.findall(spec)
        return not paths or any(self.text(path) != "NULL" for path in paths)

    def with_names(self, shape: Shape) -> "Source":
        """Build the same source that knows the names a shape gives, and where records are read."""
        read = enumerate(paths_of(shape), 1) if self.table is None else ()
        names = {path: f"{_TOLD}[{place}]" for place, path in read}
        return Source(self.files, self.table, names | {name: name for name in shape.downwards})


def paths_of(shape: Shape, fields: Sequence[str] = ()) -> tuple[str, ...]:
    """Every path that a shape reads, in order, or those of some of its fields."""
    read = [shape.fields[name] for name in fields if name in shape.fields]
    if not fields:
        read = [*shape.fields.values(), shape.only, *shape.downwards.values(), *shape.marks]
        read += (shape.descent or ())[1:]
    specs = [spec for spec in read if spec and not spec.startswith("=")]
    found = {
        path: None
        for spec in specs
        for part in (_PLACEHOLDER.findall(spec) if spec.startswith(_SQL) else [spec])
        for path in part.split("|")
        if path not in shape.downwards
    }
    return tuple(found)


def sources(connection: duckdb.DuckDBPyConnection, files: Sequence[UsageFile]) -> Iterator[Source]:
    """Group files that are read alike: by format, packing and header.

    Raises
    ------
    InputError
        A file cannot be read.
    """
    tables: dict[tuple[str, tuple[str, ...]], list[UsageFile]] = {}
    for file in files:
        require_whole_lines(file)
        header: tuple[str, ...] = ()
        if file.format == "csv":
            separator, names = csv_header(connection, file)
            header = (separator, *names)
        tables.setdefault((file.format, header), []).append(file)
    for (format_, header), alike in tables.items():
        if format_ == "csv":
            separator, *names = header
            yield Source(tuple(alike), csv_table(alike, separator, names))
        elif format_ == "parquet":
            yield Source(tuple(alike), parquet_table(connection, alike))
        else:
            yield from (Source((file,), None) for file in alike)


def inside_json(path: str, end: str = "") -> str:
    """Literal of where a path leads inside JSON, as the engine writes it."""
    return quoted("$" + "".join(f'."{key}"' for key in path.split("/")) + end)


def opened_records(
    files: Sequence[UsageFile], records: Sequence[str], carried: Sequence[str]
) -> str:
    """Query of the records of JSON files, with arrays in them opened."""
    inner = _records(files)
    for array in records:
        inner = _opened(inner, array, carried)
    return inner


def _records(files: Sequence[UsageFile]) -> str:
    """Records of JSON files; a line that is no JSON is an empty record."""
    paths = ", ".join(quoted(file.pattern) for file in files)
    lines = files[0].format == "lines"
    kind = "format = 'newline_delimited', ignore_errors = true" if lines else "format = 'auto'"
    return (
        f"SELECT json AS record, filename AS file, row_number() OVER () AS place"
        f" FROM read_json_objects([{paths}], {kind}, filename = true,"
        f" compression = '{packing(files)}', maximum_object_size = {LARGEST_RECORD_BYTES})"
    )


def _opened(inner: str, array: str, carried: Sequence[str]) -> str:
    """One record for each item of an array; a record without the array stays as it is.

    What is carried is taken out of the record once, and not for each of its items.
    """
    path, each = inside_json(array), inside_json(array, "[*]")
    kept = ", ".join(
        f"{quoted(key)}, json_extract(record, {quoted(f'$.{key}')})" for key in carried
    )
    item = "json_merge_patch(kept, item)" if kept else "item"
    found = (
        f"SELECT json_extract(record, {each}) AS found, json_object({kept}) AS kept, record, file,"
        f" place FROM ({inner})"
    )
    items = (
        f"SELECT CASE WHEN len(found) > 0 THEN found WHEN json_type(record, {path}) = 'ARRAY'"
        f" THEN [] ELSE [record] END AS items, kept, file, place FROM ({found})"
    )
    return (
        f"SELECT {item} AS record, file, place"
        f" FROM (SELECT unnest(items) AS item, kept, file, place FROM ({items}))"
    )
