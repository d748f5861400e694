"""Memory given back to the system once everybody has left.

Answers are kept for whoever asks the same again, by number and not by age; sessions for two minutes
after their browser went, and then until another one goes. Without visitors nobody asks for either,
and the allocator would hold on to what they took.
"""

import asyncio
import ctypes
import gc
import logging
from pathlib import Path
from typing import Any, Final

import streamlit as st
from starlette.concurrency import run_in_threadpool
from streamlit.runtime import get_instance

from tco.ui.server.log import tell

_LOGGER: Final = logging.getLogger("tco.page")
COUNTS_EVERY_S: Final = 10.0
SESSIONS: Final = "active_sessions"
LOOKS_AFTER: Final = (5_000, 10, 4)
"""Objects made until the collector looks at the young ones; looks until it looks at older ones."""


async def give_back_when_everybody_left() -> None:
    """Look for visitors until cancelled; give memory back once, each time that they have left."""
    somebody_came, alone_s = False, 0.0
    while True:
        await asyncio.sleep(COUNTS_EVERY_S)
        here = bool(_visitors())
        somebody_came, alone_s = somebody_came or here, 0.0 if here else alone_s + COUNTS_EVERY_S
        if somebody_came and alone_s > st.get_option("server.disconnectedSessionTTL"):
            await run_in_threadpool(give_back)
            somebody_came = False


def give_back() -> None:
    """Forget sessions that cannot come back and the answers; return what is free to the system."""
    before = resident_bytes()
    sessions: Any = get_instance()._session_mgr
    sessions._session_storage._cache.expire()
    st.cache_resource.clear()
    gc.collect()
    if trim := getattr(ctypes.CDLL(None), "malloc_trim", None):  # of glibc alone
        trim(0)
    mb = round((before - resident_bytes()) / 1e6)
    tell(_LOGGER, logging.INFO, "everybody has left", given_back_mb=mb)


@st.cache_resource(max_entries=1, show_spinner=False)
def keep_what_is_loaded() -> None:
    """Once the first page is drawn, spare the collector what stays: modules, prices, machines.

    From then on it looks more seldom than it does by default: what a rerun makes is mostly gone by
    itself when the rerun ends, and a look while it is drawn finds all of it still in use.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*LOOKS_AFTER)


def resident_bytes() -> int:
    """Memory that this process holds; 0 where the system does not say."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) * 1_024 for line in lines if line.startswith("VmRSS")), 0)


def _visitors() -> float:
    """Browsers that are connected."""
    stats = get_instance().stats_mgr.get_stats([SESSIONS]).get(SESSIONS, ())
    return sum(getattr(stat, "value", 0) for stat in stats)
