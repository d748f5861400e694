"""What a calibration holds possible: the capacities of a replica, and the one to plan with."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from hardware_profiles.calibration import CalibrationRecord
from tco.kernel.arrays import FloatArray
from tco.kernel.bands import bands
from tco.kernel.capacity import HIGHEST_CONCURRENCY_STRETCH, capacity_draws
from tco.kernel.even_normals import even_normals
from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.step_time import StepTime
from tco.question.terms import Objective

PAIRS: Final = 511
"""Pairs of points that the median is taken over: half as many miss it by 3 % of the draws where an
interval is twice as wide as measured."""


@dataclass(frozen=True, slots=True)
class Posterior:
    """What a replica carries, by the error of its record; one number or one a case."""

    p10: FloatArray
    """Rate that meets the means of an objective, 0 where none does [request/s]."""
    p50: FloatArray
    p90: FloatArray
    unmet_share: FloatArray
    """How much of what the record holds possible meets the objective at no rate [1]."""


def step_of(record: CalibrationRecord) -> StepTime:
    """Step times of a record, as the kernel takes them."""
    return StepTime(
        **record.parameters.model_dump(),
        experts=record.experts,
        experts_active=record.experts_active,
    )


def limits_of(record: CalibrationRecord) -> EngineLimits:
    """What the engine of a record admits at once."""
    limits = record.limits
    return EngineLimits(limits.max_num_seqs, limits.max_num_batched_tokens, limits.kv_tokens)


def drawn_steps(record: CalibrationRecord, normals: FloatArray) -> StepTime:
    """Step times from the record's covariance and residual, one set a row of normals.

    Parameters
    ----------
    normals
        Shape (draws, parameters of the record + 1); the last is that of the residual.
    """
    step = step_of(record).drawn(
        record.covariance_order, np.asarray(record.covariance), normals[:, :-1]
    )
    return step.scaled(np.exp(record.capacity_residual_sd * normals[:, -1]))


def posterior_of(
    record: CalibrationRecord, mix: RequestMix, objective: Objective, widening: float
) -> Posterior:
    """Work out what a record holds possible of the rate that meets the means of an objective.

    Parameters
    ----------
    mix
        One, or a column of (cases, 1).
    widening
        Factor on the record's own error, by how far it is carried [1].
    """
    normals = even_normals(PAIRS, len(record.covariance_order) + 1) * widening
    rates = capacity_draws(
        drawn_steps(record, normals),
        limits_of(record),
        mix,
        mean_tpot_ms=objective.mean_tpot_ms,
        mean_ttft_ms=objective.mean_ttft_ms,
        running_cap=HIGHEST_CONCURRENCY_STRETCH * record.span.concurrency.high,
    )
    by_draw = np.moveaxis(rates, -1, 0)
    low, middle, high = bands(by_draw)
    return Posterior(low, middle, high, np.mean(by_draw == 0, axis=0))
