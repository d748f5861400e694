"""Cross-validation: every point predicted by a model that never saw it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import t as student_t

from calibrate.fitting.fit import POINT_NOISE, fit_points, prediction_sd
from calibrate.fitting.points import PointSet
from calibrate.fitting.predict import predict
from calibrate.fitting.priors import Prior
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
    tpot_mape: float | None
    """None where no time per token was published."""
    ttft_mape: float | None
    """None where no time to first token can be compared."""
    coverage_90: float


def hold_out(
    points: PointSet,
    prior: Prior,
    limits: EngineLimits,
    *,
    folds: int = FOLDS,
    seed: int = 0,
    noise: float = POINT_NOISE,
) -> HeldOut:
    """Predict each fold by a fit of the others."""
    fold_of = np.random.default_rng(seed).permutation(np.arange(len(points)) % folds)
    numbers = np.arange(len(points))
    errors = np.zeros((3, len(points)))
    inside = np.zeros((2, len(points)))
    for fold in np.unique(fold_of):
        held, kept = numbers[fold_of == fold], numbers[fold_of != fold]
        unseen = points.rows(held)
        fitted = fit_points(points.rows(kept), prior, limits, noise=noise)
        said, sd = predict(fitted.step, limits, unseen), prediction_sd(fitted, unseen)
        half = student_t.ppf((1 + NOMINAL) / 2, fitted.degrees)
        guesses = np.stack([said.requests_per_second, said.tpot_ms, said.ttft_ms])
        seen = np.stack([unseen.requests_per_second, unseen.tpot_ms, unseen.ttft_ms])
        spread = np.stack([sd.requests_per_second, sd.tpot_ms])
        errors[:, held] = guesses / seen - 1
        inside[:, held] = np.abs(np.log(guesses[:2] / seen[:2])) <= half * spread
    timed = np.isfinite(points.tpot_ms)
    return HeldOut(
        throughput=errors[0],
        tpot=errors[1][timed],
        ttft=errors[2][points.first_token_known],
        inside=np.concatenate([inside[0], inside[1][timed]]),
    )


def score(results: Sequence[HeldOut]) -> Score:
    """Mean absolute errors over all points of the results."""
    return Score(
        n=sum(len(result.throughput) for result in results),
        throughput_mape=float(np.mean(_sizes([result.throughput for result in results]))),
        tpot_mape=_mape([result.tpot for result in results]),
        ttft_mape=_mape([result.ttft for result in results]),
        coverage_90=float(np.mean(np.concatenate([result.inside for result in results]))),
    )


def _mape(errors: Sequence[FloatArray]) -> float | None:
    sizes = _sizes(errors)
    return float(np.mean(sizes)) if len(sizes) else None


def _sizes(errors: Sequence[FloatArray]) -> FloatArray:
    return np.abs(np.concatenate(errors))
