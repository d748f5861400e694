"""Where the page starts from: a worked scenario, a file, a link, or a saved scenario."""

import secrets
from collections.abc import Sequence
from typing import Final, Literal, NoReturn

import streamlit as st

from pricing.errors import InputError, PlannerError, Problem
from tco.question.files import scenario_file
from tco.question.link import PARAMETER, read_link
from tco.question.scenario import Scenario
from tco.ui.session import engine
from tco.ui.session.problems import show_problems
from tco.ui.session.ways import to_price_changes
from tco.ui.tables.price_changes import day_of_version
from tco.words.markdown import cut, literal

START: Final = "start"
UPLOAD: Final = "upload"
UPLOADED: Final = "uploaded"
ORIGIN: Final = "opened from"
OPENED: Final = "opened version"
"""Id and version of the saved scenario the page was opened from."""
REFUSED_UPLOAD: Final = "refused upload"
UPLOAD_SAYS: Final = "upload says"
"""What was changed by hand in an exported file since the planner wrote it."""
REVISION: Final = "revision"
HIDDEN: Final = "hidden inputs"
"""Place of the fresh start whose inputs behind "More inputs" may hold edits."""
OPENED_NEXT: Final = "opened next"
BEGAN: Final = "began as"
"""Title of the worked scenario whose edits the page shows; absent where it shows another's."""
EDITS_OF_ONE: Final = ("Your case", "Your choice")
LINK_READ: Final = "link read"
LINK_SAYS: Final = "link says"
LINK_PRICES: Final = "link prices"
"""Version of the catalogue whose prices the sender of a link saw."""
LINK_REFUSED: Final = "link refused"
FORMATS: Final = ("toml", "json", "csv")
LARGEST_SCENARIO_MB: Final = 5
TITLE_CHARACTERS: Final = 40
_REVISION_BITS: Final = 32

Origin = Literal[
    "Your file",
    "Your log",
    "Your invoice",
    "Your case",
    "Shared link",
    "Saved",
    "Your choice",
    "As you left it",
]


def fresh_starts() -> int:
    """Count of fresh starts in this session; widgets of an earlier one are forgotten."""
    count: int = st.session_state.setdefault(REVISION, 0)
    return count


def place_of_inputs() -> str:
    """Begin the keys of the inputs of this fresh start."""
    return f"{fresh_starts()}/"


def note_hidden(inputs: str) -> None:
    """Note that inputs at a place which are not always drawn may hold edits from now on."""
    st.session_state[HIDDEN] = inputs


def holds_hidden(inputs: str) -> bool:
    """Whether inputs at a place that are not always drawn may hold edits."""
    held: bool = st.session_state.get(HIDDEN) == inputs
    return held


def enter(path: str, value: str) -> None:
    """Enter a value for the visitor, as its input would; in a callback."""
    inputs = place_of_inputs()
    st.session_state[f"{inputs}{path}"] = value
    note_hidden(inputs)


def forget_edits() -> None:
    """Start afresh from the same scenario."""
    st.session_state[REVISION] = fresh_starts() + 1


def forget_the_browser() -> None:
    """Start where nothing counts that the browser still holds from an earlier session."""
    st.session_state[REVISION] = secrets.randbits(_REVISION_BITS)
    st.session_state[LINK_READ] = st.query_params.get(PARAMETER)


def open_scenario(scenario: Scenario, origin: Origin) -> None:
    """Start from a scenario from now on; before the widgets are drawn, or in a callback."""
    st.session_state.pop(OPENED, None)
    if origin not in EDITS_OF_ONE:
        st.session_state.pop(BEGAN, None)
    st.session_state[UPLOADED] = scenario
    st.session_state[ORIGIN] = origin
    st.session_state[START] = UPLOADED
    forget_edits()


def open_next(scenario: Scenario, origin: Origin) -> NoReturn:
    """Start from a scenario that was made while the page is drawn: draw it anew."""
    st.session_state[OPENED_NEXT] = (scenario, origin)
    st.rerun()


def take_next() -> None:
    """Open the scenario that the last run made, before the widgets are drawn."""
    made: tuple[Scenario, Origin] | None = st.session_state.pop(OPENED_NEXT, None)
    if made is not None:
        open_scenario(*made)


def open_link() -> None:
    """Open the scenario of a share link, once; a bad link explains itself and opens nothing."""
    value = st.query_params.get(PARAMETER)
    if value is None or st.session_state.get(LINK_READ) == value:
        return
    st.session_state[LINK_READ] = value
    st.session_state[LINK_SAYS] = ()
    st.session_state[LINK_REFUSED] = ()
    try:
        shared = read_link(value, engine.catalogue())
    except PlannerError as refusal:
        st.session_state[LINK_REFUSED] = refusal.problems
        return
    st.session_state[LINK_SAYS] = shared.warnings
    st.session_state[LINK_PRICES] = shared.catalogue_version
    open_scenario(shared.scenario, "Shared link")


def link_banner() -> None:
    """Say what became of a share link: refused, or opened while prices have moved since."""
    refused: Sequence[Problem] | None = st.session_state.get(LINK_REFUSED)
    if refused is None:  # no link was read
        return
    if refused:
        show_problems("The link is not opened; the page shows where it starts.", refused)
    says: Sequence[str] = st.session_state.get(LINK_SAYS, ())
    if says and st.session_state.get(START) == UPLOADED:
        st.warning(literal(" ".join(says)), icon=":material/update:")
        seen = day_of_version(st.session_state[LINK_PRICES])
        if seen and seen < engine.catalogue().generated_on:
            to_price_changes(seen, key="link price changes")


def ask_for_file() -> None:
    """Take a scenario file; a refused one is explained and changes nothing."""
    st.file_uploader(
        "Open a scenario (TOML, JSON or exported CSV)",
        type=list(FORMATS),
        key=UPLOAD,
        on_change=_take_upload,
        max_upload_size=LARGEST_SCENARIO_MB,
    )
    refused: Sequence[Problem] | None = st.session_state.get(REFUSED_UPLOAD)
    if refused is None:  # no file was taken
        return
    if refused:
        show_problems("This file is not opened; the page shows what was open before.", refused)
    edits: Sequence[str] = st.session_state.get(UPLOAD_SAYS, ())
    if edits:
        st.info(literal(f"Edited since it was exported: {'; '.join(edits)}."))


def starting_point() -> Scenario:
    """Ask which scenario to start from."""
    known = engine.starting_points()
    uploaded: Scenario | None = st.session_state.get(UPLOADED)
    origin: Origin = st.session_state.get(ORIGIN, "Your file")
    titles = [*known, *([UPLOADED] if uploaded else [])]
    title = st.selectbox(
        "Start from",
        titles,
        key=START,
        format_func=lambda t: _title(t, uploaded, origin),
        on_change=forget_edits,
    )
    if title == UPLOADED and uploaded is not None:
        return uploaded
    st.session_state[BEGAN] = title
    return known.get(title, next(iter(known.values())))


def began_from() -> Scenario | None:
    """Worked scenario that the page's case grew from; None where it came from elsewhere."""
    return engine.starting_points().get(st.session_state.get(BEGAN, ""))


def text_of(content: bytes, name: str) -> str:
    """Decode an uploaded file.

    Raises
    ------
    InputError
        If it is not UTF-8 text.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Problem(name, "", "is not UTF-8 text", "Save the file as UTF-8.")
        ) from error


def _title(title: str, uploaded: Scenario | None, origin: Origin) -> str:
    if title == UPLOADED and uploaded is not None:
        return f"{origin}: {cut(uploaded.name, TITLE_CHARACTERS)}"
    return title


def _take_upload() -> None:
    """Open an uploaded scenario; a refused one leaves everything as it was."""
    file = st.session_state[UPLOAD]
    st.session_state[REFUSED_UPLOAD] = ()
    st.session_state[UPLOAD_SAYS] = ()
    if file is None:
        return
    try:
        held = scenario_file(text_of(file.getvalue(), file.name), file.name)
    except PlannerError as error:
        st.session_state[REFUSED_UPLOAD] = error.problems
        return
    st.session_state[UPLOAD_SAYS] = held.edits
    open_scenario(held.scenario, "Your file")
