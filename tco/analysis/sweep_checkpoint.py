"""The checkpoint of a sweep: a line for what is asked, then one for every finished point."""

import json
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import Any, Final

from pricing.errors import InputError, Problem
from pricing.text_files import write_whole
from tco.analysis.sweep_grid import Points

FORMAT: Final = "tco.analysis.sweep-checkpoint/1"


def open_checkpoint(path: Path, asked: str, *, replace: bool) -> int:
    """Make or resume the checkpoint; rows already in it.

    A row cut short or spoilt, and what follows it, is taken away: those points are asked again.
    """
    head = json.dumps({"format": FORMAT, "asked": asked})
    if not path.exists():
        write_whole(path, f"{head}\n")
        return 0
    text = path.read_text(encoding="utf-8", errors="replace")
    lines = text[: text.rfind("\n") + 1].splitlines()
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
        write_whole(path, f"{head}\n")
        return 0
    whole = list(takewhile(_is_row, lines[1:]))
    write_whole(path, "".join(f"{line}\n" for line in (head, *whole)))
    return len(whole)


def _is_row(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def finished_rows(checkpoint: Path, points: Points) -> Iterator[dict[str, Any]]:
    """Rows of a checkpoint with the values of their points, in order."""
    with checkpoint.open(encoding="utf-8") as file:
        next(file)
        for number, (overrides, line) in enumerate(zip(points.from_index(0), file, strict=True)):
            yield {"point": number, **overrides, **json.loads(line)}
