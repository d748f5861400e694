"""A widget for each kind of input, and the edits they hold."""

from collections.abc import Callable
from typing import Any, Final

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pricing.errors import InputError, Problem
from tco.ui.fields.field import FIGURES, Field, changes
from tco.ui.fields.hover import on_hover

_NOT_DRAWN: Final = object()


class Fields:
    """Draws fields and keeps the edits, those of fields that are not on the page too."""

    def __init__(self, prefix: str, has_more_to_say: Callable[[str], bool]) -> None:
        self.prefix = prefix
        self.edits: dict[str, Any] = {}
        self.rooms: dict[str, DeltaGenerator] = {}
        """Room for a message under a field, by path, where there may be one to show."""
        self.told: set[str] = set()
        """Fields under which it is said already how their figure was read."""
        self._has_more_to_say = has_more_to_say
        self._drawn: dict[str, Any] = {}
        self.problems: list[Problem] = []
        """What was typed and is no figure, or beyond the limits of its place."""
        self.readings: dict[str, str] = {}
        """Figures that were typed in another way than the page writes them, by path."""
        self._held: Callable[[str, Any], Any] = st.session_state.get

    def entered(self, path: str, otherwise: Any) -> Any:  # noqa: ANN401 - as plain as the scenario
        """What a field holds, drawn or not; one that is not drawn cannot change meanwhile."""
        if path in self._drawn:
            return self._drawn[path]
        return self._held(self.prefix + path, otherwise)

    def gather(self) -> None:
        """Take up at once what every field holds, before many are asked that are not drawn."""
        self._held = st.session_state.to_dict().copy().get

    def reading(self, path: str) -> str:
        """Say how a figure was read that was typed otherwise."""
        return f"read as {self.readings[path]}"

    def is_drawn(self, path: str) -> bool:
        """Whether a field is on the page."""
        return path in self._drawn

    def draw(self, field: Field) -> None:
        """Ask for one field, its term explained, and keep room under it where a message may come.

        Room under every field would be a tenth of what a rerun sends.
        """
        about, path = field.help or on_hover(field.label), field.path
        widget = _WIDGETS[field.kind]
        self._drawn[path] = widget(field, self.prefix + path, about)
        refused = len(self.problems)
        self.collect(field)
        if len(self.problems) > refused or self._has_more_to_say(path):
            self.rooms[path] = st.empty()
        elif path in self.readings:
            self.rooms[path] = st.markdown(said_small(self.reading(path)))
            self.told.add(path)

    def collect(self, field: Field) -> None:
        """Keep what was entered earlier."""
        typed = self.entered(field.path, _NOT_DRAWN)
        if typed is _NOT_DRAWN:
            return
        entered = typed
        if field.kind in FIGURES:
            try:
                entered = field.read(typed)
            except InputError as refusal:
                self.problems += refusal.problems
                return
            if typed.strip() != field.text and typed.strip() != (as_read := field.written(entered)):
                self.readings[field.path] = as_read
        self.edits |= changes((field,), {field.path: entered})


def said_small(words: str) -> str:
    """Write what stands under a field."""
    return f":small[{words}]"


def _figure(field: Field, key: str, about: str | None) -> str:
    return st.text_input(
        field.label,
        field.text,
        key=key,
        help=about,
        placeholder=field.placeholder,
        persist_state="session",
    )


def _switch(field: Field, key: str, about: str | None) -> bool:
    return st.toggle(field.label, field.shown, key=key, help=about, persist_state="session")


def _choice(field: Field, key: str, about: str | None) -> Any:  # noqa: ANN401 - as its options are
    titles = dict(field.options)
    return st.selectbox(
        field.label,
        list(titles),
        index=list(titles).index(field.shown),
        format_func=lambda value: titles.get(value, value),
        key=key,
        help=about,
        persist_state="session",
    )


def _text(field: Field, key: str, about: str | None) -> Any:  # noqa: ANN401 - a text or nothing
    return st.text_input(
        field.label,
        field.shown,
        key=key,
        help=about,
        placeholder=field.placeholder,
        persist_state="session",
    )


def _date(field: Field, key: str, about: str | None) -> Any:  # noqa: ANN401 - a day or nothing
    return st.date_input(field.label, field.shown, key=key, help=about, persist_state="session")


_WIDGETS: Final[dict[str, Callable[[Field, str, str | None], Any]]] = {
    "amount": _figure,
    "percent": _figure,
    "mean": _figure,
    "whole": _figure,
    "switch": _switch,
    "choice": _choice,
    "table": _choice,
    "text": _text,
    "date": _date,
}
