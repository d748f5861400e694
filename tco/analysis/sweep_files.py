"""The rows of a sweep as a CSV or a Parquet file, written whole or not at all."""

import csv
import os
from collections.abc import Iterable, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from pricing.errors import InputError, Problem, StorageError
from pricing.text_files import require_absent, written_aside
from tco.answer.documents import csv_cell

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
    if not replace:
        require_absent(out)
    if not out.parent.is_dir():
        raise StorageError(Problem(str(out.parent), "", "is no folder", "Make it first."))


def write_rows(out: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write rows under their columns, beside the file first, then renamed over it.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    if out.suffix.lower() == ".parquet":
        with written_aside(out) as beside:
            _write_parquet(beside, columns, rows)
        return
    cells = ([csv_cell(row.get(column)) for column in columns] for row in rows)
    with written_aside(out) as beside:
        _write_csv(beside, columns, cells)


def write_columns(out: Path, columns: Mapping[str, NDArray[Any]]) -> None:
    """Write columns of one length, as `write_rows` writes rows.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    if out.suffix.lower() == ".parquet":
        with written_aside(out) as beside:
            _table_to_parquet(beside, columns)
        return
    texts = [_cells(column) for column in columns.values()]
    with written_aside(out) as beside:
        _write_csv(beside, columns, zip(*texts, strict=True))


def _cells(column: NDArray[Any]) -> list[object]:
    """Values of a column as a CSV has them: text made harmless, what is not a number left out."""
    if column.dtype == object:
        return [csv_cell(value) for value in column.tolist()]
    if column.dtype.kind == "f":
        return [None if value != value else value for value in column.tolist()]  # NaN alone
    cells: list[object] = column.tolist()
    return cells


def _table_to_parquet(path: Path, columns: Mapping[str, NDArray[Any]]) -> None:
    import pandas as pd

    pd.DataFrame(dict(columns)).to_parquet(path, index=False)


def _write_csv(path: Path, header: Iterable[str], rows: Iterable[Sequence[object]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(header)
        writer.writerows(rows)
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
