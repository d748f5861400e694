"""The pages: each asks, calls the engine, and shows."""

from typing import Final

import streamlit as st

from pricing.errors import PlannerError
from tco.report import csv_text, scenario_toml
from tco.results import Evaluation
from tco.scenario import Scenario
from tco.ui import engine, inputs
from tco.ui.evidence import evidence
from tco.ui.headline import headline
from tco.ui.problems import show_problems

LAST_GOOD: Final = "last good question"


def decide() -> None:
    """Stay or move, from which utilisation on, where you are, how sure, what it is worth."""
    draft = inputs.draft()
    try:
        scenario = draft.scenario()
        evaluation = engine.answer(scenario)
    except PlannerError as error:
        draft.mark(error.problems)
        raise
    st.session_state[LAST_GOOD] = scenario
    draft.read_back(scenario)
    with draft.files:
        _downloads(scenario, evaluation)
    headline(evaluation)
    evidence(scenario, evaluation)


def refuse(error: PlannerError) -> None:
    """Say what is wrong, and keep the last good result in sight, marked as such."""
    show_problems("This question has no answer as it stands.", error.problems)
    last_good: Scenario | None = st.session_state.get(LAST_GOOD)
    if last_good is None:
        return
    st.warning(
        "**Below is the last good result.** It does not contain the change refused above.",
        icon=":material/history:",
    )
    with st.container(border=True, key="last-good"):
        evaluation = engine.answer(last_good)
        headline(evaluation)
        evidence(last_good, evaluation)


def _downloads(scenario: Scenario, evaluation: Evaluation) -> None:
    stem = f"planner-{evaluation.stamp.prices_on}"
    st.download_button(
        "Download result (CSV)",
        lambda: csv_text(scenario, evaluation),
        f"{stem}.csv",
        "text/csv",
        on_click="ignore",
        width="stretch",
    )
    st.download_button(
        "Download scenario (TOML)",
        lambda: scenario_toml(scenario),
        f"{stem}.toml",
        "application/toml",
        on_click="ignore",
        width="stretch",
    )
