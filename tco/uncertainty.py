"""How sure the answer is: many drawn worlds, the bands of every bill, and who is cheaper how often.

The draws repeat the arithmetic of `evaluate` over arrays. An alternative whose point the arrays do
not reproduce is left out and named, so that no band is drawn around another figure than the one on
the page.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pricing.errors import InputError, Problem
from tco.decision import Question
from tco.drawn_world import highest_outputs
from tco.kernel.draws import (
    CalibratedDraws,
    Drawn,
    HostCosts,
    TokenCosts,
    bands,
    drawn_capacity,
    drawn_mix,
    fleet_instances,
    host_bills,
    monthly_requests,
    price_drift,
    thresholds,
    token_bills,
)
from tco.kernel.finance import discount_factors
from tco.kernel.speed import FloatArray
from tco.pieces import Pieces, pieces_of
from tco.spreads import INPUTS, Spreads, draw

MOST_DRAWS: Final = 1_000_000
DRAWS: Final = 10_000
SEED: Final = 20261124
_SAME: Final = 1e-9


@dataclass(frozen=True, slots=True)
class Band:
    """P10, P50 and P90 over the draws; infinite where so many draws have no answer."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class BillBand:
    """How sure the bill of one alternative is."""

    alternative: str
    label: str
    first_month: Band
    """[USD/month]."""
    by_month: tuple[Band, ...]
    """[USD/month]."""
    unserved: float
    """Share of the draws in which it cannot serve the load in its first month [1]."""


@dataclass(frozen=True, slots=True)
class Odds:
    """How often a self-hosted option costs less than staying."""

    alternative: str
    threshold: Band
    """Utilisation u* [1]."""
    utilisation: Band
    """Utilisation the traffic gives the fleet planned for it [1]."""
    cheaper_first_month: float
    """Share of the draws in which its first bill is lower [1]."""
    cheaper_by_month: tuple[float, ...]
    cheaper_over_horizon: float
    """Share in which the present value of all bills, one-off costs included, is lower [1].

    Owned servers enter at their level capital cost.
    """
    standard_error: float
    """Of the first month's share, from the number of draws [1]."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """What all draws say together."""

    draws: int
    seed: int
    spreads: Spreads
    bills: tuple[BillBand, ...]
    """The baseline first."""
    odds: tuple[Odds, ...]
    left_out: tuple[tuple[str, str], ...]
    """Alternatives the draws do not follow, and why."""


@dataclass(frozen=True, slots=True)
class World:
    """Everything drawn for one question, and the bills that follow."""

    drawn: Drawn
    steps: "dict[str, CalibratedDraws]"
    """Step times of every draw, by calibration record."""
    capacities: dict[str, FloatArray]
    """By calibration record [request/s], shape (draws,)."""
    bills: dict[str, FloatArray]
    """By alternative [USD/month], shape (draws, months)."""
    instances: dict[str, FloatArray]
    """By self-hosted option, of the first month, shape (draws,)."""


def uncertainty(
    question: Question,
    *,
    spreads: Spreads | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Uncertainty:
    """Draw worlds around a scenario and sum them up; one seed, one answer, to the last bit.

    Raises
    ------
    InputError
        If the number of draws is out of range.
    """
    if not 1 <= draws <= MOST_DRAWS:
        limit = f"must be from 1 to {MOST_DRAWS:,}"
        raise InputError(Problem("draws", str(draws), limit, "Choose fewer."))
    chosen = spreads or Spreads.of(question)
    pieces = pieces_of(question)
    followed = reproduced(question, pieces)
    world = draw_worlds(question, followed, chosen, draws, seed)
    return Uncertainty(
        draws=draws,
        seed=seed,
        spreads=chosen,
        bills=tuple(_bill_band(followed, key, bills) for key, bills in world.bills.items()),
        odds=tuple(_odds(question, followed, world, key) for key in followed.hosts),
        left_out=tuple(followed.left_out.items()),
    )


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
        name: drawn_capacity(
            replace(pieces.replicas[name].replica, step=steps[name].step),
            mix,
            mean_tpot_ms=scenario.objective.mean_tpot_ms,
            mean_ttft_ms=scenario.objective.mean_ttft_ms,
        )
        for name in steps
    }
    months = scenario.finance.horizon_months
    requests = monthly_requests(drawn.requests, scenario.workload.growth_per_month, months)
    priced = requests * price_drift(drawn.api_change, months)
    longest = highest_outputs(question, pieces, float(drawn.output.max()))
    bills: dict[str, FloatArray] = {}
    for key, costs in pieces.tokens.items():
        bills[key] = token_bills(costs, priced, drawn.output)
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
    point = draw_worlds(question, pieces, Spreads.none(), 1, SEED)
    evaluation = pieces.evaluation
    left_out = dict(pieces.left_out)
    for key, bills in point.bills.items():
        bill = evaluation.alternative(key).monthly_usd
        assert bill is not None
        if not np.isclose(bills[0, 0], bill, rtol=_SAME, atol=0.0):
            left_out[key] = "draws do not reproduce its bill"
    baseline = evaluation.alternatives[0].key
    if baseline in left_out:
        raise InputError(Problem("baseline", baseline, left_out[baseline], "Ask without draws."))
    for key in pieces.hosts:
        answer = evaluation.break_even(key)
        if answer is None or key in left_out:
            continue
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


def _band(values: FloatArray) -> Band:
    low, middle, high = bands(values).tolist()
    return Band(low, middle, high)


def _bill_band(pieces: Pieces, key: str, bills: FloatArray) -> BillBand:
    by_month = tuple(Band(*column) for column in bands(bills).T.tolist())
    return BillBand(
        alternative=key,
        label=pieces.evaluation.alternative(key).label,
        first_month=by_month[0],
        by_month=by_month,
        unserved=float(np.mean(~np.isfinite(bills[:, 0]))),
    )


def _odds(question: Question, pieces: Pieces, world: World, key: str) -> Odds:
    baseline = pieces.evaluation.alternatives[0].key
    stay, host = world.bills[baseline], world.bills[key]
    both = np.isfinite(stay) & np.isfinite(host)
    cheaper = (host < stay) & both
    share = float(np.mean(cheaper[:, 0]))
    return Odds(
        alternative=key,
        threshold=_band(_thresholds(pieces, world, key, pieces.tokens[baseline])),
        utilisation=_band(_utilisation(pieces, world, key)),
        cheaper_first_month=share,
        cheaper_by_month=tuple(np.mean(cheaper, axis=0).tolist()),
        cheaper_over_horizon=float(np.mean(_cheaper_in_all(question, pieces, key, stay, host))),
        standard_error=float(np.sqrt(share * (1 - share) / len(stay))),
    )


def _thresholds(pieces: Pieces, world: World, key: str, stay: TokenCosts) -> FloatArray:
    capacity = world.capacities[pieces.calibrations[key]]
    at = thresholds(stay, pieces.hosts[key], world.drawn, world.instances[key], capacity)
    return np.where(np.isfinite(world.bills[key][:, 0]), at, np.inf)


def _utilisation(pieces: Pieces, world: World, key: str) -> FloatArray:
    host: HostCosts = pieces.hosts[key]
    return host.utilisation(
        world.drawn.requests, world.instances[key], world.capacities[pieces.calibrations[key]]
    )


def _cheaper_in_all(
    question: Question, pieces: Pieces, key: str, stay: FloatArray, host: FloatArray
) -> FloatArray:
    """Whether the present value of all bills and one-off costs is lower, shape (draws,)."""
    finance = question.scenario.finance
    discount = discount_factors(finance.discount_rate, finance.horizon_months)[1:]
    once = pieces.evaluation.alternative(key).one_off_usd
    with np.errstate(invalid="ignore"):  # infinite less infinite: nobody serves, nobody wins
        saved = (stay - host) @ discount
    return np.asarray(np.where(np.isfinite(saved), saved, -np.inf) > once)
