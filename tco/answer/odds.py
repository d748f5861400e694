"""What the draws of an answer say together: its bands, and who is cheaper how often."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from tco.answer.choice import Choice, choose, compared_usd, may_be_chosen, worth_usd
from tco.answer.draws import drawn_cases
from tco.answer.spreads import Spreads
from tco.answer.uncertainty import BillBand, Odds, Uncertainty
from tco.answer.worked import Evaluation, Worked
from tco.answer.working import Working, work_out
from tco.kernel.arrays import FloatArray
from tco.kernel.bands import bands
from tco.question.terms import Finance
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
    drawn = work_out(replace(working.asked, cases=cases))
    baseline, *others = drawn.worked.values()
    finance = drawn.asked.scenario.finance
    worth = float(drawn.asked.levels.deflate[1])
    months = finance.horizon_months if by_month else 0
    costs = _costs(drawn, finance, draws)
    chosen = choose(working.alternatives, working.worked, finance)
    return Uncertainty(
        draws=draws,
        seed=seed,
        spreads=spreads,
        bills=tuple(_bill_band(w, worth, draws, months) for w in drawn.worked.values()),
        odds=tuple(_odds(finance, baseline, w, draws, months) for w in others),
        cheapest=_cheapest(costs),
        regret=_regret(costs),
        runner_up=_runner_up(costs, chosen),
        carried=_carried(drawn),
    )


def by_month(evaluation: Evaluation) -> Uncertainty:
    """Follow the draws that came with an answer month by month."""
    came = evaluation.uncertainty
    working = work_out(evaluation.asked)
    return uncertainty_of(working, came.spreads, came.draws, came.seed, by_month=True)


def _costs(drawn: Working, finance: Finance, draws: int) -> dict[str, FloatArray]:
    """Present value of all that may be chosen in every draw [USD], shape (draws,), by key."""
    keys = may_be_chosen(drawn.alternatives)
    staying = drawn.worked[keys[0]]
    return {key: _each(compared_usd(staying, drawn.worked[key], finance), draws) for key in keys}


def _cheapest(costs: Mapping[str, FloatArray]) -> tuple[tuple[str, float], ...]:
    least = np.argmin(np.stack(list(costs.values())), axis=0)
    return tuple((key, float(np.mean(least == place))) for place, key in enumerate(costs))


def _regret(costs: Mapping[str, FloatArray]) -> tuple[tuple[str, float], ...]:
    least = np.min(np.stack(list(costs.values())), axis=0)
    return tuple((key, _expected_loss(cost, least)) for key, cost in costs.items())


def _runner_up(costs: Mapping[str, FloatArray], choice: Choice) -> RunnerUp | None:
    if choice.next_best is None:
        return None
    ours, theirs = costs[choice.chosen], costs[choice.next_best]
    cheaper = float(np.mean(ours < theirs))
    return RunnerUp(choice.next_best, cheaper, _expected_loss(ours, theirs))


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


def _band(values: FloatArray) -> Band:
    low, middle, high = bands(values).tolist()
    return Band(low, middle, high)


def _each(values: FloatArray, draws: int) -> FloatArray:
    """Values of the draws, the question as asked left out, along the first axis."""
    if len(values) == draws + 1:
        return values[1:]
    return np.broadcast_to(values, (draws, *values.shape[1:]))


def _bill_band(worked: Worked, first_month_worth: float, draws: int, months: int) -> BillBand:
    bills = _each(worked.bills, draws)
    by_month = [Band(*column) for column in bands(bills).T.tolist()] if months else ()
    return BillBand(
        alternative=worked.alternative.key,
        label=worked.alternative.label,
        first_month=_band(bills[:, 0] / first_month_worth),
        by_month=tuple(by_month),
        unserved=float(np.mean(~np.isfinite(bills[:, 0]))),
    )


def _odds(finance: Finance, baseline: Worked, other: Worked, draws: int, months: int) -> Odds:
    stay, bills = (_each(worked.bills[:, : months or 1], draws) for worked in (baseline, other))
    cheaper = (bills < stay) & np.isfinite(bills)
    share = float(np.mean(cheaper[:, 0]))
    worth = _each(worth_usd(baseline, other, finance), draws)
    threshold = other.threshold_as_planned
    return Odds(
        alternative=other.alternative.key,
        threshold=None if threshold is None else _band(_each(threshold, draws)),
        utilisation=None if other.fleet is None else _band(_utilisation(other, draws)),
        cheaper_first_month=share,
        cheaper_by_month=tuple(np.mean(cheaper, axis=0).tolist()) if months else (),
        cheaper_over_horizon=float(np.mean(worth > 0)),
        worth=_band(worth),
        expected_loss_usd=_expected_loss(-worth, np.zeros_like(worth)),
        unserved=float(np.mean(worth == -np.inf)),
        standard_error=float(np.sqrt(share * (1 - share) / draws)),
    )


def _utilisation(other: Worked, draws: int) -> FloatArray:
    """Utilisation of the fleet planned for each draw [1]; infinite where nobody is served."""
    assert other.fleet is not None
    busy = np.where(other.serves, other.fleet.state.utilisation, np.inf)
    return _each(np.asarray(busy).ravel(), draws)
