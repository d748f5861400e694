"""What benchmarks say, whoever ran them, and what that does to a scenario."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from pricing.catalogue import Catalogue
from pricing.errors import InputError, Problem, did_you_mean
from pricing.parsing import parse_json
from pricing.refusal import PriceRefusedError
from pricing.text_files import read_text
from tco.own_data.benchmark import Standing, TaskTrial, read_trials, standings
from tco.own_data.paired import PairedDifference, paired_differences
from tco.quality.promptfoo import MOST_RESULT_BYTES, promptfoo_trials
from tco.question.files import changed, document_of
from tco.question.scenario import Scenario

FEWEST_TIMES: Final = 10
"""Tasks that time to first token and time per token are told apart from."""
_MS_PER_S: Final = 1_000.0


@dataclass(frozen=True, slots=True)
class QualitySummary:
    """Benchmarks read together."""

    trials: tuple[TaskTrial, ...]
    unanswered: Mapping[str, int]
    """Tasks of a log without a verdict, by model; none of them counts."""
    measured_as: Mapping[str, str]
    """Model in the sense of a scenario's qualities, by the name of who answered."""

    @property
    def standings(self) -> tuple[Standing, ...]:
        """Each model on all tasks, then from easy to hard."""
        return standings(self.trials)

    @property
    def differences(self) -> tuple[PairedDifference, ...]:
        """Every model against the first, on the tasks that both tried."""
        return paired_differences(self.trials)


@dataclass(frozen=True, slots=True)
class ServedTimes:
    """How quickly a model answers, as a latency objective has it."""

    mean_ttft_ms: float
    mean_tpot_ms: float
    tasks: int


def summary_of(paths: Sequence[Path], catalogue: Catalogue) -> QualitySummary:
    """Read run folders, logs of Inspect, results of promptfoo and CSVs together.

    Raises
    ------
    InputError
        If one of them is none of these, or nothing in them was answered.
    StorageError
        If one cannot be read.
    """
    trials: list[TaskTrial] = []
    unanswered: dict[str, int] = {}
    measured_as: dict[str, str] = {}
    for path in paths:
        if is_log(path):
            _add_logs(path, catalogue, trials, unanswered, measured_as)
        else:
            trials += promptfoo_trials(path) if path.suffix == ".json" else read_trials(path)
    if not trials:
        names = ", ".join(path.name for path in paths)
        raise InputError(Problem("logs", names, "hold no answered task", "Run it first."))
    found = {trial.model: _model_called(trial.model, catalogue) for trial in trials}
    return QualitySummary(tuple(trials), unanswered, {**found, **measured_as})


def is_log(path: Path) -> bool:
    """Whether it takes Inspect to read it: a log, or a folder of them."""
    return path.is_dir() or path.suffix == ".eval" or _is_inspect_json(path)


def with_measured_quality(
    scenario: Scenario, summary: QualitySummary, follows: Mapping[str, float] | None = None
) -> Scenario:
    """Give every model that was measured its acceptance rate.

    Parameters
    ----------
    follows
        What follows an answer that is not accepted, by the names of `Quality`; as the scenario has
        it of the model when left out.

    Raises
    ------
    InputError
        If two of them were measured of one model, or a rate is too low to plan with.
    """
    rates: dict[str, float] = {}
    for standing in summary.standings:
        if standing.difficulty != "all":
            continue
        model = summary.measured_as[standing.model]
        if model in rates:
            limit = f"is {model}, which was measured twice"
            raise InputError(Problem("model", standing.model, limit, "Sum up one of them."))
        if standing.acceptance_rate == 0:
            limit = "had no answer accepted: nothing can be planned with it"
            raise InputError(Problem("model", standing.model, limit, "Leave it out."))
        rates[model] = standing.acceptance_rate
    before = {q["model"]: q for q in document_of(scenario)["qualities"]}
    told: dict[str, dict[str, Any]] = {
        model: before.get(model, {}) | (follows or {}) | {"model": model, "acceptance_rate": rate}
        for model, rate in rates.items()
    }
    return changed(scenario, {"qualities": list((before | told).values())})


def as_quick_as(scenario: Scenario, summary: QualitySummary, model: str) -> Scenario:
    """Ask own servers to answer as quickly as a model that was measured.

    Raises
    ------
    InputError
        If its times do not tell.
    """
    times = served_times(summary, model)
    return changed(
        scenario,
        {
            "objective.mean_ttft_ms": times.mean_ttft_ms,
            "objective.mean_tpot_ms": times.mean_tpot_ms,
        },
    )


def served_times(summary: QualitySummary, model: str) -> ServedTimes:
    """Part the times of answers into time to first token and time per token.

    A task of r requests and n output tokens takes r · TTFT + (n - r) · TPOT on average; both are
    fitted by least squares, none of them below zero.

    Raises
    ------
    InputError
        If nobody of that name answered, or too few tasks, or all of one length, or short ones took
        as long as long ones.
    """
    names = dict.fromkeys(trial.model for trial in summary.trials)
    if model not in names:
        limit = "is not among the models that answered"
        raise InputError(Problem("--as-quick-as", model, limit, did_you_mean(model, names)))
    rows = [
        (trial.requests, trial.output_tokens - trial.requests, trial.latency_s)
        for trial in summary.trials
        if trial.model == model
        and trial.requests is not None
        and trial.output_tokens is not None
        and trial.latency_s is not None
    ]
    table = np.array(rows, dtype=float).reshape(len(rows), 3)
    if len(rows) < FEWEST_TIMES or np.linalg.matrix_rank(table[:, :2]) < 2:
        limit = f"has {len(rows)} timed tasks, or all of one length: too little to tell by"
        remedy = f"Measure {FEWEST_TIMES} tasks or more of different lengths."
        raise InputError(Problem("--as-quick-as", model, limit, remedy))
    from scipy.optimize import nnls

    (first, each), _ = nnls(table[:, :2], table[:, 2])
    if not (first and each):
        limit = "has times that do not grow with the length of its answers"
        remedy = "Measure more tasks, and longer answers beside short ones."
        raise InputError(Problem("--as-quick-as", model, limit, remedy))
    return ServedTimes(first * _MS_PER_S, each * _MS_PER_S, len(rows))


def _add_logs(
    path: Path,
    catalogue: Catalogue,
    trials: list[TaskTrial],
    unanswered: dict[str, int],
    measured_as: dict[str, str],
) -> None:
    from tco.quality.inspect_logs import logged_in, trials_of
    from tco.quality.run import models_of_run

    order = {name: place for place, name in enumerate(models_of_run(path))}
    logs = sorted(
        logged_in(path, catalogue), key=lambda one: order.get(one.endpoint.name, len(order))
    )
    answered: set[tuple[str, str]] = set()
    without: set[tuple[str, str]] = set()
    for logged in logs:
        name = logged.endpoint.name
        measured_as[name] = logged.endpoint.measured_as
        if logged.is_answered:
            trials.append(trials_of(logged, catalogue))
            answered.add((name, logged.task))
        else:
            without.add((name, logged.task))
    for name, _task in without - answered:
        unanswered[name] = unanswered.get(name, 0) + 1


def _is_inspect_json(path: Path) -> bool:
    """Whether a JSON file is a log of Inspect, not a result of promptfoo."""
    if path.suffix != ".json":
        return False
    text = read_text(path, most_bytes=MOST_RESULT_BYTES, too_large="Split it.")
    try:
        held = parse_json(text)
    except ValueError:
        return False
    return isinstance(held, Mapping) and "eval" in held


def _model_called(name: str, catalogue: Catalogue) -> str:
    """Model that a name stands for: as a seller lists it, else as it is written."""
    seller, _, model = name.partition("/")
    if model and seller in catalogue.providers:
        try:
            offer = catalogue.offer(seller, model)
        except PriceRefusedError:
            return name
        return offer.open_weights or offer.model
    return name
