"""The pages as the navigation has them: made once for a session, drawn from the reply of a run."""

from contextvars import ContextVar
from functools import partial
from typing import Final

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from pricing.errors import PlannerError
from tco.ui.session import question, ways
from tco.ui.session.problems import show_problems
from tco.ui.session.question import Reply
from tco.ui.views import PAGES, Draw

_REPLY: Final[ContextVar[Reply]] = ContextVar("reply")
"""What the page of this run is drawn from; a page lasts as long as its session."""


def chosen_page() -> StreamlitPage:
    """Draw the navigation; gives the page that the visitor chose."""
    return st.navigation(list(ways.places(_pages).values()), position="top")


def show_page(page: StreamlitPage, asked: Reply) -> None:
    """Draw a page from what there is to show."""
    _REPLY.set(asked)
    question.show(asked, page.run)


def _pages() -> dict[str, StreamlitPage]:
    """Pages by their place in the address."""
    return {
        page.path: st.Page(
            partial(_draw, page.draw),
            title=page.title,
            url_path=page.path,
            default=place == 0,
            help=page.help,
        )
        for place, page in enumerate(PAGES)
    }


def _draw(draw: Draw) -> None:
    answered = _REPLY.get().answered
    if answered is None:
        return
    try:
        draw(answered)
    except PlannerError as refusal:
        show_problems("This page has no answer to show.", refusal.problems)
