"""Which files are meant, and of which format: CSV, JSON, JSON lines or Parquet, packed or not."""

import glob
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pricing.errors import InputError, Problem
from pricing.text_files import unreadable

Format = Literal["csv", "json", "lines", "parquet"]

FORMAT_BY_ENDING: Final[dict[str, Format]] = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".json": "json",
    ".jsonl": "lines",
    ".ndjson": "lines",
    ".parquet": "parquet",
}
PACKED: Final = {".gz": "gzip", ".zst": "zstd"}
_KNOWN: Final = "A usage file ends in .csv, .tsv, .json, .jsonl or .parquet, and in .gz or .zst."
_IN_PATTERNS: Final = re.compile(r"[*?\[]")
_WIDE_MARKS: Final = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class UsageFile:
    """One file to read."""

    path: Path
    format: Format
    compression: str
    """``gzip``, ``zstd`` or ``none``."""

    @property
    def pattern(self) -> str:
        """Pattern that means this file alone: the engine takes every path for a pattern."""
        return _IN_PATTERNS.sub(r"[\g<0>]", str(self.path))


def packing(files: Sequence[UsageFile]) -> str:
    """How files that are read together are packed; each by its ending where they differ."""
    kinds = {file.compression for file in files}
    return kinds.pop() if len(kinds) == 1 else "auto"


def usage_files(given: Sequence[str | Path]) -> tuple[UsageFile, ...]:
    """Files that paths, patterns and folders mean, each once, in order of their names.

    Raises
    ------
    StorageError
        A file cannot be read.
    InputError
        A path leads to no file, or a file is of no known format.
    """
    found: dict[Path, UsageFile] = {}
    for text in given:
        paths = list(_paths(Path(text)))
        if not paths:
            raise InputError(Problem(str(text), "", "leads to no usage file", _KNOWN))
        for path in paths:
            found[path.resolve()] = _checked(path)
    return tuple(found.values())


def _paths(given: Path) -> Iterator[Path]:
    if given.is_dir():
        yield from sorted(p for p in given.rglob("*") if p.is_file() and _format(p) is not None)
    elif given.is_file():
        yield given
    else:
        yield from (
            Path(p)
            for p in sorted(glob.glob(str(given), recursive=True))  # noqa: PTH207 - any pattern
            if Path(p).is_file()
        )


def _checked(path: Path) -> UsageFile:
    format_ = _format(path)
    if format_ is None:
        raise InputError(Problem(path.name, "", "is of no known format", _KNOWN))
    try:
        with path.open("rb") as file:
            head = file.read(4)
    except OSError as error:
        raise unreadable(path, error) from error
    if not head:
        raise InputError(Problem(path.name, "", "is empty", "Export it again."))
    packed = PACKED.get(path.suffix.lower(), "none")
    is_text = format_ != "parquet" and packed == "none"
    if head.startswith(_WIDE_MARKS) or (is_text and b"\x00" in head):
        raise InputError(Problem(path.name, "", "is UTF-16 text", "Save it as UTF-8."))
    return UsageFile(path, format_, packed)


def _format(path: Path) -> Format | None:
    endings = [ending.lower() for ending in path.suffixes]
    if endings and endings[-1] in PACKED:
        endings.pop()
    return FORMAT_BY_ENDING.get(endings[-1]) if endings else None
