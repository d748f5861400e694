"""Your own tasks: both sides as they did, task by task, and what that makes of the verdict."""

from typing import TYPE_CHECKING, Final

import streamlit as st

from pricing.errors import PlannerError, Problem
from tco.commands.quality_documents import difference_words
from tco.ui.fields.hover import explained, heading
from tco.ui.session import engine
from tco.ui.session.problems import show_problems
from tco.ui.session.question import Answered
from tco.ui.session.start import open_scenario
from tco.ui.tables.quality_tables import standing_table, task_table
from tco.words.markdown import literal

if TYPE_CHECKING:
    from tco.quality.summary import QualitySummary

RESULTS_UPLOAD: Final = "results upload"
MEASURED: Final = "measured quality"
"""What was uploaded; it stays in the session of its visitor."""
REFUSED_RESULTS: Final = "refused results"
MOST_TASK_ROWS: Final = 500
TASKS_PX: Final = 460


def own_tasks(answered: Answered) -> None:
    """Draw what was measured once it is asked for."""
    heading("Your own tasks")
    panel = st.expander(
        "Upload whose answers you accept, task by task", key="own-tasks", on_change="rerun"
    )
    if panel.open:
        with panel:
            _upload()
            summary = st.session_state.get(MEASURED)
            if summary is not None:
                _show(answered, summary)


def _upload() -> None:
    st.file_uploader(
        "Results: a CSV of tasks, or JSON of promptfoo",
        type=["csv", "json"],
        key=RESULTS_UPLOAD,
        on_change=_take_results,
        help="`tco quality run` asks both sides; `tco quality sum RUN --tasks results.csv` writes "
        "the CSV.",
    )
    refused: tuple[Problem, ...] = st.session_state.get(REFUSED_RESULTS, ())
    if refused:
        show_problems("These results are not read.", refused)


def _take_results() -> None:
    """Sum up an uploaded file; a refused one is explained, and what stood before stays."""
    file = st.session_state[RESULTS_UPLOAD]
    st.session_state[REFUSED_RESULTS] = ()
    if file is None:
        st.session_state.pop(MEASURED, None)
        return
    name = f"results{'.json' if file.name.lower().endswith('.json') else '.csv'}"
    try:
        st.session_state[MEASURED] = engine.measured(file.getvalue(), name)
    except PlannerError as refusal:
        st.session_state[REFUSED_RESULTS] = refusal.problems


def _show(answered: Answered, summary: "QualitySummary") -> None:
    standings = standing_table(summary.standings)
    st.dataframe(
        standings,
        hide_index=True,
        height="content",
        column_config=explained(standings),
        alt="Accepted answers by model and difficulty, with a 95 % interval",
    )
    for found in summary.differences:
        st.markdown(literal(difference_words(found)))
    tasks = task_table(summary.trials).head(MOST_TASK_ROWS)
    st.dataframe(
        tasks,
        hide_index=True,
        height=TASKS_PX if len(tasks) > 12 else "content",
        column_config=explained(tasks),
        alt="Every task, and whether each model had its answer accepted",
    )
    _verdict(answered, summary)


def _verdict(answered: Answered, summary: "QualitySummary") -> None:
    """Say what the acceptance rates make of the verdict, and offer to plan with them."""
    from tco.quality.summary import with_measured_quality

    try:
        measured = with_measured_quality(answered.scenario, summary)
        after = engine.answer(measured).verdict
    except PlannerError as refusal:
        show_problems("Nothing is planned with these rates.", refusal.problems)
        return
    before = answered.evaluation.verdict
    st.markdown(f"**As it stands:** {literal(before.headline)}")
    st.markdown(f"**With what was measured:** {literal(after.headline)} {literal(after.sentence)}")
    if st.button(
        "Plan with these rates",
        key="own-tasks-use",
        on_click=lambda: open_scenario(measured, "Your choice"),
    ):
        st.rerun()
