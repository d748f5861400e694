"""The engine behind the page: answers kept by the content of their question, bounded in number."""

from typing import Final

import streamlit as st

from hardware_profiles.library import Library
from pricing.catalogue import Catalogue
from tco.compare import Comparison, compare
from tco.decision import Metric, Question
from tco.drivers import DriverCurve, driver_curves
from tco.evaluation import Data, evaluate
from tco.factors import factor_of, factors
from tco.presets import presets
from tco.results import Evaluation
from tco.scenario import Scenario
from tco.sensitivity import Tornado, tornado
from tco.uncertainty import Uncertainty, uncertainty
from tco.winners import Among, WinnerMap, winner_map

DRIVER_POINTS: Final = 13
MAP_COLUMNS: Final = 15
MAP_ROWS: Final = 11


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


@st.cache_resource(max_entries=64, show_spinner="Moving each input over its range…")
def tornado_of(question: str, _scenario: Scenario, by: Metric) -> Tornado:
    """Every input over its range; slower than an answer, so kept."""
    del question
    return tornado(Question.of(_scenario), by=by)


@st.cache_resource(max_entries=64, show_spinner="Following the threshold over each driver…")
def drivers_of(question: str, _scenario: Scenario) -> tuple[DriverCurve, ...]:
    """Threshold of every option over each driver."""
    del question
    return driver_curves(Question.of(_scenario), points=DRIVER_POINTS)


@st.cache_resource(max_entries=64, show_spinner="Answering every cell…")
def map_of(question: str, _scenario: Scenario, x: str, y: str, among: Among) -> WinnerMap:
    """Cheapest alternative over two inputs."""
    del question
    asked = Question.of(_scenario)
    known = factors(asked)
    across, down = factor_of(known, x), factor_of(known, y)
    return winner_map(asked, across, down, columns=MAP_COLUMNS, rows=MAP_ROWS, among=among)


@st.cache_resource(max_entries=64, show_spinner="Drawing worlds…")
def uncertainty_of(question: str, _scenario: Scenario) -> Uncertainty:
    """Bands of the bills, and odds, from drawn worlds."""
    del question
    return uncertainty(Question.of(_scenario))


@st.cache_resource(max_entries=64, show_spinner="Taking the differences one by one…")
def comparison_of(first: str, second: str, _first: Scenario, _second: Scenario) -> Comparison:
    """Way from one scenario to another, difference by difference."""
    del first, second
    return compare(_first, _second)


def inputs_of(scenario: Scenario) -> dict[str, str]:
    """Inputs with a range, by key, with their labels."""
    return {factor.key: factor.label for factor in factors(Question.of(scenario))}


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
