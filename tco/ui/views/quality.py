"""Quality: both sides on your own tasks, task by task, and what that makes of the verdict."""

from typing import TYPE_CHECKING, Final

import streamlit as st

from pricing.errors import PlannerError, Problem
from tco.commands.quality_documents import difference_words, remarks
from tco.ui.fields.hover import explained, heading
from tco.ui.parts.stamp import stamp
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
HOW: Final = (
    "Put your own tasks to every model you consider with `tco quality run`, and upload its logs: "
    "whose answers you accept, task by task, and whether that turns the verdict."
)
MOST_TASK_ROWS: Final = 500
TASKS_PX: Final = 460


def quality_page(answered: Answered) -> None:
    """Ask for results, and draw what they say once they are there."""
    st.title("Quality", anchor=False)
    _upload()
    summary = st.session_state.get(MEASURED)
    if summary is None:
        st.markdown(HOW)
    else:
        _show(answered, summary)
    stamp(answered)


def _upload() -> None:
    heading("Your own tasks")
    st.file_uploader(
        "Results: logs of Inspect, JSON of promptfoo, or a CSV of tasks",
        type=["eval", "json", "csv"],
        accept_multiple_files=True,
        key=RESULTS_UPLOAD,
        on_change=_take_results,
        help="`tco quality run` asks both sides; its logs lie in the folder `logs` of the run. "
        "Several files are read together. They stay in your session.",
    )
    refused: tuple[Problem, ...] = st.session_state.get(REFUSED_RESULTS, ())
    if refused:
        show_problems("These results are not read.", refused)


def _take_results() -> None:
    """Sum up uploaded files; refused ones are explained, and what stood before stays."""
    files = st.session_state[RESULTS_UPLOAD]
    st.session_state[REFUSED_RESULTS] = ()
    if not files:
        st.session_state.pop(MEASURED, None)
        return
    try:
        st.session_state[MEASURED] = engine.quality_in(
            tuple((file.name, file.getvalue()) for file in files)
        )
    except PlannerError as refusal:
        st.session_state[REFUSED_RESULTS] = refusal.problems


def _show(answered: Answered, summary: "QualitySummary") -> None:
    _verdict(answered, summary)
    heading("Both sides")
    standings = standing_table(summary.standings)
    st.dataframe(
        standings,
        hide_index=True,
        height="content",
        column_config=explained(standings),
        alt="Accepted answers by model and difficulty, with a 95 % interval",
    )
    for line in (*map(difference_words, summary.differences), *remarks(summary)):
        st.markdown(literal(line))
    heading("Task by task")
    tasks = task_table(summary.trials).head(MOST_TASK_ROWS)
    st.dataframe(
        tasks,
        hide_index=True,
        height=TASKS_PX if len(tasks) > 12 else "content",
        column_config=explained(tasks),
        alt="Every task, and whether each model had its answer accepted",
    )


def _verdict(answered: Answered, summary: "QualitySummary") -> None:
    """Say what the acceptance rates make of the verdict, and offer to plan with them."""
    from tco.quality.summary import with_measured_quality

    heading("What it does to the verdict")
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
        key="quality-use",
        on_click=lambda: open_scenario(measured, "Your choice"),
    ):
        st.rerun()
