"""What the threshold hangs on: u* of every option as a curve over each driver."""

from dataclasses import dataclass
from typing import Final

from pricing.errors import PlannerError
from tco.analysis.decision import (
    NO_SAVING,
    Question,
    once_simulated,
    own_alone,
    threshold_of,
)
from tco.analysis.factor import Factor
from tco.analysis.factors import factor_of, factors
from tco.analysis.winners import axis
from tco.answer.working import look_up, work_out

DRIVERS: Final = (
    "workload.output_tokens",
    "workload.cached_share",
    "objective.mean_tpot_ms",
    "gpu_price",
    "costs.engineer_usd_per_month",
)
DRIVER_POINTS: Final = 13


@dataclass(frozen=True, slots=True)
class DriverPoint:
    """Threshold at one value of a driver."""

    value: float
    threshold: float | None
    """u* [1]; above 1 is out of reach, None where there is none."""
    utilisation: float | None
    """Utilisation the traffic gives the fleet planned there [1]."""
    reason: str
    """Why there is no threshold."""


@dataclass(frozen=True, slots=True)
class DriverCurve:
    """Threshold of one option over one driver, and where the scenario stands."""

    alternative: str
    factor: Factor
    points: tuple[DriverPoint, ...]
    given: DriverPoint


def driver_curves(
    question: Question, drivers: tuple[str, ...] = DRIVERS, *, points: int = 17
) -> tuple[DriverCurve, ...]:
    """Follow u* of every self-hosted option over each driver.

    Raises
    ------
    InputError
        If a driver is not an input with a range.
    """
    question = once_simulated(question)
    known = factors(question)
    curves = []
    for key in drivers:
        factor = factor_of(known, key)
        values = axis(factor, points)
        columns = [_thresholds(factor.apply(question, value), value) for value in values]
        given = _thresholds(question, factor.value)
        curves += [
            DriverCurve(name, factor, tuple(column[name] for column in columns), given[name])
            for name in given
        ]
    return tuple(curves)


def _thresholds(question: Question, value: float) -> dict[str, DriverPoint]:
    """Threshold of every option of a scenario, by key."""
    scenario = question.scenario
    keys = [f"self-hosted/{option.name}" for option in scenario.self_hosted]
    try:
        working = work_out(look_up(own_alone(scenario), question.data, question.cases))
    except PlannerError as error:
        reason = str(error.problems[0])
        return {key: DriverPoint(value, None, None, reason) for key in keys}
    found = {}
    for key in keys:
        option = next(a for a in working.alternatives if a.key == key)
        threshold = threshold_of(working, key)
        reason = ""
        if option.refused is not None:
            reason = option.refused.message
        elif threshold is None:
            reason = NO_SAVING
        utilisation = option.serving.utilisation if option.serving else None
        found[key] = DriverPoint(value, threshold, utilisation, reason)
    return found
