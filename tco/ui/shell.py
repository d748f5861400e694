"""The frame of the page: its title, its pages, and the one place that catches a refusal."""

import gc
from functools import partial
from pathlib import Path
from typing import Final

import streamlit as st

from pricing.errors import PlannerError
from tco.ui.parts import files, inputs, your_log
from tco.ui.server.watched import Run, watched_run
from tco.ui.session import question, resume, saved, sign_in, start, ways
from tco.ui.session.problems import show_problems
from tco.ui.session.question import Answered, Reply
from tco.ui.views import PAGES, Draw

# So narrow that the whole navigation fits beside it on a screen of 1,280 pixels. No string: this
# file may be the script that Streamlit runs, which shows strings that stand alone.
SIDEBAR_PX: Final = 240
ICON: Final = Path(__file__).with_name("icon.png")


def run() -> None:
    """Draw the page the visitor chose, with the question beside it."""
    with watched_run() as told:
        _run(told)


def _run(told: Run) -> None:
    # A local icon, and before navigation: otherwise the browser asks a font host for one.
    st.set_page_config(
        page_title="GPT or Llama planner",
        page_icon=str(ICON),
        layout="wide",
        initial_sidebar_state=SIDEBAR_PX,
    )
    told.person = saved.visitor_hash()
    if not (sign_in.gate() and resume.goes_on()):
        return
    draft = inputs.draft()
    asked = question.ask(draft)
    if asked.refusal is not None:
        told.refused(asked.refusal)
    if asked.answered is not None and asked.refusal is None:
        resume.keep_question(asked.answered.scenario)
        with draft.files:
            files.downloads(asked.answered)
    places = {
        page.path: st.Page(
            partial(_draw, page.draw, asked),
            title=page.title,
            url_path=page.path,
            default=place == 0,
            help=page.help,
        )
        for place, page in enumerate(PAGES)
    }
    ways.remember(places)
    chosen = st.navigation(list(places.values()), position="top")
    told.request = chosen.url_path
    if asked.answered is not None:
        resume.banner(asked.answered.scenario)
    start.link_banner()
    your_log.show_log()
    question.show(asked, chosen.run)
    _keep_what_is_loaded()


@st.cache_resource(max_entries=1, show_spinner=False)
def _keep_what_is_loaded() -> None:
    """Once the first page is drawn, spare the collector what stays: modules, prices, machines."""
    gc.collect()
    gc.freeze()


def _draw(draw: Draw, asked: Reply) -> None:
    answered: Answered | None = asked.answered
    if answered is None:
        return
    try:
        draw(answered)
    except PlannerError as refusal:
        show_problems("This page has no answer to show.", refusal.problems)


if __name__ == "__main__":
    run()
