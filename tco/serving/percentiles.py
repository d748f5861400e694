"""The slowest twentieth: what percentiles of waiting leave of the capacity under the means."""

from dataclasses import dataclass
from typing import Final

from tco.kernel.capacity import Infeasible
from tco.kernel.simulate_capacity import SimulatedCapacity, simulated_capacity
from tco.kernel.simulate_load import sampler_of
from tco.kernel.speed import EngineLimits, StepTime
from tco.kernel.workload import ClassLoad
from tco.question.terms import Objective
from tco.results.bill import Finding
from tco.words.figures import milliseconds, plural, share

NO_OBJECTIVE_MS: Final = 1e9
"""Stands for a percentile that is not limited [ms]."""


@dataclass(frozen=True, slots=True)
class Tail:
    """What percentile objectives do to a capacity."""

    factor: float
    """Capacity over that under the means alone, at most 1 [1]."""
    relative_sd: float
    """Monte-Carlo error of the factor [1]."""
    bound_by: str
    """Percentile that holds the load; empty where a mean does."""
    finding: Finding


def means_of(objective: Objective) -> Objective:
    """Leave the percentiles out of an objective."""
    return objective.model_copy(update={"p95_ttft_ms": None, "p95_tpot_ms": None})


def simulated_tail(
    step: StepTime,
    limits: EngineLimits,
    classes: tuple[ClassLoad, ...],
    objective: Objective,
    requests_per_second: float,
) -> Tail | Finding:
    """Simulate the replica where the objective names percentiles.

    Parameters
    ----------
    requests_per_second
        Capacity under the means, by the closed form [request/s].

    Returns
    -------
    Tail, or Finding
        A finding where no number of replicas meets the percentiles.
    """
    if objective.p95_ttft_ms is None and objective.p95_tpot_ms is None:
        return Tail(1.0, 0.0, "", _means_only())
    found = simulated_capacity(
        step,
        limits,
        sampler_of(classes),
        p95_ttft_ms=objective.p95_ttft_ms or NO_OBJECTIVE_MS,
        p95_tpot_ms=objective.p95_tpot_ms or NO_OBJECTIVE_MS,
    )
    if isinstance(found, Infeasible):
        return Finding(
            "refused",
            "slo",
            f"No number of replicas meets the percentiles: {found.reason}.",
            "Relax the objective, or choose a quicker replica.",
            "docs/simulator.md",
        )
    ratio = found.requests_per_second / requests_per_second
    held_by = f"95th percentile: {found.bound_by}" if ratio < 1 else ""
    error = found.monte_carlo_sd / found.requests_per_second
    return Tail(min(1.0, ratio), error if ratio < 1 else 0.0, held_by, _simulated(found, ratio))


def _means_only() -> Finding:
    return Finding(
        "remark",
        "means",
        "Capacity meets the objectives on average over requests. That allows 24 % more load than "
        "the same figures held in the 95th percentile, in the median of 24 simulated cases, and "
        "far more for short answers to long prompts.",
        "Set p95_ttft_ms and p95_tpot_ms to have the percentiles simulated.",
        "docs/simulator.md",
    )


def _simulated(found: SimulatedCapacity, ratio: float) -> Finding:
    error = found.monte_carlo_sd / found.requests_per_second
    held = "lower it" if ratio < 1 else "do not lower it"
    return Finding(
        "remark",
        "percentiles",
        f"Percentiles were simulated over {plural(found.requests, 'request')} at each rate "
        f"(Monte-Carlo error {share(error)}) and {held}: at capacity the 95th percentile waits "
        f"{milliseconds(found.ttft_p95_ms)} for the first token and "
        f"{milliseconds(found.tpot_p95_ms)} a token.",
        "",
        "docs/simulator.md",
    )
