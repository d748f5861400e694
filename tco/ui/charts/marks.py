"""What is marked on the hero chart: break-evens with their bands, your traffic, names of lines."""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

import plotly.graph_objects as go

from tco.results import BreakEven, Evaluation
from tco.ui.charts.style import Palette, Style, name_of
from tco.ui.wording import band, chart_text, share, short

LABEL_GAP_PX: Final = 16.5
LABEL_FLOOR_PX: Final = 26.0  # the lowest line of the plot names what is out of reach
LABEL_CHARACTERS: Final = 28
HALF: Final = 0.5  # of a logarithmic axis that ends at 1
MARGIN_OF_VIEW: Final = 0.7
LEFT_ENDS: Final = (0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001)


def add_markers(
    figure: go.Figure, evaluation: Evaluation, answer: BreakEven, style: Style, palette: Palette
) -> None:
    """Mark u* with its band on the baseline's level line, and your traffic on the curve."""
    u = answer.utilisation
    is_best = answer.alternative == evaluation.verdict.best
    name = chart_text(name_of(evaluation, answer.alternative))
    level = dict(evaluation.level_lines).get(evaluation.alternatives[0].key)
    if u.value is not None and level is not None:
        figure.add_scatter(
            x=[u.value],
            y=[level],
            mode="markers",
            name=name,
            marker={
                "symbol": style.marker,
                "size": 14 if is_best else 10,
                "color": style.colour,
                "line": {"color": palette.paper, "width": 2},
            },
            error_x=_error_bar(u.value, u.low, u.high, style.colour, wide=is_best),
            hovertemplate=f"Break-even at %{{x:.0%}} ({band(u.low, u.high)})<extra>{name}</extra>",
        )
    points = dict(evaluation.curves).get(answer.alternative, ())
    height = _height_at(u.own, [(point.utilisation, point.usd_per_mtok) for point in points])
    if height is not None:
        figure.add_scatter(
            x=[u.own],
            y=[height],
            mode="markers",
            name=name,
            marker={
                "symbol": f"{style.marker}-open",
                "size": 12 if is_best else 8,
                "color": style.colour,
                "line": {"width": 2.4},
            },
            hovertemplate=f"Your traffic: %{{x:.0%}} used, $%{{y:.3g}}/Mtok<extra>{name}</extra>",
        )


def lowest_utilisation(evaluation: Evaluation) -> float:
    """Left end of the axis: a round share below every break-even band and your traffic."""
    answers = [answer.utilisation for answer in evaluation.break_evens]
    marks = [mark for u in answers for mark in (u.value, u.low, u.own) if mark]
    lowest = min(marks, default=1.0) * MARGIN_OF_VIEW
    return next((end for end in LEFT_ENDS if end <= lowest), LEFT_ENDS[-1])


def _error_bar(
    value: float, low: float | None, high: float | None, colour: str, *, wide: bool
) -> dict[str, object] | None:
    if low is None or high is None:
        return None
    return {
        "type": "data",
        "symmetric": False,
        "array": [max(0.0, min(high, 1.0) - value)],
        "arrayminus": [max(0.0, value - low)],
        "color": colour,
        "thickness": 2.6 if wide else 1.4,
        "width": 7 if wide else 4,
    }


def _height_at(utilisation: float, points: Sequence[tuple[float, float]]) -> float | None:
    """Height of a curve between its points, straight in logarithms."""
    for (left, upper), (right, lower) in pairwise(points):
        if left <= utilisation <= right:
            along = math.log(utilisation / left) / math.log(right / left)
            return math.exp(math.log(upper) + along * (math.log(lower) - math.log(upper)))
    return None


def add_own_line(figure: go.Figure, evaluation: Evaluation, palette: Palette) -> None:
    """Mark where the traffic puts the best option, and what its fleet cannot reach."""
    answer = evaluation.break_even(evaluation.verdict.best or "")
    if answer is None:
        return
    own, reachable = answer.utilisation.own, answer.utilisation.reachable
    figure.add_vline(x=own, line={"color": palette.text, "width": 1.6, "dash": "dot"})
    figure.add_annotation(
        x=math.log10(own),
        y=1.0,
        yref="paper",
        yanchor="bottom",
        text=f"<b>You: {share(own)}</b>",
        showarrow=False,
        font={"color": palette.text, "size": 13},
    )
    if reachable < 1:
        figure.add_vrect(
            x0=reachable,
            x1=1,
            fillcolor=palette.muted,
            opacity=0.09,
            line_width=0,
            layer="below",
        )
        figure.add_annotation(
            x=0,
            y=0.0,
            yref="paper",
            yanchor="bottom",
            xanchor="right",
            text=f"beyond {share(reachable)}: out of reach of your daily pattern",
            showarrow=False,
            font={"color": palette.muted, "size": 11},
        )
    _name_break_even(figure, evaluation, answer, palette)


def _name_break_even(
    figure: go.Figure, evaluation: Evaluation, answer: BreakEven, palette: Palette
) -> None:
    u = answer.utilisation
    level = dict(evaluation.level_lines).get(evaluation.alternatives[0].key)
    if u.value is None or u.value > 1 or level is None:
        return
    figure.add_annotation(
        x=math.log10(u.value),
        y=math.log10(level),
        yshift=12,
        yanchor="bottom",
        xanchor="left" if u.value < lowest_utilisation(evaluation) ** HALF else "right",
        text=f"<b>Break-even {share(u.value)}</b> ({band(u.low, u.high)})",
        showarrow=False,
        bgcolor=palette.paper,
        opacity=0.92,
        font={"color": palette.text, "size": 12},
    )


def add_labels(
    figure: go.Figure,
    evaluation: Evaluation,
    style: dict[str, Style],
    palette: Palette,
    *,
    cost_range: tuple[float, float],
    plot_px: float,
) -> None:
    """Name every line at its right end, moved apart where they would overlap."""
    low, high = (math.log10(cost) for cost in cost_range)
    ends = [*evaluation.level_lines]
    ends += [(key, points[-1].usd_per_mtok) for key, points in evaluation.curves if points]
    ends.sort(key=lambda end: end[1])
    heights = [(math.log10(cost) - low) / (high - low) * plot_px for _, cost in ends]
    places = spread(heights, LABEL_GAP_PX, LABEL_FLOOR_PX, plot_px - LABEL_GAP_PX / 2)
    strong = {evaluation.alternatives[0].key, evaluation.verdict.best}
    for (key, cost), place in zip(ends, places, strict=True):
        text = chart_text(short(evaluation.alternative(key).label, LABEL_CHARACTERS))
        if not evaluation.alternative(key).interactive:
            text = chart_text(short(evaluation.alternative(key).label, 21)) + " · ≤ 24 h"
        figure.add_annotation(
            x=0,
            y=math.log10(cost),
            ax=-12,
            ay=(math.log10(cost) - low) / (high - low) * plot_px - place,
            xanchor="right",
            showarrow=True,
            arrowhead=0,
            arrowwidth=1.4,
            arrowcolor=style[key].colour,
            text=f"<b>{text}</b>" if key in strong else text,
            font={"color": style[key].colour, "size": 12},
            bgcolor=palette.paper,
            borderpad=1,
        )


def spread(wanted: Sequence[float], gap: float, lowest: float, highest: float) -> list[float]:
    """Places near the wanted ones, ascending like them, at least `gap` apart and in bounds.

    Examples
    --------
    >>> spread([10.0, 11.0, 50.0], gap=5.0, lowest=0.0, highest=52.0)
    [10.0, 15.0, 50.0]
    >>> spread([50.0, 51.0], gap=5.0, lowest=0.0, highest=52.0)
    [47.0, 52.0]
    """
    places: list[float] = []
    for want in wanted:
        places.append(max(want, places[-1] + gap if places else lowest))
    ceiling = highest
    for index in range(len(places) - 1, -1, -1):
        places[index] = min(places[index], ceiling)
        ceiling = places[index] - gap
    return places
