"""What the draws of an answer say together: its bands, and who is cheaper how often."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

import numpy as np

from tco.answer.choice import (
    Choice,
    compared_usd,
    first_of_least,
    may_be_chosen,
    saved_usd,
)
from tco.answer.draws import drawn_cases, each_draw
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
    found = _Drawn.of(drawn, draws)
    costs = found.costs(may_be_chosen(drawn.alternatives))
    cheapest = _cheapest(costs)
    contenders = [key for key, often in cheapest if often > 0]
    months = drawn.asked.scenario.finance.horizon_months if by_month else 0
    return Uncertainty(
        draws=draws,
        seed=seed,
        spreads=spreads,
        bills=_bill_bands(found, float(drawn.asked.levels.deflate[1]), months),
        odds=_odds(found, months),
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


@dataclass(frozen=True, slots=True, eq=False)
class _Drawn:
    """What was drawn of every alternative, staying first, shape (alternatives, draws)."""

    worked: tuple[Worked, ...]
    draws: int
    first_bill: FloatArray
    """Bill of the first month [USD/month]; infinite where nobody is served."""
    usd: FloatArray
    """What is compared: present value of all its money [USD]; infinite where nobody is served."""

    @classmethod
    def of(cls, drawn: Working, draws: int) -> Self:
        """Take the figures of all alternatives together."""
        worked = tuple(drawn.worked.values())
        staying = worked[0]
        return cls(
            worked,
            draws,
            np.stack([each_draw(one.first_bill, draws) for one in worked]),
            np.stack([each_draw(compared_usd(staying, one), draws) for one in worked]),
        )

    def costs(self, keys: Sequence[str]) -> dict[str, FloatArray]:
        """What is compared of some alternatives [USD], shape (draws,), by key."""
        every = {one.alternative.key: usd for one, usd in zip(self.worked, self.usd, strict=True)}
        return {key: every[key] for key in keys}


def _cheapest(costs: Mapping[str, FloatArray]) -> tuple[tuple[str, float], ...]:
    least = first_of_least(np.stack(list(costs.values())))
    return tuple((key, _share(least == place)) for place, key in enumerate(costs))


def _regret(costs: Mapping[str, FloatArray]) -> tuple[tuple[str, float], ...]:
    each = np.stack(list(costs.values()))
    return tuple(zip(costs, _expected_losses(each, np.min(each, axis=0)), strict=True))


def _runner_up(costs: Mapping[str, FloatArray], choice: Choice) -> RunnerUp | None:
    if choice.next_best is None:
        return None
    ours, theirs = costs[choice.chosen], costs[choice.next_best]
    (loss,) = _expected_losses(ours[None, :], theirs)
    return RunnerUp(choice.next_best, _share(ours < theirs), loss)


def _expected_losses(ours: FloatArray, theirs: FloatArray) -> list[float]:
    """Mean of what each costs more than another, 0 where it costs less, where it serves [USD].

    Infinite for one that serves in no draw.

    Parameters
    ----------
    ours
        Shape (alternatives, draws).
    theirs
        Shape (draws,).
    """
    served = np.isfinite(ours)
    with np.errstate(invalid="ignore"):
        more = np.where(served, np.maximum(ours - theirs, 0.0), 0.0).sum(axis=1)
    often = np.count_nonzero(served, axis=1)
    mean = np.divide(more, often, out=np.full(len(ours), np.inf), where=often > 0)
    return [float(usd) for usd in mean]


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


def _bill_bands(found: _Drawn, first_month_worth: float, months: int) -> tuple[BillBand, ...]:
    unserved = np.mean(~np.isfinite(found.first_bill), axis=1).tolist()
    first_months = _bands(found.first_bill / first_month_worth)
    return tuple(
        BillBand(
            alternative=worked.alternative.key,
            label=worked.alternative.label,
            first_month=first_month,
            by_month=_bands(each_draw(worked.bills, found.draws).T) if months else (),
            unserved=share,
        )
        for worked, first_month, share in zip(found.worked, first_months, unserved, strict=True)
    )


def _odds(found: _Drawn, months: int) -> tuple[Odds, ...]:
    """Hold every other alternative against staying."""
    (staying, *others), draws = found.worked, found.draws
    if not others:
        return ()
    first = np.mean(_is_cheaper(found.first_bill[1:], found.first_bill[0]), axis=1).tolist()
    worth = saved_usd(found.usd[0], found.usd[1:])
    pays, unserved = (np.mean(holds, axis=1).tolist() for holds in (worth > 0, worth == -np.inf))
    losses = _expected_losses(-worth, np.zeros(draws))
    thresholds = _bands_of(
        {w.alternative.key: t for w in others if (t := w.threshold_as_planned) is not None}, draws
    )
    busy = _bands_of({w.alternative.key: _utilisation(w) for w in others if w.fleet}, draws)
    return tuple(
        Odds(
            alternative=(key := other.alternative.key),
            threshold=thresholds.get(key),
            utilisation=busy.get(key),
            cheaper_first_month=first[place],
            cheaper_by_month=_cheaper_by_month(staying, other, draws) if months else (),
            cheaper_over_horizon=pays[place],
            worth=band,
            expected_loss_usd=losses[place],
            unserved=unserved[place],
            standard_error=math.sqrt(first[place] * (1 - first[place]) / draws),
        )
        for place, (other, band) in enumerate(zip(others, _bands(worth), strict=True))
    )


def _bands(rows: FloatArray) -> tuple[Band, ...]:
    """Bands of many figures at once, shape (figures, draws)."""
    return tuple(Band(*figure) for figure in bands(rows.T).T.tolist())


def _bands_of(values: Mapping[str, FloatArray], draws: int) -> dict[str, Band]:
    if not values:
        return {}
    rows = np.stack([each_draw(value, draws) for value in values.values()])
    return dict(zip(values, _bands(rows), strict=True))


def _is_cheaper(bill: FloatArray, stay: FloatArray) -> BoolArray:
    """Whether a bill is the lower one in each draw; one that nobody can run never is."""
    return (bill < stay) & np.isfinite(bill)


def _cheaper_by_month(staying: Worked, other: Worked, draws: int) -> tuple[float, ...]:
    cheaper = _is_cheaper(each_draw(other.bills, draws), each_draw(staying.bills, draws))
    return tuple(np.mean(cheaper, axis=0).tolist())


def _utilisation(other: Worked) -> FloatArray:
    """Utilisation of the fleet planned for each case [1]; infinite where nobody is served."""
    assert other.fleet is not None
    return np.where(other.serves, other.fleet.state.utilisation, np.inf).ravel()
