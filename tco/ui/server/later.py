"""Writing behind the page's back: no visitor waits for the store to keep what it should keep."""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from typing import Final

from pricing.errors import PlannerError, StorageError
from tco.ui.server.log import tell

_LOGGER: Final = logging.getLogger(__name__)


class Later:
    """One thread that does the newest task of each name, and what is left of them at the end.

    The interpreter waits for it when it ends.
    """

    def __init__(self, what: str) -> None:
        """Begin with nothing to do; `what` is not done is said in the log."""
        self._what = what
        self._tasks: dict[str, Callable[[], None]] = {}
        self._lock = Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="later")

    def do(self, name: str, task: Callable[[], None]) -> None:
        """Do a task soon; an older one of its name that still waits is dropped."""
        with self._lock:
            waits = name in self._tasks
            self._tasks[name] = task
        if not waits:
            self._thread.submit(self._do, name)

    def finish(self) -> None:
        """Wait until all is done that was asked for so far."""
        self._thread.submit(int).result()

    def _do(self, name: str) -> None:
        with self._lock:
            task = self._tasks.pop(name)
        try:
            task()
        except StorageError:
            pass  # whoever watches the store tells it
        except PlannerError as refusal:
            tell(_LOGGER, logging.WARNING, self._what, code=refusal.code)
