"""Compare: scenarios side by side, what differs, and which assumption moved the answer."""

from typing import Final

import streamlit as st

from pricing.errors import PlannerError
from tco.answer.worked import Evaluation
from tco.charts.contributions import CONTRIBUTIONS_CHART
from tco.question.alternatives import BLANK
from tco.question.scenario import Scenario
from tco.ui.fields.hover import explained, heading, terms_of
from tco.ui.parts.panels import show_chart
from tco.ui.parts.stamp import stamp
from tco.ui.session import engine, saved
from tco.ui.session.problems import show_problems
from tco.ui.session.question import Answered
from tco.ui.tables import compare_tables
from tco.words.markdown import cut, literal

CURRENT: Final = "this page"
NOTHING: Final = "nothing else"
SHORT_CHARACTERS: Final = 36


def compare_page(answered: Answered) -> None:
    """Draw the chosen scenarios side by side, then the way from the first to another."""
    st.title("Compare", anchor=False)
    _chosen(answered)
    stamp(answered)


@st.fragment
def _chosen(answered: Answered) -> None:
    known = _known(answered)
    chosen = _choices(known)
    answers = _answers({title: known[title] for title in chosen})
    if len(answers) < 2:
        st.markdown("Choose two that differ.")
        return
    figures = compare_tables.side_by_side(answers)
    st.table(
        figures,
        border="horizontal",
        hide_index=True,
        alt="Headline figures side by side; rows that differ are marked",
    )
    terms_of(figures[""])
    first, *others = answers
    other = others[0]
    if len(others) > 1:
        picked = st.segmented_control(
            f"From {cut(first, SHORT_CHARACTERS)} to",
            others,
            default=other,
            format_func=lambda title: cut(title, SHORT_CHARACTERS),
            key="compared-with",
            required=True,
        )
        other = picked if picked in others else other
    heading("Which assumption moved it")
    _way((first, other), (known[first], known[other]), answers)


def _choices(known: dict[str, Scenario]) -> list[str]:
    """Ask for two scenarios or more; the first is what the others are compared with."""
    titles = list(known)
    first, second, third = st.columns(3)
    chosen = [
        first.selectbox(
            "Compare",
            titles,
            format_func=_short,
            key="compared-0",
            help="This page as it stands, what you have saved, and the worked scenarios.",
        ),
        second.selectbox(
            "with",
            titles,
            index=titles.index(_another(known)),
            format_func=_short,
            key="compared-1",
        ),
        third.selectbox("and with", [NOTHING, *titles], format_func=_short, key="compared-2"),
    ]
    return list(dict.fromkeys(title for title in chosen if title in known))


def _short(title: str) -> str:
    return cut(title, SHORT_CHARACTERS)


def _way(
    names: tuple[str, str], ends: tuple[Scenario, Scenario], answers: dict[str, Evaluation]
) -> None:
    one, other = ends
    found = engine.comparison_of(one, other)
    rows = {a.field: a for name in names for a in answers[name].assumptions}
    labels = {field: row.label for field, row in rows.items()}
    way = (found, labels, names)
    st.markdown(literal(CONTRIBUTIONS_CHART.finding(way)))
    if not found.contributions:
        return
    if found.difference.gap_usd is not None:
        show_chart(CONTRIBUTIONS_CHART, way)
    units = {field: row.unit for field, row in rows.items()}
    steps = compare_tables.steps(found, labels, units)
    st.dataframe(
        steps,
        hide_index=True,
        height="content",
        column_config=explained(
            steps, {"Assumption": st.column_config.TextColumn(pinned=True, width="medium")}
        ),
        alt=f"Every difference, and what it does to: {CONTRIBUTIONS_CHART.title(way)}",
    )
    st.markdown(
        ":small[Taken one after the other in the order of the scenario; the moves add up to the "
        "difference.]"
    )


def _known(answered: Answered) -> dict[str, Scenario]:
    """Everything that can be compared, by title; where the page started from comes second."""
    presets = {t: s for t, s in engine.starting_points().items() if t != BLANK}
    mine, refused = saved.saved_scenarios()
    if refused:
        show_problems("Saved scenarios that cannot be compared", refused)
    return {CURRENT: answered.scenario, **mine, **presets}


def _another(known: dict[str, Scenario]) -> str:
    """Title to compare with first: one that differs from the page."""
    others = [title for title in known if title != CURRENT]
    return next((title for title in others if known[title] != known[CURRENT]), others[0])


def _answers(chosen: dict[str, Scenario]) -> dict[str, Evaluation]:
    answers = {}
    for title, scenario in chosen.items():
        try:
            answers[title] = engine.answer(scenario)
        except PlannerError as refusal:
            show_problems(f"“{literal(title)}” has no answer.", refusal.problems)
    return answers
