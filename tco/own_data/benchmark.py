"""A small benchmark of your own tasks: which share of answers each model gets accepted.

One row of a CSV is one task tried by one model. The share decides whether a cheaper token is a
cheaper result; its interval (Wilson, 95 %) says how far a small benchmark can be trusted.
"""

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from scipy.stats import binomtest

from pricing.errors import InputError, Problem, did_you_mean
from pricing.text_files import read_text
from tco.words.figures import number

REQUIRED: Final = ("task", "difficulty", "model", "accepted")
OPTIONAL: Final = ("latency_s", "refused", "tool_calls_right", "recovered", "cost_usd")
DIFFICULTIES: Final = ("easy", "medium", "hard")


@dataclass(frozen=True, slots=True)
class TaskTrial:
    """One task tried by one model."""

    task: str
    difficulty: str
    model: str
    accepted: bool
    latency_s: float | None
    refused: bool | None
    tool_calls_right: float | None
    """Share of tool calls that were right [1]."""
    recovered: bool | None
    """Whether a wrong step was noticed and mended."""
    cost_usd: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How one model did on the tasks of one difficulty, or on all."""

    model: str
    difficulty: str
    """``all`` for every task."""
    tasks: int
    acceptance_rate: float
    low: float
    """Lower end of the 95 % interval."""
    high: float
    median_latency_s: float | None
    refused_share: float | None
    tool_calls_right: float | None
    recovered_share: float | None
    usd_per_accepted: float | None
    """Cost of all tries over accepted answers; None where cost or answers are missing."""


def read_trials(path: Path) -> tuple[TaskTrial, ...]:
    """Read a benchmark of one's own.

    Raises
    ------
    StorageError
        If the file cannot be read.
    InputError
        With every cell that is out of range.
    """
    rows = csv.DictReader(io.StringIO(read_text(path), newline=""))
    _check_header(path.name, rows.fieldnames or ())
    problems: list[Problem] = []
    trials = [
        _trial(f"{path.name} line {number}", row, problems) for number, row in enumerate(rows, 2)
    ]
    if not trials:
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


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """Bound a share of successes at 95 % (Wilson, JASA 22, 1927) [1].

    Examples
    --------
    >>> [round(end, 3) for end in wilson_interval(9, 10)]
    [0.596, 0.982]
    """
    interval = binomtest(successes, trials).proportion_ci(method="wilson")
    return float(interval.low), float(interval.high)


def _standing(model: str, difficulty: str, trials: Sequence[TaskTrial]) -> Standing:
    accepted = sum(trial.accepted for trial in trials)
    low, high = wilson_interval(accepted, len(trials))
    latencies = [t.latency_s for t in trials if t.latency_s is not None]
    costs = [t.cost_usd for t in trials if t.cost_usd is not None]
    costed = len(costs) == len(trials) and accepted > 0
    return Standing(
        model=model,
        difficulty=difficulty,
        tasks=len(trials),
        acceptance_rate=accepted / len(trials),
        low=low,
        high=high,
        median_latency_s=median(latencies) if latencies else None,
        refused_share=_mean(t.refused for t in trials),
        tool_calls_right=_mean(t.tool_calls_right for t in trials),
        recovered_share=_mean(t.recovered for t in trials),
        usd_per_accepted=sum(costs) / accepted if costed else None,
    )


def _mean(values: Iterable[float | bool | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _check_header(name: str, columns: Sequence[str]) -> None:
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
    if difficulty not in DIFFICULTIES:
        problems.append(
            Problem(
                f"{place}: difficulty",
                repr(row["difficulty"]),
                f"is one of {', '.join(DIFFICULTIES)}",
                did_you_mean(difficulty, DIFFICULTIES),
            )
        )
    for column in ("task", "model"):
        if not (row[column] or "").strip():
            problems.append(Problem(f"{place}: {column}", "", "is required", "Name it."))
    accepted = _yes(f"{place}: accepted", row["accepted"], problems)
    if accepted is None:
        problems.append(Problem(f"{place}: accepted", "", "is required", "Write yes or no."))
    return TaskTrial(
        task=row["task"],
        difficulty=difficulty,
        model=row["model"],
        accepted=bool(accepted),
        latency_s=_number(f"{place}: latency_s", row.get("latency_s"), problems),
        refused=_yes(f"{place}: refused", row.get("refused"), problems),
        tool_calls_right=_number(
            f"{place}: tool_calls_right", row.get("tool_calls_right"), problems, most=1.0
        ),
        recovered=_yes(f"{place}: recovered", row.get("recovered"), problems),
        cost_usd=_number(f"{place}: cost_usd", row.get("cost_usd"), problems),
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
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= most or not math.isfinite(value):
        limit = (
            f"is a number from 0 to {number(most)}"
            if most < math.inf
            else "is a number of at least 0"
        )
        problems.append(Problem(place, repr(cell), limit, "Correct the cell or leave it empty."))
        return None
    return value
