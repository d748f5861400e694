"""The sidebar: a starting point, the inputs that matter, the rest on demand, and files."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from hardware_profiles.region import ANYWHERE
from pricing.errors import InputError, PlannerError, Problem
from tco.facts.data import Data
from tco.question.alternatives import with_model_of_today
from tco.question.files import changed
from tco.question.options import ApiOption
from tco.question.scenario import Scenario
from tco.ui.fields.class_fields import without_double_shares
from tco.ui.fields.field import Field
from tco.ui.fields.fields import (
    main_fields,
    models_sold,
    rent_fields,
    with_baseline_swapped,
    with_records_chosen,
    with_rest_to_main,
)
from tco.ui.fields.more_fields import more_fields
from tco.ui.fields.widgets import Fields, said_small
from tco.ui.parts.tour import tour_button
from tco.ui.session import engine, invoice, start, usage_upload
from tco.words.markdown import literal

MORE: Final = "more"
ROOM_FOR: Final = "room for"
"""Fields that were refused when there was no room for a message under them."""


@dataclass(frozen=True, slots=True)
class Draft:
    """What the sidebar holds: a starting point, the edits to it, and room beside each input."""

    base: Scenario
    edits: dict[str, Any]
    fields: Fields
    files: DeltaGenerator
    with_room: frozenset[str]
    """Fields that have room because they were refused in the run before."""

    def scenario(self) -> Scenario:
        """The question as it stands.

        Raises
        ------
        InputError
            If an edit is refused.
        """
        if self.fields.problems:
            raise InputError(*self.fields.problems)
        return changed(self.base, self.edits) if self.edits else self.base

    def read_back(self) -> None:
        """Say how a figure was read that was typed otherwise, and which values the log told."""
        if self.with_room:
            st.session_state.pop(ROOM_FOR)
        waiting = self.fields.rooms.keys() - self.fields.told
        log = usage_upload.log_shown() if waiting else None
        for path in waiting:
            said = [self.fields.reading(path)] if path in self.fields.readings else []
            if log is not None and path not in self.edits and log.tells(path):
                said.append("from your log")
            if said:
                self.fields.rooms[path].markdown(said_small(", ".join(said)))

    def mark(self, problems: Sequence[Problem]) -> None:
        """Show each problem under the input it is about, where that input is on the page.

        Where there is no room for one the page is drawn anew, with room.
        """
        about = {problem.field for problem in problems if self.fields.is_drawn(problem.field)}
        if about - self.fields.rooms.keys():
            st.session_state[ROOM_FOR] = self.with_room | about
            st.rerun()
        for path in self.fields.told:  # of a question that has no answer nothing was read
            self.fields.rooms[path].empty()
        for problem in problems:
            room = self.fields.rooms.get(problem.field)
            if room is not None:
                room.error(literal(f"{problem.limit}. {problem.remedy}".strip()))


def draft() -> Draft:
    """Draw the sidebar and collect what it holds."""
    with st.sidebar:
        start.take_next()
        start.open_link()
        tour_button()
        base = start.starting_point()
        with_room: frozenset[str] = st.session_state.get(ROOM_FOR, frozenset())
        log = usage_upload.log_shown()
        fields = Fields(
            start.place_of_inputs(),
            lambda path: path in with_room or (log is not None and log.tells(path)),
        )
        model = fields.entered("baseline.model", base.baseline.model)
        data = engine.data(base)
        sold = models_sold(base, data.catalogue)
        for field in main_fields(base, data.catalogue, model, sold):
            fields.draw(field)
        another = _another_model(base, data, model, sold, fields.prefix)
        _draw_rent(fields, rent_fields(base, data.library))
        _draw_more(fields, base, data)
        if st.button("Undo my changes", key="undo", disabled=not fields.edits, width="stretch"):
            start.forget_edits()
            st.rerun()
        files = st.container()
        start.ask_for_file()
        usage_upload.ask_for_usage()
        invoice.ask_for_invoice()
    edits = with_records_chosen(base, with_baseline_swapped(base, fields.edits))
    edits = with_rest_to_main(base, without_double_shares(edits))
    asked = Draft(base, edits, fields, files, with_room)
    if another is not None:
        with suppress(PlannerError):  # the page shows what is wrong with the question
            start.open_next(with_model_of_today(asked.scenario(), another), "Your case")
    return asked


def _another_model(
    base: Scenario, data: Data, model: str, sold: Mapping[str, str], prefix: str
) -> ApiOption | None:
    """Ask for a further model than `model` that answers a part of the requests today."""
    baseline = base.baseline
    known = {model, *(option.model for option in base.answering_today if option != baseline)}
    chosen = st.selectbox(
        "Another model you use today",
        [each for each in sold if each not in known],
        index=None,
        key=f"another model {prefix}",
        format_func=lambda each: sold.get(each, each),
        placeholder="none",
        help="It takes over half of the requests, of the same lengths; then say what share.",
    )
    if chosen is None:
        return None
    entered = st.session_state.get(f"{prefix}baseline.residency", baseline.residency)
    offer = data.catalogue.offer(baseline.provider, chosen)
    region = entered if entered in offer.residencies else ANYWHERE
    return ApiOption(provider=baseline.provider, model=chosen, residency=region)


def _draw_rent(fields: Fields, rents: Sequence[Field]) -> None:
    if not rents:
        return
    titles = {field.path: field.label for field in rents}
    chosen = st.selectbox(
        "Your GPU price for",
        list(titles),
        key=f"rent {fields.prefix}",
        format_func=lambda path: titles.get(path, path),
    )
    for field in rents:
        if field.path == chosen:
            fields.draw(replace(field, label="USD per GPU-hour"))
        else:
            fields.collect(field)


def _draw_more(fields: Fields, base: Scenario, data: Data) -> None:
    """Draw the other inputs while their panel is open; their edits count when it is closed too."""
    panel = st.expander("More inputs", key=MORE, on_change="rerun")
    if panel.open:
        start.note_hidden(fields.prefix)
    elif start.holds_hidden(fields.prefix):
        fields.gather()
    else:
        return
    for subject, members in more_fields(base, data.catalogue, data.library, fields.entered).items():
        if not panel.open:
            for field in members:
                fields.collect(field)
            continue
        with panel:
            st.markdown(f"**{subject}**")
            for field in members:
                fields.draw(field)
