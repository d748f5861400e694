"""Two models on the same tasks: by how much their acceptance differs, and how sure that is.

Tasks are pairs: what one model gets right and the other not decides; what both get right or wrong
says nothing. A task with several tries counts once, at the mean of its tries.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

from tco.own_data.benchmark import TaskTrial

_NORMAL: Final = NormalDist()
CONFIDENCE: Final = 0.95
POWER: Final = 0.8
"""Chance to find a difference that is there."""


@dataclass(frozen=True, slots=True)
class PairedDifference:
    """Acceptance of one model less that of another, on the tasks that both tried [1]."""

    model: str
    against: str
    tasks: int
    difference: float
    low: float
    """Lower end of the 95 % interval."""
    high: float
    only_model: float
    """Tasks that the model alone had accepted."""
    only_against: float
    p_value: float | None
    """Chance of so uneven a split if both were alike (McNemar, exact); None where tasks were tried
    several times or none split."""
    tasks_to_settle: int | None
    """Tasks that find such a difference in 80 % of benchmarks; None where none was seen."""

    @property
    def is_settled(self) -> bool:
        """Whether the interval leaves no doubt which is better."""
        return self.low > 0 or self.high < 0


def paired_differences(trials: Sequence[TaskTrial]) -> tuple[PairedDifference, ...]:
    """Compare every model with the first, on the tasks that both tried."""
    models = list(dict.fromkeys(trial.model for trial in trials))
    return tuple(
        found
        for model in models[1:]
        if (found := _difference(trials, model, models[0])) is not None
    )


def paired_interval(gains: float, losses: float, tasks: int) -> tuple[float, float]:
    """Bound the difference of two paired shares at 95 % [1].

    Half a task is added to each of the four ways a pair can fall (Agresti and Min, Statistics in
    Medicine 24, 2005, 729-740), so that a small benchmark without a split is not taken for proof.

    Parameters
    ----------
    gains, losses
        Tasks that only the one, and only the other, had accepted.

    Examples
    --------
    >>> [round(end, 3) for end in paired_interval(10, 2, 50)]
    [0.025, 0.283]
    """
    n, up, down = tasks + 2, gains + 0.5, losses + 0.5
    middle = (up - down) / n
    reach = _NORMAL.inv_cdf(0.5 + CONFIDENCE / 2) * (
        math.sqrt(up + down - (up - down) ** 2 / n) / n
    )
    return max(middle - reach, -1.0), min(middle + reach, 1.0)


def tasks_to_settle(gains: float, losses: float, tasks: int) -> int | None:
    """Count the tasks that would find a difference as large as the one seen.

    With as many splits as were seen, at 95 % and a power of 80 % (Connor, Biometrics 43, 1987,
    207-211); None where the two came out even.

    Examples
    --------
    >>> tasks_to_settle(10, 2, 50)
    72
    """
    split, gap = (gains + losses) / tasks, abs(gains - losses) / tasks
    if gap == 0:
        return None
    sure = _NORMAL.inv_cdf(0.5 + CONFIDENCE / 2) * math.sqrt(split)
    found = _NORMAL.inv_cdf(POWER) * math.sqrt(max(split - gap**2, 0.0))
    return math.ceil((sure + found) ** 2 / gap**2)


def _difference(trials: Sequence[TaskTrial], model: str, against: str) -> PairedDifference | None:
    ours, theirs = _shares(trials, model), _shares(trials, against)
    both = [task for task in ours if task in theirs]
    if not both:
        return None
    gaps = [ours[task] - theirs[task] for task in both]
    gains, losses = sum(g for g in gaps if g > 0), -sum(g for g in gaps if g < 0)
    low, high = paired_interval(gains, losses, len(both))
    return PairedDifference(
        model=model,
        against=against,
        tasks=len(both),
        difference=sum(gaps) / len(both),
        low=low,
        high=high,
        only_model=gains,
        only_against=losses,
        p_value=_mcnemar(gains, losses),
        tasks_to_settle=tasks_to_settle(gains, losses, len(both)),
    )


def _mcnemar(gains: float, losses: float) -> float | None:
    from scipy.stats import binomtest

    whole = float(gains).is_integer() and float(losses).is_integer()
    if not whole or gains + losses == 0:
        return None
    return float(binomtest(int(gains), int(gains + losses), 0.5).pvalue)


def _shares(trials: Sequence[TaskTrial], model: str) -> dict[str, float]:
    """Share of its tries accepted, by task."""
    tries: dict[str, list[bool]] = {}
    for trial in trials:
        if trial.model == model:
            tries.setdefault(trial.task, []).append(trial.accepted)
    return {task: sum(found) / len(found) for task, found in tries.items()}
