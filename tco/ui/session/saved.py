"""The saved scenarios of whoever looks at the page."""

import os
from typing import Final

import streamlit as st

from pricing.errors import InputError, PlannerError, Problem
from tco.question.scenario import Scenario
from tco.store.folders import SharedFolder, folders, owner_of
from tco.store.records import Loaded
from tco.store.scenario_store import ScenarioStore
from tco.store.seals import seal_key
from tco.ui.server.log import person_hash
from tco.ui.server.shared_store import shared_store
from tco.ui.session import sign_in, start

FOLDER: Final = "shared folder"
"""Name of the folder that the visitor works in; empty for their own scenarios."""
LOCAL_OWNER: Final = "local"
"""Owner where nobody signs in: the page is bound to this machine then."""


def visitor() -> str:
    """Name who looks at the page: signed in, or named by the proxy in front of it.

    Raises
    ------
    InputError
        If people sign in here and this visitor did not, or a proxy is to name everybody and this
        visitor came without a name.
    """
    if sign_in.configured():
        return sign_in.signed_in_visitor()
    header = os.environ.get(sign_in.USER_HEADER)
    if not header:
        return LOCAL_OWNER
    named = st.context.headers.get(header)
    if not named:
        raise InputError(
            Problem("sign-in", "", f"the header {header} names nobody", "Come through the proxy.")
        )
    return named


def visitor_hash() -> str | None:
    """Stand-in for the visitor in the log; None where nobody signs in, or this one did not."""
    try:
        name = visitor()
    except InputError:
        return None
    return None if name == LOCAL_OWNER else person_hash(name)


def my_folders() -> tuple[SharedFolder, ...]:
    """Shared folders that the visitor is in; none where nobody signs in.

    Raises
    ------
    PlannerError
        If the store does not answer.
    """
    name = visitor()
    return () if name == LOCAL_OWNER else folders(shared_store(), name)


def my_scenarios() -> ScenarioStore:
    """Open the visitor's scenario store, or the shared folder that they chose.

    Raises
    ------
    PlannerError
        If the store does not answer.
    """
    name = visitor()
    folder: str = st.session_state.get(FOLDER, "")
    owner = owner_of(folder) if folder else name
    return ScenarioStore(shared_store(), owner, name, key=seal_key())


def saved_scenarios() -> tuple[dict[str, Scenario], tuple[Problem, ...]]:
    """Latest version of every saved scenario by title, and why others cannot be read."""
    found: dict[str, Scenario] = {}
    refused: list[Problem] = []
    try:
        mine = my_scenarios()
        listed = mine.listed()
    except PlannerError as refusal:
        return {}, refusal.problems
    for kept in listed:
        try:
            found[f"saved: {kept.name} ({kept.id[:4]})"] = mine.load(kept.id).scenario
        except PlannerError as refusal:
            refused += refusal.problems
    return found, tuple(refused)


def opened_versions() -> tuple[Loaded, ...]:
    """Every version, up to the one this page was opened from; none where it was not."""
    opened: tuple[str, int] | None = st.session_state.get(start.OPENED)
    if opened is None or st.session_state.get(start.START) != start.UPLOADED:
        return ()
    scenario_id, number = opened
    try:
        mine = my_scenarios()
        return tuple(mine.load(scenario_id, n) for n in range(1, number + 1))
    except PlannerError:
        return ()


def open_saved(loaded: Loaded) -> None:
    """Start from a saved version from now on."""
    start.open_scenario(loaded.scenario, "Saved")
    st.session_state[start.OPENED] = (loaded.kept.id, loaded.version.number)
