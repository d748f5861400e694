"""A small CSV table, whole in memory: read strictly, so that a damaged one is refused.

`csv.DictReader` fills cells that are missing with nothing and gathers those that are too many; a
row that was cut short, or a number with a decimal comma, would be read as another row.
"""

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice
from typing import Final, Self

from pricing.errors import InputError, Problem
from pricing.figures import grouped

MOST_COLUMNS: Final = 1_000
MOST_CELLS: Final = 2_000_000
"""Of a table that is held whole; each takes some 100 bytes."""
_NUMBER: Final = re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class CsvTable:
    """Rows of a table, each with a cell for every column."""

    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    """Line that a row ends on, and its cells by column."""

    @classmethod
    def read(cls, name: str, text: str) -> Self:
        r"""Read a table with a header; blank lines are left out.

        Parameters
        ----------
        name
            What a refusal calls the table.

        Raises
        ------
        InputError
            If it is no CSV, has no header, names a column twice or not at all, has a row with
            more or fewer cells than columns, or more cells than are held.

        Examples
        --------
        >>> CsvTable.read("prices", "model,usd\na,1\n").rows
        ((2, {'model': 'a', 'usd': '1'}),)
        """
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        try:
            columns = tuple(next(reader, ()))
            _check_columns(name, columns)
            most = MOST_CELLS // len(columns)
            lines = ((reader.line_num, cells) for cells in reader if cells)
            rows = [_by_column(name, columns, *line) for line in islice(lines, most + 1)]
        except csv.Error as error:
            problem = Problem(_place(name, reader.line_num), "", str(error), "Save it as CSV.")
            raise InputError(problem) from error
        if len(rows) > most:
            limit = f"holds more than {grouped(most)} rows of {len(columns)} columns"
            raise InputError(Problem(name, "", limit, "Split it."))
        return cls(columns, tuple(rows))


def number_in(cell: str) -> float | None:
    """Read a number written with a point and nothing between its digits; None where it is not.

    Examples
    --------
    >>> number_in(" 1.5e3 "), number_in("1,5"), number_in("1_000")
    (1500.0, None, None)
    """
    text = cell.strip()
    return float(text) if _NUMBER.fullmatch(text) else None


def _check_columns(name: str, columns: tuple[str, ...]) -> None:
    if not columns:
        raise InputError(Problem(name, "", "is empty", "Give a header and rows."))
    if len(columns) > MOST_COLUMNS:
        limit = f"has more than {grouped(MOST_COLUMNS)} columns"
        raise InputError(Problem(name, grouped(len(columns)), limit, "Leave some out."))
    problems = [
        Problem(f"{name}: {column}", "", "stands twice in the header", "Keep one of them.")
        for column in dict.fromkeys(columns)
        if columns.count(column) > 1
    ]
    if not all(map(str.strip, columns)):
        problems.append(Problem(name, "", "has a column without a name", "Name it."))
    if problems:
        raise InputError(*problems)


def _by_column(
    name: str, columns: tuple[str, ...], line: int, cells: list[str]
) -> tuple[int, dict[str, str]]:
    if len(cells) != len(columns):
        limit = f"has {len(cells)} cells, the header has {len(columns)}"
        remedy = "Write numbers with a point, and quote cells that hold a comma."
        raise InputError(Problem(_place(name, line), "", limit, remedy))
    return line, dict(zip(columns, cells, strict=True))


def _place(name: str, line: int) -> str:
    return f"{name} line {line}"
