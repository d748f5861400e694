"""Cash flow: month by month, present value, payback, internal rate or why there is none."""

from typing import Final

import streamlit as st

from tco.answer.worked import Evaluation
from tco.charts.cash import CASH_CHART
from tco.ui.fields.hover import explained, heading, terms_of
from tco.ui.parts.panels import show_chart
from tco.ui.parts.stamp import stamp
from tco.ui.session.question import Answered
from tco.ui.tables import cash_tables
from tco.words.markdown import literal

MONTHS_PX: Final = 400


def cash_page(answered: Answered) -> None:
    """Draw one option month by month, every alternative summed up, and the conventions."""
    evaluation = answered.evaluation
    st.title("Cash flow", anchor=False)
    _option(evaluation)
    heading("Every alternative over the horizon")
    appraisals = cash_tables.appraisals(evaluation)
    st.table(
        appraisals,
        border="horizontal",
        hide_index=True,
        alt="Cost over the horizon, present value, payback and internal rate of each alternative",
    )
    terms_of(appraisals.columns)
    st.markdown(
        "\n".join(
            f"- :small[{literal(rule)}]"
            for rule in (*cash_tables.reasons_without_rate(evaluation), *evaluation.conventions)
        )
    )
    stamp(answered)


@st.fragment
def _option(evaluation: Evaluation) -> None:
    answers = {move.alternative: move for move in evaluation.moves}
    if not answers:
        st.markdown("No alternative can be compared.")
        return
    labels = {key: evaluation.alternative(key).label for key in answers}
    told = evaluation.verdict.first_of(list(labels))
    chosen = st.selectbox(
        "Moving to",
        list(labels),
        index=list(labels).index(told) if told else 0,
        format_func=lambda key: labels.get(key, key),
        key="cash-of",
    )
    answer = answers.get(chosen) or next(iter(answers.values()))
    st.markdown(literal(CASH_CHART.finding((evaluation, answer))))
    show_chart(CASH_CHART, (evaluation, answer))
    panel = st.expander("The months as a table", key="cash-months", on_change="rerun")
    if panel.open:
        with panel:
            months = cash_tables.months(evaluation, answer)
            st.dataframe(
                months,
                hide_index=True,
                column_config=explained(months),
                height=MONTHS_PX,
                alt=f"Saving, cash flow and sum by month of moving to {labels[answer.alternative]}",
            )
