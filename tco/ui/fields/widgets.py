"""A widget for each kind of input, and the edits they hold."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from tco.ui.fields.field import Field, changes
from tco.ui.fields.hover import on_hover
from tco.words.formats import ENTRY_NUMBER, ENTRY_WHOLE


class Fields:
    """Draws fields and keeps the edits, those of fields that are not on the page too."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.edits: dict[str, Any] = {}
        self.rooms: dict[str, DeltaGenerator] = {}
        self._held = st.session_state.to_dict()

    def entered(self, path: str, otherwise: Any) -> Any:  # noqa: ANN401 - as plain as the scenario
        """What a field holds, drawn or not; one that is not drawn cannot change meanwhile."""
        held = st.session_state if path in self.rooms else self._held
        return held.get(self.prefix + path, otherwise)

    def draw(self, field: Field) -> None:
        """Ask for one field, its term explained, and keep room under it for a message."""
        asked = replace(field, help=field.help or on_hover(field.label) or "")
        _WIDGETS[field.kind](asked, self.prefix + field.path)
        self.rooms[field.path] = st.empty()
        self.collect(field)

    def collect(self, field: Field) -> None:
        """Keep what was entered earlier."""
        entered = {field.path: self.entered(field.path, field.shown)}
        self.edits |= changes((field,), entered)


def _amount(field: Field, key: str) -> None:
    st.number_input(
        field.label,
        value=None if field.shown is None else float(field.shown),
        step=_step(field.shown),
        format=ENTRY_NUMBER if field.shown is None else _format(float(field.shown)),
        key=key,
        help=field.help or None,
        placeholder=field.placeholder,
        persist_state="session",
    )


def _whole(field: Field, key: str) -> None:
    st.number_input(
        field.label,
        value=field.shown,
        step=1,
        key=key,
        help=field.help or None,
        placeholder=field.placeholder,
        persist_state="session",
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
        persist_state="session",
    )


def _switch(field: Field, key: str) -> None:
    st.toggle(field.label, field.shown, key=key, help=field.help or None, persist_state="session")


def _choice(field: Field, key: str) -> None:
    titles = dict(field.options)
    st.selectbox(
        field.label,
        list(titles),
        index=list(titles).index(field.shown),
        format_func=lambda value: titles.get(value, value),
        key=key,
        help=field.help or None,
        persist_state="session",
    )


def _text(field: Field, key: str) -> None:
    st.text_input(
        field.label,
        field.shown,
        key=key,
        help=field.help or None,
        placeholder=field.placeholder,
        persist_state="session",
    )


def _date(field: Field, key: str) -> None:
    st.date_input(
        field.label, field.shown, key=key, help=field.help or None, persist_state="session"
    )


def _step(value: float | None) -> float:
    """A tenth of the value's leading digit, so that the buttons move it in a useful way."""
    if not value:
        return 0.1
    return float(10.0 ** (math.floor(math.log10(abs(value))) - 1))


def _format(value: float) -> str:
    return ENTRY_WHOLE if value == round(value) and abs(value) >= 100 else ENTRY_NUMBER


_WIDGETS: Final[dict[str, Callable[[Field, str], None]]] = {
    "amount": _amount,
    "percent": _amount,
    "mean": _amount,
    "whole": _whole,
    "slider": _slider,
    "switch": _switch,
    "choice": _choice,
    "table": _choice,
    "text": _text,
    "date": _date,
}
