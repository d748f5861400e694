"""The frame of the page: its title, the question beside it, and the page that was chosen."""

from pathlib import Path
from typing import Final

import streamlit as st

from tco.ui.navigation import chosen_page, show_page
from tco.ui.parts import files, inputs, your_log
from tco.ui.server.giving_back import keep_what_is_loaded
from tco.ui.server.one_key import look_up_one_key
from tco.ui.server.watched import Run, watched_run
from tco.ui.session import question, resume, saved, sign_in, start

# So narrow that the whole navigation fits beside it on a screen of 1,280 pixels. No string: this
# file may be the script that Streamlit runs, which shows strings that stand alone.
SIDEBAR_PX: Final = 240
ICON: Final = Path(__file__).with_name("icon.png")

look_up_one_key()


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
    chosen = chosen_page()
    told.request = chosen.url_path
    if asked.answered is not None:
        resume.banner(asked.answered.scenario)
    start.link_banner()
    your_log.show_log()
    show_page(chosen, asked)
    keep_what_is_loaded()


if __name__ == "__main__":
    run()
