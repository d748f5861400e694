"""The capacity that a run has found, with its own interval.

The interval is that of the fitted parameters: where points are off by their own noise only, it
holds the true rate in nine of ten runs. What one further point would show is wider by the residual.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student_t

from calibrate.fitting.crossval import NOMINAL
from calibrate.fitting.fit import Fit, parameter_covariance
from calibrate.fitting.predict import predict
from calibrate.result.assemble import saturated_points
from calibrate.result.steady_points import Steady


@dataclass(frozen=True, slots=True)
class Capacity:
    """Rate of a load that saturates, as the fitted curve says."""

    load: str
    input_tokens: int
    output_tokens: int
    clients: float
    requests_per_second: float
    low: float
    """Lower end of the 90 % interval [request/s]."""
    high: float

    def __str__(self) -> str:
        return (
            f"{self.requests_per_second:.4g} requests/s of {self.input_tokens} in and "
            f"{self.output_tokens} out with {self.clients:g} clients ({self.load}); "
            f"{NOMINAL:.0%} interval {self.low:.4g} to {self.high:.4g}"
        )


def capacity_of(fit: Fit, used: Steady) -> Capacity | None:
    """Capacity of the first load that saturates, in the order of the plan; None without one."""
    rows = np.flatnonzero(saturated_points(fit, fit.limits, used.points))
    if not len(rows):
        return None
    point, load = used.points.rows(rows[:1]), used.loads[int(rows[0])]
    rate = float(predict(fit.step, fit.limits, point).requests_per_second[0])
    sd = math.sqrt(float(parameter_covariance(fit, point).requests_per_second[0, 0]))
    reach = math.exp(float(student_t.ppf((1 + NOMINAL) / 2, fit.degrees)) * sd)
    return Capacity(
        load=load.id,
        input_tokens=load.input_tokens,
        output_tokens=load.output_tokens,
        clients=float(point.clients[0]),
        requests_per_second=rate,
        low=rate / reach,
        high=rate * reach,
    )
