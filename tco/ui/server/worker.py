"""A process of its own for long work: it answers one question after another until nobody asks."""

import resource
import signal
import sys
from functools import partial
from multiprocessing.connection import Connection
from types import FrameType

from pricing.errors import InputError, PlannerError
from tco.ui.server.long_work import Outcome, Task, too_much
from tco.ui.server.places import places_of


def serve() -> None:
    """Work with the limits of the command line."""
    work(*map(int, sys.argv[1:]))


def work(line: int, most_bytes: int, most_cpu_s: int) -> None:
    """Answer what comes over a connection until it is closed."""
    resource.setrlimit(resource.RLIMIT_DATA, (most_bytes, most_bytes))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the page ends it
    signal.signal(signal.SIGPROF, partial(_stop, most_cpu_s))
    with Connection(line) as page:
        while True:
            try:
                task: Task = page.recv()
                signal.setitimer(signal.ITIMER_PROF, most_cpu_s)
                page.send(_reply(task))
            except (EOFError, ConnectionError):
                return


def _reply(task: Task) -> Outcome:
    try:
        return Outcome(task())
    except PlannerError as refusal:
        return Outcome(None, (type(refusal), refusal.problems))
    except MemoryError:
        return Outcome(None, (InputError, (too_much("memory"),)))
    except Exception as mistake:
        return Outcome(None, failed="\n".join(places_of(mistake)))
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _stop(seconds: int, _number: int, _frame: FrameType | None) -> None:
    raise InputError(too_much(f"work than the {seconds} s"))
