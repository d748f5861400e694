"""Shared folders on the page of scenarios: which is worked in, who is in it, moving there."""

from typing import Final

import streamlit as st

from tco.store.folders import ROLES, SharedFolder, let_in
from tco.store.records import Loaded
from tco.ui.server.shared_store import shared_store
from tco.ui.session.saved import FOLDER, LOCAL_OWNER, my_folders, my_scenarios, visitor
from tco.ui.session.store_actions import act
from tco.words.markdown import literal

_MINE: Final = "Mine"
_NOBODY: Final = "nobody any more"


def choose_folder() -> None:
    """Ask whose scenarios to show, and offer to share a folder; not where nobody signs in."""
    if visitor() == LOCAL_OWNER:
        return
    mine = {folder.name: folder for folder in my_folders()}
    names = ["", *mine]
    chosen: str = st.session_state.get(FOLDER, "")
    if chosen not in names:
        chosen = ""
    st.session_state[FOLDER] = st.selectbox(
        "Whose scenarios",
        names,
        index=names.index(chosen),
        format_func=lambda name: f"Shared: {name}" if name else _MINE,
    )
    panel = st.expander("Shared folders", key="shared-folders", on_change="rerun")
    if panel.open:
        with panel:
            _share(mine.get(st.session_state[FOLDER]))


def move_button(loaded: Loaded) -> None:
    """Offer to put a scenario into a folder that the visitor may change."""
    places = [
        folder.name
        for folder in my_folders()
        if folder.role_of(visitor()) != "reader" and folder.name != st.session_state.get(FOLDER)
    ]
    if not places:
        return
    kept = loaded.kept
    with st.popover("Move to a folder"):
        to = st.selectbox("SharedFolder", places, key="move-to")
        if st.button("Move", key="move-kept"):
            act(lambda: my_scenarios().move(kept.id, to, revision=kept.revision), f"Now in {to}.")
            st.rerun()


def _share(folder: SharedFolder | None) -> None:
    """Show who is in a folder, and let somebody in or out; without one, make it."""
    if folder is not None:
        st.markdown("\n".join(f"- {literal(who)}: {role}" for who, role in folder.members))
    with st.form("share", clear_on_submit=True, border=False):
        if folder is None:
            name = st.text_input("Name of a new folder", key="folder-name", max_chars=120)
            person, role = visitor(), "owner"
        else:
            name = folder.name
            person = st.text_input("Person, as they sign in", key="member", max_chars=320)
            role = st.selectbox("May", [*reversed(ROLES), _NOBODY], key="member-role")
        if st.form_submit_button("Make" if folder is None else "Set"):
            given = next((each for each in ROLES if each == role), None)
            act(
                lambda: let_in(shared_store(), name, person, given, by=visitor()),
                f"{person} is {given or 'no longer'} in {name}.",
            )
            st.rerun()
