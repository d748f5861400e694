"""A small benchmark of your own tasks: which share of answers each model gets accepted.

One row of a CSV is one task tried by one model. A task that a model tried several times counts
once, at the mean of its tries: else whoever repeats an easy task moves the rate. The share decides
whether a cheaper token is a cheaper result; its interval (Wilson, 95 %) says how far a small
benchmark can be trusted.
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist, median
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import AfterValidator, Field, TypeAdapter

from pricing.csv_table import CsvTable, number_in
from pricing.errors import InputError, Problem, did_you_mean
from pricing.printable import has_controls
from pricing.text_files import read_text
from tco.words.figures import number

REQUIRED: Final = ("task", "difficulty", "model", "accepted")
OPTIONAL: Final = (
    "latency_s",
    "refused",
    "tool_calls_right",
    "recovered",
    "cost_usd",
    "input_tokens",
    "output_tokens",
    "requests",
)
Difficulty = Literal["easy", "medium", "hard"]
DIFFICULTIES: Final[tuple[Difficulty, ...]] = ("easy", "medium", "hard")
MOST_TABLE_BYTES: Final = 20_000_000
MOST_NAME_CHARACTERS: Final = 10_000
_NORMAL_975: Final = NormalDist().inv_cdf(0.975)


def _only_shown(name: str) -> str:
    if has_controls(name):
        msg = "must not hold control characters"
        raise ValueError(msg)
    return name


Called = Annotated[
    str, Field(min_length=1, max_length=MOST_NAME_CHARACTERS), AfterValidator(_only_shown)
]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@dataclass(frozen=True, slots=True)
class TaskTrial:
    """One task tried by one model."""

    task: Called
    difficulty: Difficulty | None
    """None where a log does not say; the task then counts among all only."""
    model: Called
    accepted: bool
    latency_s: Amount | None
    refused: bool | None
    tool_calls_right: Annotated[Amount, Field(le=1)] | None
    """Share of tool calls that were right [1]."""
    recovered: bool | None
    """Whether a wrong step was noticed and mended."""
    cost_usd: Amount | None
    input_tokens: Amount | None = None
    output_tokens: Amount | None = None
    requests: Amount | None = None
    """Requests it took, one without tools; None where nothing says."""


_TRIAL: Final = TypeAdapter(TaskTrial)


def trial_of(told: Mapping[str, Any]) -> TaskTrial:
    """Take what another program says of one task, by the fields of `TaskTrial`.

    Raises
    ------
    ValueError
        If a value is not of its type or out of range: pydantic's.
    """
    return _TRIAL.validate_json(json.dumps(dict(told)), strict=True)


@dataclass(frozen=True, slots=True)
class Standing:
    """How one model did on the tasks of one difficulty, or on all."""

    model: str
    difficulty: str
    """``all`` for every task."""
    tasks: int
    tries: int
    """Rows these tasks were tried in; more than `tasks` where some were repeated."""
    acceptance_rate: float
    """Mean over the tasks of the share of tries that were accepted."""
    low: float
    """Lower end of the 95 % interval."""
    high: float
    median_latency_s: float | None
    p95_latency_s: float | None
    refused_share: float | None
    tool_calls_right: float | None
    recovered_share: float | None
    usd_per_accepted: float | None
    """Cost of all tries over accepted answers; None where cost or answers are missing."""
    input_tokens: float | None
    """Of all tries together; None where one does not say."""
    output_tokens: float | None


def read_trials(path: Path) -> tuple[TaskTrial, ...]:
    """Read a benchmark of one's own.

    Raises
    ------
    StorageError
        If the file cannot be read.
    InputError
        With every cell that is out of range.
    """
    problems: list[Problem] = []
    text = read_text(path, most_bytes=MOST_TABLE_BYTES, too_large="Split it by model.")
    table = CsvTable.read(path.name, text)
    _check_columns(path.name, table.columns)
    trials = [_trial(f"{path.name} line {line}", row, problems) for line, row in table.rows]
    problems += _two_difficulties(path.name, trials)
    if not trials and not problems:
        problems.append(Problem(path.name, "", "holds no rows", "Give one row per task and model."))
    if problems:
        raise InputError(*problems)
    return tuple(trials)


def standings(trials: Sequence[TaskTrial]) -> tuple[Standing, ...]:
    """Sum up each model: on all tasks, then from easy to hard."""
    found = []
    for model in dict.fromkeys(trial.model for trial in trials):
        own = [trial for trial in trials if trial.model == model]
        found.append(_standing(model, "all", own))
        for difficulty in DIFFICULTIES:
            part = [trial for trial in own if trial.difficulty == difficulty]
            if part:
                found.append(_standing(model, difficulty, part))
    return tuple(found)


def wilson_interval(successes: float, trials: int) -> tuple[float, float]:
    """Bound a share of successes at 95 % (Wilson, JASA 22, 1927) [1].

    Successes need not be whole: a task accepted in half of its tries is half a success.

    Examples
    --------
    >>> [round(end, 3) for end in wilson_interval(9, 10)]
    [0.596, 0.982]
    """
    share, weight = successes / trials, _NORMAL_975**2 / trials
    middle = share + weight / 2
    reach = math.sqrt(weight * (share * (1 - share) + weight / 4))
    low, high = ((middle + side * reach) / (1 + weight) for side in (-1, 1))
    return min(max(low, 0.0), share), max(min(high, 1.0), share)


def _standing(model: str, difficulty: str, trials: Sequence[TaskTrial]) -> Standing:
    tasks: dict[str, list[TaskTrial]] = {}
    for trial in trials:
        tasks.setdefault(trial.task, []).append(trial)
    accepted = _over_tasks(tasks, lambda t: t.accepted) or 0.0
    low, high = wilson_interval(accepted * len(tasks), len(tasks))
    latencies = [t.latency_s for t in trials if t.latency_s is not None]
    cost = _over_tasks(tasks, lambda t: t.cost_usd)
    costed = all(t.cost_usd is not None for t in trials) and accepted > 0
    return Standing(
        model=model,
        difficulty=difficulty,
        tasks=len(tasks),
        tries=len(trials),
        acceptance_rate=accepted,
        low=low,
        high=high,
        median_latency_s=median(latencies) if latencies else None,
        p95_latency_s=float(np.quantile(latencies, 0.95)) if latencies else None,
        refused_share=_over_tasks(tasks, lambda t: t.refused),
        tool_calls_right=_over_tasks(tasks, lambda t: t.tool_calls_right),
        recovered_share=_over_tasks(tasks, lambda t: t.recovered),
        usd_per_accepted=cost / accepted if costed and cost is not None else None,
        input_tokens=_total(trial.input_tokens for trial in trials),
        output_tokens=_total(trial.output_tokens for trial in trials),
    )


def _over_tasks(
    tasks: Mapping[str, Sequence[TaskTrial]], value: Callable[[TaskTrial], float | bool | None]
) -> float | None:
    """Mean over the tasks of the mean over their tries."""
    return _mean(_mean(value(trial) for trial in tries) for tries in tasks.values())


def _total(values: Iterable[float | None]) -> float | None:
    held = list(values)
    known = [value for value in held if value is not None]
    return sum(known) if len(known) == len(held) else None


def _mean(values: Iterable[float | bool | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _two_difficulties(name: str, trials: Iterable[TaskTrial]) -> Iterator[Problem]:
    """Tasks that are easy in one row and hard in another."""
    known: dict[str, str | None] = {}
    for trial in trials:
        if known.setdefault(trial.task, trial.difficulty) != trial.difficulty:
            limit = f"is {known[trial.task]} in one row and {trial.difficulty} in another"
            yield Problem(f"{name}: {trial.task[:80]}", "", limit, "Give it one difficulty.")


def _check_columns(name: str, columns: Sequence[str]) -> None:
    known = (*REQUIRED, *OPTIONAL)
    problems = [
        Problem(f"{name}: {column}", "", "is a required column", f"Add it to {', '.join(columns)}.")
        for column in REQUIRED
        if column not in columns
    ]
    problems += [
        Problem(f"{name}: {column}", "", "is not a known column", did_you_mean(column, known))
        for column in columns
        if column not in known
    ]
    if problems:
        raise InputError(*problems)


def _trial(place: str, row: dict[str, str], problems: list[Problem]) -> TaskTrial:
    difficulty = (row["difficulty"] or "").strip().lower()
    if difficulty and difficulty not in DIFFICULTIES:
        problems.append(
            Problem(
                f"{place}: difficulty",
                repr(row["difficulty"]),
                f"is one of {', '.join(DIFFICULTIES)}",
                did_you_mean(difficulty, DIFFICULTIES),
            )
        )
    for column in ("task", "model"):
        if not row[column].strip():
            problems.append(Problem(f"{place}: {column}", "", "is required", "Name it."))
        elif has_controls(row[column]) or len(row[column]) > MOST_NAME_CHARACTERS:
            limit = "is one line of text, without control characters"
            problems.append(
                Problem(f"{place}: {column}", repr(row[column][:80]), limit, "Mend it.")
            )
    accepted = _yes(f"{place}: accepted", row["accepted"], problems)
    if accepted is None:
        problems.append(Problem(f"{place}: accepted", "", "is required", "Write yes or no."))
    return TaskTrial(
        task=row["task"],
        difficulty=next((known for known in DIFFICULTIES if known == difficulty), None),
        model=row["model"],
        accepted=bool(accepted),
        latency_s=_number(f"{place}: latency_s", row.get("latency_s"), problems),
        refused=_yes(f"{place}: refused", row.get("refused"), problems),
        tool_calls_right=_number(
            f"{place}: tool_calls_right", row.get("tool_calls_right"), problems, most=1.0
        ),
        recovered=_yes(f"{place}: recovered", row.get("recovered"), problems),
        cost_usd=_number(f"{place}: cost_usd", row.get("cost_usd"), problems),
        input_tokens=_number(f"{place}: input_tokens", row.get("input_tokens"), problems),
        output_tokens=_number(f"{place}: output_tokens", row.get("output_tokens"), problems),
        requests=_number(f"{place}: requests", row.get("requests"), problems),
    )


def _yes(place: str, cell: str | None, problems: list[Problem]) -> bool | None:
    text = (cell or "").strip().lower()
    if not text:
        return None
    if text in {"yes", "true", "1"}:
        return True
    if text in {"no", "false", "0"}:
        return False
    problems.append(Problem(place, repr(cell), "is yes or no", "Write yes or no."))
    return None


def _number(
    place: str, cell: str | None, problems: list[Problem], most: float = math.inf
) -> float | None:
    text = (cell or "").strip()
    if not text:
        return None
    value = number_in(text)
    if value is None or not 0 <= value <= most or not math.isfinite(value):
        limit = (
            f"is a number from 0 to {number(most)}"
            if most < math.inf
            else "is a number of at least 0"
        )
        problems.append(Problem(place, repr(cell), limit, "Correct the cell or leave it empty."))
        return None
    return value
