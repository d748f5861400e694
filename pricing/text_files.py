"""Files of a user: read as text with every refusal named, written whole or not at all."""

import io
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from pricing.errors import InputError, Problem, StorageError
from pricing.figures import grouped

MOST_TEXT_BYTES: Final = 64 * 2**20


def read_text(
    path: Path, *, most_bytes: int = MOST_TEXT_BYTES, too_large: str = "Split it."
) -> str:
    """Text of a UTF-8 file, with or without a byte-order mark.

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
        If it is too large, or not UTF-8 text.
    """
    try:
        with path.open("rb") as file:
            content = file.read(most_bytes + 1)
        if len(content) > most_bytes:
            limit = f"is larger than {grouped(most_bytes)} bytes"
            raise InputError(Problem(path.name, "", limit, too_large))
        return io.TextIOWrapper(io.BytesIO(content), encoding="utf-8-sig").read()
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise StorageError(Problem(str(path), "", reason, "Check path and rights.")) from error
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
