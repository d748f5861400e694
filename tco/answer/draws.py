"""Cases drawn around a question: the first is the question as it was asked."""

from typing import Any

import numpy as np

from tco.answer.spreads import INPUTS, Spreads, drawn_inputs
from tco.answer.worked import Worked
from tco.answer.working import Working
from tco.kernel.arrays import FloatArray
from tco.kernel.cases import Cases
from tco.kernel.step_time import StepTime
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
    random = np.random.default_rng(seed)
    normals = random.standard_normal((draws, len(INPUTS)))
    inputs: dict[str, Any] = {
        name: _with_asked(values)
        for name, values in drawn_inputs(asked.asked.scenario.finance, spreads, normals).items()
    }
    carried = {
        w.host.record.id: w for w in asked.worked.values() if w.host is not None and w.replica
    }
    if spreads.calibration == 0:  # every draw has the capacity that is planned with
        return Cases(**inputs)
    steps = {
        name: _steps(carried[name], spreads.calibration, random, draws) for name in sorted(carried)
    }
    return Cases(**inputs, steps=steps)


def _with_asked(values: FloatArray) -> FloatArray:
    return np.concatenate([[1.0], values])[:, None]


def _steps(worked: Worked, spread: float, random: np.random.Generator, draws: int) -> StepTime:
    """Step times drawn from the record's covariance and residual, widened beyond its span."""
    assert worked.host is not None
    assert worked.replica is not None
    record = worked.host.record
    normals = random.standard_normal((draws, len(record.covariance_order) + 1))
    normals *= spread * worked.replica.widening
    normals = np.vstack([np.zeros(normals.shape[1]), normals])
    return drawn_steps(record, normals).as_columns()
