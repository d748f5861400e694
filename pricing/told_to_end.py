"""A command that is told to end says so by its exit code, from its first moment on.

It stands below everything else and imports next to nothing: what a command needs takes a second to
import, and a signal may come meanwhile.
"""

import atexit
import signal
import sys
from collections.abc import Callable
from typing import Final, NoReturn

STOPPED_EXIT_CODE: Final = 6


def end_when_told() -> None:
    """Have SIGTERM end this process in order: temporary files go, nothing stays half written."""
    signal.signal(signal.SIGTERM, _end)


def begin_in_order(command: Callable[[], object]) -> NoReturn:
    """Run what imports a command and runs it; SIGTERM and Ctrl-C end that with code 6 too.

    A command that is done has said what it had to: while the interpreter takes itself apart, it is
    told to end no more, and its own code stands.
    """
    end_when_told()
    atexit.register(signal.signal, signal.SIGTERM, signal.SIG_IGN)
    try:
        command()
    except KeyboardInterrupt:
        sys.exit(STOPPED_EXIT_CODE)
    sys.exit(0)


def _end(_number: int, _frame: object) -> NoReturn:
    sys.exit(STOPPED_EXIT_CODE)
