"""Whether this process can serve: its catalogue is read and its store answers."""

import logging
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from pricing.errors import PlannerError
from tco.facts.data import Data
from tco.store.transaction import transaction
from tco.ui.server.shared_store import shared_store

_LOGGER: Final = logging.getLogger(__name__)
READY: Final = 200
NOT_READY: Final = 503


def open_what_is_shared() -> dict[str, str]:
    """Read the catalogue, open the store and bring its tables up to date; what failed, by name.

    Returns
    -------
    dict
        Empty where this process can serve. Causes are told in the log, not to whoever asks; those
        of the store by whoever watches it.
    """
    failed = {}
    for name, open_it in (("catalogue", Data.shipped), ("store", _ask_the_store)):
        try:
            open_it()
        except PlannerError as refusal:
            failed[name] = refusal.code
            if name == "catalogue":
                _LOGGER.warning("The catalogue is not ready: %s", refusal)
    return failed


async def ready(_request: Request) -> Response:
    """Answer 200 where this process can serve, else 503 and what it waits for."""
    failed = await run_in_threadpool(open_what_is_shared)
    said = {"ready": not failed, "waits_for": failed}
    return JSONResponse(said, NOT_READY if failed else READY)


ROUTE: Final = Route("/ready", ready)


def _ask_the_store() -> None:
    with transaction(shared_store()) as session:
        session.connection()
