"""A finished run into a record: fitted, held against points it never saw, and graded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from calibrate.fitting.fit import Fit, fit_points
from calibrate.fitting.points import PointSet
from calibrate.fitting.priors import Prior
from calibrate.plan.plan import CalibrationPlan
from calibrate.result.held_out import HeldOutCheck, held_out_of
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


@dataclass(frozen=True, slots=True)
class Assembled:
    """A run with its fit."""

    plan: CalibrationPlan
    measured: Mapping[str, MeasuredPoint]
    used: Steady
    fit: Fit
    prior: Prior
    held_out: HeldOutCheck
    saturated: bool
    grade: Grade
    remarks: tuple[str, ...]
    """Why the grade is no better, in words."""
    notes: tuple[str, ...]
    """Points that it does without, and how far the repeated one was off."""
    reasons: tuple[Reason, ...]
    """Why nothing may be used; empty where it may."""
    kv_tokens: float


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
    held_out = held_out_of(fit, steady_points(plan, measured, "held_out"))
    saturated = bool(np.any(saturated_points(fit, limits, used.points)))
    remarks = (*_unfinished(outcome), *_unsaturated(saturated), *held_out.remarks())
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


def saturated_points(fit: Fit, limits: EngineLimits, points: PointSet) -> NDArray[np.bool_]:
    """Which points lie where twice the clients would hardly raise the rate."""
    crowded = points.clients > max_running(limits, points.mix)
    alone = requests_per_second(fit.step, points.mix, points.clients)
    doubled = requests_per_second(fit.step, points.mix, 2 * points.clients)
    return np.asarray(crowded | (doubled / alone - 1 < MOST_GAIN_WHERE_SATURATED))


def measured_kv_tokens(outcome: Outcome) -> float | None:
    """Context tokens that the last server said its memory holds."""
    for entry in reversed(outcome.entries):
        served = entry.get("served")
        if isinstance(served, dict):
            return None if served["kv_tokens"] is None else float(served["kv_tokens"])
    return None


def _unfinished(outcome: Outcome) -> list[str]:
    """Say so where the run was stopped before its end."""
    if outcome.finished:
        return []
    seen, needed = points_of(outcome.entries), outcome.plan.needed
    count = sum(load.id in seen for load in needed)
    return [f"the run was stopped: {count} of {len(needed)} points were measured"]


def _unsaturated(saturated: bool) -> list[str]:
    """Say so where capacity lies beyond every point."""
    if saturated:
        return []
    return [
        "no point was saturated: capacity is extrapolated, and was 16-21 % too high where "
        "that was tried"
    ]


def _refusals(held_out: HeldOutCheck, plan: CalibrationPlan) -> list[Reason]:
    error = held_out.errors.get("throughput", 0.0)
    if error <= plan.rules.held_out_invalid:
        return []
    said = f"the fit misses held-out throughput by {error:.0%} on average"
    return [Reason(code="held_out_error", said=said)]
