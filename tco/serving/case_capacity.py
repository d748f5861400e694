"""Capacity of a replica in every case: longer outputs, other step times."""

from collections.abc import Sequence

import numpy as np

from hardware_profiles.calibration import CalibrationRecord
from tco.kernel.capacity import (
    HIGHEST_CONCURRENCY_STRETCH,
    HIGHEST_CONTEXT_STRETCH,
    HIGHEST_PROMPT_SHARE_STRETCH,
    capacity_draws,
)
from tco.kernel.cases import Cases
from tco.kernel.speed import BoolArray, FloatArray, Numbers, RequestMix, StepTime
from tco.kernel.workload import ClassLoad, request_mix
from tco.question.terms import Objective
from tco.serving.replica import ReplicaCapacity, limits_of, step_of


def case_capacities(
    record: CalibrationRecord,
    loads: Sequence[ClassLoad],
    objective: Objective,
    asked: ReplicaCapacity,
    cases: Cases,
) -> tuple[Numbers, BoolArray]:
    """Request rate of a replica in each case, and whether it meets the objective there.

    What percentiles take off is simulated once, for the question as asked, and taken off every
    case alike. A case that meets no objective keeps the rate of the question as asked,
    so that its figures stay finite; nobody serves it.

    Parameters
    ----------
    asked
        Capacity for the question as asked, the first case.

    Returns
    -------
    tuple of Numbers and ndarray
        [request/s] and [1], shape (cases, 1); one number and shape (1,) where nothing differs.
    """
    step = cases.steps.get(record.id)
    if step is not None:
        return _capacities(record, step, loads, objective, asked, cases.output)
    if not np.ndim(cases.output):
        return asked.requests_per_second, np.ones(1, dtype=bool)
    outputs, where = np.unique(cases.output, return_inverse=True)
    own = step_of(record)
    rates, meets = _capacities(record, own, loads, objective, asked, outputs[:, None])
    return rates[where.ravel()], meets[where.ravel()]


def _capacities(
    record: CalibrationRecord,
    step: StepTime,
    loads: Sequence[ClassLoad],
    objective: Objective,
    asked: ReplicaCapacity,
    outputs: Numbers,
) -> tuple[FloatArray, BoolArray]:
    mix = request_mix(loads, outputs)
    rates = asked.simulated_factor * capacity_draws(
        step,
        limits_of(record),
        mix,
        mean_tpot_ms=objective.mean_tpot_ms,
        mean_ttft_ms=objective.mean_ttft_ms,
        running_cap=HIGHEST_CONCURRENCY_STRETCH * record.span.concurrency.high,
    )
    meets = (rates > 0) & _was_measured(record, mix)
    return np.where(meets, rates, asked.requests_per_second), meets


def _was_measured(record: CalibrationRecord, mix: RequestMix) -> BoolArray:
    """Whether contexts and prompts lie within what the record may be carried to."""
    shapes = [RequestMix.of_lengths(s.input_tokens, s.output_tokens) for s in record.span.shapes]
    longest = HIGHEST_CONTEXT_STRETCH * max(float(np.asarray(s.context_tokens)) for s in shapes)
    most = HIGHEST_PROMPT_SHARE_STRETCH * max(_prompt_share(shape) for shape in shapes)
    return np.asarray((mix.context_tokens <= longest) & (_prompt_share(mix) <= most))


def _prompt_share(mix: RequestMix) -> Numbers:
    return np.asarray(mix.prefill_tokens) / mix.token_intervals
