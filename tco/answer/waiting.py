"""What it costs to stay for a while before moving, and what is learnt meanwhile."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final

import numpy as np

from tco.answer.choice import compared_usd
from tco.answer.draws import each_draw
from tco.answer.worked import Worked
from tco.answer.working import Working
from tco.kernel.arrays import FloatArray, read_only
from tco.kernel.cases import Cases, first
from tco.kernel.finance import discount_factors
from tco.question.terms import Finance
from tco.results.answer import Waiting

PUT_OFF: Final = (3, 6, 12)
"""How long a decision may be put off [month]."""
LEAST_DRAWS: Final = 200
"""Draws from which on what is learnt is worked out: fifteen terms are fitted to them."""


def waiting(
    staying: Worked, chosen: Worked, finance: Finance, learnt: Mapping[int, float]
) -> tuple[Waiting, ...]:
    """Price putting off a move, in the first case; where staying is chosen it costs nothing.

    Nothing is said of a move in steps: put off, its steps fall on other days.

    Parameters
    ----------
    learnt
        What deciding with what is known by then saves, by the months that are waited [USD].
    """
    if chosen.alternative.moves_in_steps:
        return ()
    return tuple(
        Waiting(months, first(_put_off_usd(staying, chosen, finance, months)), learnt.get(months))
        for months in _put_off(finance)
        if chosen is not staying or months in learnt
    )


def learnt_by(drawn: Working, contenders: Sequence[str], draws: int) -> dict[int, float]:
    """Value deciding with what is known some months from now, on average over the draws [USD].

    By then the traffic of a month and the prices of the day are known; how many people servers
    take, and the error of a calibration, are learnt by running them only. What each alternative
    costs, moved to after so many months, is expected from what is known by least squares on its
    squares and products (Longstaff and Schwartz 2001). In each draw whichever is expected to cost
    least is taken; that is compared with the one that costs least on average, moved to on the same
    day.

    Parameters
    ----------
    drawn
        The cases of an answer, the question as asked first.
    contenders
        Keys of those that are the cheapest in some draw.

    Returns
    -------
    dict
        By months; empty where there are too few draws to tell, where one of them moves in steps,
        or where even staying serves nobody in some draw.
    """
    if draws < LEAST_DRAWS:
        return {}
    finance = drawn.asked.scenario.finance
    others = [drawn.worked[key] for key in contenders]
    if any(other.alternative.moves_in_steps for other in others):
        return {}
    if len(others) < 2:
        return dict.fromkeys(_put_off(finance), 0.0)
    staying = drawn.worked[drawn.alternatives[0].key]
    known, fitted = _known(drawn.asked.cases, draws)
    saved = {}
    for months, costs in _moved_later(staying, others, finance, draws):
        if not np.isfinite(costs).all():
            return {}
        over = costs - costs[costs.mean(axis=1).argmin()]
        expected = np.vecdot(over[:, None, :], fitted) @ known
        taken = np.take_along_axis(over, expected.argmin(axis=0)[None, :], axis=0)
        saved[months] = max(0.0, float(-taken.mean()))
    return saved


def _put_off(finance: Finance) -> list[int]:
    return [months for months in PUT_OFF if months < finance.horizon_months]


def _put_off_usd(staying: Worked, other: Worked, finance: Finance, months: int) -> FloatArray:
    """What moving later costs, in present value [USD], shape (cases,) or (1,).

    The bills of the months that are waited are those of staying, so what the move would have saved
    in them is lost; bills carry what machines cost, whenever they are paid. What is paid once is
    paid later. Tax takes its share of both.
    """
    as_many = other.alternative.as_many_accepted(staying.alternative)
    factors = discount_factors(finance.discount_rate, finance.horizon_months)
    worth = factors[1 : months + 1]
    saving = staying.costs.valued_bills(worth) - as_many * other.costs.valued_bills(worth)
    once = as_many * float(other.costs.once * other.costs.deflate @ factors)
    return np.asarray((1 - finance.tax_rate) * (saving - once * (1 - factors[months])))


def _moved_later(
    staying: Worked, others: Sequence[Worked], finance: Finance, draws: int
) -> Iterator[tuple[int, FloatArray]]:
    """Present value of staying for some months, then moving [USD], shape (others, draws).

    By the months. Where nobody could be served one stays, and has paid for the move.
    """

    def drawn(values: Iterable[FloatArray]) -> FloatArray:
        return np.stack([each_draw(one, draws) for one in values])

    usd = drawn(compared_usd(staying, other) for other in others)
    serves, stay_usd = np.isfinite(usd), compared_usd(staying, staying)
    stayed = drawn(stay_usd + float(other.costs.once.sum()) for other in others)
    for months in _put_off(finance):
        later = drawn(_put_off_usd(staying, other, finance, months) for other in others)
        with np.errstate(invalid="ignore"):
            yield months, np.where(serves, usd + later, stayed)


@lru_cache(maxsize=8)  # another volume has the same draws
def _known(cases: Cases, draws: int) -> tuple[FloatArray, FloatArray]:
    """What is known by then of every draw, and what each draw weighs in a fit to it.

    A constant, logarithms, their squares and products; both of shape (terms, draws).
    """
    inputs = (cases.requests, cases.output, cases.api_drift, cases.gpu_price)
    drawn = [np.log(np.ravel(value)[1:]) for value in inputs if np.ptp(value) > 0]
    seen = np.stack([np.ones(draws), *(values / values.std() for values in drawn)])
    one, other = np.triu_indices(len(seen))
    known = seen[one] * seen[other]
    normal = np.vecdot(known[:, None, :], known[None, :, :])  # no threads, which wait on each other
    return read_only(known), read_only(np.linalg.solve(normal, known))
