"""The one store of this process: opened once, for all its visitors."""

import atexit
from threading import Lock
from typing import Final

from sqlalchemy import Engine

from tco.store.connect import open_store, store_url
from tco.store.transaction import observed, watch_store
from tco.ui.server.watched import watched_transaction

watch_store(watched_transaction)
_LOCK: Final = Lock()
_OPEN: Final[dict[str, Engine]] = {}


def shared_store(url: str | None = None) -> Engine:
    """Give the store that the environment names; its tables are brought up to date first.

    Raises
    ------
    PlannerError
        If it does not answer, or a newer planner wrote it.
    """
    wanted = store_url() if url is None else url
    with _LOCK:
        if wanted not in _OPEN:
            with observed():
                opened = open_store(wanted)
            _close()
            _OPEN[wanted] = opened
        return _OPEN[wanted]


@atexit.register
def _close() -> None:
    """Give every connection back."""
    while _OPEN:
        _OPEN.popitem()[1].dispose()
