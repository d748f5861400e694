"""How uncertain each input is, and which move together: what is drawn."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Final

import numpy as np

from hardware_profiles.library import Library
from pricing.errors import InputError, Problem, did_you_mean
from tco.kernel.arrays import FloatArray
from tco.question.terms import Finance

INPUTS: Final = ("volume", "api_price", "gpu_price", "output", "staff")
DEFAULT_CORRELATION: Final[Mapping[tuple[str, str], float]] = {
    ("api_price", "gpu_price"): 0.5,
    ("volume", "staff"): 0.3,
}
"""Planner's assumptions: both prices follow the same hardware, and more use needs more care."""
LOWEST_CHANGE, HIGHEST_CHANGE = -0.95, 1.0
P90_DEVIATE: Final = 1.2815515655446004  # 90th percentile of the standard normal
_ROUNDING: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Spreads:
    """Standard deviation of every input that is drawn; planner's assumptions unless said."""

    volume: float = 0.3
    """Of the logarithm of the first month's requests [1]."""
    api_price: float = 0.15
    """Of the yearly change of API prices [1/year]."""
    gpu_price: float = 0.15
    """Of the logarithm of GPU prices [1]."""
    output: float = 0.2
    """Of the logarithm of the mean output [1]."""
    staff: float = 0.3
    """Of the logarithm of the engineers who run the servers [1]."""
    calibration: float = 1.0
    """Times the error that the calibration record gives itself [1]; 0 takes it as exact."""
    correlation: Mapping[tuple[str, str], float] = field(
        default_factory=lambda: dict(DEFAULT_CORRELATION)
    )
    """Of the normal deviates behind two inputs; pairs that are left out are independent."""

    @classmethod
    def none(cls) -> "Spreads":
        """No spread at all: every draw is the scenario itself."""
        return cls(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, {})

    @classmethod
    def of(cls, library: Library) -> "Spreads":
        """Take staff from the library's range, read as P10 to P90."""
        fact = library.assumption("rented_fte")
        return _with_staff(fact.low, fact.high)

    def __hash__(self) -> int:
        numbers = (self.volume, self.api_price, self.gpu_price, self.output, self.staff)
        return hash((*numbers, self.calibration, frozenset(self.correlation.items())))

    def __post_init__(self) -> None:
        names = [entry.name for entry in fields(self) if entry.name != "correlation"]
        problems = [
            Problem(
                f"spread.{name}",
                str(getattr(self, name)),
                "must be from 0 to 5",
                "Write a share, such as 0.2.",
            )
            for name in names
            if not 0 <= getattr(self, name) <= 5
        ]
        if not problems:
            problems = list(_correlation_problems(self.correlation))
        if problems:
            raise InputError(*problems)

    def matrix(self) -> FloatArray:
        """Correlation of the inputs, in the order of `INPUTS`."""
        return _matrix(self.correlation)


@lru_cache(maxsize=8)
def _with_staff(low: float | None, high: float | None) -> Spreads:
    if not low or not high:
        return Spreads()
    return Spreads(staff=math.log(high / low) / (2 * P90_DEVIATE))


def _matrix(correlation: Mapping[tuple[str, str], float]) -> FloatArray:
    matrix = np.eye(len(INPUTS))
    for (one, other), value in correlation.items():
        i, j = INPUTS.index(one), INPUTS.index(other)
        matrix[i, j] = matrix[j, i] = value
    return matrix


def _correlation_problems(correlation: Mapping[tuple[str, str], float]) -> Sequence[Problem]:
    problems = []
    for pair, value in correlation.items():
        where = f"correlation.{','.join(pair)}"
        for name in pair:
            if name not in INPUTS:
                problems.append(Problem(where, name, "is drawn", did_you_mean(name, INPUTS)))
        if pair[0] == pair[1] or not -1 <= value <= 1:
            limit = "joins two inputs by a number from -1 to 1"
            problems.append(Problem(where, str(value), limit, "Choose two inputs."))
    if not problems and np.linalg.eigvalsh(_matrix(correlation)).min() < -_ROUNDING:
        limit = "no inputs can be correlated in this way: the matrix has a negative eigenvalue"
        problems.append(Problem("correlation", "", limit, "Bring the correlations nearer to 0."))
    return problems


def drawn_inputs(finance: Finance, spreads: Spreads, normals: FloatArray) -> dict[str, FloatArray]:
    """Turn standard normals into the inputs of every draw, over those given [1].

    Volume, GPU price, output and staff are log-normal about the scenario's value as their median;
    the yearly change of API prices is normal about it and cut off at the scenario's limits.

    Parameters
    ----------
    normals
        Independent, shape (draws, 5).

    Returns
    -------
    dict of ndarrays of shape (draws,)
        By the name of the field of `tco.kernel.cases.Cases`.
    """
    values, vectors = np.linalg.eigh(spreads.matrix())
    joint = normals @ (vectors * np.sqrt(np.clip(values, 0.0, None))).T
    deviates = dict(zip(INPUTS, joint.T, strict=True))
    given = finance.api_price_change_per_year
    change = np.clip(
        given + spreads.api_price * deviates["api_price"], LOWEST_CHANGE, HIGHEST_CHANGE
    )
    return {
        "requests": np.exp(spreads.volume * deviates["volume"]),
        "api_drift": (1 + change) / (1 + given),
        "gpu_price": np.exp(spreads.gpu_price * deviates["gpu_price"]),
        "output": np.exp(spreads.output * deviates["output"]),
        "engineers": np.exp(spreads.staff * deviates["staff"]),
    }
