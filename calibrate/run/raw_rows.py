"""Every request of a point, one JSON document a line, compressed beside the journal."""

import gzip
import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Final

from calibrate.files import read_file
from calibrate.load.driver import Row
from calibrate.run.point import MeasuredPoint

ROWS: Final = "rows"
NAMES: Final = tuple(field.name for field in fields(Row))


def packed_rows(rows: Sequence[Row]) -> bytes:
    """Raw rows, one JSON document a line, compressed; the same rows give the same bytes."""
    lines = "".join(
        json.dumps({name: getattr(row, name) for name in NAMES}, allow_nan=False) + "\n"
        for row in rows
    )
    return gzip.compress(lines.encode(), mtime=0)


def read_rows(folder: Path, point: MeasuredPoint) -> tuple[Row, ...]:
    """Raw rows of a point.

    Raises
    ------
    StorageError
        If the file cannot be read.
    """
    if point.rows is None:
        return ()
    content = read_file(folder / point.rows.file, "rows")
    return tuple(Row(**json.loads(line)) for line in gzip.decompress(content).splitlines())
