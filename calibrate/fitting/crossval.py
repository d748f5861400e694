"""Cross-validation: every point predicted by a model that never saw it.

What is left out says which kind of carrying is tested: a part of the points at random, a whole
shape, the higher half of the clients or the lower one. `carry` does the same for a layout.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.stats import t as student_t

from calibrate.fitting.fit import POINT_NOISE, Fit, fit_points, prediction_sd
from calibrate.fitting.points import PointSet
from calibrate.fitting.predict import predict
from calibrate.fitting.priors import Prior
from tco.kernel.arrays import FloatArray
from tco.kernel.capacity import WIDENING, Kind, Leave
from tco.kernel.request_mix import EngineLimits

FOLDS: Final = 5
NOMINAL: Final = 0.90
FEWEST_TO_FIT: Final = 2
FEWEST_SHAPES: Final = 3
FEWEST_LEVELS: Final = 3
FIRST_TOKEN_WIDENING: Final[dict[Kind, dict[Leave, float]]] = {
    "dense": {"fold": 1.1, "shape": 1.35, "above": 1.35, "below": 1.35, "layout": 1.3},
    "mixture": {"fold": 1.0, "shape": 1.55, "above": 1.25, "below": 1.1, "layout": 1.05},
}
"""Factors on the interval of the first token: those that cover 90 %, as those of the rate."""
_SAME_LENGTH: Final = 0.01
Split = tuple[NDArray[np.intp], NDArray[np.intp]]
"""Numbers of the points that are fitted, and of those held out."""


@dataclass(frozen=True, slots=True)
class HeldOut:
    """Relative errors on held-out points, and which lay inside their 90 % interval."""

    throughput: FloatArray
    tpot: FloatArray
    ttft: FloatArray
    """Of the runs whose time to first token can be compared."""
    inside: FloatArray
    """1 or 0 for each prediction of rate and time per token [1]."""
    first_inside: FloatArray
    """1 or 0 for each prediction of time to first token [1]."""
    reach: FloatArray
    """Log error of each rate and time per token over half its interval before widening [1]."""
    first_reach: FloatArray
    """The same of each time to first token [1]."""


@dataclass(frozen=True, slots=True)
class Score:
    """Mean absolute errors and coverage of one group, or of all."""

    n: int
    throughput_mape: float
    throughput_bias: float
    """Mean relative error, positive where more was predicted than measured [1]."""
    tpot_mape: float | None
    """None where no time per token was published."""
    ttft_mape: float | None
    """None where no time to first token can be compared."""
    coverage_90: float
    ttft_coverage_90: float | None
    widening_shown: float
    """Factor on the intervals of rates and times per token that would have covered 90 % [1]."""
    ttft_widening_shown: float | None
    """The same for times to first token [1]."""


def hold_out(
    points: PointSet,
    prior: Prior,
    limits: EngineLimits,
    *,
    folds: int = FOLDS,
    seed: int = 0,
    noise: float = POINT_NOISE,
) -> HeldOut:
    """Predict each fold by a fit of the others.

    Raises
    ------
    ValueError
        If there are fewer points than a fit and a prediction need.
    """
    found = leave_out(points, prior, limits, "fold", folds=folds, seed=seed, noise=noise)
    if found is None:
        msg = f"{len(points)} points cannot be held out"
        raise ValueError(msg)
    return found


def leave_out(
    points: PointSet,
    prior: Prior,
    limits: EngineLimits,
    leave: Leave,
    *,
    folds: int = FOLDS,
    seed: int = 0,
    noise: float = POINT_NOISE,
) -> HeldOut | None:
    """Predict what is left out by a fit of the rest; None where nothing can be left out so."""
    parts = []
    for kept, held in splits(points, leave, folds=folds, seed=seed):
        fitted = fit_points(points.rows(kept), prior, limits.rows(kept), noise=noise)
        parts.append(compare(fitted, limits.rows(held), points.rows(held), leave))
    return joined(parts) if parts else None


def splits(points: PointSet, leave: Leave, *, folds: int, seed: int) -> Iterator[Split]:
    """What is fitted and what is held out, in turn."""
    numbers = np.arange(len(points))
    if leave == "fold":
        fold_of = np.random.default_rng(seed).permutation(numbers % folds)
        held = [fold_of == fold for fold in np.unique(fold_of)]
    elif leave == "shape":
        shapes = shape_numbers(points)
        distinct = np.unique(shapes)
        held = [shapes == one for one in distinct] if len(distinct) >= FEWEST_SHAPES else []
    else:
        held = _half(points.clients, above=leave == "above")
    for out in held:
        if out.any() and np.sum(~out) >= FEWEST_TO_FIT:
            yield numbers[~out], numbers[out]


def shape_numbers(points: PointSet) -> NDArray[np.intp]:
    """Number of each point's pair of lengths; lengths that differ by less than 1 % are one."""
    lengths = np.stack([np.asarray(points.mix.input_tokens), np.asarray(points.mix.output_tokens)])
    steps = np.rint(np.log(lengths) / _SAME_LENGTH).T
    return np.asarray(np.unique(steps, axis=0, return_inverse=True)[1].ravel(), dtype=np.intp)


def compare(fitted: Fit, limits: EngineLimits, unseen: PointSet, leave: Leave) -> HeldOut:
    """Hold predictions against points that the fit never saw."""
    kind: Kind = "mixture" if fitted.step.experts else "dense"
    widening, first_widening = WIDENING[kind][leave], FIRST_TOKEN_WIDENING[kind][leave]
    said, sd = predict(fitted.step, limits, unseen), prediction_sd(fitted, unseen, limits)
    half = student_t.ppf((1 + NOMINAL) / 2, fitted.degrees)
    rate, token, first = np.log(
        np.stack([said.requests_per_second, said.tpot_ms, said.ttft_ms])
    ) - np.log(np.stack([unseen.requests_per_second, unseen.tpot_ms, unseen.ttft_ms]))
    timed, known = np.isfinite(unseen.tpot_ms), unseen.first_token_known
    reach = [np.abs(rate) / half / sd.requests_per_second, np.abs(token) / half / sd.tpot_ms]
    first_reach = np.abs(first[known]) / half / sd.ttft_ms[known]
    both = np.concatenate([reach[0], reach[1][timed]])
    return HeldOut(
        throughput=np.expm1(rate),
        tpot=np.expm1(token[timed]),
        ttft=np.expm1(first[known]),
        inside=np.asarray(both <= widening, dtype=float),
        first_inside=np.asarray(first_reach <= first_widening, dtype=float),
        reach=both,
        first_reach=first_reach,
    )


def joined(parts: Sequence[HeldOut]) -> HeldOut:
    """All these errors together."""

    def all_of(name: str) -> FloatArray:
        return np.concatenate([getattr(part, name) for part in parts])

    return HeldOut(*(all_of(name) for name in HeldOut.__dataclass_fields__))


def score(results: Sequence[HeldOut]) -> Score:
    """Mean absolute errors over all points of the results."""
    every = joined(results)
    return Score(
        n=len(every.throughput),
        throughput_mape=float(np.mean(np.abs(every.throughput))),
        throughput_bias=float(np.mean(every.throughput)),
        tpot_mape=_mean(np.abs(every.tpot)),
        ttft_mape=_mean(np.abs(every.ttft)),
        coverage_90=float(np.mean(every.inside)),
        ttft_coverage_90=_mean(every.first_inside),
        widening_shown=float(np.quantile(every.reach, NOMINAL)),
        ttft_widening_shown=(
            float(np.quantile(every.first_reach, NOMINAL)) if len(every.first_reach) else None
        ),
    )


def _half(clients: FloatArray, *, above: bool) -> list[NDArray[np.bool_]]:
    """Points outside the lower, or upper, half of the numbers of clients that were tried."""
    levels = np.unique(clients)
    if len(levels) < FEWEST_LEVELS:
        return []
    half = (len(levels) + 1) // 2
    return [clients > levels[half - 1]] if above else [clients < levels[-half]]


def _mean(values: FloatArray) -> float | None:
    return float(np.mean(values)) if len(values) else None
