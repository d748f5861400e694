"""The checkpoint of a sweep: a line for what is asked, then one for every finished point.

Every line carries a digest over what it says, which point it is, and what was asked. One that was
cut short or changed since, and what follows it, is taken away: those points are asked again.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from pricing.errors import InputError, Problem, StorageError
from pricing.text_files import write_whole
from tco.analysis.sweep_grid import Points

FORMAT: Final = "tco.analysis.sweep-checkpoint/2"
_DIGEST_CHARACTERS: Final = 16


def open_checkpoint(path: Path, asked: str, *, replace: bool) -> int:
    """Make or resume the checkpoint; rows already in it.

    Raises
    ------
    StorageError
        If it cannot be read or written.
    InputError
        If it is of another sweep, and not to be replaced.
    """
    head = _line(asked, 0, {"format": FORMAT, "asked": asked})
    if not path.exists():
        write_whole(path, head)
        return 0
    lines = _lines(path)
    if not lines or lines[0] != head:
        if not replace:
            raise InputError(
                Problem(
                    str(path),
                    "",
                    "is the checkpoint of another sweep",
                    "Finish that one, write to another file, or add --force to start anew.",
                )
            )
        write_whole(path, head)
        return 0
    whole = [line for _, line in takewhile(lambda row: _is_whole(asked, *row), enumerate(lines))]
    write_whole(path, "".join(whole))
    return len(whole) - 1


def row_line(asked: str, point: int, row: Mapping[str, Any]) -> str:
    """Line of a finished point, counted from 0."""
    return _line(asked, point + 1, row)


def finished_rows(checkpoint: Path, points: Points) -> Iterator[dict[str, Any]]:
    """Rows of a checkpoint with the values of their points, in order."""
    with checkpoint.open(encoding="utf-8") as file:
        next(file)
        for number, (overrides, line) in enumerate(zip(points.from_index(0), file, strict=True)):
            yield {"point": number, **overrides, **json.loads(line.partition(" ")[2])}


def _lines(path: Path) -> list[str]:
    """Whole lines of a checkpoint."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        reason = f"cannot be read: {error.strerror}"
        raise StorageError(Problem(str(path), "", reason, "Check path and rights.")) from error
    return [f"{line}\n" for line in text.split("\n")[:-1]]


def _line(asked: str, place: int, content: Mapping[str, Any]) -> str:
    text = json.dumps(content)
    return f"{_digest(asked, place, text)} {text}\n"


def _is_whole(asked: str, place: int, line: str) -> bool:
    digest, _, text = line[:-1].partition(" ")
    return digest == _digest(asked, place, text)


def _digest(asked: str, place: int, text: str) -> str:
    content = f"{asked} {place} {text}".encode()
    return hashlib.sha256(content).hexdigest()[:_DIGEST_CHARACTERS]
