"""Files to take away: the scenario and the result, written when they are asked for."""

from collections.abc import Callable

import streamlit as st

from tco.answer.documents import csv_text, scenario_toml
from tco.ui.session.question import Answered


def downloads(answered: Answered) -> None:
    """Offer the two files that open again on the page."""
    scenario, evaluation = answered.scenario, answered.evaluation
    stem = f"planner-{evaluation.stamp.prices_on}"
    download(
        "Download result (CSV)",
        lambda: csv_text(scenario, evaluation),
        f"{stem}.csv",
        "text/csv",
    )
    download(
        "Download scenario (TOML)",
        lambda: scenario_toml(scenario),
        f"{stem}.toml",
        "application/toml",
    )


def download(
    label: str, content: Callable[[], str | bytes], name: str, kind: str, *, key: str | None = None
) -> None:
    """Offer one file; it is written on the click and nothing is drawn anew."""
    st.download_button(label, content, name, kind, key=key, on_click="ignore", width="stretch")
