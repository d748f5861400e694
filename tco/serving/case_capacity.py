"""Capacity of a replica in every case: longer outputs, other step times."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from hardware_profiles.calibration import CalibrationRecord
from tco.kernel.arrays import BoolArray, FloatArray, Numbers
from tco.kernel.capacity import (
    HIGHEST_CONCURRENCY_STRETCH,
    HIGHEST_CONTEXT_STRETCH,
    HIGHEST_PROMPT_SHARE_STRETCH,
    capacity_draws,
)
from tco.kernel.cases import Cases
from tco.kernel.request_mix import RequestMix
from tco.kernel.step_time import LOG_NORMAL_PARAMETERS, StepTime
from tco.kernel.workload import ClassLoad, request_mix
from tco.question.terms import Objective
from tco.results.bill import Finding
from tco.serving.posterior import limits_of, posterior_of
from tco.serving.replica import ReplicaCapacity, objective_for, reach_of
from tco.serving.simulation import means_of


def case_capacities(
    record: CalibrationRecord,
    loads: Sequence[ClassLoad],
    objective: Objective,
    asked: ReplicaCapacity,
    cases: Cases,
) -> tuple[Numbers, BoolArray]:
    """Request rate of a replica in each case, and whether it meets the objective there.

    Where step times are drawn, a case has the rate of its own; else the median that is planned
    with, as the question as asked has. What percentiles take off is simulated once, for the
    question as asked, and taken off every case alike. A case that meets no objective keeps the
    rate of the question as asked, so that its figures stay finite; nobody serves it.

    Parameters
    ----------
    asked
        Capacity for the question as asked, the first case.

    Returns
    -------
    tuple of Numbers and ndarray
        [request/s] and [1], shape (cases, 1); one number and shape (1,) where nothing differs.
    """
    objective = objective_for(record, objective)
    step = cases.steps.get(record.id)
    if step is not None:
        drawn = _Drawn(step, np.asarray(cases.output))
        rates, meets = _drawn_rates(record, tuple(loads), objective, asked, drawn)
    elif np.ndim(cases.output):
        outputs, where = np.unique(cases.output, return_inverse=True)
        lengths = tuple(outputs.tolist())
        planned, meet = _planned_rates(record, tuple(loads), objective, asked, lengths)
        rates, meets = planned[where.ravel(), None], meet[where.ravel(), None]
    else:
        return asked.requests_per_second * cases.capacity, np.ones(1, dtype=bool)
    return rates * cases.capacity, meets


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """What is drawn of a replica's speed, told apart by its values."""

    step: StepTime
    output: FloatArray

    @property
    def _values(self) -> tuple[FloatArray, ...]:
        times = (getattr(self.step, name) for name in LOG_NORMAL_PARAMETERS)
        return (self.output, *map(np.asarray, times))

    def __hash__(self) -> int:
        return hash((np.asarray(self.step.a_ms).tobytes(), self.output.tobytes()))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Drawn) and all(
            one is two or np.array_equal(one, two)
            for one, two in zip(self._values, other._values, strict=True)
        )


@lru_cache(maxsize=32)
def _drawn_rates(
    record: CalibrationRecord,
    loads: tuple[ClassLoad, ...],
    objective: Objective,
    asked: ReplicaCapacity,
    drawn: _Drawn,
) -> tuple[FloatArray, BoolArray]:
    """Rate of each draw, and whether it meets the objective, shape (cases, 1).

    The answer is kept: another volume or price asks for the same replicas again.
    """
    mix = request_mix(loads, drawn.output)
    taken = asked.simulated_factor * capacity_draws(
        drawn.step,
        limits_of(record),
        mix,
        mean_tpot_ms=objective.mean_tpot_ms,
        mean_ttft_ms=objective.mean_ttft_ms,
        running_cap=HIGHEST_CONCURRENCY_STRETCH * record.span.concurrency.high,
    )
    meets = (taken > 0) & _was_measured(record, mix)
    rates = np.where(meets, taken, asked.requests_per_second)
    rates[0] = asked.requests_per_second
    return rates, meets


@lru_cache(maxsize=32)
def _planned_rates(
    record: CalibrationRecord,
    loads: tuple[ClassLoad, ...],
    objective: Objective,
    asked: ReplicaCapacity,
    outputs: tuple[float, ...],
) -> tuple[FloatArray, BoolArray]:
    """Median rate at each output length, and whether it meets the objective, shape (lengths,).

    Lengths that are carried equally far share their draws, so each group is worked out at once.
    The answer is kept: another volume or price moves outputs as far again.
    """
    means = means_of(objective)
    widenings = np.array([_widening(record, loads, means, longer) for longer in outputs])
    rates = np.zeros(len(outputs))
    for widening in set(widenings[~np.isnan(widenings)].tolist()):
        alike = widenings == widening
        mix = request_mix(loads, np.array(outputs)[alike, None])
        rates[alike] = posterior_of(record, mix, means, widening).p50
    meets = rates > 0
    return np.where(meets, rates * asked.simulated_factor, asked.requests_per_second), meets


def _widening(
    record: CalibrationRecord, loads: Sequence[ClassLoad], means: Objective, longer: float
) -> float:
    """Factor on the record's own error at one output length [1]; NaN where it is refused."""
    reach = reach_of(record, request_mix(loads, longer), means)
    return math.nan if isinstance(reach, Finding) else reach.extrapolation.multiplier


def _was_measured(record: CalibrationRecord, mix: RequestMix) -> BoolArray:
    """Whether contexts and prompts lie within what the record may be carried to."""
    shapes = [RequestMix.of_lengths(s.input_tokens, s.output_tokens) for s in record.span.shapes]
    longest = HIGHEST_CONTEXT_STRETCH * max(float(np.asarray(s.context_tokens)) for s in shapes)
    most = HIGHEST_PROMPT_SHARE_STRETCH * max(_prompt_share(shape) for shape in shapes)
    return np.asarray((mix.context_tokens <= longest) & (_prompt_share(mix) <= most))


def _prompt_share(mix: RequestMix) -> Numbers:
    return np.asarray(mix.prefill_tokens) / mix.token_intervals
