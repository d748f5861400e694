"""Benchmarks of your own tasks as tables of text: model by model, and task by task."""

from collections.abc import Sequence

from pandas import DataFrame

from tco.own_data.benchmark import Standing, TaskTrial
from tco.words.figures import NO_VALUE, number, share


def standing_table(standings: Sequence[Standing]) -> DataFrame:
    """Each model on all tasks, then from easy to hard."""
    return DataFrame(
        [
            {
                "Model": row.model,
                "Difficulty": row.difficulty,
                "Tasks": row.tasks,
                "Accepted": f"{share(row.acceptance_rate)} ({share(row.low)} to {share(row.high)})",
                "Refused": NO_VALUE if row.refused_share is None else share(row.refused_share),
                "Median time": _seconds(row.median_latency_s),
            }
            for row in standings
        ]
    )


def task_table(trials: Sequence[TaskTrial]) -> DataFrame:
    """A row per task, a column per model: accepted or not, and in which time."""
    rows: dict[str, dict[str, str]] = {}
    for trial in trials:
        row = rows.setdefault(
            trial.task, {"Task": trial.task, "Difficulty": trial.difficulty or NO_VALUE}
        )
        told = "refused" if trial.refused else "accepted" if trial.accepted else "not accepted"
        tried = [part for part in (row.get(trial.model), told) if part]
        row[trial.model] = ", ".join(tried)
    return DataFrame(list(rows.values())).fillna(NO_VALUE)


def _seconds(value: float | None) -> str:
    return NO_VALUE if value is None else f"{number(value, 3)} s"
