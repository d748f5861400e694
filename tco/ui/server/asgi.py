"""The page as a web application; ``streamlit run`` finds it here and serves it."""

import asyncio
import sys
import webbrowser
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, Final

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from streamlit.starlette import App

from pricing.errors import InputError
from tco.service.hosts import LOOPBACK
from tco.ui.server.guard import Guard, headers
from tco.ui.server.readiness import ROUTE, open_what_is_shared, require_store

OPENS_AFTER_S: Final = 0.5


@asynccontextmanager
async def opened(app: App) -> AsyncIterator[dict[str, Any] | None]:
    """Open the store, and the page in a browser of this machine unless it is served to others."""
    await run_in_threadpool(open_what_is_shared)
    async with open_browser(app) as state:
        yield state


@asynccontextmanager
async def open_browser(_app: App) -> AsyncIterator[dict[str, Any] | None]:
    """Open the page in a browser of this machine, unless it is served to others."""
    if not st.get_option("server.headless"):
        address = f"http://{st.get_option('server.address')}:{st.get_option('server.port')}"
        loop = asyncio.get_running_loop()
        # Later, for nothing listens yet; in a thread, for a browser of the terminal never returns.
        loop.call_later(
            OPENS_AFTER_S, partial(loop.run_in_executor, None, webbrowser.open, address)
        )
    yield None


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
