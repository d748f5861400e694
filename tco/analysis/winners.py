"""Who is cheapest over any two inputs: a grid of answers, for a map."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from pricing.errors import InputError, PlannerError, Problem
from tco.analysis.decision import Question, once_simulated
from tco.analysis.factor import Factor
from tco.answer.choice import OWN, compared_usd, least_of
from tco.answer.working import Working, look_up, work_out
from tco.kernel.cases import first
from tco.results.bill import Alternative
from tco.words.figures import plural

MOST_CELLS: Final = 40_000
MAP_COLUMNS: Final = 15
MAP_ROWS: Final = 11
ACROSS: Final = "workload.requests_per_month"
DOWN: Final = "gpu_price"

Among = Literal["own", "comparable", "all"]
"""own: staying and self-hosting, mixtures included. comparable: also the models you would host,
bought from a provider. all: everything that may be chosen."""


@dataclass(frozen=True, slots=True)
class WinnerMap:
    """The alternative with the least present value in every cell of a grid."""

    x: Factor
    y: Factor
    x_values: tuple[float, ...]
    y_values: tuple[float, ...]
    winners: tuple[tuple[str | None, ...], ...]
    """Key of the cheapest, a row per y and a column per x; None where nothing is answered."""
    lead_usd: tuple[tuple[float | None, ...], ...]
    """What the next cheapest costs more, in present value [USD]; None with fewer than two."""
    labels: tuple[tuple[str, str], ...]
    """Label of every key that wins somewhere or stands in the contest."""


def winner_map(
    question: Question,
    x: Factor,
    y: Factor,
    *,
    columns: int = 21,
    rows: int = 21,
    among: Among = "all",
) -> WinnerMap:
    """Answer every cell of a grid over two inputs.

    Parameters
    ----------
    among
        Which alternatives take part.

    Raises
    ------
    InputError
        If the two inputs are one, or the grid is too large.
    """
    require_two(x, y)
    if not 2 <= columns * rows <= MOST_CELLS:
        size = f"{columns} × {rows}"
        limit = f"has 2 to {plural(MOST_CELLS, 'cell')}"
        raise InputError(Problem("grid", size, limit, "Choose fewer."))
    question = once_simulated(question)
    xs, ys = axis(x, columns), axis(y, rows)
    labels: dict[str, str] = {}
    winners, leads = [], []
    for down in ys:
        cells = [_cell(y.apply(x.apply(question, across), down), among, labels) for across in xs]
        winners.append(tuple(key for key, _ in cells))
        leads.append(tuple(lead for _, lead in cells))
    return WinnerMap(x, y, xs, ys, tuple(winners), tuple(leads), tuple(labels.items()))


def require_two(x: Factor, y: Factor) -> None:
    """Refuse a map of one input against itself.

    Raises
    ------
    InputError
        If the two are one.
    """
    if x.key == y.key:
        raise InputError(Problem("input", x.key, "stands on both axes", "Choose two inputs."))


def axis(factor: Factor, points: int) -> tuple[float, ...]:
    """Values from low to high: equal steps, or equal ratios where the range is wide."""
    if factor.low > 0 and factor.high / factor.low >= 4:
        values = np.geomspace(factor.low, factor.high, points)
    else:
        values = np.linspace(factor.low, factor.high, points)
    return tuple(float(value) for value in values)


def contenders(alternatives: Sequence[Alternative], among: Among) -> Iterable[Alternative]:
    """Alternatives that take part, staying first; what may not be chosen never does."""
    baseline, *others = alternatives
    own = {a.model for a in others if a.kind in OWN}
    yield baseline
    for a in others:
        apart = a.kind == "api" or (a.kind == "hosted" and a.model not in own)
        wanted = among == "all" or not apart
        if a.eligible and wanted and (among != "own" or a.kind != "hosted"):
            yield a


def cheapest(working: Working, among: Among = "all") -> tuple[str, float | None]:
    """Key of the least present value and its lead over the next [USD]."""
    staying = working.worked[working.alternatives[0].key]
    costs = {
        a.key: first(compared_usd(staying, working.worked[a.key]))
        for a in contenders(working.alternatives, among)
    }
    best = least_of(costs)
    assert best is not None
    others = [usd for key, usd in costs.items() if key != best]
    return best, max(0.0, min(others) - costs[best]) if others else None


def _cell(
    question: Question, among: Among, labels: dict[str, str]
) -> tuple[str | None, float | None]:
    try:
        working = work_out(look_up(question.scenario, question.data, question.cases))
    except PlannerError:
        return None, None
    labels |= {a.key: a.label for a in working.alternatives}
    return cheapest(working, among)
