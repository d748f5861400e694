"""Sensitivity: what moves the answer, other assumptions, who wins where, how sure."""

from typing import Final

import streamlit as st

from tco.analysis.assumed import what_turns
from tco.analysis.decision import Of
from tco.analysis.winners import ACROSS, DOWN, Among
from tco.charts.drivers import DRIVERS_CHART
from tco.charts.fan import FAN_CHART
from tco.charts.tornado import TORNADO_CHART
from tco.charts.winners import MAP_CHART, letters_told
from tco.ui.fields.hover import explained, terms_of
from tco.ui.parts.panels import show_chart
from tco.ui.parts.stamp import stamp
from tco.ui.session import engine
from tco.ui.session.question import Answered
from tco.ui.tables import sensitivity_tables
from tco.words.figures import plural
from tco.words.markdown import literal

OF: Final[dict[Of, str]] = {"choice": "the best other alternative", "own": "your own GPUs"}
AMONG: Final[dict[Among, str]] = {
    "all": "everything that may be chosen",
    "comparable": "your own GPUs and the same model bought hosted",
    "own": "staying and your own GPUs",
}


def sensitivity_page(answered: Answered) -> None:
    """Draw the open panel; each is worked out when it is first opened."""
    st.title("Sensitivity", anchor=False)
    _panels(answered)
    stamp(answered)


@st.fragment
def _panels(answered: Answered) -> None:
    bodies = {
        "What moves it": _tornado,
        "Other assumptions": _assumed,
        "Threshold by driver": _drivers,
        "Who wins where": _map,
        "How sure": _fan,
    }
    panels = st.tabs(list(bodies), key="sensitivity", on_change="rerun")
    for panel, body in zip(panels, bodies.values(), strict=True):
        if panel.open:
            with panel:
                body(answered)


def _tornado(answered: Answered) -> None:
    of: Of = st.segmented_control(
        "Compare staying with", list(OF), default="choice", format_func=lambda key: OF[key],
        key="tornado-of", required=True,
    )  # fmt: skip
    found = engine.tornado_of(answered.scenario, of)
    if found.given.gap_usd is None:
        st.markdown(literal(f"There is no gap to move: {found.given.reason}."))
        return
    st.markdown(literal(TORNADO_CHART.finding(found)))
    show_chart(TORNADO_CHART, found)
    st.markdown(
        ":small[One input moves at a time, all else as given; inputs that move together can move "
        "the answer further.]"
    )
    swings = sensitivity_tables.swings(found)
    st.table(
        swings,
        border="horizontal",
        hide_index=True,
        alt=f"Every input: {found.given.best_label} less staying at both ends, and where it turns",
    )
    terms_of(swings.columns)


def _assumed(answered: Answered) -> None:
    found = engine.assumed_of(answered.scenario)
    st.markdown(literal(what_turns(found)))
    table = sensitivity_tables.assumed(found, answered.evaluation.money)
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        column_config=explained(
            table, {"Assumed": st.column_config.TextColumn(pinned=True, width="medium")}
        ),
        alt="What costs least under each set of assumptions and each path of prices",
    )
    st.markdown(
        ":small[Present values over the horizon. Published figures stand where you give none of "
        "your own; prices go the way they went since the day in their name, from today on. To "
        "answer under a set of figures: *More inputs*, *Costs around the model*.]"
    )


def _drivers(answered: Answered) -> None:
    found = engine.drivers_of(answered.scenario)
    labels = {
        curve.alternative: answered.evaluation.alternative(curve.alternative).label
        for curve in found
    }
    if not labels:
        st.markdown("No self-hosted option in this scenario.")
        return
    chosen = _option(answered, labels, "drivers-of")
    curves = [curve for curve in found if curve.alternative == chosen]
    st.markdown(f":small[{literal(show_chart(DRIVERS_CHART, (curves, labels[chosen])))}]")


def _map(answered: Answered) -> None:
    known = engine.inputs_of(answered.scenario)
    keys = list(known)
    left, middle, right = st.columns([2, 2, 2], vertical_alignment="bottom")
    x = left.selectbox(
        "Across", keys, index=keys.index(ACROSS), format_func=lambda k: known[k], key="map-x"
    )
    y = middle.selectbox(
        "Down", keys, index=keys.index(DOWN), format_func=lambda k: known[k], key="map-y"
    )
    among: Among = right.selectbox(
        "Among", list(AMONG), format_func=lambda k: AMONG[k], key="map-among"
    )
    found = engine.map_of(answered.scenario, x, y, among)
    drawn = (found, answered.evaluation)
    st.markdown(literal(MAP_CHART.finding(drawn)))
    show_chart(MAP_CHART, drawn)
    panel = st.expander("The map as a table", key="map-table", on_change="rerun")
    if panel.open:
        with panel:
            st.dataframe(
                sensitivity_tables.map_cells(found),
                hide_index=True,
                height="content",
                alt=f"Letter of the cheapest alternative in every cell: {letters_told(found)}",
            )


def _fan(answered: Answered) -> None:
    evaluation = answered.evaluation
    found = engine.draws_of(answered.scenario)
    labels = {one.alternative: evaluation.alternative(one.alternative).label for one in found.odds}
    if not labels:
        st.markdown("No alternative can be drawn.")
        return
    chosen = _option(answered, labels, "fan-of")
    drawn = (evaluation, found, chosen)
    st.markdown(literal(FAN_CHART.finding(drawn)))
    show_chart(FAN_CHART, drawn)
    st.markdown(
        f":small[{plural(found.draws, 'draw')} of volume, output length, prices, payroll and the "
        f"calibration's error, with seed {found.seed}: the same question gives the same figures.]"
    )
    odds = sensitivity_tables.odds(evaluation, found)
    st.table(
        odds,
        border="horizontal",
        hide_index=True,
        alt="Threshold, utilisation and odds of each option",
    )
    terms_of(odds.columns)


def _option(answered: Answered, labels: dict[str, str], key: str) -> str:
    told = answered.evaluation.verdict.first_of(list(labels))
    chosen = st.selectbox(
        "Option",
        list(labels),
        index=list(labels).index(told) if told else 0,
        format_func=lambda k: labels.get(k, k),
        key=key,
    )
    return chosen if chosen in labels else next(iter(labels))
