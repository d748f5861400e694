"""How sure the answer is: many drawn worlds, the bands of every bill, and who is cheaper how often.

The draws repeat the arithmetic of `evaluate` over arrays. An alternative whose point the arrays do
not reproduce is left out and named, so that no band is drawn around another figure than the one on
the page.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.errors import InputError, Problem
from tco.analysis.decision import Question
from tco.analysis.pieces import Pieces, pieces_of
from tco.analysis.spreads import Spreads
from tco.analysis.worlds import World, draw_worlds, reproduced
from tco.kernel.draws import HostCosts, TokenCosts, bands, thresholds
from tco.kernel.finance import discount_factors
from tco.kernel.speed import FloatArray

MOST_DRAWS: Final = 1_000_000
DRAWS: Final = 10_000
SEED: Final = 20261124


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
    """In money of the first month [USD/month]."""
    by_month: tuple[Band, ...]
    """In the terms of the scenario, real or nominal [USD/month]."""
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

    Before tax; owned servers enter at their level capital cost, terms at their monthly rent.
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
    followed = reproduced(question, pieces_of(question))
    return summed_up(question, followed, spreads or Spreads.of(question), draws, seed)


def summed_up(
    question: Question, followed: Pieces, spreads: Spreads, draws: int, seed: int
) -> Uncertainty:
    """Draw worlds from pieces that reproduce the answer, and sum them up."""
    world = draw_worlds(question, followed, spreads, draws, seed)
    return Uncertainty(
        draws=draws,
        seed=seed,
        spreads=spreads,
        bills=tuple(_bill_band(followed, key, bills) for key, bills in world.bills.items()),
        odds=tuple(_odds(question, followed, world, key) for key in followed.hosts),
        left_out=tuple(followed.left_out.items()),
    )


def _band(values: FloatArray) -> Band:
    low, middle, high = bands(values).tolist()
    return Band(low, middle, high)


def _bill_band(pieces: Pieces, key: str, bills: FloatArray) -> BillBand:
    by_month = tuple(Band(*column) for column in bands(bills).T.tolist())
    return BillBand(
        alternative=key,
        label=pieces.evaluation.alternative(key).label,
        first_month=_band(bills[:, 0] / pieces.first_month_worth),
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
