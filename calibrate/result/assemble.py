"""A finished run into a record: fitted, held against points it never saw, and graded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from scipy.stats import t as student_t

from calibrate.fitting.crossval import NOMINAL
from calibrate.fitting.fit import Fit, fit_points, prediction_sd
from calibrate.fitting.points import PointSet
from calibrate.fitting.predict import predict
from calibrate.fitting.priors import Prior
from calibrate.plan.plan import CalibrationPlan
from calibrate.result.steady_points import Steady, limits_of, prior_of, steady_points
from calibrate.run.point import MeasuredPoint, Reason, points_of
from calibrate.run.run import Outcome
from calibrate.run.verdict import left_out
from hardware_profiles import Library
from tco.kernel.request_mix import EngineLimits
from tco.kernel.speed import max_running, requests_per_second

Grade = Literal["validated", "provisional"]
FEWEST_POINTS: Final = 4
MOST_GAIN_WHERE_SATURATED: Final = 0.10
GATES: Final = {"throughput": 0.07, "tpot": 0.07, "ttft": 0.20}
WORST_THROUGHPUT: Final = 0.20
LEAST_COVERAGE: Final = 0.80


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
class Assembled:
    """A run with its fit."""

    plan: CalibrationPlan
    measured: Mapping[str, MeasuredPoint]
    used: Steady
    fit: Fit
    prior: Prior
    held_out: tuple[HeldOutPoint, ...]
    saturated: bool
    grade: Grade
    remarks: tuple[str, ...]
    """Why the grade is no better, in words."""
    notes: tuple[str, ...]
    """Points that it does without, and how far the repeated one was off."""
    reasons: tuple[Reason, ...]
    """Why nothing may be used; empty where it may."""
    kv_tokens: float

    @property
    def smallest_residual(self) -> float:
        """Relative error that the held-out points show, as a floor of the residual [1]."""
        if not self.held_out:
            return 0.0
        logs = [np.log(p.predicted_rate / p.measured_rate) for p in self.held_out]
        logs += [np.log(p.predicted_tpot_ms / p.measured_tpot_ms) for p in self.held_out]
        return float(np.sqrt(np.mean(np.square(logs))))


def assemble(outcome: Outcome, library: Library) -> Assembled | tuple[Reason, ...]:
    """Fit a finished run; the reasons where that cannot be done."""
    plan = outcome.plan
    measured = points_of(outcome.entries)
    used = steady_points(plan, measured, "fit")
    kv_tokens = measured_kv_tokens(outcome)
    reasons = []
    if len(used) < FEWEST_POINTS:
        said = f"{len(used)} points can be fitted, {FEWEST_POINTS} are needed"
        reasons.append(Reason(code="too_few_points", said=said))
    if kv_tokens is None:
        said = "the server does not say how many tokens of context its memory holds"
        reasons.append(Reason(code="kv_tokens", said=said))
    if reasons or kv_tokens is None:
        return tuple(reasons)
    limits = limits_of(plan, kv_tokens)
    prior = prior_of(plan, library, used.points)
    fit = fit_points(used.points, prior, limits)
    unseen = steady_points(plan, measured, "held_out")
    held_out = _held_out(fit, limits, unseen) if len(unseen) else ()
    saturated = is_saturated(fit, limits, used.points)
    remarks = (*_unfinished(outcome), *_remarks(held_out, saturated))
    return Assembled(
        plan=plan,
        measured=measured,
        used=used,
        fit=fit,
        prior=prior,
        held_out=held_out,
        saturated=saturated,
        grade="provisional" if remarks else "validated",
        remarks=remarks,
        notes=tuple(left_out(plan, outcome.entries)),
        reasons=tuple(_refusals(held_out, plan)),
        kv_tokens=kv_tokens,
    )


def is_saturated(fit: Fit, limits: EngineLimits, points: PointSet) -> bool:
    """Whether some point lies where twice the clients would hardly raise the rate."""
    crowded = points.clients > max_running(limits, points.mix)
    alone = requests_per_second(fit.step, points.mix, points.clients)
    doubled = requests_per_second(fit.step, points.mix, 2 * points.clients)
    return bool(np.any(crowded | (doubled / alone - 1 < MOST_GAIN_WHERE_SATURATED)))


def measured_kv_tokens(outcome: Outcome) -> float | None:
    """Context tokens that the last server said its memory holds."""
    for entry in reversed(outcome.entries):
        served = entry.get("served")
        if isinstance(served, dict):
            return None if served["kv_tokens"] is None else float(served["kv_tokens"])
    return None


def _held_out(fit: Fit, limits: EngineLimits, unseen: Steady) -> tuple[HeldOutPoint, ...]:
    points = unseen.points
    said, sd = predict(fit.step, limits, points), prediction_sd(fit, points)
    half = float(student_t.ppf((1 + NOMINAL) / 2, fit.degrees))
    inside = np.logical_and(
        np.abs(np.log(said.requests_per_second / points.requests_per_second))
        <= half * sd.requests_per_second,
        np.abs(np.log(said.tpot_ms / points.tpot_ms)) <= half * sd.tpot_ms,
    )
    return tuple(
        HeldOutPoint(
            id=load.id,
            measured_rate=float(points.requests_per_second[i]),
            predicted_rate=float(said.requests_per_second[i]),
            measured_tpot_ms=float(points.tpot_ms[i]),
            predicted_tpot_ms=float(said.tpot_ms[i]),
            measured_ttft_ms=float(points.ttft_ms[i]),
            predicted_ttft_ms=float(said.ttft_ms[i]),
            inside_90=bool(inside[i]),
        )
        for i, load in enumerate(unseen.loads)
    )


def held_out_errors(held_out: tuple[HeldOutPoint, ...]) -> dict[str, float]:
    """Mean absolute relative errors over the held-out points [1]."""
    pairs = {
        "throughput": [(p.predicted_rate, p.measured_rate) for p in held_out],
        "tpot": [(p.predicted_tpot_ms, p.measured_tpot_ms) for p in held_out],
        "ttft": [(p.predicted_ttft_ms, p.measured_ttft_ms) for p in held_out],
    }
    return {
        name: float(np.mean([abs(said / seen - 1) for said, seen in values]))
        for name, values in pairs.items()
        if values
    }


def _unfinished(outcome: Outcome) -> list[str]:
    """Say so where the run was stopped before its end."""
    if outcome.finished:
        return []
    seen, planned = len(points_of(outcome.entries)), len(outcome.plan.points)
    return [f"the run was stopped: {seen} of {planned} points were measured"]


def _remarks(held_out: tuple[HeldOutPoint, ...], saturated: bool) -> list[str]:
    remarks = []
    if not saturated:
        remarks.append(
            "no point was saturated: capacity is extrapolated, and was 16-21 % too high where "
            "that was tried"
        )
    if not held_out:
        return [*remarks, "no held-out point could be used: the error is not checked"]
    for name, error in held_out_errors(held_out).items():
        if error > GATES[name]:
            remarks.append(f"held-out {name} is off by {error:.1%}, at most {GATES[name]:.0%}")
    worst = max(held_out, key=lambda point: abs(point.rate_error))
    if abs(worst.rate_error) > WORST_THROUGHPUT:
        remarks.append(f"{worst.id} is off by {worst.rate_error:+.1%} in throughput")
    covered = sum(point.inside_90 for point in held_out) / len(held_out)
    if covered < LEAST_COVERAGE:
        remarks.append(f"{covered:.0%} of held-out points lie in their 90 % interval")
    return remarks


def _refusals(held_out: tuple[HeldOutPoint, ...], plan: CalibrationPlan) -> list[Reason]:
    error = held_out_errors(held_out).get("throughput", 0.0)
    if error <= plan.rules.held_out_invalid:
        return []
    said = f"the fit misses held-out throughput by {error:.0%} on average"
    return [Reason(code="held_out_error", said=said)]
