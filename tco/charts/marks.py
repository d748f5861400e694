"""What is marked on the hero chart: break-evens with their bands, and where your traffic is."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from tco.answer.worked import Evaluation
from tco.charts.style import Style, name_of
from tco.results.answer import BreakEven, UtilisationAnswer
from tco.words.figures import band, share
from tco.words.markdown import chart_text

MARGIN_OF_VIEW: Final = 0.7
ROUND_DIGITS: Final = (5, 2, 1)
SMALLEST_DECADE: Final = 6


class _Mark(NamedTuple):
    x: float
    y: float
    symbol: str
    words: str


def marks(evaluation: Evaluation, answer: BreakEven, style: Style) -> dict[str, Any]:
    """Mark u* with its band on the baseline's level line, and your traffic on the curve."""
    u, money = answer.utilisation, evaluation.money
    is_best = answer.alternative == evaluation.verdict.best_own
    found: list[_Mark] = []
    level = baseline_level(evaluation)
    if u.value is not None and level is not None:
        words = f"Break-even at {share(u.value)} ({band(u.p10, u.p90)})"
        found.append(_Mark(u.value, money.amount(level), style.marker, words))
    bars = _error_bar(u) if found else None
    points = dict(evaluation.curves).get(answer.alternative, ())
    height = _height_at(u.own, [(point.utilisation, point.usd_per_mtok) for point in points])
    if height is not None:
        words = f"Your traffic: {share(u.own)} used, {money.each(height)}/Mtok"
        found.append(_Mark(u.own, money.amount(height), f"{style.marker}-open", words))
    return {
        "x": [mark.x for mark in found],
        "y": [mark.y for mark in found],
        "mode": "markers",
        "name": chart_text(name_of(evaluation, answer.alternative)),
        "marker": {
            "symbol": [mark.symbol for mark in found],
            "size": 13 if is_best else None,
            "color": style.colour,
        },
        "error_x": bars and bars | ({"thickness": 2.6, "width": 7} if is_best else {}),
        "hovertemplate": [mark.words for mark in found],
    }


def baseline_level(evaluation: Evaluation) -> float | None:
    """Cost of today's tokens alone [USD/Mtok]."""
    return dict(evaluation.level_lines).get(evaluation.alternatives[0].key)


def lowest_utilisation(evaluation: Evaluation) -> float:
    """Left end of the axis: a round share below every mark, or where the curves begin."""
    answers = [answer.utilisation for answer in evaluation.break_evens]
    begins = min([points[0].utilisation for _, points in evaluation.curves], default=1.0)
    if all(mark > begins for u in answers for mark in (u.value or 1.0, u.own)):
        return max(begins, _round_below(answers))
    return _round_below(answers)


def _round_below(answers: Sequence[UtilisationAnswer]) -> float:
    lowest = min([m for u in answers for m in (u.value, u.p10, u.own) if m], default=1.0)
    ends = (
        digit / 10**decade for decade in range(2, SMALLEST_DECADE + 1) for digit in ROUND_DIGITS
    )
    return next((end for end in ends if end <= lowest * MARGIN_OF_VIEW), 1 / 10**SMALLEST_DECADE)


def _error_bar(u: UtilisationAnswer) -> dict[str, object] | None:
    """Bar from P10 to P90 on the first mark; the second has none."""
    if u.value is None or u.p10 is None or u.p90 is None:
        return None
    beyond, below = max(0.0, min(u.p90, 1.0) - u.value), max(0.0, u.value - u.p10)
    return {"array": [beyond], "arrayminus": [below]}


def _height_at(utilisation: float, points: Sequence[tuple[float, float]]) -> float | None:
    """Height of a curve between its points, straight in logarithms."""
    for (left, upper), (right, lower) in pairwise(points):
        if left <= utilisation <= right:
            along = math.log(utilisation / left) / math.log(right / left)
            return math.exp(math.log(upper) + along * (math.log(lower) - math.log(upper)))
    return None
