"""Cases drawn around a question: the first is the question as it was asked."""

from typing import Any

import numpy as np

from tco.analysis.decision import Question
from tco.analysis.spreads import INPUTS, Spreads, drawn_inputs
from tco.answer.worked import Evaluation, Worked
from tco.kernel.cases import Cases
from tco.kernel.speed import FloatArray, StepTime
from tco.serving.replica import step_of


def drawn_cases(
    question: Question, asked: Evaluation, spreads: Spreads, draws: int, seed: int
) -> Cases:
    """Draw every input of a question; one seed, the same draws.

    Parameters
    ----------
    asked
        The answer to the question, for how far each calibration is carried.

    Returns
    -------
    Cases
        `draws` + 1 of them, the question as asked first.
    """
    random = np.random.default_rng(seed)
    normals = random.standard_normal((draws, len(INPUTS)))
    inputs: dict[str, Any] = {
        name: _with_asked(values)
        for name, values in drawn_inputs(question.scenario.finance, spreads, normals).items()
    }
    carried = {
        w.host.record.id: w for w in asked.worked.values() if w.host is not None and w.replica
    }
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
    step = step_of(record).drawn(
        record.covariance_order, np.asarray(record.covariance), normals[:, :-1]
    )
    return step.scaled(np.exp(record.capacity_residual_sd * normals[:, -1])).as_columns()
