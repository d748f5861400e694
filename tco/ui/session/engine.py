"""The engine behind the page: answers kept by the content of their question, bounded in number."""

from collections.abc import Mapping
from datetime import date
from typing import Final

import streamlit as st

from hardware_profiles.calibration import CalibrationRecord
from hardware_profiles.library import Library
from pricing.catalogue import Catalogue
from pricing.change import Change
from pricing.since import changes_between
from tco.analysis.compare import ScenarioComparison, compare
from tco.analysis.decision import Of, Question
from tco.analysis.drivers import DRIVER_POINTS, DriverCurve, driver_curves
from tco.analysis.factors import factor_of, factors
from tco.analysis.rank import Ranking, rank
from tco.analysis.sensitivity import Tornado, tornado
from tco.analysis.uncertainty import uncertainty
from tco.analysis.winners import MAP_COLUMNS, MAP_ROWS, Among, WinnerMap, winner_map
from tco.answer.evaluation import evaluate
from tco.answer.uncertainty import Uncertainty
from tco.answer.worked import Evaluation
from tco.facts.data import Data
from tco.question.presets import presets
from tco.question.scenario import Scenario
from tco.serving.records import with_records

RECORDS: Final = "uploaded records"
MOST_RECORDS: Final = 8


def answer(scenario: Scenario) -> Evaluation:
    """Evaluate a scenario; the same question is answered once.

    Raises
    ------
    PlannerError
        If the scenario cannot be answered; refusals are not kept.
    """
    return _answer(_key(scenario), scenario, data())


def tornado_of(scenario: Scenario, of: Of) -> Tornado:
    """Every input over its range."""
    return _tornado(_key(scenario), scenario, data(), of)


def drivers_of(scenario: Scenario) -> tuple[DriverCurve, ...]:
    """Threshold of every option over each driver."""
    return _drivers(_key(scenario), scenario, data())


def map_of(scenario: Scenario, x: str, y: str, among: Among) -> WinnerMap:
    """Cheapest alternative over two inputs."""
    return _map(_key(scenario), scenario, data(), x, y, among)


def draws_of(scenario: Scenario) -> Uncertainty:
    """Bands of the bills, and odds, month by month."""
    return _uncertainty(_key(scenario), scenario, data())


def comparison_of(first: Scenario, second: Scenario) -> ScenarioComparison:
    """Way from one scenario to another, difference by difference."""
    return _comparison(_key(first), _key(second), first, second, data())


def ranking_of(scenario: Scenario) -> Ranking:
    """Every offer on record for a scenario."""
    return _ranking(_key(scenario), scenario, data())


def inputs_of(scenario: Scenario) -> dict[str, str]:
    """Inputs with a range, by key, with their labels."""
    return {factor.key: factor.label for factor in factors(Question(scenario, data()))}


def shipped() -> Data:
    """Prices and machines that ship with the package."""
    return Data.shipped()


def data() -> Data:
    """Prices and machines, the records this visitor uploaded among them."""
    uploaded = uploaded_records()
    if not uploaded:
        return shipped()
    return Data(shipped().catalogue, with_records(shipped().library, uploaded))


def uploaded_records() -> Mapping[str, CalibrationRecord]:
    """Records of this session, by id."""
    records: Mapping[str, CalibrationRecord] = st.session_state.get(RECORDS, {})
    return records


def keep_record(record: CalibrationRecord) -> None:
    """Add a record to this session's; beyond a few, the oldest goes."""
    kept = {**uploaded_records(), record.id: record}
    st.session_state[RECORDS] = dict(list(kept.items())[-MOST_RECORDS:])


@st.cache_resource(max_entries=1, show_spinner=False)
def starting_points() -> dict[str, Scenario]:
    """Worked scenarios by title; the first is where the page opens."""
    return presets()


def library() -> Library:
    """Machines, models and assumptions."""
    return data().library


def catalogue() -> Catalogue:
    """Prices of tokens."""
    return shipped().catalogue


def price_changes(was: date, now: date) -> tuple[Change, ...]:
    """How the shipped catalogue's rates moved between two days, as far as it knows their days."""
    return _price_changes(was, now)


def _key(scenario: Scenario) -> str:
    """Whole question: the scenario, and the records it may rest on."""
    records = "".join(record.model_dump_json() for record in uploaded_records().values())
    return scenario.model_dump_json() + records


# Answers are frozen, so sessions may share one object; the key is the whole question.
@st.cache_resource(max_entries=256, show_spinner=False)
def _answer(question: str, _scenario: Scenario, _data: Data) -> Evaluation:
    return evaluate(_scenario, _data)


@st.cache_resource(max_entries=64, show_spinner="Moving each input over its range…")
def _tornado(question: str, _scenario: Scenario, _data: Data, of: Of) -> Tornado:
    return tornado(Question(_scenario, _data), of=of)


@st.cache_resource(max_entries=64, show_spinner="Following the threshold over each driver…")
def _drivers(question: str, _scenario: Scenario, _data: Data) -> tuple[DriverCurve, ...]:
    return driver_curves(Question(_scenario, _data), points=DRIVER_POINTS)


@st.cache_resource(max_entries=64, show_spinner="Answering every cell…")
def _map(
    question: str, _scenario: Scenario, _data: Data, x: str, y: str, among: Among
) -> WinnerMap:
    asked = Question(_scenario, _data)
    known = factors(asked)
    across, down = factor_of(known, x), factor_of(known, y)
    return winner_map(asked, across, down, columns=MAP_COLUMNS, rows=MAP_ROWS, among=among)


@st.cache_resource(max_entries=64, show_spinner="Drawing…")
def _uncertainty(question: str, _scenario: Scenario, _data: Data) -> Uncertainty:
    return uncertainty(Question(_scenario, _data))


@st.cache_resource(max_entries=64, show_spinner="Taking the differences one by one…")
def _comparison(
    first: str, second: str, _first: Scenario, _second: Scenario, _data: Data
) -> ScenarioComparison:
    return compare(_first, _second, _data)


@st.cache_resource(max_entries=32, show_spinner=False)
def _price_changes(was: date, now: date) -> tuple[Change, ...]:
    return changes_between(catalogue(), was, now)


@st.cache_resource(max_entries=16, show_spinner="Working out every offer…")
def _ranking(question: str, _scenario: Scenario, _data: Data) -> Ranking:
    return rank(Question(_scenario, _data))
