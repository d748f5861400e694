"""What an operator sees of each run of the page and each failure of the store."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy.exc import SQLAlchemyError

from pricing.errors import PlannerError, StorageError
from tco.ui.server.log import tell
from tco.ui.server.metrics import (
    METRICS,
    REFUSED_REQUESTS,
    RERUN_CPU_SECONDS,
    RERUN_SECONDS,
    RERUNS,
    STORE_FAILURES,
    STORE_SECONDS,
)

_PAGE: Final = logging.getLogger("tco.page")
_STORE: Final = logging.getLogger("tco.store")
Ending = Literal["answered", "refused", "failed", "left"]
"""How a run ends; *left*: its visitor went, or asked again, before it ended."""


@dataclass(slots=True)
class Run:
    """One run of the page, as far as the log tells of it."""

    request: str = ""
    """Place of the page in the address; what stands behind it is the visitor's own."""
    person: str | None = None
    """Hash; None where nobody signed in."""
    outcome: Ending = "left"
    signs_in: bool | None = None
    """Whether people sign in on this page; None until that was looked up."""

    def refused(self, refusal: PlannerError) -> None:
        """Note that the question has no answer."""
        self.outcome = "refused"
        METRICS.count(REFUSED_REQUESTS, "code", refusal.code)


_RUN: Final[ContextVar[Run | None]] = ContextVar("run", default=None)


def this_run() -> Run | None:
    """Give the run of the page that asks; None outside of one, as in a callback."""
    return _RUN.get()


@contextmanager
def watched_run() -> Iterator[Run]:
    """Count and time a run of the page, and write its line."""
    run = Run()
    before = _RUN.set(run)
    began_s, cpu_s = time.perf_counter(), time.thread_time()
    try:
        yield run
        run.outcome = "answered" if run.outcome == "left" else run.outcome
    except Exception:
        run.outcome = "failed"
        raise
    finally:
        _RUN.reset(before)
        seconds, cpu_s = time.perf_counter() - began_s, time.thread_time() - cpu_s
        METRICS.count(RERUNS, "outcome", run.outcome)
        METRICS.time(RERUN_SECONDS, seconds)
        METRICS.time(RERUN_CPU_SECONDS, cpu_s)
        tell(
            _PAGE,
            logging.INFO,
            "run",
            person=run.person,
            request=f"/{run.request}",
            outcome=run.outcome,
            duration_ms=_milliseconds(seconds),
            cpu_ms=_milliseconds(cpu_s),
        )


def watched_transaction(seconds: float, failure: StorageError | None) -> None:
    """Time a transaction with the store; one that failed gets a line."""
    METRICS.time(STORE_SECONDS, seconds)
    if failure is None:
        return
    METRICS.count(STORE_FAILURES, "code", failure.code)
    tell(
        _STORE,
        logging.WARNING,
        "the store failed",
        code=failure.code,
        cause=_cause(failure),
        duration_ms=_milliseconds(seconds),
    )


def _cause(failure: StorageError) -> str:
    """What went wrong, without the name of a scenario or what stands in it."""
    first = failure.problems[0]
    if isinstance(failure.__cause__, SQLAlchemyError | OSError):
        return f"{first.field} {first.limit}"
    return first.limit.partition(":")[0]


def _milliseconds(seconds: float) -> float:
    return round(1_000 * seconds, 1)
