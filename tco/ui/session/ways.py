"""Ways from one page to another, kept for the session."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Final

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from tco.words.markdown import literal

PLACES: Final = "places"
CHANGED_SINCE: Final = "changed-since"
"""Key of the day from which the price page tells what changed."""


def places(made: Callable[[], Mapping[str, StreamlitPage]]) -> Mapping[str, StreamlitPage]:
    """Pages of this session by their place in the address, made by its first run."""
    kept: Mapping[str, StreamlitPage] | None = st.session_state.get(PLACES)
    if kept is None:
        kept = st.session_state[PLACES] = made()
    return kept


def to_price_changes(since: date, *, key: str) -> None:
    """Offer the way to what changed in the prices since a day."""
    label = f"See how prices moved since {literal(since.isoformat())}"
    if st.button(label, key=key, type="tertiary", icon=":material/difference:"):
        st.session_state[CHANGED_SINCE] = since
        st.switch_page(st.session_state[PLACES]["prices"])
