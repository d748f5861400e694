"""Scenarios: save, open again, duplicate, note, sign off, and see who changed what."""

from dataclasses import replace
from typing import Final

import streamlit as st

from pricing.errors import PlannerError
from tco.store.records import Answer, Kept, Loaded
from tco.store.tables import NAME_CHARACTERS
from tco.ui.session.engine import answer, catalogue
from tco.ui.session.problems import show_problems
from tco.ui.session.question import Answered
from tco.ui.session.saved import my_scenarios, open_saved
from tco.ui.session.store_actions import act, say_what_was_done
from tco.ui.session.ways import to_price_changes
from tco.ui.tables import scenario_tables
from tco.ui.tables.price_changes import day_of_version
from tco.ui.views.shared_folders import choose_folder, move_button
from tco.words.dates import moment
from tco.words.markdown import literal

SHOWN: Final = "scenario shown"
"""Scenario that the page showed last, and in which revision."""


def scenarios_page(answered: Answered) -> None:
    """Draw what can be saved, then what is in the store."""
    st.title("Scenarios", anchor=False)
    st.markdown(
        "A saved version never changes. Sign one off to lock it with its answer; a later version "
        "leaves it as it is."
    )
    say_what_was_done()
    choose_folder()
    _save(answered)
    kept = my_scenarios().listed()
    if not kept:
        st.markdown("Nothing is saved yet.")
        return
    st.subheader("Saved", anchor=False)
    st.table(
        scenario_tables.saved_table(kept),
        border="horizontal",
        hide_index=True,
        alt="Saved scenarios with version, verdict, who changed them and when",
    )
    _one(answered, kept)


def _save(answered: Answered) -> None:
    with st.form("save-new", clear_on_submit=True, border=False):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        comment = left.text_input("What is it about?", key="save-comment", max_chars=400)
        if right.form_submit_button("Save this page as new", width="stretch"):
            act(
                lambda: my_scenarios().create(answered.scenario, answered.evaluation, comment),
                "Saved as a new scenario.",
            )
            st.rerun()


def _one(answered: Answered, kept: tuple[Kept, ...]) -> None:
    by_id = {one.id: one for one in kept}
    chosen = st.selectbox(
        "Scenario",
        list(by_id),
        format_func=lambda i: scenario_tables.title(by_id[i]) if i in by_id else i,
        key="kept",
    )
    one = by_id.get(chosen) or kept[0]
    numbers = [version.number for version in reversed(one.versions)]
    number = st.selectbox(
        "Version",
        numbers,
        format_func=lambda n: scenario_tables.version_title(one.versions[n - 1]),
        key=f"version-of-{one.id}-{len(numbers)}",
    )
    loaded = _as_it_was_shown(my_scenarios().load(one.id, number))
    _verdict_then(loaded)
    _buttons(answered, loaded)
    _rename(loaded)
    _differences(answered, loaded)
    _sign(loaded)
    _notes(answered, loaded)
    panel = st.expander("Who changed what", key="history", on_change="rerun")
    if panel.open:
        with panel:
            st.table(
                scenario_tables.history(my_scenarios().history(one.id)),
                border="horizontal",
                hide_index=True,
                alt="Change log of this scenario",
            )
    st.session_state[SHOWN] = (one.id, one.revision)


def _as_it_was_shown(loaded: Loaded) -> Loaded:
    """A click is about what the page showed then: it is refused if another tab changed that."""
    shown: tuple[str, int] | None = st.session_state.get(SHOWN)
    if shown is None or shown[0] != loaded.kept.id:
        return loaded
    return replace(loaded, kept=replace(loaded.kept, revision=shown[1]))


def _verdict_then(loaded: Loaded) -> None:
    """Show the answer it was saved with, and say whether today's differs."""
    saved = loaded.version.answer
    st.markdown(f"When saved: **{literal(saved.headline)}** Prices of {literal(saved.prices_on)}.")
    try:
        moved = saved.moved(Answer.of(answer(loaded.scenario)), loaded.scenario.currency.money)
    except PlannerError as refusal:
        show_problems("Today this version has no answer.", refusal.problems)
        return
    if moved:
        st.warning(literal(" ".join(moved)), icon=":material/update:")
    seen = day_of_version(saved.catalogue_version)
    if seen and seen < catalogue().generated_on:
        to_price_changes(seen, key="kept price changes")


def _buttons(answered: Answered, loaded: Loaded) -> None:
    kept = loaded.kept
    with st.container(horizontal=True):
        st.button(
            "Open on the page",
            key="open-kept",
            on_click=open_saved,
            args=(loaded,),
        )
        if st.button("Save this page as its next version", key="save-kept"):
            act(
                lambda: my_scenarios().save(
                    kept.id, answered.scenario, answered.evaluation, revision=kept.revision
                ),
                "Saved as the next version.",
            )
            st.rerun()
        if st.button("Duplicate", key="duplicate-kept"):
            act(lambda: my_scenarios().duplicate(kept.id, loaded.version.number), "Duplicated.")
            st.rerun()
        if st.button("Remove", key="remove-kept"):
            act(lambda: my_scenarios().remove(kept.id, revision=kept.revision), "Removed.")
            st.rerun()
        move_button(loaded)


def _rename(loaded: Loaded) -> None:
    with st.form(f"rename-{loaded.kept.id}", border=False):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        name = left.text_input("Name", loaded.kept.name, max_chars=NAME_CHARACTERS)
        if right.form_submit_button("Rename", width="stretch"):
            act(
                lambda: my_scenarios().rename(loaded.kept.id, name, revision=loaded.kept.revision),
                "Renamed.",
            )
            st.rerun()


def _differences(answered: Answered, loaded: Loaded) -> None:
    """Show what a version changes, before it is signed: since the last signed one, or the last."""
    earlier = [v for v in loaded.kept.versions if v.number < loaded.version.number]
    since = next((v for v in reversed(earlier) if v.locked), earlier[-1] if earlier else None)
    if since is None:
        return
    try:
        before = my_scenarios().load(loaded.kept.id, since.number)
    except PlannerError as refusal:
        show_problems(f"Version {since.number} cannot be compared.", refusal.problems)
        return
    table = scenario_tables.changes_of(
        before.scenario, loaded.scenario, answered.evaluation.assumptions
    )
    signed = ", signed off" if since.locked else ""
    if table.empty:
        st.markdown(f"It asks the same as version {since.number}{signed}.")
        return
    st.markdown(f"**What changed since version {since.number}{signed}**")
    st.table(
        table,
        border="horizontal",
        hide_index=True,
        alt=f"What version {loaded.version.number} changes since version {since.number}",
    )


def _sign(loaded: Loaded) -> None:
    version = loaded.version
    if version.signed_at is not None:
        st.markdown(
            f":green-badge[signed off] by {literal(version.signed_by or '')} on "
            f"{moment(version.signed_at)} UTC. {literal(version.sign_off)}"
        )
        return
    with st.form("sign-off", clear_on_submit=True, border=False):
        left, right = st.columns([3, 1], vertical_alignment="bottom")
        comment = left.text_input("Sign-off remark", key="sign-comment", max_chars=400)
        if right.form_submit_button(f"Sign off version {version.number}", width="stretch"):
            act(
                lambda: my_scenarios().sign_off(
                    loaded.kept.id,
                    version=version.number,
                    revision=loaded.kept.revision,
                    comment=comment,
                ),
                f"Version {version.number} is signed off and locked.",
            )
            st.rerun()


def _notes(answered: Answered, loaded: Loaded) -> None:
    labels = {a.field: a.label for a in answered.evaluation.assumptions}
    if loaded.notes:
        st.table(
            scenario_tables.notes(loaded.notes, labels),
            border="horizontal",
            hide_index=True,
            alt="Notes on assumptions, with who wrote them and when",
        )
    if loaded.version.locked or loaded.version.number != loaded.kept.latest.number:
        return
    with st.form("note", clear_on_submit=True, border=False):
        left, middle, right = st.columns([2, 3, 1], vertical_alignment="bottom")
        about = left.selectbox(
            "Note about", list(labels), format_func=lambda f: labels.get(f, f), key="note-field"
        )
        text = middle.text_input("Note", key="note-text", max_chars=2_000)
        if right.form_submit_button("Keep note", width="stretch"):
            act(
                lambda: my_scenarios().note(
                    loaded.kept.id, about, text, revision=loaded.kept.revision
                ),
                "Noted.",
            )
            st.rerun()
