"""A CSV table of requests, read in pieces: separators, encodings, headers and shape, or refused."""

import csv
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import accumulate, chain, islice
from operator import itemgetter
from pathlib import Path
from typing import Final, Self, TextIO

from pricing.errors import InputError, Problem, did_you_mean
from pricing.figures import grouped
from pricing.text_files import unreadable

REQUIRED: Final = ("id", "provider", "model", "as_of", "input_tokens", "output_tokens")
OPTIONAL: Final = (
    "tier",
    "residency",
    "cached_tokens",
    "cache_write_tokens",
    "reasoning_tokens",
    "cache_write_ttl",
    "web_searches",
    "file_searches",
    "requests",
    "served_tier",
    "refused",
)
MOST_COUNT_DIGITS: Final = 18
_USAGE_WORDS: Final = ("token", "cache", "search", "tier", "ttl", "request", "image", "audio")
_SUM_WORDS: Final = ("num_", "n_requests", "_count", "model_requests", "bucket", "start", "end_")
"""Parts of column names of usage exports: rows that hold sums over many requests."""
_ONE: Final = frozenset({"", "0", "1"})
_LONGEST_LINE: Final = 2**20
PIECE_ROWS: Final = 10_000
_SPACE: Final = re.compile(r"\s")
ONE_EACH: Final = "Give one row a request: what several requests cost hangs on each one's length."


@dataclass(frozen=True, slots=True)
class Piece:
    """Some rows of the table, by column."""

    lines: Sequence[int]
    """Line of the file each row ends on; the header is line 1."""
    columns: dict[str, Sequence[str]]
    """Cells without the space around them; columns that are not given are empty."""


@dataclass(frozen=True, slots=True)
class RequestTable:
    """A table that was checked whole: each row has its cells, and stands for one request."""

    path: Path
    names: tuple[str, ...]
    delimiter: str

    @classmethod
    def open(cls, path: Path, *, alike: bool) -> Self:
        """Check a table of requests.

        Parameters
        ----------
        alike
            Whether a row that counts several requests means as many that are all alike.

        Raises
        ------
        InputError
            There is no such file, it is no table, or holds sums over requests.
        StorageError
            It cannot be read.
        """
        with _opened(path) as file:
            header = next(chain.from_iterable(_blocks(path, file)), "")
            if not header.strip():
                raise InputError(Problem(path.name, "", "is empty", f"Give {', '.join(REQUIRED)}."))
            delimiter = max(",;\t", key=header.count)
            cells = next(csv.reader([header], delimiter=delimiter))
        names = [name.strip().lower() for name in cells]
        check_header(path.name, names)
        table = cls(path, tuple(names), delimiter)
        table._check_shape(alike=alike)
        return table

    def pieces(self) -> Iterator[Piece]:
        """Rows in order, some thousand at a time; blank lines are left out."""
        for lines, rows in self._rows():
            found = dict(zip(self.names, zip(*rows, strict=True), strict=True))
            empty = ("",) * len(rows)
            known = (*REQUIRED, *OPTIONAL)
            yield Piece(lines, {name: _stripped(found.get(name, empty)) for name in known})

    def _rows(self) -> Iterator[tuple[Sequence[int], list[list[str]]]]:
        """Lines and cells of rows, some thousand at a time."""
        with _opened(self.path) as file:
            blocks = chain.from_iterable(_blocks(self.path, file))
            reader = csv.reader(blocks, delimiter=self.delimiter, strict=True)
            next(reader)
            line = reader.line_num
            while rows := list(islice(reader, PIECE_ROWS)):
                ends = _line_numbers(line, rows, reader.line_num)
                line = reader.line_num
                whole = set(map(len, rows)) == {len(self.names)}
                if not whole or not all(map(str.strip, map(itemgetter(0), rows))):
                    ends, rows = self._with_text(ends, rows)
                if rows:
                    yield ends, rows

    def _with_text(
        self, ends: Sequence[int], rows: list[list[str]]
    ) -> tuple[list[int], list[list[str]]]:
        """Lines and cells without the blank rows; the first with other cells is refused."""
        kept = [(end, row) for end, row in zip(ends, rows, strict=True) if any(map(str.strip, row))]
        wrong = next((pair for pair in kept if len(pair[1]) != len(self.names)), None)
        if wrong is not None:
            raise self._wrong_cells(*wrong)
        return [end for end, _ in kept], [row for _, row in kept]

    def _wrong_cells(self, line: int, cells: Sequence[str]) -> InputError:
        limit = f"has {len(cells)} cells, the header has {len(self.names)}"
        remedy = "Quote cells that hold the separator; write counts without separators."
        return InputError(Problem(f"{self.path.name}: line {line}", "", limit, remedy))

    def _check_shape(self, *, alike: bool) -> None:
        """Read every row once, so that a fault far down is known before the first is priced."""
        found = 0
        counted = self.names.index("requests") if "requests" in self.names else None
        tokens = self.names.index("input_tokens")
        for lines, rows in self._rows():
            found += len(rows)
            if counted is None or alike:
                continue
            for line, row in zip(lines, rows, strict=True):
                if row[counted].strip() not in _ONE and row[counted].strip().isdecimal():
                    raise self._is_sum(line, row[counted].strip(), row[tokens].strip())
        if not found:
            raise InputError(Problem(self.path.name, "", "has a header and no rows", "Add rows."))

    def _is_sum(self, line: int, requests: str, tokens: str) -> InputError:
        limit = f"{requests} requests beside {tokens} input tokens: a sum has no exact price"
        remedy = f"{ONE_EACH} If every request of a row is alike, say --alike."
        return InputError(Problem(f"{self.path.name}: line {line}", "", limit, remedy))


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            yield file
    except UnicodeDecodeError as error:
        problem = Problem(path.name, "", "is not UTF-8 text", "Save it as CSV in UTF-8.")
        raise InputError(problem) from error
    except csv.Error as error:
        problem = Problem(path.name, "", f"is not CSV: {error}", "Save it as plain CSV.")
        raise InputError(problem) from error
    except OSError as error:
        raise unreadable(path, error) from error


def _blocks(path: Path, file: TextIO) -> Iterator[list[str]]:
    """Lines of the file, a block of them at a time; no line may fill a block."""
    rest = ""
    while block := file.read(_LONGEST_LINE):
        if "\0" in block:
            raise InputError(Problem(path.name, "", "is not text", "Save it as CSV in UTF-8."))
        *lines, rest = (rest + block).split("\n")
        if len(rest) >= _LONGEST_LINE:
            limit = f"holds a line of {grouped(_LONGEST_LINE)} characters or more"
            raise InputError(Problem(path.name, "", limit, "Save it as plain CSV."))
        yield [f"{line}\n" for line in lines]
    yield [rest] if rest else []


def _line_numbers(before: int, rows: Sequence[Sequence[str]], after: int) -> Sequence[int]:
    """Line of the file that each row ends on."""
    if after - before == len(rows):
        return range(before + 1, after + 1)
    heights = (1 + sum(cell.count("\n") for cell in row) for row in rows)
    return list(accumulate(heights, initial=before))[1:]


def _stripped(cells: Sequence[str]) -> Sequence[str]:
    return [cell.strip() for cell in cells] if _SPACE.search("".join(cells)) else cells


def check_header(table: str, names: Sequence[str]) -> None:
    """Refuse a table of requests by its columns, every fault at once.

    Raises
    ------
    InputError
        A column is missing, stands twice, may carry cost and is not known, or sums many requests.
    """
    known = (*REQUIRED, *OPTIONAL)
    problems = [
        Problem(f"{table}: column {name}", "", "is missing", "Add it.")
        for name in REQUIRED
        if name not in names
    ]
    for name in dict.fromkeys(names):
        place = f"{table}: column {name!r}"
        if name in known:
            continue
        if any(word in name for word in _SUM_WORDS):
            limit = "is one of a usage export, whose rows sum many requests"
            problems.append(Problem(place, "", limit, ONE_EACH))
        elif _may_carry_cost(name, known):
            problems.append(Problem(place, "", "is not known", did_you_mean(name, known)))
    problems += [
        Problem(f"{table}: column {name}", "", "is given twice", "Remove one.")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    if problems:
        raise InputError(*problems)


def _may_carry_cost(name: str, known: Sequence[str]) -> bool:
    """Whether leaving a column out could change a price: a misspelt one, or one of usage."""
    looks_known = get_close_matches(name, known, n=1, cutoff=0.75)
    return bool(looks_known) or any(word in name for word in _USAGE_WORDS)
