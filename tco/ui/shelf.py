"""The saved scenarios of whoever looks at the page."""

import os
from typing import Final

import streamlit as st
from sqlalchemy import Engine

from pricing.errors import PlannerError
from tco.scenario import Scenario
from tco.store.connect import open_store, store_url
from tco.store.shelf import Shelf

USER_HEADER: Final = "PLANNER_USER_HEADER"
"""Environment variable that names the header in which a proxy says who signed in."""
NOBODY: Final = "local"
"""Owner where nobody signs in: the page is bound to this machine then."""


def visitor() -> str:
    """Name who looks at the page: signed in, or named by the proxy in front of it."""
    if st.user.get("is_logged_in") and (email := st.user.get("email")):
        return str(email)
    header = os.environ.get(USER_HEADER)
    named = st.context.headers.get(header) if header else None
    return named or NOBODY


def shelf() -> Shelf:
    """Open the visitor's shelf.

    Raises
    ------
    PlannerError
        If the store does not answer.
    """
    return Shelf(_store(store_url()), visitor())


def saved_scenarios() -> dict[str, Scenario]:
    """Latest version of every saved scenario by title; none where the store does not answer."""
    try:
        mine = shelf()
        loaded = [mine.load(kept.id) for kept in mine.listed()]
    except PlannerError:
        return {}
    return {f"saved: {one.kept.name} ({one.kept.id[:4]})": one.scenario for one in loaded}


@st.cache_resource(max_entries=2, show_spinner=False)
def _store(url: str) -> Engine:
    return open_store(url)
