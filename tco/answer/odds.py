"""What the draws of an answer say together: its bands, and who is cheaper how often."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from tco.answer.choice import (
    Choice,
    compared_usd,
    first_of_least,
    may_be_chosen,
    worth_usd,
)
from tco.answer.draws import drawn_cases
from tco.answer.spreads import Spreads
from tco.answer.uncertainty import BillBand, Odds, Uncertainty
from tco.answer.waiting import learnt_by
from tco.answer.worked import Evaluation, Worked
from tco.answer.working import Working, work_out
from tco.kernel.arrays import BoolArray, FloatArray
from tco.kernel.bands import bands
from tco.results.answer import Band, RunnerUp
from tco.serving.simulation import names_percentiles

DRAWS: Final = 1_000
"""Draws that come with every answer."""
SEED: Final = 20261124


def uncertainty_of(
    working: Working, spreads: Spreads, draws: int, seed: int, *, by_month: bool = False
) -> Uncertainty:
    """Draw cases around a question and sum up what they answer; one seed, the same draws.

    Parameters
    ----------
    working
        The question worked out as it was asked.
    by_month
        Whether bands and odds of every month are wanted, and not of the first alone.
    """
    cases = drawn_cases(working, spreads, draws, seed)
    drawn = work_out(replace(working.asked, cases=cases), working)
    baseline, *others = drawn.worked.values()
    worth = float(drawn.asked.levels.deflate[1])
    months = drawn.asked.scenario.finance.horizon_months if by_month else 0
    costs = _costs(drawn, draws)
    cheapest = _cheapest(costs)
    contenders = [key for key, often in cheapest if often > 0]
    return Uncertainty(
        draws=draws,
        seed=seed,
        spreads=spreads,
        bills=tuple(_bill_band(w, worth, draws, months) for w in drawn.worked.values()),
        odds=tuple(_odds(baseline, w, draws, months) for w in others),
        cheapest=cheapest,
        regret=_regret(costs),
        runner_up=_runner_up(costs, working.choice),
        learnt=learnt_by(drawn, contenders, draws),
        carried=_carried(drawn),
    )


def month_by_month(evaluation: Evaluation) -> Uncertainty:
    """Follow the draws that came with an answer month by month."""
    came = evaluation.uncertainty
    working = work_out(evaluation.asked)
    return uncertainty_of(working, came.spreads, came.draws, came.seed, by_month=True)


def _costs(drawn: Working, draws: int) -> dict[str, FloatArray]:
    """Present value of all that may be chosen in every draw [USD], shape (draws,), by key."""
    keys = may_be_chosen(drawn.alternatives)
    staying = drawn.worked[keys[0]]
    return {key: _each(compared_usd(staying, drawn.worked[key]), draws) for key in keys}


def _cheapest(costs: Mapping[str, FloatArray]) -> tuple[tuple[str, float], ...]:
    least = first_of_least(np.stack(list(costs.values())))
    return tuple((key, _share(least == place)) for place, key in enumerate(costs))


def _regret(costs: Mapping[str, FloatArray]) -> tuple[tuple[str, float], ...]:
    least = np.min(np.stack(list(costs.values())), axis=0)
    return tuple((key, _expected_loss(cost, least)) for key, cost in costs.items())


def _runner_up(costs: Mapping[str, FloatArray], choice: Choice) -> RunnerUp | None:
    if choice.next_best is None:
        return None
    ours, theirs = costs[choice.chosen], costs[choice.next_best]
    return RunnerUp(choice.next_best, _share(ours < theirs), _expected_loss(ours, theirs))


def _expected_loss(ours: FloatArray, theirs: FloatArray) -> float:
    """Mean of what one costs more than another, 0 where it costs less, where it serves [USD]."""
    served = np.isfinite(ours)
    if not served.any():
        return float("inf")
    return float(np.mean(np.maximum(ours[served] - theirs[served], 0.0)))


def _carried(drawn: Working) -> tuple[str, ...]:
    replicas = [worked.replica for worked in drawn.worked.values()]
    lowered = any(replica is not None and replica.simulated_factor < 1 for replica in replicas)
    if not lowered and not names_percentiles(drawn.asked.scenario.objective):
        return ()
    return (
        "What a simulation takes off a replica's capacity was found once, for the question as "
        "asked, and is taken off every draw alike.",
    )


def _share(holds: BoolArray) -> float:
    """Share of the draws in which something holds [1]."""
    return np.count_nonzero(holds) / holds.size


def _band(values: FloatArray) -> Band:
    low, middle, high = bands(values).tolist()
    return Band(low, middle, high)


def _each(values: FloatArray, draws: int) -> FloatArray:
    """Values of the draws, the question as asked left out, along the first axis."""
    if len(values) == draws + 1:
        return values[1:]
    return np.broadcast_to(values, (draws, *values.shape[1:]))


def _bill_band(worked: Worked, first_month_worth: float, draws: int, months: int) -> BillBand:
    first_month = _each(worked.first_bill, draws)
    by_month = bands(_each(worked.bills, draws)).T.tolist() if months else ()
    return BillBand(
        alternative=worked.alternative.key,
        label=worked.alternative.label,
        first_month=_band(first_month / first_month_worth),
        by_month=tuple(Band(*column) for column in by_month),
        unserved=_share(~np.isfinite(first_month)),
    )


def _odds(baseline: Worked, other: Worked, draws: int, months: int) -> Odds:
    share = _share(_is_cheaper(other.first_bill, baseline.first_bill, draws))
    by_month = _is_cheaper(other.bills, baseline.bills, draws) if months else np.empty((draws, 0))
    worth = _each(worth_usd(baseline, other), draws)
    threshold = other.threshold_as_planned
    return Odds(
        alternative=other.alternative.key,
        threshold=None if threshold is None else _band(_each(threshold, draws)),
        utilisation=None if other.fleet is None else _band(_utilisation(other, draws)),
        cheaper_first_month=share,
        cheaper_by_month=tuple(np.mean(by_month, axis=0).tolist()),
        cheaper_over_horizon=_share(worth > 0),
        worth=_band(worth),
        expected_loss_usd=_expected_loss(-worth, np.zeros_like(worth)),
        unserved=_share(worth == -np.inf),
        standard_error=float(np.sqrt(share * (1 - share) / draws)),
    )


def _is_cheaper(bill: FloatArray, stay: FloatArray, draws: int) -> BoolArray:
    """Whether a bill is the lower one in each draw; one that nobody can run never is."""
    bill, stay = _each(bill, draws), _each(stay, draws)
    return (bill < stay) & np.isfinite(bill)


def _utilisation(other: Worked, draws: int) -> FloatArray:
    """Utilisation of the fleet planned for each draw [1]; infinite where nobody is served."""
    assert other.fleet is not None
    busy = np.where(other.serves, other.fleet.state.utilisation, np.inf)
    return _each(np.asarray(busy).ravel(), draws)
