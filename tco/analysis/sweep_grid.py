"""Which scenarios a sweep answers: a grid over dotted paths, or the rows of a CSV."""

import hashlib
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path
from typing import Any, Final, Protocol

import numpy as np

from pricing.csv_table import CsvTable
from pricing.errors import InputError, Problem
from pricing.text_files import read_text
from tco.words.figures import plural, whole

MOST_POINTS: Final = 10_000_000
_WORDS: Final = {"true": True, "false": False}


class Points(Protocol):
    """Overrides of a scenario, one mapping of dotted paths to values per point."""

    @property
    def paths(self) -> tuple[str, ...]:
        """Dotted paths that vary."""

    def __len__(self) -> int:
        """Number of points."""

    def from_index(self, start: int) -> Iterator[Mapping[str, Any]]:
        """Points from one index on."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Every combination of the values of several paths; the last path varies quickest."""

    paths: tuple[str, ...]
    values: tuple[tuple[Any, ...], ...]

    def __len__(self) -> int:
        """Number of combinations."""
        return math.prod(len(values) for values in self.values)

    def from_index(self, start: int) -> Iterator[Mapping[str, Any]]:
        """Points from one index on."""
        for row in islice(product(*self.values), start, None):
            yield dict(zip(self.paths, row, strict=True))


@dataclass(frozen=True, slots=True)
class Rows:
    """Points as a file lists them; an empty cell leaves the scenario as it is."""

    paths: tuple[str, ...]
    rows: tuple[Mapping[str, Any], ...]

    def __len__(self) -> int:
        """Number of rows."""
        return len(self.rows)

    def from_index(self, start: int) -> Iterator[Mapping[str, Any]]:
        """Points from one index on."""
        return iter(self.rows[start:])


def grid(specifications: Sequence[str]) -> Grid:
    """Read specifications such as ``finance.discount_rate=0.05,0.08`` or ``path=1e6:9e6:5:log``.

    Raises
    ------
    InputError
        With everything that cannot be read, or when there are too many points.
    """
    problems, paths, values = [], [], []
    for text in specifications:
        path, _, listed = text.partition("=")
        try:
            entries = _values(listed)
        except ValueError as error:
            problems.append(Problem("vary", text, str(error), _HOW))
            continue
        if not path or path in paths:
            problems.append(Problem("vary", text, "names a dotted path once", _HOW))
        paths.append(path)
        values.append(entries)
    if not specifications:
        problems.append(Problem("vary", "", "names at least one path", _HOW))
    if problems:
        raise InputError(*problems)
    made = Grid(tuple(paths), tuple(values))
    _require_few(len(made))
    return made


def rows_of_csv(path: Path) -> Rows:
    """Read a CSV whose header is dotted paths.

    Raises
    ------
    StorageError
        If it cannot be read.
    InputError
        If it does not exist, holds no rows, or is no table.
    """
    table = CsvTable.read(path.name, read_text(path))
    if not table.rows:
        limit = "has a header and at least one row"
        raise InputError(Problem(path.name, "", limit, "Give one row per scenario."))
    _require_few(len(table.rows))
    rows = tuple(
        {key: value_of(cell) for key, cell in cells.items() if cell != ""}
        for _, cells in table.rows
    )
    return Rows(table.columns, rows)


def digest_of(points: Points, about: Mapping[str, Any]) -> str:
    """Digest of what a sweep answers, so that only the same one is resumed."""
    if isinstance(points, Grid):
        asked: Any = [points.paths, points.values]
    else:
        asked = [points.paths, list(points.from_index(0))]
    text = json.dumps([asked, about], sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def value_of(cell: str) -> Any:  # noqa: ANN401 - a number, a truth value or text
    """Read a cell: a number where it is one, a truth value, else text.

    Examples
    --------
    >>> value_of("12"), value_of("1e6"), value_of("true"), value_of("flat")
    (12, 1000000.0, True, 'flat')
    """
    text = cell.strip()
    if text in _WORDS:
        return _WORDS[text]
    for kind in (int, float):
        try:
            number = kind(text)
        except ValueError:
            continue
        if math.isfinite(number):
            return number
    return text


def _values(listed: str) -> tuple[Any, ...]:
    """Values of one path: a list by commas, or low:high:count with ``:log`` for equal ratios."""
    if not listed:
        msg = "gives values after an equals sign"
        raise ValueError(msg)
    parts = listed.split(":")
    if len(parts) == 1:
        return tuple(value_of(part) for part in listed.split(","))
    if len(parts) not in {3, 4} or (len(parts) == 4 and parts[3] != "log"):
        msg = "is low:high:count or low:high:count:log"
        raise ValueError(msg)
    try:
        low, high, count = float(parts[0]), float(parts[1]), int(parts[2])
    except ValueError as error:
        msg = "is low:high:count in numbers"
        raise ValueError(msg) from error
    if not (1 <= count <= MOST_POINTS and math.isfinite(low) and math.isfinite(high)):
        msg = f"counts from 1 to {whole(MOST_POINTS)} between finite ends"
        raise ValueError(msg)
    if len(parts) == 3:
        return tuple(np.linspace(low, high, count).tolist())
    if not (low > 0 and high > 0):
        msg = "has positive ends where steps are equal ratios"
        raise ValueError(msg)
    return tuple(np.geomspace(low, high, count).tolist())


def _require_few(points: int) -> None:
    if points > MOST_POINTS:
        limit = f"holds at most {plural(MOST_POINTS, 'point')}"
        raise InputError(Problem("sweep", whole(points), limit, "Take fewer values of each path."))


_HOW: Final = "Write path=1,2,3 or path=low:high:count, with :log for equal ratios."
