"""Files that are whole or absent: written aside, flushed to the disk, then put in place."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

from pricing.errors import InputError, Problem, StorageError
from pricing.figures import grouped
from pricing.parsing import parse_json
from pricing.text_files import unreadable

SMALLEST_FREE_BYTES: Final = 64 * 1024 * 1024
MOST_BYTES: Final = 64 * 1024 * 1024
"""Of a file that is held whole in memory."""


@contextmanager
def refusing_io(path: Path, what: str) -> Iterator[None]:
    """Turn an error of the operating system into a refusal that names the file."""
    try:
        yield
    except OSError as error:
        raise StorageError(
            Problem(
                what,
                str(path),
                f"cannot be written or read: {error.strerror or error}",
                "Free space or choose another folder; what was finished before is kept.",
            )
        ) from None


def read_file(path: Path, what: str) -> bytes:
    """Content of a file.

    Parameters
    ----------
    what
        Name of the thing that is read, for the refusal.

    Raises
    ------
    InputError
        If it does not exist, or is too large: a device has no end.
    StorageError
        If it cannot be read.
    """
    with refusing_io(path, what):
        try:
            with path.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
        except FileNotFoundError as error:
            raise unreadable(path, error) from None
    if len(content) > MOST_BYTES:
        limit = f"is larger than {grouped(MOST_BYTES)} bytes"
        raise InputError(Problem(what, str(path), limit, "Name the file that was written."))
    return content


def read_document(path: Path, what: str) -> dict[str, Any]:
    """JSON object that a file holds.

    Raises
    ------
    StorageError
        If it cannot be read.
    InputError
        If it is too large, or holds anything else.
    """
    try:
        document = parse_json(read_file(path, what))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise InputError(Problem(what, str(path), "is not a JSON object", "Restore the file."))
    return document


def digest_of(path: Path, what: str) -> str:
    """SHA-256 of a file of any size.

    Raises
    ------
    StorageError
        If it cannot be read.
    """
    with refusing_io(path, what), path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_whole(path: Path, content: bytes) -> None:
    """Replace a file by `content`, or leave it as it was.

    Raises
    ------
    StorageError
        If any step fails; nothing is left beside the file then.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    with refusing_io(path, "file"):
        try:
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            try:
                write_all(descriptor, content)
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            part.replace(path)
            flush_folder(path.parent)
        except OSError:
            with suppress(OSError):
                part.unlink()
            raise


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte; one call may take only some of them."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def flush_folder(folder: Path) -> None:
    """Make a new name in a folder last through a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def require_space(folder: Path, smallest_bytes: int = SMALLEST_FREE_BYTES) -> None:
    """Refuse a folder on a disk that is nearly full, before anything is started.

    Raises
    ------
    StorageError
        If less than `smallest_bytes` is free.
    """
    with refusing_io(folder, "out"):
        free = shutil.disk_usage(folder).free
    if free < smallest_bytes:
        raise StorageError(
            Problem(
                "out",
                str(folder),
                f"{free / 1e6:,.0f} MB are free, {smallest_bytes / 1e6:,.0f} MB are needed",
                "Free space or choose another folder.",
            )
        )
