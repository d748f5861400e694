"""The page as a web application; ``streamlit run`` finds it here and serves it."""

import asyncio
import logging
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import streamlit as st
import streamlit.net_util
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from streamlit.runtime import get_instance
from streamlit.starlette import App

from pricing.errors import InputError
from tco.service.hosts import LOOPBACK
from tco.store.connect import require_store
from tco.ui.server.giving_back import give_back_when_everybody_left
from tco.ui.server.guard import Guard, headers
from tco.ui.server.log import begin_log, tell
from tco.ui.server.metrics import METRICS
from tco.ui.server.readiness import ROUTE, open_what_is_shared
from tco.ui.server.theme_once import fill_the_theme_once

_LOGGER: Final = logging.getLogger("tco.page")
OPENS_AFTER_S: Final = 0.5


@asynccontextmanager
async def opened(app: App) -> AsyncIterator[dict[str, Any] | None]:
    """Open the store, and the page in a browser of this machine unless it is served to others."""
    begin_log()
    get_instance().stats_mgr.register_provider(METRICS)
    await run_in_threadpool(open_what_is_shared)
    tell(_LOGGER, logging.INFO, "the page is served", address=_address())
    looking = asyncio.create_task(give_back_when_everybody_left())
    try:
        async with open_browser(app) as state:
            yield state
    finally:
        looking.cancel()


@asynccontextmanager
async def open_browser(_app: App) -> AsyncIterator[dict[str, Any] | None]:
    """Open the page in a browser of this machine, unless it is served to others."""
    if not st.get_option("server.headless"):
        loop = asyncio.get_running_loop()
        # Later, for nothing listens yet; in a thread, for a browser of the terminal never returns.
        loop.call_later(
            OPENS_AFTER_S, partial(loop.run_in_executor, None, webbrowser.open, _address())
        )
    yield None


def _address() -> str:
    place = f"http://{st.get_option('server.address')}:{st.get_option('server.port')}"
    return f"{place}/{st.get_option('server.baseUrlPath') or ''}".rstrip("/")


# To judge an origin Streamlit would ask servers outside by which address this machine is known.
streamlit.net_util._external_ip = streamlit.net_util._internal_ip = ""
fill_the_theme_once()

try:
    require_store()
except InputError as refusal:
    sys.exit(f"error: {refusal}")

app = App(
    Path(__file__).parents[1] / "shell.py",
    lifespan=opened,
    routes=[ROUTE],
    middleware=[
        Middleware(
            Guard,
            headers(),
            st.get_option("server.baseUrlPath"),
            st.get_option("server.allowedHosts") or LOOPBACK,
        )
    ],
)
