"""The question as it stands, its answer, and what is shown while it has none."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import streamlit as st

from pricing.errors import PlannerError
from tco.answer.worked import Evaluation
from tco.question.scenario import Scenario
from tco.ui.parts import inputs
from tco.ui.session import engine
from tco.ui.session.problems import show_problems

LAST_GOOD: Final = "last good question"


@dataclass(frozen=True, slots=True)
class Answered:
    """A question and its answer; what every page is drawn from."""

    scenario: Scenario
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Reply:
    """What there is to show: an answer, the last good one beside a refusal, or a refusal."""

    answered: Answered | None
    refusal: PlannerError | None = None


def ask(draft: inputs.Draft) -> Reply:
    """Answer what the sidebar holds; a refusal keeps the last good answer in sight."""
    try:
        scenario = draft.scenario()
        evaluation = engine.answer(scenario)
    except PlannerError as refusal:
        draft.mark(refusal.problems)
        last_good: Scenario | None = st.session_state.get(LAST_GOOD)
        if last_good is None:
            return Reply(None, refusal)
        return Reply(Answered(last_good, engine.answer(last_good)), refusal)
    st.session_state[LAST_GOOD] = scenario
    draft.read_back()
    return Reply(Answered(scenario, evaluation))


def show(asked: Reply, page: Callable[[], None]) -> None:
    """Draw a page; below a refusal it is the last good one, marked as such."""
    if asked.refusal is None:
        page()
        return
    show_problems("This question has no answer as it stands.", asked.refusal.problems)
    if asked.answered is None:
        return
    st.warning(
        "**Below is the last good result.** It does not contain the change refused above.",
        icon=":material/history:",
    )
    with st.container(border=True, key="last-good"):
        page()
