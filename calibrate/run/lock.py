"""One run per folder: a lock that dies with its holder."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from calibrate.errors import BusyError
from calibrate.files import refusing_io
from pricing.errors import Problem

LOCK: Final = "lock"
_POLL_S: Final = 0.02


@contextmanager
def hold(folder: Path, *, wait_s: float = 0.0) -> Iterator[None]:
    """Hold the folder's lock; the system takes it back when the process ends, however it ends.

    Parameters
    ----------
    wait_s
        How long to wait for another holder [s].

    Raises
    ------
    BusyError
        If another process holds it for longer, naming that process.
    """
    path = folder / LOCK
    with refusing_io(path, LOCK):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _take(descriptor, path, time.monotonic() + wait_s)
        with refusing_io(path, LOCK):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, json.dumps(_me()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise _busy(descriptor, path) from None
            time.sleep(_POLL_S)
        else:
            return


def _me() -> dict[str, object]:
    """Process id and start time: an id alone may have been given to another process since."""
    return {"pid": os.getpid(), "since": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}


def _busy(descriptor: int, path: Path) -> BusyError:
    held_by = os.pread(descriptor, 200, 0).decode(errors="replace")
    return BusyError(
        Problem(
            "out",
            str(path.parent),
            f"another run holds the folder {held_by}".rstrip(),
            "Wait for it, stop it, or choose another folder.",
        )
    )
