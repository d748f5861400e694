"""The three charts of the printed report, and what each shows in words."""

import math
from collections.abc import Sequence
from typing import Final, get_args

from tco.answer.worked import Evaluation
from tco.exports.axis import Axis
from tco.exports.markup import Markup
from tco.exports.svg import Line, line_chart, stacked_bars
from tco.results.answer import BreakEven
from tco.results.bill import Alternative, Group
from tco.words.figures import plural, share, whole

PARTS: Final = tuple(group for group in get_args(Group) if group != "one-off")
_LEAST_UTILISATION: Final = 0.01


def break_even_drawing(evaluation: Evaluation) -> Markup | None:
    """Unit cost over utilisation: falling lines you run, level lines you buy."""
    places, money = _places(evaluation), evaluation.money
    curves = [
        Line(
            _label(evaluation, key),
            [(p.utilisation, money.amount(p.usd_per_mtok)) for p in points],
            places[key],
        )
        for key, points in evaluation.curves
    ]
    levels = [
        Line(
            _label(evaluation, key),
            [(end, money.amount(level)) for end in (_LEAST_UTILISATION, 1.0)],
            places[key],
        )
        for key, level in evaluation.level_lines
        if level > 0
    ]
    heights = [y for line in (*curves, *levels) for x, y in line.points if x >= _LEAST_UTILISATION]
    if not curves or not heights:
        return None
    low, high = min(heights) / 1.3, max(heights) * 1.3
    across = Axis(
        _LEAST_UTILISATION, 1.0, "utilisation of capacity under the objective", share, True
    )
    up = Axis(low, high, f"{money.code} per million tokens", money.converted.each, True)
    best = evaluation.break_even(evaluation.verdict.best_own or "")
    upright = [] if best is None else _marks(best)
    return line_chart(
        [*curves, *levels], across, up, _break_even_finding(evaluation, best), upright=upright
    )


def bill_drawing(evaluation: Evaluation) -> Markup:
    """Bills side by side, by what they are made of."""
    priced, money = [a for a in evaluation.alternatives if a.refused is None], evaluation.money
    bars = [(a.label, [_part(a, group) for group in PARTS]) for a in priced]
    cheapest = min(priced, key=lambda a: a.monthly_usd or math.inf)
    finding = (
        f"A month of the first year: {cheapest.label} costs least of "
        f"{plural(len(priced), 'alternative')}, {money(cheapest.monthly_usd)}."
    )
    return stacked_bars(bars, PARTS, money, finding)


def saving_drawing(evaluation: Evaluation) -> Markup | None:
    """Cumulative discounted saving of each option over the months."""
    answers = (*evaluation.break_evens, *evaluation.hybrid_break_evens)
    places, money = _places(evaluation), evaluation.money
    lines = [
        Line(
            _label(evaluation, answer.alternative),
            list(enumerate(map(money.amount, answer.month.cumulative_usd))),
            places[answer.alternative],
        )
        for answer in answers
    ]
    heights = [height for line in lines for _, height in line.points]
    if not heights:
        return None
    low, high = min(0.0, *heights), max(0.0, *heights)
    room = (high - low or 1.0) * 0.05
    months = float(len(lines[0].points) - 1)
    up = Axis(
        low - room, high + room, f"{money.code} saved so far, present value", money.converted.short
    )
    across = Axis(0.0, months, "month", whole)
    horizon = plural(months, "month")
    paid = [a for a in answers if a.month.discounted_payback is not None]
    finding = (
        f"{len(paid)} of {plural(len(answers), 'option')} paid back within {horizon}, discounted."
        if paid
        else f"No option pays back within {horizon}, discounted."
    )
    return line_chart(lines, across, up, finding)


def _places(evaluation: Evaluation) -> dict[str, int]:
    """Each alternative keeps its colour and dash in every chart."""
    return {a.key: place for place, a in enumerate(evaluation.alternatives)}


def _label(evaluation: Evaluation, key: str) -> str:
    return evaluation.alternative(key).label


def _marks(best: BreakEven) -> Sequence[tuple[float, str]]:
    marks = [(best.utilisation.own, f"you: {share(best.utilisation.own)}")]
    if best.utilisation.value:
        marks.append((best.utilisation.value, f"break-even: {share(best.utilisation.value)}"))
    return [mark for mark in marks if _LEAST_UTILISATION <= mark[0] <= 1]


def _break_even_finding(evaluation: Evaluation, best: BreakEven | None) -> str:
    if best is None:
        return "No self-hosted option can be priced."
    label = _label(evaluation, best.alternative)
    at = best.utilisation
    own = f"your traffic keeps it {share(at.own)} busy"
    if at.value is None:
        return f"{label}, as planned, costs less than staying {at.instead} ({at.reason}); {own}."
    return f"{label} costs less than staying from {share(at.value)} utilisation on; {own}."


def _part(alternative: Alternative, group: str) -> float:
    known = (line.cost_usd for line in alternative.lines if line.group == group)
    return sum(cost for cost in known if cost is not None)
