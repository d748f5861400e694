"""A CSV table of requests as text rows: separators, encodings and headers read or refused."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pricing.errors import InputError, Problem, StorageError, did_you_mean

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
MOST_BYTES: Final = 256 * 2**20
_USAGE_WORDS = ("token", "cache", "search", "tier", "ttl", "request", "image", "audio")


def rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows of a table of requests, each with its line number; blank lines are left out.

    Raises
    ------
    InputError
        The file as a whole cannot be read: every fault of its header at once.
    StorageError
        There is no such file.
    """
    text = _text(path)
    header = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().lower() for name in next(reader)]
        _check_header(path, names)
        found = False
        for cells in reader:
            if cells and any(cell.strip() for cell in cells):
                found = True
                yield reader.line_num, _row(path, reader.line_num, names, cells)
    except csv.Error as error:
        raise InputError(
            Problem(path.name, "", f"is not CSV: {error}", "Save it as plain CSV.")
        ) from error
    if not found:
        raise InputError(Problem(path.name, "", "has a header and no rows", "Add rows."))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MOST_BYTES:
            limit = f"is larger than {MOST_BYTES // 2**20} MiB"
            raise InputError(Problem(path.name, "", limit, "Split the file."))
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "cannot be read"
        raise StorageError(Problem(path.name, "", reason, "Give a readable CSV file.")) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Problem(path.name, "", "is not UTF-8 text", "Save it as CSV in UTF-8.")
        ) from error
    if "\0" in text:
        raise InputError(Problem(path.name, "", "is not text", "Save it as CSV in UTF-8."))
    if not text.strip():
        raise InputError(Problem(path.name, "", "is empty", f"Give {', '.join(REQUIRED)}."))
    return text


def _check_header(path: Path, names: Sequence[str]) -> None:
    known = (*REQUIRED, *OPTIONAL)
    problems = [
        Problem(f"{path.name}: column {name}", "", "is missing", "Add it.")
        for name in REQUIRED
        if name not in names
    ]
    problems += [
        Problem(f"{path.name}: column {name!r}", "", "is not known", did_you_mean(name, known))
        for name in dict.fromkeys(names)
        if name not in known and _may_carry_cost(name, known)
    ]
    problems += [
        Problem(f"{path.name}: column {name}", "", "is given twice", "Remove one.")
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]
    if problems:
        raise InputError(*problems)


def _may_carry_cost(name: str, known: Sequence[str]) -> bool:
    """Whether leaving a column out could change a price: a misspelt one, or one of usage."""
    looks_known = get_close_matches(name, known, n=1, cutoff=0.75)
    return bool(looks_known) or any(word in name for word in _USAGE_WORDS)


def _row(path: Path, line: int, names: Sequence[str], cells: Sequence[str]) -> Mapping[str, str]:
    if len(cells) != len(names):
        limit = f"has {len(cells)} cells, the header has {len(names)}"
        remedy = "Quote cells that hold the separator; write counts without separators."
        raise InputError(Problem(f"{path.name}: line {line}", "", limit, remedy))
    return {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
