"""A tour of one minute for a first visit, and the words that the answer is told in."""

from typing import Final

import streamlit as st
from pandas import DataFrame

from tco.words.glossary import glossary
from tco.words.markdown import literal

TOUR: Final = (
    "**The headline of *Decide* is the answer**: stay, switch or move, what that is worth over "
    "the horizon, and how sure it is. Below 80 % it says *too close to call*, and what decides.",
    "**The inputs on the left are your case.** Type them as you say them: *40M*, *60 %*, *$2.60*. "
    "Or open a scenario, a usage log or an invoice at their foot. The answer follows.",
    "***Alternatives* is what is compared.** Add APIs, machines and hybrids by typing a part of "
    "their name, or a machine at your own price.",
    "**Every figure explains itself**: *Explain* below a tile, a cell of *Bills*, the question "
    "mark beside a word. *Assumptions* says whose each value is.",
    "**Take it away.** *Scenarios* keeps, compares and signs it; *Export* writes the report of two "
    "pages, the workbook and a link.",
)


def tour_button() -> None:
    """Offer the tour; no fragment of its own, for it would cost each rerun more than one tour."""
    if st.button("New here? One minute", key="tour", type="tertiary"):
        _tour()


@st.dialog("One minute with the planner", width="large")
def _tour() -> None:
    st.markdown("\n".join(f"{place}. {step}" for place, step in enumerate(TOUR, 1)))
    st.markdown("**The words of the answer**")
    st.table(
        DataFrame(
            {
                "Word": [literal(term.name) for term in glossary()],
                "Unit": [literal(term.unit) for term in glossary()],
                "What it means": [literal(term.explanation) for term in glossary()],
            }
        ),
        border="horizontal",
        hide_index=True,
        alt="Every word of the field on the pages, with its unit and what it means",
    )
