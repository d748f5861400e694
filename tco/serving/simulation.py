"""Capacity as a simulated replica has it: under percentiles, and where no closed form tells."""

import math
from dataclasses import dataclass
from typing import Final

from tco.kernel.capacity import Capacity, Infeasible
from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate_capacity import SimulatedCapacity, simulated_capacity
from tco.kernel.simulate_load import sampler_of
from tco.kernel.simulate_traffic import simulated_load
from tco.kernel.simulate_trial import Objectives
from tco.kernel.simulated_work import TooMuchWorkError, Work
from tco.kernel.step_time import StepTime
from tco.kernel.told import Doubt
from tco.kernel.workload import ClassLoad
from tco.question.terms import Objective
from tco.results.bill import Finding
from tco.serving.doubts import reasons_of
from tco.words.figures import milliseconds, plural, share

NOT_SIMULATED: Final = "simulation"
"""Code of the finding where simulating a replica would take more than is left."""
MOST_WORK: Final = 500_000
"""Requests and steps that one question may simulate: some 2 s of a core."""


@dataclass(frozen=True, slots=True)
class Simulated:
    """What a simulated replica carries within means and percentiles, and what is seen there."""

    factor: float
    """Capacity over that under the means by closed form, at most 1 [1]."""
    relative_sd: float
    """Monte-Carlo error of the factor [1]."""
    bound_by: str
    """What holds the load."""
    mean_ttft_ms: float
    mean_tpot_ms: float
    """Of the closed form where no answer has a second token, so that none was seen."""
    running: float
    finding: Finding


def means_of(objective: Objective) -> Objective:
    """Leave the percentiles out of an objective."""
    return objective.model_copy(update={"p95_ttft_ms": None, "p95_tpot_ms": None})


def names_percentiles(objective: Objective) -> bool:
    """Whether capacity is to be simulated."""
    return objective.p95_ttft_ms is not None or objective.p95_tpot_ms is not None


def simulated(
    step: StepTime,
    limits: EngineLimits,
    classes: tuple[ClassLoad, ...],
    objective: Objective,
    found: Capacity,
    doubted: tuple[Doubt, ...],
    work: Work,
) -> Simulated | Finding:
    """Simulate the replica under an objective.

    Parameters
    ----------
    found
        Capacity under the means, by the closed form; what is simulated never exceeds it.
    doubted
        Why the closed form does not tell the load; empty where percentiles alone ask for it.
    work
        What may be done.

    Returns
    -------
    Simulated, or Finding
        A finding where no number of replicas meets the objective, or more would have to be done.
    """
    try:
        return _searched(step, limits, classes, objective, found, doubted, work)
    except TooMuchWorkError:
        return _too_much(doubted)


def _searched(
    step: StepTime,
    limits: EngineLimits,
    classes: tuple[ClassLoad, ...],
    objective: Objective,
    found: Capacity,
    doubted: tuple[Doubt, ...],
    work: Work,
) -> Simulated | Finding:
    asked = Objectives(
        mean_ttft_ms=objective.mean_ttft_ms,
        mean_tpot_ms=objective.mean_tpot_ms,
        p95_ttft_ms=objective.p95_ttft_ms or math.inf,
        p95_tpot_ms=objective.p95_tpot_ms or math.inf,
    )
    sampler = sampler_of(classes)
    held = simulated_capacity(step, limits, sampler, asked, work=work)
    if isinstance(held, Infeasible):
        return _not_met(held, objective)
    rate = found.requests_per_second
    if held.requests_per_second < rate:
        return Simulated(
            factor=held.requests_per_second / rate,
            relative_sd=held.monte_carlo_sd / held.requests_per_second,
            bound_by=_held_by(held, asked),
            mean_ttft_ms=held.mean_ttft_ms,
            mean_tpot_ms=_or_else(held.mean_tpot_ms, found.tpot_ms),
            running=held.running,
            finding=_seen(held, objective, doubted, 1 - held.requests_per_second / rate),
        )
    there = simulated_load(step, limits, sampler, rate, running=found.running, work=work)
    if isinstance(there, Infeasible):
        return _not_met(there, objective)
    return Simulated(
        factor=1.0,
        relative_sd=0.0,
        bound_by=found.bound_by,
        mean_ttft_ms=there.mean_ttft_ms,
        mean_tpot_ms=_or_else(there.mean_tpot_ms, found.tpot_ms),
        running=there.running,
        finding=_seen(held, objective, doubted, 0.0),
    )


def _or_else(seen_ms: float, told_ms: float) -> float:
    return told_ms if math.isnan(seen_ms) else seen_ms


def _held_by(held: SimulatedCapacity, asked: Objectives) -> str:
    """Name what binds, and whether it does so in the mean or in the slowest twentieth."""
    means = {
        "ttft": held.mean_ttft_ms / asked.mean_ttft_ms,
        "tpot": held.mean_tpot_ms / asked.mean_tpot_ms,
    }
    slowest = {
        "ttft": held.ttft_p95_ms / asked.p95_ttft_ms,
        "tpot": held.tpot_p95_ms / asked.p95_tpot_ms,
    }
    name = held.bound_by
    return name if means.get(name, 0.0) > slowest.get(name, 0.0) else f"95th percentile: {name}"


def _not_met(held: Infeasible, objective: Objective) -> Finding:
    asked = "percentiles" if names_percentiles(objective) else "means as simulated"
    return Finding(
        "refused",
        "slo",
        f"No number of replicas meets the {asked}: {held.reason}.",
        "Relax the objective, or choose a quicker replica.",
        "docs/simulator.md",
    )


def _too_much(doubted: tuple[Doubt, ...]) -> Finding:
    why = f"The closed form does not tell this load: {reasons_of(doubted)}. " if doubted else ""
    return Finding(
        "refused",
        NOT_SIMULATED,
        f"{why}Simulating it takes more than is left of what one question may simulate, "
        f"{plural(MOST_WORK, 'request')} and steps for all its options.",
        "Put this option first, ask with fewer, or with shorter prompts.",
        "docs/simulator.md",
    )


def _seen(
    held: SimulatedCapacity, objective: Objective, doubted: tuple[Doubt, ...], lost: float
) -> Finding:
    error = held.monte_carlo_sd / held.requests_per_second
    chance = "" if math.isnan(error) else f" (Monte-Carlo error {share(error)})"
    asked = f"{plural(held.requests, 'request')} at each rate{chance}"
    if not names_percentiles(objective):
        effect = f"carries {share(lost)} less" if lost else "carries no less"
        return Finding(
            "remark",
            "closed-form",
            f"The closed form does not tell this load for sure: {reasons_of(doubted)}. Simulated "
            f"over {asked}, a replica {effect}.",
            "",
            "docs/simulator.md",
        )
    effect = "lower it" if lost else "do not lower it"
    token = held.tpot_p95_ms
    each = "" if math.isnan(token) else f" and {milliseconds(token)} a token"
    return Finding(
        "remark",
        "percentiles",
        f"Percentiles were simulated over {asked} and {effect}: at capacity the 95th percentile "
        f"waits {milliseconds(held.ttft_p95_ms)} for the first token{each}.",
        "",
        "docs/simulator.md",
    )
