"""Files of a user: read as text with every refusal named, written whole or not at all."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from difflib import get_close_matches
from pathlib import Path
from typing import Final

from pricing.errors import InputError, PlannerError, Problem, StorageError
from pricing.figures import grouped

MOST_TEXT_BYTES: Final = 64 * 2**20
LEAST_LIKENESS = 0.6
"""From 0 to 1: how alike a name in the folder must be to be suggested for a missing one."""


def unreadable(path: Path, error: OSError) -> PlannerError:
    """Say why a file cannot be read: one that is not there was misnamed, else storage failed."""
    if isinstance(error, FileNotFoundError):
        return InputError(Problem(str(path), "", "does not exist", _nearest(path)))
    if isinstance(error, IsADirectoryError):
        return InputError(Problem(str(path), "", "is a folder", "Name a file in it."))
    reason = f"cannot be read: {error.strerror}"
    return StorageError(Problem(str(path), "", reason, "Check path and rights."))


def _nearest(path: Path) -> str:
    """Remedy for a missing file: the nearest name where it was looked for."""
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"There is no folder {path.parent}."
    near = get_close_matches(path.name, names, n=1, cutoff=LEAST_LIKENESS)
    return f"Did you mean {str(path.with_name(near[0]))!r}?" if near else "Check the path."


def read_content(
    path: Path, *, most_bytes: int = MOST_TEXT_BYTES, too_large: str = "Split it."
) -> bytes:
    """Content of a file.

    No more is read than may be, however large the file says it is: a device or a pipe has no size.

    Parameters
    ----------
    most_bytes
        Largest file that is read.
    too_large
        What to do with a larger one.

    Raises
    ------
    StorageError
        If it cannot be read.
    InputError
        If it does not exist, or is too large.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
    except OSError as error:
        raise unreadable(path, error) from error
    if len(content) > most_bytes:
        limit = f"is larger than {grouped(most_bytes)} bytes"
        raise InputError(Problem(path.name, "", limit, too_large))
    return content


def read_text(
    path: Path, *, most_bytes: int = MOST_TEXT_BYTES, too_large: str = "Split it."
) -> str:
    """Text of a UTF-8 file, with or without a byte-order mark; as large as `read_content` takes.

    Raises
    ------
    StorageError
        If it cannot be read.
    InputError
        If it does not exist, is too large, or not UTF-8 text.
    """
    content = read_content(path, most_bytes=most_bytes, too_large=too_large)
    try:
        return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig").read()
    except UnicodeDecodeError as error:
        raise InputError(
            Problem(path.name, "", "is not UTF-8 text", "Save the file as UTF-8.")
        ) from error


def require_absent(path: Path) -> None:
    """Refuse to replace a file unasked.

    Raises
    ------
    StorageError
        If it exists.
    """
    if path.exists():
        raise StorageError(Problem(str(path), "", "exists already", "Add --force to replace it."))


@contextmanager
def written_aside(path: Path) -> Iterator[Path]:
    """Give a path beside `path` to write to; what is whole then takes its place.

    Raises
    ------
    StorageError
        If it cannot be written; the file is as it was then, and nothing is left beside it.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield beside
        with beside.open("rb") as file:
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        reason = f"cannot be written: {error.strerror}"
        raise StorageError(Problem(str(path), "", reason, "Check path and space.")) from error
    finally:
        with suppress(OSError):
            beside.unlink(missing_ok=True)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    StorageError
        If it cannot be written.
    """
    with written_aside(path) as beside:
        beside.write_bytes(content.encode() if isinstance(content, str) else content)
