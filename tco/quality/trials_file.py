"""Tasks tried by models as a CSV: what a spreadsheet and the page read."""

import csv
import io
from collections.abc import Iterable

from tco.answer.documents import csv_cell
from tco.own_data.benchmark import OPTIONAL, REQUIRED, TaskTrial


def trials_csv(trials: Iterable[TaskTrial]) -> str:
    """One row a task and model: RFC 4180, UTF-8, dot decimals; empty where nothing is known."""
    out = io.StringIO(newline="")
    writer = csv.DictWriter(out, (*REQUIRED, *OPTIONAL), lineterminator="\r\n")
    writer.writeheader()
    for trial in trials:
        cells = {name: _cell(getattr(trial, name)) for name in (*REQUIRED, *OPTIONAL)}
        writer.writerow({name: csv_cell(cell) for name, cell in cells.items()})
    return out.getvalue()


def _cell(value: object) -> object:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value
