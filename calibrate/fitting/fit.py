r"""Load points into a speed model: maximum a posteriori, with its covariance and residual.

The unknowns are the logarithms of the parameters, so that they stay positive and errors are
relative. Rows are log errors of time per token, rate and time to first token, each over its noise
and flattened where it is large (soft-L1), then the distance of every unknown from its prior.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from calibrate.fitting.points import PointSet
from calibrate.fitting.predict import Prediction, predict
from calibrate.fitting.priors import Prior
from tco.kernel.arrays import FloatArray
from tco.kernel.request_mix import EngineLimits
from tco.kernel.speed import max_running
from tco.kernel.step_time import StepTime

POINT_NOISE: Final = 0.03
FIRST_TOKEN_NOISE: Final = 0.10
SMALLEST_RESIDUAL: Final = 0.02
FEWEST_DEGREES: Final = 3.0
PRIOR_DOMINATED_ABOVE: Final = 0.8  # posterior over prior standard deviation
SMALL_BATCH_KERNELS: Final = (8.0, 16.0)
_REACH: Final = 4.0  # unknowns stay within this many prior standard deviations
_STARTS: Final = 2
_NUDGE: Final = 1e-5
_INSIDE: Final = 1e-6
_NOTHING: Final = 1e-300
_JITTER: Final = 0.5


@dataclass(frozen=True, slots=True)
class Fit:
    """A speed model with what is known about its error."""

    step: StepTime
    limits: EngineLimits
    order: tuple[str, ...]
    log_covariance: FloatArray
    """Of the log parameters, in `order`."""
    residual_sd: float
    """Relative standard deviation of time per token, or of the rate where only that is known."""
    rate_residual_sd: float
    """Relative standard deviation of the rate."""
    ttft_residual_sd: float
    degrees: float
    """Degrees of freedom left: points less the parameters that they decided."""
    prior_dominated: tuple[str, ...]
    points: int


def fit_points(
    points: PointSet, prior: Prior, limits: EngineLimits, *, noise: float = POINT_NOISE
) -> Fit:
    """Fit one group of points.

    Parameters
    ----------
    points
        A NaN time per token or time to first token leaves that row out.
    prior
        Its `order` says which parameters are fitted.
    limits
        What the engine admitted in those runs.
    noise
        Relative standard deviation of one measured point [1].
    """
    problems = [_Problem(points, prior, limits, noise, w) for w in _wide_batches(points, prior)]
    best = min((problem.solve() for problem in problems), key=lambda found: found[0])
    return _assess(best[1], best[2])


class _Problem:
    """Residual rows of one candidate model, and their slopes."""

    def __init__(
        self, points: PointSet, prior: Prior, limits: EngineLimits, noise: float, wide_above: float
    ) -> None:
        self.points, self.prior, self.limits = points, prior, limits
        self.noise, self.wide_above = noise, wide_above
        self.centre = np.log(prior.centre)
        crowded = points.clients > max_running(limits, points.mix)
        self.all = np.ones(len(points), dtype=bool)
        self.timed = np.isfinite(points.tpot_ms)
        self.first_timed = points.first_token_known & ~crowded

    def step_of(self, logs: FloatArray) -> StepTime:
        """Parameters of a row of unknowns; several rows give one column each."""
        columns = logs if logs.ndim == 1 else np.expand_dims(logs.T, -1)
        return self.prior.step(columns, wide_above=self.wide_above)

    def errors(self, logs: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Log errors of time per token, rate and time to first token; 0 where not scored."""
        said, points = predict(self.step_of(logs), self.limits, self.points), self.points
        return (
            _log_error(said.tpot_ms, points.tpot_ms, self.timed),
            _log_error(said.requests_per_second, points.requests_per_second, self.all),
            _log_error(said.ttft_ms, points.ttft_ms, self.first_timed),
        )

    def rows(self, logs: FloatArray) -> FloatArray:
        """Residual rows along the last axis."""
        per_token, rate, first = self.errors(logs)
        data = np.concatenate(
            [per_token / self.noise, rate / self.noise, first / FIRST_TOKEN_NOISE], axis=-1
        )
        return np.concatenate([_soft_l1(data), (logs - self.centre) / self.prior.log_sd], axis=-1)

    def row_slopes(self, logs: FloatArray) -> FloatArray:
        """Slopes of the rows, shape ``(rows, unknowns)``."""
        return _slopes(self.rows, logs)

    def bounds(self) -> tuple[FloatArray, FloatArray]:
        """Lowest and highest unknowns: near the prior, and nothing quicker than the data sheet."""
        reach = _REACH * self.prior.log_sd
        low, high = self.centre - reach, self.centre + reach
        if self.prior.least is not None:
            low = np.maximum(low, np.log(np.maximum(self.prior.least, _NOTHING)))
        return low, np.maximum(high, low + 2 * _REACH * _INSIDE)

    def solve(self) -> tuple[float, "_Problem", FloatArray]:
        """Cost and unknowns of the best of several starts."""
        low, high = self.bounds()
        jitter = np.random.default_rng(0).normal(0.0, _JITTER, (_STARTS, len(self.centre)))
        jitter[0] = 0.0
        solutions = [
            least_squares(
                self.rows,
                np.clip(self.centre + start * self.prior.log_sd, low + _INSIDE, high - _INSIDE),
                jac=self.row_slopes,
                bounds=(low, high),
                x_scale="jac",
            )
            for start in jitter
        ]
        best = min(solutions, key=lambda solution: solution.cost)
        return float(best.cost), self, np.asarray(best.x, dtype=float)


def _assess(problem: _Problem, logs: FloatArray) -> Fit:
    """Covariance, residuals and what the prior decided, at the best fit."""
    prior = problem.prior
    per_token, rate, first = problem.errors(logs)
    main, main_rows = (per_token, 0) if problem.timed.any() else (rate, 1)
    scored = problem.timed if problem.timed.any() else problem.all
    main_slopes = _slopes(lambda x: problem.errors(x)[main_rows], logs)
    first_slopes = _slopes(lambda x: problem.errors(x)[2], logs)
    sd, first_sd = problem.noise, FIRST_TOKEN_NOISE
    covariance, degrees = np.diag(prior.log_sd**2), float(scored.sum())
    # The residual decides how far points outweigh the prior, and so how many degrees are left.
    for _ in range(3):
        information = (
            main_slopes.T @ main_slopes / sd**2
            + first_slopes.T @ first_slopes / first_sd**2
            + np.diag(prior.log_sd**-2)
        )
        covariance = np.asarray(np.linalg.inv(information), dtype=float)
        decided = float(np.sum(1 - np.diag(covariance) / prior.log_sd**2))
        degrees = max(float(scored.sum()) - decided, FEWEST_DEGREES)
        sd = max(float(np.sqrt(np.sum(main**2) / degrees)), SMALLEST_RESIDUAL)
        first_degrees = max(float(problem.first_timed.sum()) - 2, FEWEST_DEGREES)
        # Flattened as in the fit: one run that was preempting would speak for all others.
        flat = FIRST_TOKEN_NOISE * _soft_l1(first / FIRST_TOKEN_NOISE)
        first_sd = max(float(np.sqrt(np.sum(flat**2) / first_degrees)), SMALLEST_RESIDUAL)
    rate_sd = max(float(np.sqrt(np.sum(rate**2) / degrees)), SMALLEST_RESIDUAL)
    shrunk = np.sqrt(np.diag(covariance)) / prior.log_sd
    return Fit(
        step=problem.step_of(logs),
        limits=problem.limits,
        order=prior.order,
        log_covariance=(covariance + covariance.T) / 2,
        residual_sd=sd,
        rate_residual_sd=rate_sd,
        ttft_residual_sd=first_sd,
        degrees=degrees,
        prior_dominated=tuple(
            name
            for name, share in zip(prior.order, shrunk, strict=True)
            if share > PRIOR_DOMINATED_ABOVE
        ),
        points=len(problem.points),
    )


def prediction_sd(fit: Fit, points: PointSet, limits: EngineLimits | None = None) -> Prediction:
    """Relative standard deviation of each predicted mean: parameters and residual together.

    Parameters
    ----------
    limits
        What the engine admits in these points; as in those fitted where left out.
    """
    slopes = _prediction_slopes(fit, points, limits)
    variance = np.einsum("ipk,ij,jpk->kp", slopes, fit.log_covariance, slopes)
    return Prediction(*np.sqrt(variance + _residuals(fit)[:, None] ** 2))


def prediction_covariance(fit: Fit, points: PointSet) -> Prediction:
    """Covariance of the relative errors of predicted means, shape ``(points, points)`` each.

    The parameters move all points together, the residual each by itself.
    """
    told, each = parameter_covariance(fit, points), np.eye(len(points))
    together = np.stack([told.tpot_ms, told.ttft_ms, told.requests_per_second])
    return Prediction(*(together + _residuals(fit)[:, None, None] ** 2 * each))


def parameter_covariance(fit: Fit, points: PointSet) -> Prediction:
    """The same for the curve itself: what the parameters do not know, no residual."""
    slopes = _prediction_slopes(fit, points, None)
    return Prediction(*np.einsum("ipk,ij,jqk->kpq", slopes, fit.log_covariance, slopes))


def _residuals(fit: Fit) -> FloatArray:
    return np.array([fit.residual_sd, fit.ttft_residual_sd, fit.rate_residual_sd])


def _prediction_slopes(fit: Fit, points: PointSet, limits: EngineLimits | None) -> FloatArray:
    """Slopes of the logarithms of predicted means, shape ``(unknowns, points, 3)``."""
    there = fit.limits if limits is None else limits
    logs = np.log([float(getattr(fit.step, name)) for name in fit.order])

    def log_prediction(unknowns: FloatArray) -> FloatArray:
        values = np.exp(np.atleast_2d(unknowns))
        columns = dict(zip(fit.order, values.T[..., None], strict=True))
        said = predict(fit.step.with_values(columns), there, points)
        return np.log(np.stack([said.tpot_ms, said.ttft_ms, said.requests_per_second], axis=-1))

    nudged = np.concatenate([logs + _NUDGE * np.eye(len(logs)), logs - _NUDGE * np.eye(len(logs))])
    values = log_prediction(nudged)
    return np.asarray((values[: len(logs)] - values[len(logs) :]) / (2 * _NUDGE))


def _wide_batches(points: PointSet, prior: Prior) -> tuple[float, ...]:
    """Batch sizes at which kernels may change, where points lie on both sides."""
    if "wide_ms" not in prior.order:
        return (0.0,)
    return SMALL_BATCH_KERNELS


def _slopes(rows: Callable[[FloatArray], FloatArray], logs: FloatArray) -> FloatArray:
    """Central differences of all rows in one call, shape ``(rows, unknowns)``."""
    size = len(logs)
    values = rows(np.concatenate([logs + _NUDGE * np.eye(size), logs - _NUDGE * np.eye(size)]))
    return ((values[:size] - values[size:]) / (2 * _NUDGE)).T


def _log_error(said: FloatArray, seen: FloatArray, scored: NDArray[np.bool_]) -> FloatArray:
    return np.where(scored, np.log(said / np.where(scored, seen, 1.0)), 0.0)


def _soft_l1(rows: FloatArray) -> FloatArray:
    """Rows whose square is the soft-L1 loss; the prior's rows stay quadratic."""
    flattened = np.sqrt(2 * (np.sqrt(1 + rows**2) - 1))
    return np.asarray(np.sign(rows) * flattened, dtype=float)
