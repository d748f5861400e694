"""A page whose session is gone takes its question up again, or says that it is gone.

A session ends when its browser was away for two minutes (a laptop that sleeps), when its process
ends, and when a proxy sends the browser to another one. The browser keeps the old figures on
screen, and its next click opens a new session, which knows nothing. That click must not be taken
for one about the scenario the page starts from. The browser names the session it had before, so
the new one can look up what that one last answered.

A page that is loaded again tells of no session. Once its question is more than where it started,
its address names a draft of it, one for every page that is open, so that two tabs keep two.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from hardware_profiles.calibration import CalibrationRecord
from pricing.errors import PlannerError, Problem, StorageError
from pricing.parsing import parse_json
from tco.question.files import canonical_json
from tco.question.link import frozen, thawed
from tco.question.scenario import Scenario
from tco.store.connect import store_url
from tco.store.open_pages import OpenPages
from tco.ui.server.later import Later
from tco.ui.server.shared_store import shared_store
from tco.ui.session import engine, saved, start
from tco.ui.session.problems import show_problems
from tco.words.markdown import literal

GOES_ON: Final = "session goes on"
"""Set once this session knows its question."""
KEPT: Final = "question kept"
TAKEN_UP: Final = "question taken up"
LATER: Final = Later("The question of an open page is not kept")
DRAFT: Final = "draft"
"""Parameter of the address, and its place in the session: the id of what this page keeps."""
_DRAFT_BYTES: Final = 15
_LOST: Final = (
    "This page had lost its connection for too long, or its server was restarted. Below is the "
    "question it last answered. A change made since is not in it: make it again."
)
_LOADED_AGAIN: Final = (
    "This page was loaded again: below is the question it last answered. What was being typed in "
    "a field and not yet entered is not in it."
)
_PROTOCOL: Final = "Sec-WebSocket-Protocol"
_PLACE: Final = 2
"""Streamlit's page sends protocol, token and the session it had before, in this order."""


@dataclass(frozen=True, slots=True)
class _Question:
    """All that the answer on a page hangs on, and what the page calls it."""

    scenario: Scenario
    records: tuple[CalibrationRecord, ...]
    origin: start.Origin
    opened: tuple[str, int] | None


def lost_session() -> str | None:
    """Id of the session that this browser page had before its present one; None for a new page."""
    told = (st.context.headers.get(_PROTOCOL) or "").split(",")
    return told[_PLACE].strip() or None if len(told) > _PLACE else None


def goes_on() -> bool:
    """Whether this page may answer: it is new, or knows the question of the session it lost.

    A lost question is taken up where it was kept. Where it was not, the page says so, shows no
    figure, and waits for its visitor to start afresh.
    """
    if st.session_state.get(GOES_ON):
        return True
    lost, draft = lost_session(), st.query_params.get(DRAFT)
    before = lost or draft
    if before is None:
        st.session_state[GOES_ON] = True
        return True
    try:
        found = _kept_of(before)
    except PlannerError as refusal:
        _say_gone(refusal.problems)
        return False
    if found is None:
        _say_gone(())
        return False
    _take_up(found, _LOST if lost else _LOADED_AGAIN)
    return True


def keep_question(scenario: Scenario) -> None:
    """Keep the question that was just answered, soon and without a wait."""
    held = st.session_state
    uploaded = held.get(start.START) == start.UPLOADED
    question = _Question(
        scenario,
        tuple(engine.uploaded_records().values()),
        held.get(start.ORIGIN, "Your file") if uploaded else "As you left it",
        held.get(start.OPENED) if uploaded else None,
    )
    _name_draft(scenario)
    context = get_script_run_ctx()
    if context is None or held.get(KEPT) == question:
        return
    held[KEPT] = question
    try:
        owner = saved.visitor()
    except PlannerError:  # nobody to keep it for; what needs a name says so
        return
    asked_in = context.session_id
    keys = tuple(filter(None, (asked_in, held.get(DRAFT))))
    LATER.do(asked_in, partial(_write, store_url(), owner, keys, question))


def _name_draft(scenario: Scenario) -> None:
    """Have the address name this page's draft, once there is one; a change of page forgets it."""
    named: str | None = st.session_state.get(DRAFT)
    if named is None and scenario not in engine.starting_points().values():
        named = st.session_state[DRAFT] = secrets.token_urlsafe(_DRAFT_BYTES)
    if named is not None and st.query_params.get(DRAFT) != named:
        st.query_params[DRAFT] = named


def banner(scenario: Scenario) -> None:
    """Say that the question was taken up, until it changes."""
    taken: tuple[Scenario, str] | None = st.session_state.get(TAKEN_UP)
    if taken is None:
        return
    if taken[0] != scenario:
        st.session_state.pop(TAKEN_UP)
        return
    st.warning(literal(taken[1]), icon=":material/restore:")


def _write(url: str, owner: str, keys: tuple[str, ...], question: _Question) -> None:
    content = {
        **frozen(question.scenario, engine.catalogue()),
        "records": [record.model_dump_json() for record in question.records],
        "origin": question.origin,
        "opened": question.opened,
    }
    OpenPages(shared_store(url), owner).keep(canonical_json(content), *keys)


def _kept_of(lost: str) -> tuple[_Question, tuple[str, ...]] | None:
    """Question of a lost session, and what moved since."""
    LATER.finish()
    text = OpenPages(shared_store(), saved.visitor()).question_of(lost)
    if text is None:
        return None
    try:
        held: dict[str, Any] = parse_json(text)
        records = tuple(map(CalibrationRecord.model_validate_json, held["records"]))
        origin, opened = held["origin"], held["opened"]
    except (ValueError, KeyError, TypeError) as error:
        limit = "cannot be read any more"
        raise StorageError(Problem("question", "", limit, "Start afresh.")) from error
    then = thawed(held, engine.catalogue(), "question")
    return _Question(then.scenario, records, origin, opened and tuple(opened)), then.warnings


def _take_up(found: tuple[_Question, tuple[str, ...]], said: str) -> None:
    question, moved = found
    for record in question.records:
        engine.keep_record(record)
    start.forget_the_browser()
    start.open_scenario(question.scenario, question.origin)
    if question.opened is not None:
        st.session_state[start.OPENED] = question.opened
    st.session_state[TAKEN_UP] = (question.scenario, " ".join((said, *moved)))
    st.session_state[GOES_ON] = True


def _say_gone(problems: Sequence[Problem]) -> None:
    st.error(
        "**The question of this page is gone, and nothing was answered in its place.** The page "
        "had lost its connection for too long, its server was restarted, or its address names a "
        "draft that is old or not yours, and the question was not kept.",
        icon=":material/error:",
    )
    if problems:
        show_problems("Why it was not kept or cannot be read:", problems)
    st.button("Start afresh", key="start-afresh", on_click=_start_afresh)


def _start_afresh() -> None:
    start.forget_the_browser()
    st.query_params.pop(DRAFT, None)
    st.session_state[GOES_ON] = True
