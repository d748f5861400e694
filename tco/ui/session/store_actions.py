"""Changes of the store by a click, and what the page says of them on its next run."""

from collections.abc import Callable
from typing import Final

import streamlit as st

from pricing.errors import PlannerError, Problem
from tco.ui.session.problems import show_problems
from tco.words.markdown import literal

STORE_REFUSED: Final = "store refused"
DONE: Final = "store done"


def say_what_was_done() -> None:
    """Say what the last click came to."""
    refused: tuple[Problem, ...] = st.session_state.pop(STORE_REFUSED, ())
    if refused:
        show_problems("That was not done.", refused)
    done = st.session_state.pop(DONE, "")
    if done:
        st.success(literal(done))


def act(action: Callable[[], object], done: str) -> None:
    """Change the store; a refusal is told on the next run, and nothing is half done."""
    try:
        action()
    except PlannerError as refusal:
        st.session_state[STORE_REFUSED] = refusal.problems
        return
    st.session_state[DONE] = done
