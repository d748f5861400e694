"""Cases: the same question with some of its inputs at other values, all answered at once.

An input is one number where it is alike in all cases, else a column of shape ``(cases, 1)`` that
broadcasts against the months of the horizon. The first case is the question as it was asked.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from tco.kernel.arrays import FloatArray, Numbers
from tco.kernel.step_time import StepTime


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Inputs of every case, over those of the question as asked [1]; told apart as objects."""

    requests: Numbers = 1.0
    """Volume."""
    output: Numbers = 1.0
    """Output length."""
    api_price: Numbers = 1.0
    """Every token price, today."""
    api_drift: Numbers = 1.0
    """Factor a year on every token price, on top of the change that the question assumes."""
    gpu_price: Numbers = 1.0
    """Price of GPUs, rented and bought."""
    engineers: Numbers = 1.0
    """Engineers who run own servers."""
    capacity: Numbers = 1.0
    """Request rate that every replica carries."""
    steps: Mapping[str, StepTime] = field(default_factory=dict)
    """Step times by calibration record; the record's own where it is left out."""
    simulated: Mapping[str, float] | None = None
    """What a simulation leaves of a replica's capacity under the means, by own option, carried from
    a question like this one: 1 where it is left out, so that nothing is simulated here [1]."""

    @property
    def highest_output(self) -> float:
        """Longest output of all cases, over the one asked about [1]."""
        return float(np.max(self.output))


AS_ASKED = Cases()
"""The one case of a question as it was asked."""


def first(value: Numbers) -> float:
    """Value in the first case and, where there are months, the first month [as the value].

    Examples
    --------
    >>> first(3.0), first(np.array([[1.0, 2.0], [5.0, 6.0]]))
    (3.0, 1.0)
    """
    return value if type(value) is float else float(np.asarray(value).flat[0])


def by_case(value: Numbers) -> Numbers:
    """Value of every case, shape (cases,), or one number, where months have no axis [as the value].

    Examples
    --------
    >>> by_case(3.0), by_case(np.array([[1.0], [5.0]])).tolist()
    (3.0, [1.0, 5.0])
    """
    return value[..., 0] if isinstance(value, np.ndarray) and value.ndim else value


def months_of_first(values: FloatArray) -> FloatArray:
    """Months of the first case, shape (months,).

    Examples
    --------
    >>> months_of_first(np.array([[1.0, 2.0], [5.0, 6.0]])).tolist()
    [1.0, 2.0]
    """
    return values if values.ndim == 1 else values[0]
