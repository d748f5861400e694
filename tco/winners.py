"""Who is cheapest over any two inputs: a grid of answers, for a map."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from pricing.errors import InputError, PlannerError, Problem
from tco.decision import Question, first_month
from tco.evaluation import evaluate
from tco.factor import Factor
from tco.results import Alternative, Evaluation

MOST_CELLS: Final = 40_000


@dataclass(frozen=True, slots=True)
class WinnerMap:
    """Cheapest alternative in every cell of a grid."""

    x: Factor
    y: Factor
    x_values: tuple[float, ...]
    y_values: tuple[float, ...]
    winners: tuple[tuple[str | None, ...], ...]
    """Key of the cheapest, a row per y and a column per x; None where nothing is answered."""
    lead_usd: tuple[tuple[float | None, ...], ...]
    """What the next cheapest costs more [USD/month]; None with fewer than two."""
    labels: tuple[tuple[str, str], ...]
    """Label of every key that wins somewhere or stands in the contest."""


def winner_map(
    question: Question, x: Factor, y: Factor, *, columns: int = 21, rows: int = 21, every: bool
) -> WinnerMap:
    """Answer every cell of a grid over two inputs.

    Parameters
    ----------
    every
        Let every alternative that answers within seconds take part. Otherwise those that the
        verdict compares: staying, self-hosting, and a self-hosted model bought hosted.

    Raises
    ------
    InputError
        If the two inputs are one, or the grid is too large.
    """
    if x.key == y.key:
        raise InputError(Problem("input", x.key, "stands on both axes", "Choose two inputs."))
    if not 2 <= columns * rows <= MOST_CELLS:
        size = f"{columns} × {rows}"
        raise InputError(Problem("grid", size, f"has 2 to {MOST_CELLS:,} cells", "Choose fewer."))
    xs, ys = axis(x, columns), axis(y, rows)
    labels: dict[str, str] = {}
    winners, leads = [], []
    for down in ys:
        cells = [_cell(y.apply(x.apply(question, across), down), every, labels) for across in xs]
        winners.append(tuple(key for key, _ in cells))
        leads.append(tuple(lead for _, lead in cells))
    return WinnerMap(x, y, xs, ys, tuple(winners), tuple(leads), tuple(labels.items()))


def axis(factor: Factor, points: int) -> tuple[float, ...]:
    """Values from low to high: equal steps, or equal ratios where the range is wide."""
    if factor.low > 0 and factor.high / factor.low >= 4:
        values = np.geomspace(factor.low, factor.high, points)
    else:
        values = np.linspace(factor.low, factor.high, points)
    return tuple(float(value) for value in values)


def comparable(evaluation: Evaluation) -> Iterable[Alternative]:
    """Alternatives that do the same work: staying, self-hosting, the same model hosted."""
    baseline, *others = evaluation.alternatives
    own = {a.model for a in others if a.serving is not None}
    yield baseline
    for a in others:
        if a.kind == "hosted":
            if a.model in own:
                yield a
        elif a.kind != "api":
            yield a


def cheapest(evaluation: Evaluation, *, every: bool = False) -> tuple[str | None, float | None]:
    """Key of the cheapest alternative and its lead over the next [USD/month]."""
    taking_part = evaluation.alternatives if every else comparable(evaluation)
    bills = sorted(
        (a.monthly_usd, a.key) for a in taking_part if a.interactive and a.monthly_usd is not None
    )
    if not bills:
        return None, None
    return bills[0][1], bills[1][0] - bills[0][0] if len(bills) > 1 else None


def _cell(
    question: Question, every: bool, labels: dict[str, str]
) -> tuple[str | None, float | None]:
    try:
        evaluation = evaluate(first_month(question.scenario), question.data)
    except PlannerError:
        return None, None
    labels |= {a.key: a.label for a in evaluation.alternatives}
    return cheapest(evaluation, every=every)


def with_axis(factor: Factor, low: float | None, high: float | None) -> Factor:
    """Stretch or narrow an axis; what is left out keeps its end."""
    return replace(
        factor,
        low=factor.low if low is None else low,
        high=factor.high if high is None else high,
    )
