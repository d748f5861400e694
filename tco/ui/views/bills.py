"""Bills: the alternatives side by side, line by line, and where the paid capacity goes."""

from typing import Final, Literal

import streamlit as st
from pandas import DataFrame

from tco.answer.explain import Explanation, explain_bill, explain_line
from tco.answer.worked import Evaluation
from tco.charts.bills import BILLS_CHART
from tco.charts.use import USE_CHART
from tco.results.bill import Alternative
from tco.ui.fields.hover import LINK, explained, heading, terms_of
from tco.ui.parts.explanations import show_explanation
from tco.ui.parts.findings import show_finding
from tco.ui.parts.panels import show_chart, with_table
from tco.ui.parts.stamp import stamp
from tco.ui.session.question import Answered
from tco.ui.tables import bill_tables, tables
from tco.ui.tables.restated_tables import restated_table
from tco.words.markdown import literal

Colour = Literal["green", "orange", "red", "gray"]
KIND_COLOURS: Final[dict[str, Colour]] = {
    "measured": "green",
    "published": "orange",
    "estimated": "red",
    "stated": "red",
}
LINE_NAME_PX: Final = 170
FIGURE_PX: Final = 140
"""A name and a figure stand side by side on a phone."""
LETTER_PX: Final = 8
"""Room for a letter of a heading, so that no name of an alternative is cut."""


def bills_page(answered: Answered) -> None:
    """Draw the bills, then where the capacity of each fleet goes."""
    evaluation = answered.evaluation
    st.title("Bills", anchor=False)
    st.markdown(
        "One month of your workload as it is today, all-in. Idle machines are paid and shown, "
        "and a line nobody has a figure for says *not estimated*."
    )
    show_chart(BILLS_CHART, evaluation)
    _table(evaluation)
    _lines(evaluation)
    with_table(
        "restated",
        lambda: restated_table(evaluation),
        "Every alternative in the units of price lists and calculators",
        title="As others would state it",
    )
    heading("Where the paid capacity goes")
    _use(evaluation)
    _fleets(evaluation)
    heading("Who carries what")
    st.markdown("What a cheaper alternative leaves to you, as contracts usually divide it.")
    duties = tables.duty_table(evaluation)
    st.dataframe(
        duties,
        hide_index=True,
        height="content",
        column_config=explained(duties),
        alt="Who carries which duty under each kind of alternative",
    )
    stamp(answered)


@st.fragment
def _table(evaluation: Evaluation) -> None:
    table = bill_tables.bills_table(evaluation)
    chosen = st.dataframe(
        table,
        key="bill-table",
        on_select="rerun",
        selection_mode="single-cell",
        hide_index=True,
        height="content",
        column_config=explained(
            table,
            {
                name: st.column_config.TextColumn(
                    name,
                    pinned=place == 0,
                    width=max(FIGURE_PX, LETTER_PX * len(name)) if place else LINE_NAME_PX,
                    alignment="right" if place else "left",
                )
                for place, name in enumerate(table.columns)
            },
        ),
        alt="Monthly bills side by side, by line and alternative",
    )
    cells = chosen.selection.cells
    explanation = explain_cell(evaluation, table, cells[0]) if cells else None
    if explanation is None:
        st.markdown(":small[Choose a figure of the table to see how it comes about.]")
        return
    with st.container(border=True):
        show_explanation(explanation)


def explain_cell(
    evaluation: Evaluation, table: DataFrame, cell: tuple[int, str]
) -> Explanation | None:
    """Explain the figure of a row and a column; None where there is none."""
    row, label = cell
    name = str(table.iloc[row, 0])
    key = next((a.key for a in evaluation.alternatives if a.label == label), None)
    if key is None or evaluation.alternative(key).refused:
        return None
    if row == len(table) - 1:
        return explain_bill(evaluation, key)
    return explain_line(evaluation, key, name)


@st.fragment
def _lines(evaluation: Evaluation) -> None:
    by_key = {a.key: a for a in evaluation.alternatives if not a.refused}
    chosen = st.selectbox(
        "Line by line, with sources",
        list(by_key),
        format_func=lambda key: by_key[key].label if key in by_key else key,
        key="lines-of",
    )
    if chosen in by_key:
        lines = bill_tables.lines_table(by_key[chosen], evaluation.money)
        st.dataframe(
            lines,
            hide_index=True,
            height="content",
            column_config=explained(
                lines, {"Line": st.column_config.TextColumn(pinned=True), "Link": LINK}
            ),
            alt=f"Lines of the bill of {by_key[chosen].label}, with their sources",
        )


def _use(evaluation: Evaluation) -> None:
    if not any(a.serving for a in evaluation.alternatives):
        st.markdown("No self-hosted option can be priced.")
        return
    show_chart(USE_CHART, evaluation)


@st.fragment
def _fleets(evaluation: Evaluation) -> None:
    panel = st.expander("Fleets: replicas, capacity, calibration", key="fleets", on_change="rerun")
    if not panel.open:
        return
    with panel:
        for host in evaluation.alternatives:
            if host.kind in {"rented", "owned", "hybrid"}:
                _fleet(host)


def _fleet(host: Alternative) -> None:
    with st.container(border=True):
        st.markdown(f"**{literal(host.label)}**")
        _badges(host)
        if host.serving is not None:
            carried = tables.serving_table(host)
            st.table(
                carried,
                border="horizontal",
                hide_index=True,
                hide_header=True,
                alt=f"How the fleet of {host.label} carries the traffic",
            )
            terms_of(carried[""])
        for finding in host.findings:
            show_finding(finding)


def _badges(host: Alternative) -> None:
    with st.container(horizontal=True, gap="small"):
        if host.serving is None:
            if host.refused:
                st.badge("refused", color="red")
            return
        kind = host.serving.calibration_kind
        st.badge(f"calibration {kind}", color=KIND_COLOURS.get(kind, "gray"))
        st.badge(literal(host.serving.extrapolation), color="gray")
