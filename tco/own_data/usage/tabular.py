"""CSV and Parquet as a table for the engine: header, separator and columns, or a refusal."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from pricing.errors import InputError, Problem
from pricing.figures import grouped
from tco.own_data.usage.engine import MEMORY, named, quoted
from tco.own_data.usage.files import UsageFile, packing
from tco.own_data.usage.packed_text import LONGEST_LINE_BYTES

MOST_COLUMNS: Final = 2_000
_SEPARATORS: Final = ",;\t|"
_FORMAT_NAMES: Final = {"csv": "CSV", "json": "JSON", "lines": "JSON lines", "parquet": "Parquet"}
_NO_SEPARATOR: Final = "\x01"
_FILE: Final = "tco file of a row"
"""Name of a column that no file has."""


@dataclass(frozen=True, slots=True)
class Table:
    """How the engine reads some files that have the same columns."""

    relation: str
    """What stands after FROM; a row has the columns, `file` and `place`."""
    types: dict[str, str]
    """Column to type, as they stand in the files."""


def csv_header(connection: duckdb.DuckDBPyConnection, file: UsageFile) -> tuple[str, list[str]]:
    """Separator and column names of a CSV file.

    Raises
    ------
    InputError
        Its first line is no header.
    """
    query = (
        f"SELECT line FROM read_csv({quoted(file.pattern)}, header = false,"
        f" delim = {quoted(_NO_SEPARATOR)}, quote = '', escape = '', auto_detect = false,"
        f" columns = {{'line': 'VARCHAR'}}, compression = '{file.compression}',"
        f" ignore_errors = true, max_line_size = {LONGEST_LINE_BYTES}) LIMIT 1"
    )
    first = answered(connection, query, file)
    line = str(first[0][0] or "" if first else "").lstrip("\ufeff")
    if not line.strip():
        raise InputError(Problem(file.path.name, "", "is empty", "Export it again with a header."))
    separator = max(_SEPARATORS, key=line.count)
    cells = next(csv.reader([line], delimiter=separator))
    names = [name.strip() or f"column {place}" for place, name in enumerate(cells, 1)]
    if len(names) > MOST_COLUMNS:
        limit = f"has {grouped(len(names))} columns, at most {grouped(MOST_COLUMNS)} are read"
        raise InputError(Problem(file.path.name, "", limit, "Export the columns of usage alone."))
    twice = [name for name, count in Counter(name.lower() for name in names).items() if count > 1]
    if twice:
        raise InputError(
            Problem(f"{file.path.name}: column {twice[0]!r}", "", "is given twice", "Remove one.")
        )
    return separator, names


def csv_table(files: Sequence[UsageFile], separator: str, names: Sequence[str]) -> Table:
    """CSV files with the same header, every cell as text; rows of another length are rejected."""
    columns = ", ".join(f"{quoted(name)}: 'VARCHAR'" for name in names)
    paths = ", ".join(quoted(file.pattern) for file in files)
    relation = (
        f"(SELECT *, {named(_FILE)} AS file, row_number() OVER () + 1 AS place"
        f" FROM read_csv([{paths}], header = true, delim = {quoted(separator)}, quote = '\"',"
        f" escape = '\"', auto_detect = false, columns = {{{columns}}}, null_padding = false,"
        f" compression = '{packing(files)}', filename = {quoted(_FILE)}, store_rejects = true,"
        f" max_line_size = {LONGEST_LINE_BYTES}))"
    )
    return Table(relation, dict.fromkeys(names, "VARCHAR"))


def parquet_table(connection: duckdb.DuckDBPyConnection, files: Sequence[UsageFile]) -> Table:
    """Parquet files, their columns with their own types.

    Raises
    ------
    InputError
        One of them is not whole.
    """
    paths = ", ".join(quoted(file.pattern) for file in files)
    inner = (
        f"read_parquet([{paths}], union_by_name = true, filename = {quoted(_FILE)},"
        " file_row_number = true)"
    )
    described = answered(connection, f"DESCRIBE SELECT * FROM {inner}", files[0])
    types = {str(row[0]): str(row[1]) for row in described}
    own = (_FILE, "file_row_number")
    if len(types) > MOST_COLUMNS:
        limit = f"has {grouped(len(types))} columns, at most {grouped(MOST_COLUMNS)} are read"
        raise InputError(Problem(files[0].path.name, "", limit, "Write those of usage alone."))
    relation = f"(SELECT *, {named(_FILE)} AS file, file_row_number + 1 AS place FROM {inner})"
    return Table(relation, {name: kind for name, kind in types.items() if name not in own})


def answered(
    connection: duckdb.DuckDBPyConnection, query: str, file: UsageFile
) -> list[tuple[Any, ...]]:
    """Rows that a query of a file answers.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    try:
        return connection.execute(query).fetchall()
    except duckdb.Error as error:
        raise unreadable(file, error) from error


def unreadable(file: UsageFile, error: duckdb.Error) -> InputError:
    """Refusal of a file that the engine cannot read, in its first words."""
    if isinstance(error, duckdb.OutOfMemoryException) and file.format in ("json", "lines"):
        limit = f"holds a document too long to be taken apart within {MEMORY} of memory"
        remedy = "Give smaller pages, or a record a line (.jsonl)."
        return InputError(Problem(file.path.name, "", limit, remedy))
    lines = str(error).removeprefix("Invalid Input Error: ").splitlines()
    said = " ".join(lines[:1]).replace(str(file.path), file.path.name).rstrip(" .")
    limit = f"cannot be read as {_FORMAT_NAMES[file.format]}: {said}"
    return InputError(Problem(file.path.name, "", limit[:400], "Export it again, whole."))


def column_of(types: dict[str, str], path: Sequence[str]) -> tuple[str, Sequence[str]] | None:
    """Column that a path leads to, and the keys left inside it; None where there is none."""
    lower = {name.lower(): name for name in types}
    for joint in (".", "/"):
        whole = lower.get(joint.join(path).lower())
        if whole is not None:
            return whole, ()
    first = lower.get(path[0].lower())
    return None if first is None else (first, path[1:])


def cell_text(types: dict[str, str], path: Sequence[str]) -> str | None:
    """Expression of what a path leads to, as text; None where it leads nowhere."""
    found = column_of(types, path)
    if found is None:
        return None
    column, inside = found
    name, kind = named(column), types[column]
    if not inside:
        return name if kind == "VARCHAR" else f"CAST({name} AS VARCHAR)"
    keys = quoted("$" + "".join(f'."{key}"' for key in inside))
    if kind == "VARCHAR" or kind == "JSON":
        return f"json_extract_string(CASE WHEN json_valid({name}) THEN {name} END, {keys})"
    if kind.startswith(("STRUCT", "MAP")):
        return f"json_extract_string(to_json({name}), {keys})"
    return None
