"""How far a long run is: a bar with the time left on a terminal, plain lines otherwise."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from tco.commands.notes import is_quiet, note
from tco.words.figures import NBSP, plural, whole

SECONDS_BETWEEN_LINES: Final = 30.0

Tell = Callable[[int, int], None]
"""Told what is finished and how much there is in all."""


@contextmanager
def shown_progress() -> Iterator[Tell]:
    """Show progress on standard error."""
    if is_quiet() or not sys.stderr.isatty():
        yield progress_lines(note, time.monotonic)
        return
    from rich import progress
    from rich.console import Console

    bar = progress.Progress(
        progress.TextColumn("{task.description}"),
        progress.BarColumn(),
        progress.MofNCompleteColumn(),
        progress.TimeRemainingColumn(),
        console=Console(stderr=True),
    )
    with bar:
        task = bar.add_task("Answering")
        yield lambda finished, points: bar.update(task, completed=finished, total=points)


def progress_lines(say: Callable[[str], None], clock: Callable[[], float]) -> Tell:
    """Say how far a run is, at most every 30 s, with the time left."""
    start = said = clock()
    at_start: int | None = None

    def tell(finished: int, points: int) -> None:
        nonlocal said, at_start
        at_start = finished if at_start is None else at_start
        now = clock()
        if now - said < SECONDS_BETWEEN_LINES or finished == at_start:
            return
        said = now
        left = (now - start) / (finished - at_start) * (points - finished)
        say(f"{whole(finished)} of {plural(points, 'point')}, about {whole(left)}{NBSP}s left")

    return tell
