"""The engine behind the page: answers kept by the content of their question, bounded in number."""

import streamlit as st

from hardware_profiles.library import Library
from pricing.catalogue import Catalogue
from tco.evaluation import Data, evaluate
from tco.presets import presets
from tco.results import Evaluation
from tco.scenario import Scenario


def answer(scenario: Scenario) -> Evaluation:
    """Evaluate a scenario; the same question is answered once.

    Raises
    ------
    PlannerError
        If the scenario cannot be answered; refusals are not kept.
    """
    return _answer(scenario.model_dump_json(), scenario)


# Answers are frozen, so sessions may share one object; the key is the whole question.
@st.cache_resource(max_entries=256, show_spinner=False)
def _answer(question: str, _scenario: Scenario) -> Evaluation:
    return evaluate(_scenario)


@st.cache_resource(max_entries=1, show_spinner=False)
def starting_points() -> dict[str, Scenario]:
    """Worked scenarios by title; the first is where the page opens."""
    return presets()


def library() -> Library:
    """Machines, models and assumptions."""
    return Data.shipped().library


def catalogue() -> Catalogue:
    """Prices of tokens."""
    return Data.shipped().catalogue
