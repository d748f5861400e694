"""The journal of a run: one whole line per finished point, and nothing in between.

A line is ``sequence length digest document``. The digest is the SHA-256 of the line before it
and of this document, so that a changed, lost or doubled line shows. Lines are only ever added, each
in one write that is flushed to the disk before the next point starts. A line that a power cut left
half written is the last one; it is dropped when the journal is opened again. A finished run ends
with a seal, after which a cut is told from an end.
"""

import errno
import hashlib
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from calibrate.files import refusing_io, write_all
from pricing.errors import Problem, StorageError

JOURNAL: Final = "journal"
Entry = Mapping[str, object]
_START: Final = "calibrate.journal/1"
SEAL: Final = "seal"


@dataclass(frozen=True, slots=True)
class Contents:
    """What a journal holds."""

    entries: tuple[Entry, ...]
    sealed: bool
    torn_bytes: int
    """Length of the unfinished last line; 0 where the file ends with a whole one."""


class Journal:
    """An open journal that entries are added to."""

    def __init__(self, path: Path, descriptor: int, contents: Contents, digest: str) -> None:
        self._path, self._descriptor, self._digest = path, descriptor, digest
        self._entries = list(contents.entries)
        self.torn_bytes = contents.torn_bytes

    @classmethod
    def open(cls, path: Path) -> Self:
        """Open for adding, a new file or one that a run left behind.

        Raises
        ------
        StorageError
            If the file cannot be read or written, or was changed.
        """
        with refusing_io(path, JOURNAL):
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        try:
            with refusing_io(path, JOURNAL):
                text = _read(descriptor)
            contents, digest = _parse(text, path)
            with refusing_io(path, JOURNAL):
                if contents.torn_bytes:
                    os.ftruncate(descriptor, len(text) - contents.torn_bytes)
                    os.fsync(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        return cls(path, descriptor, contents, digest)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """Everything added so far, seals left out."""
        return tuple(entry for entry in self._entries if entry.get("kind") != SEAL)

    @property
    def is_sealed(self) -> bool:
        """Whether the last entry says that nothing more is to come."""
        return bool(self._entries) and self._entries[-1].get("kind") == SEAL

    def append(self, entry: Entry) -> None:
        """Add one entry; it is on the disk when this returns, or not in the file at all."""
        line, digest = _line(len(self._entries), entry, self._digest)
        with refusing_io(self._path, JOURNAL):
            before = os.fstat(self._descriptor).st_size
            try:
                write_all(self._descriptor, line)
                os.fsync(self._descriptor)
            except OSError:
                os.ftruncate(self._descriptor, before)
                raise
        self._entries.append(entry)
        self._digest = digest

    def seal(self) -> None:
        """Say that nothing more is to come."""
        self.append({"kind": SEAL})

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def read_journal(path: Path) -> Contents:
    """Read a journal without opening it for adding.

    Raises
    ------
    StorageError
        If it cannot be read, or was changed.
    """
    with refusing_io(path, JOURNAL):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            content = _read(descriptor)
        finally:
            os.close(descriptor)
    return _parse(content, path)[0]


def _read(descriptor: int) -> bytes:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(errno.EINVAL, "is not a regular file")
    parts = []
    os.lseek(descriptor, 0, os.SEEK_SET)
    while part := os.read(descriptor, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _line(sequence: int, entry: Entry, before: str) -> tuple[bytes, str]:
    document = json.dumps(entry, ensure_ascii=True, allow_nan=False, separators=(",", ":")).encode()
    digest = _digest(before, document)
    return b"%d %d %s %s\n" % (sequence, len(document), digest.encode(), document), digest


def _digest(before: str, document: bytes) -> str:
    return hashlib.sha256(before.encode() + document).hexdigest()


def _parse(content: bytes, path: Path) -> tuple[Contents, str]:
    """Check every whole line; only the last may be unfinished."""
    digest, entries, sealed = hashlib.sha256(_START.encode()).hexdigest(), [], False
    whole, _, torn = content.rpartition(b"\n")
    for sequence, line in enumerate(whole.split(b"\n") if whole else ()):
        document = _document(sequence, line, digest)
        if document is None:
            raise _changed(path, sequence)
        digest = _digest(digest, document)
        entry = json.loads(document)
        sealed = entry.get("kind") == SEAL
        entries.append(entry)
    return Contents(tuple(entries), sealed and not torn, len(torn)), digest


def _document(sequence: int, line: bytes, before: str) -> bytes | None:
    """Document of a line; None where any of its marks is wrong."""
    match line.split(b" ", 3):
        case [number, length, digest, document] if (
            number == b"%d" % sequence
            and length == b"%d" % len(document)
            and digest == _digest(before, document).encode()
        ):
            return document
    return None


def _changed(path: Path, sequence: int) -> StorageError:
    return StorageError(
        Problem(
            JOURNAL,
            str(path),
            f"entry {sequence + 1} is not as it was written: its length or digest differs",
            "Restore the file from a copy, or measure again into a new folder.",
        )
    )
