"""How quick the machines are, as an input: step times at the P10 and P90 of a capacity."""

import math
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import Final

from scipy.optimize import brentq

from hardware_profiles.calibration import CalibrationRecord
from tco.analysis.decision import Question
from tco.analysis.factor import Factor
from tco.analysis.reprice import slowed, with_record
from tco.bill.own_cache import own_hits, own_loads
from tco.facts.resolve import resolve
from tco.kernel.request_mix import RequestMix
from tco.kernel.workload import request_mix
from tco.question.terms import Objective
from tco.serving.replica import replica_capacity
from tco.serving.simulation import means_of

_CLOSE: Final = 1e-13
_RELATIVE: Final = 1e-14
_MET: Final = 1e-6
_BEYOND: Final = 50.0
"""Stands for a logarithm of a capacity that nobody has."""


def speed_factors(question: Question) -> Iterator[Factor]:
    """One input per calibration record in use that meets the objective."""
    scenario, library = question.scenario, question.data.library
    hits = _hits(question)
    objective = means_of(scenario.objective)
    for record_id in dict.fromkeys(option.record_id for option in scenario.self_hosted):
        record = library.calibration(record_id)
        mix = request_mix(own_loads(scenario, hits.get(record_id, scenario.fleet.own_cache_hits)))
        own = replica_capacity(record, mix, objective)
        if not own.requests_per_second > 0:
            continue
        quick, slow = (
            _time_factor(record, mix, objective, math.log(there / own.requests_per_second))
            for there in (own.p90, own.slow_end)
        )
        yield Factor(
            key=f"speed.{record_id}",
            label=f"Step times of {record_id}",
            unit="× calibrated",
            value=1.0,
            low=quick,
            high=slow,
            basis="P10 to P90 of the capacity, by the calibration's error",
            limits=(0.02, 50.0),
            apply=partial(_slow_down, record_id),
            moves_replica=True,
        )


def _slow_down(record_id: str, question: Question, factor: float) -> Question:
    library = question.data.library
    record = slowed(library.calibration(record_id), factor)
    return replace(question, data=replace(question.data, library=with_record(library, record)))


def _hits(question: Question) -> dict[str, float]:
    """What is found in the caches of the first fleet with each record, where that follows."""
    scenario, data = question.scenario, question.data
    if scenario.fleet.own_cache is None:
        return {}
    resolved = resolve(scenario, data.catalogue, data.library)
    weights = resolved.profile.weights
    return {h.record.id: own_hits(h, scenario, weights) for h in reversed(resolved.hosts)}


def _time_factor(
    record: CalibrationRecord, mix: RequestMix, objective: Objective, log_capacity: float
) -> float:
    """Factor on all step times that moves the capacity by exp(`log_capacity`).

    A capacity held by an objective falls by more than the times rise, so the factor is searched
    for. Where the objective fails before the capacity has fallen so far, the factor is that of a
    capacity inverse to the times: the answer there is a refusal all the same.
    """
    start = replica_capacity(record, mix, objective).requests_per_second
    beyond = math.copysign(_BEYOND, log_capacity)

    def excess(log_time: float) -> float:
        there = replica_capacity(slowed(record, math.exp(log_time)), mix, objective)
        miss = math.log(there.requests_per_second / start) - log_capacity
        return miss if math.isfinite(miss) else beyond

    farthest = -2 * log_capacity
    if log_capacity == 0:
        return 1.0
    if excess(farthest) * log_capacity < 0:
        return math.exp(-log_capacity)
    found = float(brentq(excess, 0.0, farthest, xtol=_CLOSE, rtol=_RELATIVE))
    return math.exp(found if abs(excess(found)) < _MET else -log_capacity)
