"""Decide: stay or move, from which utilisation on, where you are, how sure, what it is worth."""

import streamlit as st

from tco.answer.worked import Evaluation
from tco.charts.months import MONTHS_CHART
from tco.charts.volume import VOLUME_CHART
from tco.ui.parts.findings import count_of, findings
from tco.ui.parts.headline import headline
from tco.ui.parts.panels import show_chart, show_table
from tco.ui.parts.stamp import stamp
from tco.ui.session.question import Answered
from tco.ui.tables import tables

NONE: str = "No self-hosted option can be compared."


def decide_page(answered: Answered) -> None:
    """Draw the answer, then by volume and by month, then what must be known before acting."""
    evaluation = answered.evaluation
    headline(evaluation)
    _panels(evaluation)
    stamp(answered)


@st.fragment
def _panels(evaluation: Evaluation) -> None:
    bodies = {
        "By volume": _volume,
        "By month": _month,
        f"Findings ({count_of(evaluation)})": findings,
    }
    panels = st.tabs(list(bodies), key="coordinates", on_change="rerun")
    for panel, body in zip(panels, bodies.values(), strict=True):
        if panel.open:
            with panel:
                body(evaluation)


def _volume(evaluation: Evaluation) -> None:
    if not evaluation.break_evens:
        st.markdown(NONE)
        return
    st.markdown("Where a lane is filled, that option costs less a month than staying.")
    show_chart(VOLUME_CHART, evaluation)
    show_table(
        "volume",
        lambda: tables.volume_table(evaluation),
        "Volumes at which each option costs less than staying",
    )


def _month(evaluation: Evaluation) -> None:
    if not evaluation.break_evens:
        st.markdown(NONE)
        return
    show_chart(MONTHS_CHART, evaluation)
    show_table(
        "month",
        lambda: tables.month_table(evaluation),
        "Month from which each option pays",
    )
