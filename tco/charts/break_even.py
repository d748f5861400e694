"""The hero chart: what a million tokens costs over the utilisation of your own machines."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from tco.answer.worked import Evaluation
from tco.charts.chart import Chart, of_every_answer
from tco.charts.marks import lowest_utilisation, marks
from tco.charts.names import line_name_defaults, line_names, own_place
from tco.charts.style import OWN_NAME, Palette, Spec, Style, light, name_of, styles, today_of
from tco.results.answer import CurvePoint
from tco.words.figures import band, number, share, share_tick
from tco.words.formats import PLOT_UNIT_PRICE, plotted
from tco.words.markdown import chart_text
from tco.words.shown_money import ShownMoney

HERO_PX: Final = 384
MARGIN_PX: Final = {"l": 56, "r": 22, "t": 26, "b": 50}
PLOT_PX: Final = HERO_PX - MARGIN_PX["t"] - MARGIN_PX["b"]
HEADROOM: Final = 5.0  # the plot ends this far above the dearest level line
LEGROOM: Final = 0.7
LEAST_SHOWN: Final = 1e-6
UNIT_PRICE: Final = f"{plotted('y', PLOT_UNIT_PRICE)}/Mtok"
CURVE_STEP: Final = 5  # of the points of a curve, which is all but straight on these axes


def break_even_chart(evaluation: Evaluation, palette: Palette) -> Spec:
    """Draw unit cost by utilisation: falling curves of your machines, level lines of prices."""
    style, money = styles(evaluation, palette), evaluation.money
    best = evaluation.break_even(evaluation.verdict.best_own or "")
    low, high = _cost_range(evaluation)
    left = lowest_utilisation(evaluation)
    costs, shares = _ticks(low, high), _ticks(left, 1.0)
    shapes, names = own_place(evaluation, best, palette) if best else ([], [])
    names += line_names(evaluation, style, cost_range=(low, high), plot_px=PLOT_PX)
    return {
        "data": light(_traces(evaluation, style, left)),
        "layout": {
            "template": {
                "data": {"scatter": [_trace_defaults(palette, money)]},
                "layout": {"annotationdefaults": line_name_defaults(palette)},
            },
            "height": HERO_PX,
            "margin": MARGIN_PX,
            "showlegend": False,
            "hoverlabel": {"namelength": -1},
            "font": {"size": 13},
            "shapes": light(shapes),
            "annotations": light(names),
            "xaxis": {
                "title": {"text": "Utilisation within the latency objective, log scale"},
                "type": "log",
                "range": light([math.log10(left), 0]),
                "tickvals": shares,
                "ticktext": [share_tick(tick) for tick in shares],
                "tickangle": 0,
                "showgrid": False,
                "zeroline": False,
                "fixedrange": True,
            },
            "yaxis": {
                "title": {"text": f"{money.code} per million tokens, log scale"},
                "type": "log",
                "range": light([math.log10(low), math.log10(high)]),
                "tickvals": costs,
                "ticktext": [f"{money.sign}{number(tick)}" for tick in costs],
                "fixedrange": True,
            },
        },
    }


def spoken_of(evaluation: Evaluation) -> Evaluation:
    """Keep of an answer the lines that its sentence speaks of: staying, the choice, own GPUs."""
    verdict = evaluation.verdict
    told = {
        evaluation.alternatives[0].key,
        verdict.chosen,
        verdict.rival,
        verdict.best_own,
        verdict.worth_of,
        verdict.runner_up.alternative if verdict.runner_up else None,
    }
    return replace(
        evaluation,
        level_lines=tuple(line for line in evaluation.level_lines if line[0] in told),
        curves=tuple(curve for curve in evaluation.curves if curve[0] in told),
        break_evens=tuple(a for a in evaluation.break_evens if a.alternative in told),
    )


def break_even_finding(evaluation: Evaluation) -> str:
    """Say what the hero chart shows, in words, for those who do not see it."""
    sentences = [f"{evaluation.verdict.headline} {evaluation.verdict.own}"]
    for answer in evaluation.break_evens:
        u = answer.utilisation
        name = name_of(evaluation, answer.alternative)
        if u.value is None:
            sentences.append(f"{name}, as planned, breaks even {u.instead}: {u.reason}")
        else:
            sentences.append(
                f"{name} breaks even at {share(u.value)} utilisation "
                f"(P10 to P90 {band(u.p10, u.p90)}); your traffic gives {share(u.own)}."
            )
    return " ".join(sentences)


def _traces(evaluation: Evaluation, style: dict[str, Style], left: float) -> list[dict[str, Any]]:
    """Level lines, curves, marks; what belongs to the best option comes last, on top."""
    best = evaluation.verdict.best_own
    curves = sorted(evaluation.curves, key=lambda curve: curve[0] == best)
    answers = sorted(evaluation.break_evens, key=lambda answer: answer.alternative == best)
    return [
        *(_level_line(evaluation, key, level, style[key]) for key, level in evaluation.level_lines),
        *(_curve(evaluation, key, _drawn(points, left), style[key]) for key, points in curves),
        *(marks(evaluation, answer, style[answer.alternative]) for answer in answers),
    ]


def _trace_defaults(palette: Palette, money: ShownMoney) -> dict[str, Any]:
    """What level lines, curves and marks have in common, sent once."""
    return {
        "type": "scatter",
        "mode": "lines",
        "line": {"width": 1.4},
        "marker": {"size": 9, "line": {"color": palette.paper, "width": 2}},
        "error_x": {"thickness": 1.4, "width": 4},
        "hovertemplate": f"{money.sign}{UNIT_PRICE}{OWN_NAME}",
    }


def _level_line(
    evaluation: Evaluation, key: str, usd_per_mtok: float, style: Style
) -> dict[str, Any]:
    is_baseline = key == evaluation.alternatives[0].key
    cost = evaluation.money.amount(usd_per_mtok)
    return {
        "x": [LEAST_SHOWN, 1],
        "y": [cost, cost],
        "name": chart_text(name_of(evaluation, key)),
        "line": {
            "color": style.colour,
            "dash": "solid" if is_baseline else style.dash,
            "width": 3.0 if is_baseline else None,
        },
    }


def _curve(
    evaluation: Evaluation, key: str, drawn: Sequence[CurvePoint], style: Style
) -> dict[str, Any]:
    is_best, money = key == evaluation.verdict.best_own, evaluation.money
    return {
        "x": [point.utilisation for point in drawn],
        "y": [money.amount(point.usd_per_mtok) for point in drawn],
        "customdata": [share(point.utilisation) for point in drawn],
        "name": chart_text(name_of(evaluation, key)),
        "line": {
            "color": style.colour,
            "dash": "solid" if is_best else style.dash,
            "width": 3.4 if is_best else 1.7,
        },
        "hovertemplate": f"%{{customdata}} used: {money.sign}{UNIT_PRICE}",
    }


def _drawn(points: Sequence[CurvePoint], left: float) -> list[CurvePoint]:
    """Keep what the picture needs: some of the points in view, and one beyond its left edge."""
    ends = (points[0], points[-1]) if points else ()
    some = [p for place, p in enumerate(points, 1) if place % CURVE_STEP == 0 or p in ends]
    beyond = [point for point in some if point.utilisation < left]
    return beyond[:1] + beyond[1:][-1:] + some[len(beyond) :]


def _cost_range(evaluation: Evaluation) -> tuple[float, float]:
    levels = [usd_per_mtok for _, usd_per_mtok in evaluation.level_lines]
    at_full = [points[-1].usd_per_mtok for _, points in evaluation.curves if points]
    lowest, highest = (evaluation.money.amount(end(levels + at_full)) for end in (min, max))
    return lowest * LEGROOM, highest * HEADROOM


def _ticks(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [round(digit * 10.0**decade, 12) for decade in decades for digit in (1, 2, 5)]
    return [tick for tick in ticks if low <= tick <= high]


BREAK_EVEN_CHART: Final = Chart(
    "break-even-by-utilisation",
    lambda of: f"Break-even by utilisation, against {today_of(of)}",
    of_every_answer,
    break_even_chart,
    break_even_finding,
)
