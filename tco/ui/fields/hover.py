"""Terms of the field explained on hover, in the words of the glossary."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import streamlit as st
from pandas import DataFrame

from tco.words.glossary import Term, term_of
from tco.words.markdown import literal

LINK: Final = st.column_config.LinkColumn(display_text="open")
"""Column of addresses."""


def on_hover(label: str) -> str | None:
    """Explain what a heading, tile, column or input shows; None where the word is everyday."""
    term = term_of(label)
    return _words(term) if term else None


def heading(label: str) -> None:
    """Draw a heading, its term explained."""
    st.subheader(label, anchor=False, help=on_hover(label))


def explained(
    table: DataFrame, given: Mapping[str, Mapping[str, Any]] | None = None
) -> dict[str, Any]:
    """Settings of a table's columns, each with its term explained."""
    settings: dict[str, Any] = dict(given or {})
    for name in map(str, table.columns):
        if words := on_hover(name):
            settings[name] = {**settings.get(name, st.column_config.Column()), "help": words}
    return settings


def terms_of(labels: Iterable[str]) -> None:
    """Offer the terms of a table that cannot explain its own columns."""
    found = {term.name: term for label in labels if (term := term_of(label))}
    if found:
        st.markdown(":small[What these words mean]", help="\n\n".join(map(_words, found.values())))


def _words(term: Term) -> str:
    measured = ", ".join(part for part in (term.symbol, term.unit) if part and part != "1")
    name = f"**{literal(term.name)}**" + (f" ({literal(measured)})" if measured else "")
    return f"{name}: {literal(term.explanation)}"
