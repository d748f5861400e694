"""How sure the answer is: drawn cases, the bands of every bill, and who is cheaper how often."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from pricing.errors import InputError, Problem
from tco.analysis.decision import Question
from tco.analysis.draws import drawn_cases
from tco.analysis.spreads import Spreads
from tco.answer.evaluation import evaluate
from tco.answer.worked import Evaluation, Worked
from tco.kernel.bands import bands
from tco.kernel.speed import FloatArray
from tco.question.terms import Finance, Objective
from tco.words.figures import whole

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
    """How often an alternative costs less than staying."""

    alternative: str
    threshold: Band | None
    """Utilisation u* [1]; None where none is defined, as of an API."""
    utilisation: Band | None
    """Utilisation the traffic gives the fleet planned for it [1]; None without own machines."""
    cheaper_first_month: float
    """Share of the draws in which its first bill is lower [1]."""
    cheaper_by_month: tuple[float, ...]
    cheaper_over_horizon: float
    """Share in which the present value of all its money, one-off costs included, is lower [1]."""
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
    """Of every other alternative that can be priced."""
    carried: tuple[str, ...]
    """What is not drawn, but carried over from the question as asked."""


def uncertainty(
    question: Question,
    *,
    spreads: Spreads | None = None,
    draws: int = DRAWS,
    seed: int = SEED,
) -> Uncertainty:
    """Draw cases around a scenario and sum them up; one seed, one answer, to the last bit.

    Every alternative that can be priced takes part: the answer to all cases is that of one, over
    arrays.

    Raises
    ------
    InputError
        If the number of draws is out of range.
    """
    if not 1 <= draws <= MOST_DRAWS:
        limit = f"must be from 1 to {whole(MOST_DRAWS)}"
        raise InputError(Problem("draws", str(draws), limit, "Choose fewer."))
    spreads = spreads or Spreads.of(question)
    asked = evaluate(question.scenario, question.data)
    cases = drawn_cases(question, asked, spreads, draws, seed)
    return summed_up(evaluate(question.scenario, question.data, cases), spreads, draws, seed)


def summed_up(drawn: Evaluation, spreads: Spreads, draws: int, seed: int) -> Uncertainty:
    """Sum up an answer to drawn cases, of which the first is the question as asked."""
    baseline, *others = drawn.worked.values()
    worth = float(drawn.asked.levels.deflate[1])
    return Uncertainty(
        draws=draws,
        seed=seed,
        spreads=spreads,
        bills=tuple(_bill_band(w, worth) for w in drawn.worked.values()),
        odds=tuple(_odds(drawn.asked.scenario.finance, baseline, w) for w in others),
        carried=_carried(drawn.asked.scenario.objective),
    )


def _carried(objective: Objective) -> tuple[str, ...]:
    if objective.p95_ttft_ms is None and objective.p95_tpot_ms is None:
        return ()
    return (
        "What percentiles take off a replica's capacity was simulated once, for the question as "
        "asked, and is taken off every draw alike.",
    )


def _band(values: FloatArray) -> Band:
    low, middle, high = bands(values).tolist()
    return Band(low, middle, high)


def _bill_band(worked: Worked, first_month_worth: float) -> BillBand:
    bills = worked.bills[1:]
    by_month = tuple(Band(*column) for column in bands(bills).T.tolist())
    return BillBand(
        alternative=worked.alternative.key,
        label=worked.alternative.label,
        first_month=_band(bills[:, 0] / first_month_worth),
        by_month=by_month,
        unserved=float(np.mean(~np.isfinite(bills[:, 0]))),
    )


def _odds(finance: Finance, baseline: Worked, other: Worked) -> Odds:
    stay, bills = baseline.bills[1:], other.bills[1:]
    cheaper = (bills < stay) & np.isfinite(stay) & np.isfinite(bills)
    share = float(np.mean(cheaper[:, 0]))
    today, moved = baseline.present_usd(finance)[1:], other.present_usd(finance)[1:]
    return Odds(
        alternative=other.alternative.key,
        threshold=None if other.threshold is None else _band(other.threshold[1:]),
        utilisation=None if other.fleet is None else _band(_utilisation(other, len(bills))),
        cheaper_first_month=share,
        cheaper_by_month=tuple(np.mean(cheaper, axis=0).tolist()),
        cheaper_over_horizon=float(np.mean((moved < today) & np.isfinite(today))),
        standard_error=float(np.sqrt(share * (1 - share) / len(stay))),
    )


def _utilisation(other: Worked, draws: int) -> FloatArray:
    """Utilisation of the fleet planned for each draw [1]; infinite where nobody is served."""
    assert other.fleet is not None
    busy = np.where(other.serves, other.fleet.state.utilisation, np.inf)
    return np.asarray(np.broadcast_to(busy.ravel()[1:], (draws,)))
