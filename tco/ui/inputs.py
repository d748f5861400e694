"""The sidebar: a starting point, the inputs that matter, the rest on demand, and files."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pricing.errors import InputError, PlannerError, Problem
from tco.reading import changed, scenario_from_text
from tco.scenario import Scenario
from tco.ui import engine
from tco.ui.fields import (
    Field,
    changes,
    main_fields,
    more_fields,
    rent_fields,
    with_baseline_swapped,
)
from tco.ui.wording import plain, short

START: Final = "start"
UPLOAD: Final = "upload"
UPLOADED: Final = "uploaded"
REFUSED_UPLOAD: Final = "refused upload"
REVISION: Final = "revision"
MORE: Final = "more"
FORMATS: Final = ("toml", "json", "csv")
NAME_CHARACTERS: Final = 40


@dataclass(frozen=True, slots=True)
class Draft:
    """What the sidebar holds: a starting point, the edits to it, and room beside each input."""

    base: Scenario
    edits: dict[str, Any]
    rooms: dict[str, DeltaGenerator]
    files: DeltaGenerator

    def scenario(self) -> Scenario:
        """The question as it stands.

        Raises
        ------
        InputError
            If an edit is refused.
        """
        return changed(self.base, self.edits) if self.edits else self.base

    def read_back(self, scenario: Scenario) -> None:
        """Repeat the volume with its thousands apart."""
        room = self.rooms.get("workload.requests_per_month")
        if room is not None:
            room.markdown(f":small[{scenario.workload.requests_per_month:,.0f} requests a month]")

    def mark(self, problems: Sequence[Problem]) -> None:
        """Show each problem under the input it is about, where that input is on the page."""
        for problem in problems:
            room = self.rooms.get(problem.field)
            if room is not None:
                room.error(plain(f"{problem.limit}. {problem.remedy}".strip()))


def draft() -> Draft:
    """Draw the sidebar and collect what it holds."""
    with st.sidebar:
        base = _starting_point()
        fields = _Fields(f"{st.session_state.setdefault(REVISION, 0)}/")
        model = fields.entered("baseline.model", base.baseline.model)
        for field in main_fields(base, engine.catalogue(), model):
            fields.draw(field)
        _draw_rent(fields, rent_fields(base, engine.library()))
        _draw_more(fields, base)
        if st.button("Undo my changes", disabled=not fields.edits, width="stretch"):
            st.session_state[REVISION] += 1
            st.rerun()
        files = st.container()
        st.file_uploader(
            "Open a scenario (TOML, JSON or exported CSV)",
            type=list(FORMATS),
            key=UPLOAD,
            on_change=_take_upload,
        )
        refused = st.session_state.get(REFUSED_UPLOAD)
        if refused:
            show_problems("This file is not opened; the page shows what was open before.", refused)
    return Draft(base, with_baseline_swapped(base, fields.edits), fields.rooms, files)


def show_problems(title: str, problems: Sequence[Problem]) -> None:
    """Show every problem: field, value, limit, remedy. Text of a user stays text."""
    rows = [
        f"- **{plain(p.field)}**"
        + (f" = {plain(p.value)}" if p.value else "")
        + f": {plain(p.limit)}. {plain(p.remedy)}".rstrip()
        for p in problems
    ]
    st.error("\n".join([f"**{title}**", "", *rows]))


class _Fields:
    """Draws fields and keeps the edits, those of fields that are not on the page too."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.edits: dict[str, Any] = {}
        self.rooms: dict[str, DeltaGenerator] = {}

    def entered(self, path: str, otherwise: Any) -> Any:  # noqa: ANN401 - as plain as the scenario
        """What a field holds, drawn or not."""
        return st.session_state.get(self.prefix + path, otherwise)

    def draw(self, field: Field) -> None:
        """Ask for one field, and keep room under it for a message."""
        _WIDGETS[field.kind](field, self.prefix + field.path)
        self.rooms[field.path] = st.empty()
        self.collect(field)

    def collect(self, field: Field) -> None:
        """Keep what was entered earlier."""
        entered = {field.path: self.entered(field.path, field.shown)}
        self.edits |= changes((field,), entered)


def _starting_point() -> Scenario:
    known = engine.starting_points()
    uploaded: Scenario | None = st.session_state.get(UPLOADED)
    titles = [*known, *([UPLOADED] if uploaded else [])]
    title = st.selectbox(
        "Start from",
        titles,
        key=START,
        format_func=lambda t: _title(t, uploaded),
        on_change=_forget_edits,
    )
    if title == UPLOADED and uploaded is not None:
        return uploaded
    return known.get(title, next(iter(known.values())))


def _title(title: str, uploaded: Scenario | None) -> str:
    if title == UPLOADED and uploaded is not None:
        return f"Your file: {short(uploaded.name, NAME_CHARACTERS)}"
    return title


def _forget_edits() -> None:
    st.session_state[REVISION] = st.session_state.get(REVISION, 0) + 1


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
    _forget_edits()


def _text_of(content: bytes, name: str) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(
            Problem(name, "", "is not UTF-8 text", "Save the file as UTF-8.")
        ) from error


def _draw_rent(fields: _Fields, rents: Sequence[Field]) -> None:
    if not rents:
        return
    titles = {field.path: field.label for field in rents}
    chosen = st.selectbox(
        "Your GPU price for",
        list(titles),
        key=f"{fields.prefix}rent",
        format_func=lambda path: titles.get(path, path),
    )
    for field in rents:
        if field.path == chosen:
            fields.draw(_relabelled(field, "USD per GPU-hour"))
        else:
            fields.collect(field)


def _relabelled(field: Field, label: str) -> Field:
    return Field(
        field.path, label, field.kind, field.value, field.help, field.placeholder, field.options
    )


def _draw_more(fields: _Fields, base: Scenario) -> None:
    """Draw the other inputs while their panel is open; their edits count when it is closed too."""
    panel = st.expander("More inputs", key=MORE, on_change="rerun")
    for subject, members in more_fields(base, engine.library()).items():
        if not panel.open:
            for field in members:
                fields.collect(field)
            continue
        with panel:
            st.markdown(f"**{subject}**")
            for field in members:
                fields.draw(field)


def _amount(field: Field, key: str) -> None:
    st.number_input(
        field.label,
        value=None if field.shown is None else float(field.shown),
        step=_step(field.shown),
        format="%.10g" if field.shown is None else _format(float(field.shown)),
        key=key,
        help=field.help or None,
        placeholder=field.placeholder,
        persist_state="page",
    )


def _whole(field: Field, key: str) -> None:
    st.number_input(
        field.label,
        value=field.shown,
        step=1,
        key=key,
        help=field.help or None,
        placeholder=field.placeholder,
        persist_state="page",
    )


def _slider(field: Field, key: str) -> None:
    st.slider(
        field.label,
        0.0,
        1.0,
        float(field.shown),
        step=0.01,
        format="percent",
        key=key,
        help=field.help or None,
        persist_state="page",
    )


def _switch(field: Field, key: str) -> None:
    st.toggle(field.label, field.shown, key=key, persist_state="page")


def _choice(field: Field, key: str) -> None:
    titles = dict(field.options)
    st.selectbox(
        field.label,
        list(titles),
        index=list(titles).index(field.shown),
        format_func=lambda value: titles.get(value, value),
        key=key,
        persist_state="page",
    )


def _step(value: float | None) -> float:
    """A tenth of the value's leading digit, so that the buttons move it in a useful way."""
    if not value:
        return 0.1
    return float(10.0 ** (math.floor(math.log10(abs(value))) - 1))


def _format(value: float) -> str:
    return "%.0f" if value == round(value) and abs(value) >= 100 else "%.10g"


_WIDGETS: Final[dict[str, Callable[[Field, str], None]]] = {
    "amount": _amount,
    "percent": _amount,
    "mean": _amount,
    "whole": _whole,
    "slider": _slider,
    "switch": _switch,
    "choice": _choice,
}
