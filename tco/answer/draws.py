"""Cases drawn around a question: the first is the question as it was asked."""

from functools import lru_cache
from typing import Any

import numpy as np

from hardware_profiles.calibration import CalibrationRecord
from tco.answer.spreads import INPUTS, Spreads, drawn_inputs
from tco.answer.working import Working
from tco.kernel.arrays import FloatArray, read_only
from tco.kernel.cases import Cases
from tco.kernel.step_time import LOG_NORMAL_PARAMETERS, StepTime
from tco.question.terms import Finance
from tco.serving.posterior import drawn_steps


def drawn_cases(asked: Working, spreads: Spreads, draws: int, seed: int) -> Cases:
    """Draw every input of a question; one seed, the same draws.

    Parameters
    ----------
    asked
        The question worked out as it was asked, for how far each calibration is carried.

    Returns
    -------
    Cases
        `draws` + 1 of them, the question as asked first.
    """
    carried = {
        w.host.record.id: (w.host.record, w.replica.widening)
        for w in asked.worked.values()
        if w.host is not None and w.replica
    }
    in_order = tuple(carried[name] for name in sorted(carried))
    return _drawn(asked.asked.scenario.finance, spreads, draws, seed, in_order)


@lru_cache(maxsize=16)  # another volume or length has the same draws
def _drawn(
    finance: Finance,
    spreads: Spreads,
    draws: int,
    seed: int,
    carried: tuple[tuple[CalibrationRecord, float], ...],
) -> Cases:
    """Draw for some terms, and for records with how far each is carried."""
    random = np.random.default_rng(seed)
    normals = random.standard_normal((draws, len(INPUTS)))
    inputs: dict[str, Any] = {
        name: _with_asked(values)
        for name, values in drawn_inputs(finance, spreads, normals).items()
    }
    if spreads.calibration == 0:  # every draw has the capacity that is planned with
        return Cases(**inputs)
    steps = {
        record.id: _steps(record, spreads.calibration * widening, random, draws)
        for record, widening in carried
    }
    return Cases(**inputs, steps=steps)


def each_draw(values: FloatArray, draws: int) -> FloatArray:
    """Values of the draws, the question as asked left out, along the first axis."""
    if len(values) == draws + 1:
        return values[1:]
    return np.broadcast_to(values, (draws, *values.shape[1:]))


def _with_asked(values: FloatArray) -> FloatArray:
    return read_only(np.concatenate([[1.0], values])[:, None])


def _steps(
    record: CalibrationRecord, spread: float, random: np.random.Generator, draws: int
) -> StepTime:
    """Step times drawn from the record's covariance and residual, widened beyond its span."""
    normals = random.standard_normal((draws, len(record.covariance_order) + 1)) * spread
    normals = np.vstack([np.zeros(normals.shape[1]), normals])
    steps = drawn_steps(record, normals).as_columns()
    for name in LOG_NORMAL_PARAMETERS:
        read_only(np.asarray(getattr(steps, name)))
    return steps
