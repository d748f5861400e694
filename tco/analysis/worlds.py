"""Worlds drawn around a scenario, and the check that they are drawn around the right one."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pricing.errors import InputError, Problem
from pricing.units import SECONDS_PER_MONTH
from tco.analysis.decision import Question
from tco.analysis.drawn_world import highest_outputs
from tco.analysis.pieces import Pieces
from tco.analysis.spreads import INPUTS, Spreads, draw
from tco.kernel.draws import (
    CalibratedDraws,
    Drawn,
    drawn_capacity,
    drawn_mix,
    fleet_instances,
    host_bills,
    monthly_requests,
    price_drift,
    token_bills,
)
from tco.kernel.speed import FloatArray
from tco.results.answer import Evaluation

_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True)
class World:
    """Everything drawn for one question, and the bills that follow."""

    drawn: Drawn
    steps: dict[str, CalibratedDraws]
    """Step times of every draw, by calibration record."""
    capacities: dict[str, FloatArray]
    """By calibration record [request/s], shape (draws,)."""
    bills: dict[str, FloatArray]
    """By alternative [USD/month], shape (draws, months)."""
    instances: dict[str, FloatArray]
    """By self-hosted option, of the first month, shape (draws,)."""


def draw_worlds(
    question: Question, pieces: Pieces, spreads: Spreads, draws: int, seed: int
) -> World:
    """Draw every input and follow it to every bill."""
    random = np.random.default_rng(seed)
    drawn = draw(question, spreads, random.standard_normal((draws, len(INPUTS))))
    steps = {
        name: _calibrated(pieces, name, spreads, random, draws) for name in sorted(pieces.replicas)
    }
    scenario = question.scenario
    mix = drawn_mix(pieces.classes, drawn.output)
    capacities = {
        name: pieces.replicas[name].tail_factor
        * drawn_capacity(
            replace(pieces.replicas[name].replica, step=steps[name].step),
            mix,
            mean_tpot_ms=scenario.objective.mean_tpot_ms,
            mean_ttft_ms=scenario.objective.mean_ttft_ms,
        )
        for name in steps
    }
    months = scenario.finance.horizon_months
    requests = monthly_requests(drawn.requests, scenario.workload.growth_per_month, months)
    drift = price_drift(drawn.api_change, months)
    longest = highest_outputs(question, pieces, float(drawn.output.max()))
    bills: dict[str, FloatArray] = {}
    for key, costs in pieces.tokens.items():
        bills[key] = token_bills(costs, requests, drift, drawn.output)
    instances: dict[str, FloatArray] = {}
    for key, host in pieces.hosts.items():
        fleet = fleet_instances(host, capacities[pieces.calibrations[key]], requests)
        instances[key] = fleet[:, 0].copy()
        bills[key] = host_bills(host, drawn, fleet, requests)
    for key, most in longest.items():
        bills[key][drawn.output > most] = np.inf
    return World(drawn, steps, capacities, bills, instances)


def reproduced(question: Question, pieces: Pieces) -> Pieces:
    """Leave out the alternatives whose point the arrays do not reproduce.

    Raises
    ------
    InputError
        If the baseline itself is among them.
    """
    point = draw_worlds(question, pieces, Spreads.none(), 1, seed=0)
    evaluation = pieces.evaluation
    left_out = dict(pieces.left_out)
    for key, bills in point.bills.items():
        bill = evaluation.alternative(key).monthly_usd
        assert bill is not None
        if not np.isclose(bills[0, 0], bill * pieces.first_month_worth, rtol=_SAME, atol=0.0):
            left_out[key] = "draws do not reproduce its bill"
    baseline = evaluation.alternatives[0].key
    if baseline in left_out:
        raise InputError(Problem("baseline", baseline, left_out[baseline], "Ask without draws."))
    for key in pieces.hosts:
        answer = evaluation.break_even(key)
        if answer is None or key in left_out:
            continue
        if not np.isclose(_capacity(point, pieces, key), _planned(evaluation, key), rtol=_SAME):
            left_out[key] = "draws do not reproduce the capacity of its fleet"
        saving = point.bills[baseline][0] - point.bills[key][0]
        scale = np.abs(point.bills[baseline][0]) + np.abs(point.bills[key][0])
        if not np.all(np.abs(saving - answer.month.monthly_saving_usd) <= _SAME * scale):
            left_out[key] = "draws do not reproduce the months of its bill"
    return replace(
        pieces,
        tokens={key: costs for key, costs in pieces.tokens.items() if key not in left_out},
        hosts={key: costs for key, costs in pieces.hosts.items() if key not in left_out},
        left_out=left_out,
    )


def _capacity(point: World, pieces: Pieces, key: str) -> float:
    """Requests a month that the fleet of the one draw could carry if it were never idle."""
    host = pieces.hosts[key]
    replicas = point.instances[key][0] * host.replicas_per_instance
    rate = point.capacities[pieces.calibrations[key]][0] / host.tries
    return float(replicas * rate * SECONDS_PER_MONTH)


def _planned(evaluation: Evaluation, key: str) -> float:
    serving = evaluation.alternative(key).serving
    assert serving is not None
    return serving.requests_per_month_capacity


def _calibrated(
    pieces: Pieces, name: str, spreads: Spreads, random: np.random.Generator, draws: int
) -> CalibratedDraws:
    """Step times drawn from the record's covariance and residual, widened beyond its span."""
    calibrated = pieces.replicas[name]
    record = calibrated.record
    normals = random.standard_normal((draws, len(record.covariance_order) + 1))
    normals *= spreads.calibration * calibrated.widening
    step = calibrated.replica.step.drawn(
        record.covariance_order, np.asarray(record.covariance), normals[:, :-1]
    ).scaled(np.exp(record.residual_sd * normals[:, -1]))
    return CalibratedDraws(step)
