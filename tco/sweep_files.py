"""The rows of a sweep as a CSV or a Parquet file, written whole or not at all."""

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pricing.errors import InputError, Problem, StorageError
from tco.report import csv_cell

Row = Mapping[str, Any]


def require_writable(out: Path, *, replace: bool) -> None:
    """Refuse a file that cannot be written before any work is done.

    Raises
    ------
    InputError
        If its ending is neither .csv nor .parquet, or Parquet is not installed.
    StorageError
        If it exists and may not be replaced, or its folder does not.
    """
    ending = out.suffix.lower()
    if ending not in {".csv", ".parquet"}:
        raise InputError(Problem("out", str(out), "ends in .csv or .parquet", "Rename it."))
    if ending == ".parquet" and find_spec("pyarrow") is None:
        remedy = "Install pyarrow, or write a .csv."
        raise InputError(Problem("out", str(out), "needs the package pyarrow", remedy))
    if out.exists() and not replace:
        raise StorageError(Problem(str(out), "", "exists already", "Add --force to replace it."))
    if not out.parent.is_dir():
        raise StorageError(Problem(str(out.parent), "", "is no folder", "Make it first."))


def write_rows(out: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows under their columns, beside the file first, then renamed over it.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    beside = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        if out.suffix.lower() == ".parquet":
            _write_parquet(beside, columns, rows)
        else:
            _write_csv(beside, columns, rows)
        beside.replace(out)
    except OSError as error:
        beside.unlink(missing_ok=True)
        reason = f"cannot be written: {error.strerror}"
        raise StorageError(Problem(str(out), "", reason, "Check path and space.")) from error


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns)
        writer.writerows([csv_cell(row.get(column)) for column in columns] for row in rows)
        file.flush()
        os.fsync(file.fileno())


def _write_parquet(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    import pandas as pd

    table = pd.DataFrame.from_records(list(rows), columns=list(columns))
    for column in columns:
        kinds = {type(value) for value in table[column] if not pd.isna(value)}
        if str in kinds and len(kinds) > 1:  # a Parquet column holds one type
            table[column] = table[column].map(lambda value: None if value is None else str(value))
    table.to_parquet(path, index=False)
