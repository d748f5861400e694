"""The engine behind the page: answers kept by the content of their question, bounded in number."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import cache, partial
from typing import TYPE_CHECKING, Final, ParamSpec

import streamlit as st

from hardware_profiles.calibration import CalibrationRecord
from pricing.catalogue import Catalogue
from pricing.change import Change
from pricing.errors import PlannerError
from pricing.since import changes_between
from tco.analysis.assumed import Assumed
from tco.analysis.compare import ScenarioComparison
from tco.analysis.decision import Of
from tco.analysis.drivers import DriverCurve
from tco.analysis.factors import factors
from tco.analysis.rank import Ranking
from tco.analysis.sensitivity import Tornado
from tco.analysis.winners import Among, WinnerMap
from tco.answer.evaluation import evaluate
from tco.answer.uncertainty import Uncertainty
from tco.answer.worked import Evaluation
from tco.facts.data import Data
from tco.question.alternatives import blank
from tco.question.presets import presets
from tco.question.scenario import Scenario
from tco.ui.server import long_work
from tco.ui.server.long_work import PageQuestion, with_uploaded
from tco.ui.server.metrics import EVALUATIONS, METRICS
from tco.ui.server.workers import Found, Workers

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from tco.quality.summary import QualitySummary

Given = ParamSpec("Given")

WORKERS: Final = Workers()
RECORDS: Final = "uploaded records"
MOST_RECORDS: Final = 8


def answer(scenario: Scenario) -> Evaluation:
    """Evaluate a scenario; the same question is answered once.

    Raises
    ------
    PlannerError
        If the scenario cannot be answered; refusals are not kept.
    """
    asked = _asked(scenario)
    return _answer(question=asked.text, _asked=asked)  # named: Streamlit need not look them up


def tornado_of(scenario: Scenario, of: Of) -> Tornado:
    """Every input over its range."""
    asked = _asked(scenario)
    return _tornado(asked.text, asked, of)


def drivers_of(scenario: Scenario) -> tuple[DriverCurve, ...]:
    """Threshold of every option over each driver."""
    asked = _asked(scenario)
    return _drivers(asked.text, asked)


def assumed_of(scenario: Scenario) -> tuple[Assumed, ...]:
    """The answer under other assumptions on record."""
    asked = _asked(scenario)
    return _assumed(asked.text, asked)


def map_of(scenario: Scenario, x: str, y: str, among: Among) -> WinnerMap:
    """Cheapest alternative over two inputs."""
    asked = _asked(scenario)
    return _map(asked.text, asked, x, y, among)


def draws_of(scenario: Scenario) -> Uncertainty:
    """Bands of the bills, and odds, month by month."""
    asked = _asked(scenario)
    return _uncertainty(asked.text, asked)


def comparison_of(first: Scenario, second: Scenario) -> ScenarioComparison:
    """Way from one scenario to another, difference by difference."""
    one, other = _asked(first), _asked(second)
    return _comparison(one.text, other.text, one, other)


def ranking_of(scenario: Scenario) -> Ranking:
    """Every offer on record for a scenario."""
    asked = _asked(scenario)
    return _ranking(asked.text, asked)


def quality_in(files: tuple[tuple[str, bytes], ...]) -> "QualitySummary":
    """What uploaded results say, by name and content; kept by nobody but the asking session."""
    return _elsewhere(long_work.uploaded_results, files)


def later_charts(scenario: Scenario) -> Callable[[], tuple[tuple[str, "Figure"], ...]]:
    """Every chart as it stands on paper, for a download: called after this run has ended."""
    task = partial(long_work.every_chart, _asked(scenario))
    return partial(WORKERS.do, task, lambda: None)


def inputs_of(scenario: Scenario) -> dict[str, str]:
    """Inputs with a range, by key, with their labels."""
    return {factor.key: factor.label for factor in factors(_asked(scenario).question)}


def shipped() -> Data:
    """Prices and machines that ship with the package."""
    return Data.shipped()


def data(scenario: Scenario) -> Data:
    """Prices and machines, the scenario's own and the visitor's records among them.

    Own facts that cannot be are left out: the answer says what is wrong with them.
    """
    asked = _asked(scenario)
    if asked.adds_nothing:
        return shipped()
    try:
        return _data(question=asked.text, _asked=asked)
    except PlannerError:
        return with_uploaded(_uploaded())


def uploaded_records() -> Mapping[str, CalibrationRecord]:
    """Records of this session, by id."""
    records: Mapping[str, CalibrationRecord] = st.session_state.get(RECORDS, {})
    return records


def keep_record(record: CalibrationRecord) -> None:
    """Add a record to this session's as the visitor's own; beyond a few, the oldest goes."""
    kept = {**uploaded_records(), record.id: record.model_copy(update={"own": True})}
    st.session_state[RECORDS] = dict(list(kept.items())[-MOST_RECORDS:])


@cache
def starting_points() -> dict[str, Scenario]:
    """Worked scenarios by title, and an empty one; the first is where the page opens."""
    worked = presets()
    empty = blank(next(iter(worked.values())))
    return {**worked, empty.name: empty}


def catalogue() -> Catalogue:
    """Prices of tokens that ship."""
    return shipped().catalogue


def price_changes(was: date, now: date) -> tuple[Change, ...]:
    """How the shipped catalogue's rates moved between two days, as far as it knows their days."""
    return _price_changes(was, now)


def _asked(scenario: Scenario) -> PageQuestion:
    return PageQuestion(scenario, _uploaded())


def _uploaded() -> tuple[CalibrationRecord, ...]:
    return tuple(uploaded_records().values())


@st.cache_resource(max_entries=64, show_spinner=False)
def _data(question: str, _asked: PageQuestion) -> Data:
    return _asked.data


# Answers are frozen, so sessions may share one object; the key is the whole question.
@st.cache_resource(max_entries=128, show_spinner=False)
def _answer(question: str, _asked: PageQuestion) -> Evaluation:
    large = _asked.is_large
    METRICS.count(EVALUATIONS, "where", "worker" if large else "page")
    if large:
        return _elsewhere(long_work.large_answer, _asked)
    return evaluate(_asked.scenario, _asked.data)


@st.cache_resource(max_entries=64, show_spinner="Moving each input over its range…")
def _tornado(question: str, _asked: PageQuestion, of: Of) -> Tornado:
    return _elsewhere(long_work.every_input, _asked, of)


@st.cache_resource(max_entries=64, show_spinner="Asking under other assumptions…")
def _assumed(question: str, _asked: PageQuestion) -> tuple[Assumed, ...]:
    return _elsewhere(long_work.under_others, _asked)


@st.cache_resource(max_entries=64, show_spinner="Following the threshold over each driver…")
def _drivers(question: str, _asked: PageQuestion) -> tuple[DriverCurve, ...]:
    return _elsewhere(long_work.every_driver, _asked)


@st.cache_resource(max_entries=64, show_spinner="Answering every cell…")
def _map(question: str, _asked: PageQuestion, x: str, y: str, among: Among) -> WinnerMap:
    return _elsewhere(long_work.who_wins, _asked, x, y, among)


@st.cache_resource(max_entries=64, show_spinner="Drawing…")
def _uncertainty(question: str, _asked: PageQuestion) -> Uncertainty:
    return _elsewhere(long_work.how_sure, _asked)


@st.cache_resource(max_entries=64, show_spinner="Taking the differences one by one…")
def _comparison(
    first: str, second: str, _first: PageQuestion, _second: PageQuestion
) -> ScenarioComparison:
    return _elsewhere(long_work.differences, _first, _second)


@st.cache_resource(max_entries=32, show_spinner=False)
def _price_changes(was: date, now: date) -> tuple[Change, ...]:
    return changes_between(catalogue(), was, now)


@st.cache_resource(max_entries=16, show_spinner="Working out every offer…")
def _ranking(question: str, _asked: PageQuestion) -> Ranking:
    return _elsewhere(long_work.every_offer, _asked)


def _elsewhere(task: Callable[Given, Found], *args: Given.args, **named: Given.kwargs) -> Found:
    """Do long work in another process for as long as its visitor waits for it."""
    return WORKERS.do(partial(task, *args, **named), _still_wanted)


def _still_wanted() -> None:
    """Let Streamlit end this run where its visitor left or asked again."""
    _ = RECORDS in st.session_state
