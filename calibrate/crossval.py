"""Cross-validation: every point predicted by a model that never saw it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import t as student_t

from calibrate.fit import fit_points, prediction_sd
from calibrate.points import Group, PointSet
from calibrate.predict import predict
from calibrate.priors import Prior
from tco.kernel.speed import EngineLimits, FloatArray

FOLDS: Final = 5
NOMINAL: Final = 0.90


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Relative errors on held-out points, and which lay inside their 90 % interval."""

    throughput: FloatArray
    tpot: FloatArray
    ttft: FloatArray
    """Of the runs whose time to first token can be compared."""
    inside: FloatArray
    """1 or 0 for each prediction of rate and time per token [1]."""


@dataclass(frozen=True, slots=True)
class Score:
    """Mean absolute errors and coverage of one group, or of all."""

    n: int
    throughput_mape: float
    tpot_mape: float
    ttft_mape: float | None
    """None where no time to first token can be compared."""
    coverage_90: float


@dataclass(frozen=True, slots=True)
class GroupScore:
    """Score of one group."""

    group: Group
    moe: bool
    score: Score


def hold_out(
    points: PointSet,
    prior: Prior,
    limits: EngineLimits,
    *,
    folds: int = FOLDS,
    seed: int = 0,
) -> HeldOut:
    """Predict each fold by a fit of the others."""
    fold_of = np.random.default_rng(seed).permutation(np.arange(len(points)) % folds)
    numbers = np.arange(len(points))
    errors = np.zeros((3, len(points)))
    inside = np.zeros((2, len(points)))
    for fold in np.unique(fold_of):
        held, kept = numbers[fold_of == fold], numbers[fold_of != fold]
        unseen = points.rows(held)
        fitted = fit_points(points.rows(kept), prior, limits)
        said, sd = predict(fitted.step, limits, unseen), prediction_sd(fitted, unseen)
        half = student_t.ppf((1 + NOMINAL) / 2, fitted.degrees)
        pairs = (
            (said.requests_per_second, unseen.requests_per_second, sd.requests_per_second),
            (said.tpot_ms, unseen.tpot_ms, sd.tpot_ms),
            (said.ttft_ms, unseen.ttft_ms, sd.ttft_ms),
        )
        for row, (guess, seen, spread) in enumerate(pairs):
            errors[row, held] = guess / seen - 1
            if row < len(inside):
                inside[row, held] = np.abs(np.log(guess / seen)) <= half * spread
    comparable = points.first_token_known
    return HeldOut(errors[0], errors[1], errors[2][comparable], inside)


def score(results: Sequence[HeldOut]) -> Score:
    """Mean absolute errors over all points of the results."""
    return Score(
        n=sum(len(result.throughput) for result in results),
        throughput_mape=_mape([result.throughput for result in results]),
        tpot_mape=_mape([result.tpot for result in results]),
        ttft_mape=_mape([result.ttft for result in results])
        if any(len(result.ttft) for result in results)
        else None,
        coverage_90=float(np.mean(np.concatenate([r.inside.ravel() for r in results]))),
    )


def _mape(errors: Sequence[FloatArray]) -> float:
    return float(np.mean(np.abs(np.concatenate(errors))))
