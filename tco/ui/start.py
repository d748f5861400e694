"""Where the page starts from: a worked scenario, or a file the visitor opens."""

from typing import Final

import streamlit as st

from pricing.errors import InputError, PlannerError, Problem
from tco.reading import scenario_from_text
from tco.scenario import Scenario
from tco.ui import engine
from tco.ui.problems import show_problems
from tco.ui.wording import short

START: Final = "start"
UPLOAD: Final = "upload"
UPLOADED: Final = "uploaded"
REFUSED_UPLOAD: Final = "refused upload"
REVISION: Final = "revision"
FORMATS: Final = ("toml", "json", "csv")
NAME_CHARACTERS: Final = 40


def revision() -> int:
    """Count of fresh starts in this session; widgets of an earlier one are forgotten."""
    count: int = st.session_state.setdefault(REVISION, 0)
    return count


def forget_edits() -> None:
    """Start afresh from the same scenario."""
    st.session_state[REVISION] = revision() + 1


def ask_for_file() -> None:
    """Take a scenario file; a refused one is explained and changes nothing."""
    st.file_uploader(
        "Open a scenario (TOML, JSON or exported CSV)",
        type=list(FORMATS),
        key=UPLOAD,
        on_change=_take_upload,
    )
    refused = st.session_state.get(REFUSED_UPLOAD)
    if refused:
        show_problems("This file is not opened; the page shows what was open before.", refused)


def starting_point() -> Scenario:
    """Ask which scenario to start from."""
    known = engine.starting_points()
    uploaded: Scenario | None = st.session_state.get(UPLOADED)
    titles = [*known, *([UPLOADED] if uploaded else [])]
    title = st.selectbox(
        "Start from",
        titles,
        key=START,
        format_func=lambda t: _title(t, uploaded),
        on_change=forget_edits,
    )
    if title == UPLOADED and uploaded is not None:
        return uploaded
    return known.get(title, next(iter(known.values())))


def _title(title: str, uploaded: Scenario | None) -> str:
    if title == UPLOADED and uploaded is not None:
        return f"Your file: {short(uploaded.name, NAME_CHARACTERS)}"
    return title


def _take_upload() -> None:
    """Open an uploaded scenario; a refused one leaves everything as it was."""
    file = st.session_state[UPLOAD]
    st.session_state[REFUSED_UPLOAD] = ()
    if file is None:
        return
    try:
        scenario = scenario_from_text(_text_of(file.getvalue(), file.name), file.name)
    except PlannerError as error:
        st.session_state[REFUSED_UPLOAD] = error.problems
        return
    st.session_state[UPLOADED] = scenario
    st.session_state[START] = UPLOADED
    forget_edits()


def _text_of(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Problem(name, "", "is not UTF-8 text", "Save the file as UTF-8.")
        ) from error
