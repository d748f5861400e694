"""Every offer on record for this work, cheapest first; one press adds one to the scenario."""

from typing import Final

import streamlit as st

from tco.analysis.rank import Ranked
from tco.analysis.undercutting import undercutting
from tco.question.alternatives import with_option
from tco.ui.fields.hover import explained, heading
from tco.ui.session import engine
from tco.ui.session.question import Answered
from tco.ui.session.start import open_scenario
from tco.ui.tables.rank_tables import ranked_table
from tco.words.figures import plural
from tco.words.markdown import literal

MOST_ROWS: Final = 60
MARKET_PX: Final = 460


def everything(answered: Answered) -> None:
    """Draw the ranking once it is asked for."""
    heading("Everything on record for this work")
    panel = st.expander(
        "Every API offer and every machine, ranked", key="market", on_change="rerun"
    )
    if panel.open:
        with panel:
            _ranking(answered)


@st.fragment
def _ranking(answered: Answered) -> None:
    ranking, money = engine.ranking_of(answered.scenario), answered.evaluation.money
    only = st.toggle("Only those that could take part", value=True, key="market-eligible")
    found = [row for row in ranking.rows if row.alternative.eligible or not only]
    cheaper = len(undercutting(answered.scenario, ranking))
    st.markdown(
        literal(
            f"{plural(len(ranking.rows), 'offer')}; {cheaper} could take part and cost less than "
            f"staying, {money(ranking.staying_usd)} over the horizon. Whether a model is good "
            "enough is yours to judge."
        )
    )
    table = ranked_table(found[:MOST_ROWS], money)
    st.dataframe(
        table,
        hide_index=True,
        height=MARKET_PX if len(table) > 12 else "content",
        column_config=explained(table),
        alt="Cheapest offers over the horizon, and what keeps each out",
    )
    _add(answered, [row for row in found[:MOST_ROWS] if not row.in_scenario])


def _add(answered: Answered, rows: list[Ranked]) -> None:
    if not rows:
        return
    by_label = {row.alternative.label: row for row in rows}
    left, right = st.columns([4, 1], vertical_alignment="bottom")
    label = left.selectbox("Offer to add", list(by_label), key="market-offer")
    row = by_label.get(label) or rows[0]
    if right.button(
        "Add to the scenario",
        key="market-add",
        on_click=lambda: open_scenario(with_option(answered.scenario, row.option), "Your choice"),
    ):
        st.rerun()
