"""What takes longer than a rerun of the page may: its analyses, and the largest questions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final, Self

from hardware_profiles.calibration import CalibrationRecord
from pricing.errors import InputError, PlannerError, Problem
from tco.analysis.assumed import Assumed, answers_assuming
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
from tco.answer.working import look_up
from tco.bill.self_hosted import is_simulated
from tco.charts.chart import Case
from tco.commands.extras import require_installed
from tco.facts.data import Data
from tco.question.scenario import Scenario
from tco.serving.records import with_records

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from tco.quality.summary import QualitySummary

Task = Callable[[], object]
"""A function of this module with its arguments; both are sent to the process that does it."""
MOST_ALTERNATIVES: Final = 16
MOST_CLASSES: Final = 6
"""Of a question that is answered within the rerun that asks it."""
MOST_KEPT: Final = 64
"""Questions of which it is kept whether they simulate: visitors change their volume most."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a task: its result, a refusal, or the places of a mistake of ours."""

    result: object
    refusal: tuple[type[PlannerError], tuple[Problem, ...]] | None = None
    failed: str = ""


@dataclass(frozen=True, slots=True)
class PageQuestion:
    """A scenario, and the records its visitor uploaded."""

    scenario: Scenario
    records: tuple[CalibrationRecord, ...] = ()

    @property
    def text(self) -> str:
        """All of it in writing, which tells questions apart."""
        records = "".join(record.model_dump_json() for record in self.records)
        return self.scenario.model_dump_json() + records

    @property
    def adds_nothing(self) -> bool:
        """Whether it rests on shipped prices and machines alone."""
        asked = self.scenario
        measured = all(option.is_measured for option in asked.self_hosted)
        return not self.records and asked.library is None and measured

    @property
    def data(self) -> Data:
        """Prices and machines, the scenario's own and the visitor's records among them."""
        return with_uploaded(self.records).with_facts_of(self.scenario)

    @property
    def question(self) -> Question:
        """Both, as the analyses take them."""
        return Question(self.scenario, self.data)

    @property
    def is_large(self) -> bool:
        """Whether answering it takes too long for the process that serves the page."""
        asked = self.scenario
        return (
            len(asked.apis) + len(asked.self_hosted) + len(asked.hybrids) > MOST_ALTERNATIVES
            or len(asked.workload.classes) > MOST_CLASSES
            or _simulates(_Written.of(self._of_one_request()))
        )

    def _of_one_request(self) -> "PageQuestion":
        """The same at another volume, where what a replica carries does not hang on it."""
        if self.scenario.fleet.own_cache is not None:
            return self
        one = {"requests_per_month": 1.0, "growth_per_month": 0.0}
        workload = self.scenario.workload.model_copy(update=one)
        return replace(self, scenario=self.scenario.model_copy(update={"workload": workload}))


@dataclass(frozen=True, slots=True)
class _Written:
    """A question known by its text: facts of one's own have no hash."""

    text: str
    asked: PageQuestion = field(compare=False)

    @classmethod
    def of(cls, asked: PageQuestion) -> Self:
        """Write a question down."""
        return cls(asked.text, asked)


@lru_cache(maxsize=MOST_KEPT)
def _simulates(written: _Written) -> bool:
    asked = written.asked
    try:
        resolved = look_up(asked.scenario, asked.data).resolved
    except PlannerError:
        return False  # refused without any work
    weights = resolved.profile.weights
    return any(is_simulated(host, asked.scenario, weights) for host in resolved.hosts)


def with_uploaded(records: Sequence[CalibrationRecord]) -> Data:
    """Prices and machines that ship with the package, and some records more."""
    shipped = Data.shipped()
    if not records:
        return shipped
    uploaded = {record.id: record for record in records}
    return replace(shipped, library=with_records(shipped.library, uploaded))


def large_answer(asked: PageQuestion) -> Evaluation:
    """Every alternative, and the verdict."""
    return evaluate(asked.scenario, asked.data)


def every_input(asked: PageQuestion, of: Of) -> Tornado:
    """Every input over its range."""
    return tornado(asked.question, of=of)


def every_driver(asked: PageQuestion) -> tuple[DriverCurve, ...]:
    """Threshold of every option over each driver."""
    return driver_curves(asked.question, points=DRIVER_POINTS)


def under_others(asked: PageQuestion) -> tuple[Assumed, ...]:
    """The answer under every set of assumptions and every path of prices."""
    return answers_assuming(asked.question)


def who_wins(asked: PageQuestion, x: str, y: str, among: Among) -> WinnerMap:
    """Cheapest alternative over two inputs."""
    question = asked.question
    known = factors(question)
    across, down = factor_of(known, x), factor_of(known, y)
    return winner_map(question, across, down, columns=MAP_COLUMNS, rows=MAP_ROWS, among=among)


def how_sure(asked: PageQuestion) -> Uncertainty:
    """Bands of the bills, and odds, month by month."""
    return uncertainty(asked.question)


def differences(first: PageQuestion, second: PageQuestion) -> ScenarioComparison:
    """Way from one scenario to another, difference by difference."""
    return compare(first.scenario, second.scenario, with_uploaded(first.records))


def every_offer(asked: PageQuestion) -> Ranking:
    """Every offer on record for a scenario."""
    return rank(asked.question)


def every_chart(asked: PageQuestion) -> tuple[tuple[str, "Figure"], ...]:
    """Charts of the answer by name, as they stand on paper."""
    from tco.charts.paper import answer_charts

    return tuple(answer_charts(Case(asked.scenario, large_answer(asked), asked.data)))


def uploaded_results(files: Sequence[tuple[str, bytes]]) -> "QualitySummary":
    """What uploaded results say, read together; archives of Inspect among them as one run."""
    from tco.quality.summary import is_log, summary_of

    with TemporaryDirectory(prefix="tco-quality-") as folder:
        logs, paths = Path(folder, "logs"), []
        for place, (name, content) in enumerate(files):
            is_archive = name.endswith(".eval")
            path = Path(logs if is_archive else folder, str(place), Path(name).name)
            path.parent.mkdir(parents=True)
            try:
                path.write_bytes(content)
            except (OSError, ValueError) as error:
                limit = "has a name that no file can have here"
                raise InputError(Problem(name[:80], "", limit, "Rename it.")) from error
            paths += [] if is_archive else [path]
        paths += [logs] if logs.exists() else []
        if any(map(is_log, paths)):
            require_installed("quality", "inspect_ai")
        return summary_of(paths, Data.shipped().catalogue)


def too_much(what: str) -> Problem:
    """Refuse a question that needs more than the page gives to one visitor."""
    return Problem(
        "scenario",
        "",
        f"needs more {what} than the page gives to one question",
        "Ask with fewer options or request classes, or on the command line.",
    )
