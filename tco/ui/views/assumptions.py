"""Assumptions: every value the answer rests on, with its range, source, date and confidence."""

from typing import Final

import streamlit as st

from tco.answer.worked import Evaluation
from tco.ui.fields.hover import LINK, explained
from tco.ui.parts.stamp import stamp
from tco.ui.session import saved, start, usage_upload
from tco.ui.session.question import Answered
from tco.ui.tables import tables
from tco.ui.tables.changes_by import with_changes
from tco.ui.tables.whose import with_whose
from tco.words.figures import plural, whole
from tco.words.markdown import literal

FILTERS: Final = ("All", "In the scenario", "Not estimated", "Low confidence")
UNIT_PX: Final = 110
"""Room for a unit beside its value."""


def assumptions_page(answered: Answered) -> None:
    """Draw the ledger, filterable by kind and by words."""
    st.title("Assumptions", anchor=False)
    st.markdown(
        "Every value behind the answer, and whose it is: of the *preset* you started from, *typed* "
        "by you, *from your log*, *from the library*, or an *estimate*. To change one, open *More "
        "inputs* on the left."
    )
    _ledger(answered.evaluation)
    stamp(answered)


@st.fragment
def _ledger(evaluation: Evaluation) -> None:
    left, right = st.columns([3, 2], vertical_alignment="bottom")
    chosen = left.segmented_control(
        "Show", FILTERS, default="All", key="assumptions-of", required=True
    )
    words = right.text_input("Filter", placeholder="for example: H100", key="assumption-words")
    table = tables.ledger_table(evaluation, chosen or "All", words)
    log = usage_upload.log_shown()
    table = with_whose(
        table,
        evaluation.asked.scenario,
        start.began_from(),
        log.tells if log is not None else lambda _: False,
    )
    versions = saved.opened_versions()
    if versions:
        table = with_changes(table, versions, versions[-1].notes)
        st.markdown(
            f":small[Set by and notes: of the saved scenario “{literal(versions[-1].kept.name)}”; "
            "edits on this page are not saved yet.]"
        )
    st.dataframe(
        table,
        hide_index=True,
        height=560,
        column_config=explained(
            table,
            {
                "Assumption": st.column_config.TextColumn(pinned=True, width="medium"),
                "Unit": st.column_config.TextColumn(width=UNIT_PX),
                "Link": LINK,
            },
        ),
        alt="Every value the answer rests on, with unit, range, source, date and confidence",
    )
    st.markdown(f":small[{whole(len(table))} of {plural(len(evaluation.assumptions), 'value')}.]")
