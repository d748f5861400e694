"""Points that the fit never saw, and whether the record is as good as it says.

Two questions. Is the mean error small enough to plan with? And is it no larger than the record's
own interval explains? The second is a test of all points together. Errors of one quantity,
:math:`e`, have the covariance :math:`V` that the fit predicts of them: its parameters move every
point at once, its residual each by itself. If the model is right, :math:`e^T V^{-1} e / n` follows
an F distribution with n and the fit's degrees of freedom, so that a good run is turned down by
chance once in fifty for each quantity, however many points are held out.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.stats import f as fisher_f
from scipy.stats import t as student_t

from calibrate.fitting.crossval import NOMINAL
from calibrate.fitting.fit import Fit, prediction_covariance
from calibrate.fitting.predict import Prediction, predict
from calibrate.result.steady_points import Steady
from tco.kernel.arrays import FloatArray

GATES: Final = {"throughput": 0.07, "tpot": 0.07, "ttft": 0.20}
"""Largest mean absolute error of a validated record [1]."""
WORST_THROUGHPUT: Final = 0.20
LEAST_CHANCE: Final = 0.02
"""Probability of errors as large or larger, the fit being right, below which it is not believed."""


@dataclass(frozen=True, slots=True)
class HeldOutPoint:
    """One held-out point: measured and predicted."""

    id: str
    measured_rate: float
    predicted_rate: float
    measured_tpot_ms: float
    predicted_tpot_ms: float
    measured_ttft_ms: float
    predicted_ttft_ms: float
    inside_90: bool
    """Whether rate and time per token lay in their 90 % intervals."""

    @property
    def rate_error(self) -> float:
        """Predicted over measured rate, less 1."""
        return self.predicted_rate / self.measured_rate - 1


@dataclass(frozen=True, slots=True)
class HeldOutCheck:
    """All held-out points of a run."""

    points: tuple[HeldOutPoint, ...] = ()
    rate_chance: float = 1.0
    """Probability of errors of the rate as large or larger, if the fit is right."""
    tpot_chance: float = 1.0

    @property
    def errors(self) -> dict[str, float]:
        """Mean absolute relative errors over the points [1]; nothing where there are none."""
        pairs = {
            "throughput": [(p.predicted_rate, p.measured_rate) for p in self.points],
            "tpot": [(p.predicted_tpot_ms, p.measured_tpot_ms) for p in self.points],
            "ttft": [(p.predicted_ttft_ms, p.measured_ttft_ms) for p in self.points],
        }
        return {
            name: float(np.mean([abs(said / seen - 1) for said, seen in values]))
            for name, values in pairs.items()
            if values
        }

    @property
    def smallest_residual(self) -> float:
        """Relative error that the points show, as a floor of the record's residual [1]."""
        if not self.points:
            return 0.0
        logs = [np.log(p.predicted_rate / p.measured_rate) for p in self.points]
        logs += [np.log(p.predicted_tpot_ms / p.measured_tpot_ms) for p in self.points]
        return float(np.sqrt(np.mean(np.square(logs))))

    def remarks(self) -> Iterator[str]:
        """Why the record is no better than provisional; nothing where the points speak for it."""
        if not self.points:
            yield "no held-out point could be used: the error is not checked"
            return
        for name, error in self.errors.items():
            if error > GATES[name]:
                yield f"held-out {name} is off by {error:.1%}, at most {GATES[name]:.0%}"
        worst = max(self.points, key=lambda point: abs(point.rate_error))
        if abs(worst.rate_error) > WORST_THROUGHPUT:
            yield f"{worst.id} is off by {worst.rate_error:+.1%} in throughput"
        for name, chance in {"throughput": self.rate_chance, "tpot": self.tpot_chance}.items():
            if chance < LEAST_CHANCE:
                yield f"held-out {name} is off by more than the interval explains"


def held_out_of(fit: Fit, unseen: Steady) -> HeldOutCheck:
    """Hold a fit against points that it never saw."""
    if not len(unseen):
        return HeldOutCheck()
    said, points = predict(fit.step, fit.limits, unseen.points), unseen.points
    seen = Prediction(points.tpot_ms, points.ttft_ms, points.requests_per_second)
    rate = np.log(said.requests_per_second / seen.requests_per_second)
    token = np.log(said.tpot_ms / seen.tpot_ms)
    covariance = prediction_covariance(fit, points)
    half = float(student_t.ppf((1 + NOMINAL) / 2, fit.degrees))
    inside = (np.abs(rate) <= half * np.sqrt(np.diag(covariance.requests_per_second))) & (
        np.abs(token) <= half * np.sqrt(np.diag(covariance.tpot_ms))
    )
    return HeldOutCheck(
        points=tuple(
            HeldOutPoint(
                id=load.id,
                measured_rate=float(seen.requests_per_second[i]),
                predicted_rate=float(said.requests_per_second[i]),
                measured_tpot_ms=float(seen.tpot_ms[i]),
                predicted_tpot_ms=float(said.tpot_ms[i]),
                measured_ttft_ms=float(seen.ttft_ms[i]),
                predicted_ttft_ms=float(said.ttft_ms[i]),
                inside_90=bool(inside[i]),
            )
            for i, load in enumerate(unseen.loads)
        ),
        rate_chance=_chance(rate, covariance.requests_per_second, fit.degrees),
        tpot_chance=_chance(token, covariance.tpot_ms, fit.degrees),
    )


def _chance(errors: FloatArray, covariance: FloatArray, degrees: float) -> float:
    """Probability of errors as large or larger, the fit and its covariance being right."""
    size = float(errors @ np.linalg.solve(covariance, errors)) / len(errors)
    return float(fisher_f.sf(size, len(errors), degrees))
