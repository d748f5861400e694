"""What is written on the hero chart: names of lines, the break-even, and where you are."""

import math
from collections.abc import Sequence
from typing import Any, Final

from tco.answer.worked import Evaluation
from tco.charts.marks import baseline_level, lowest_utilisation
from tco.charts.style import Palette, Style
from tco.results.answer import BreakEven
from tco.words.figures import band, share
from tco.words.markdown import chart_text, cut

LABEL_GAP_PX: Final = 16.5
LABEL_FLOOR_PX: Final = 26.0  # the lowest line of the plot names what is out of reach
LINE_NAME_CHARACTERS: Final = 28
BATCH_CHARACTERS: Final = 21
NO_COLOUR: Final = "rgba(0,0,0,0)"
HALF: Final = 0.5  # of a logarithmic axis that ends at 1

Annotations = list[dict[str, Any]]


def line_names(
    evaluation: Evaluation,
    style: dict[str, Style],
    *,
    cost_range: tuple[float, float],
    plot_px: float,
) -> Annotations:
    """Name every line at its right end, moved apart where they would overlap."""
    low, high = (math.log10(cost) for cost in cost_range)
    ends = [*evaluation.level_lines]
    ends += [(key, points[-1].usd_per_mtok) for key, points in evaluation.curves if points]
    ends = sorted(((key, evaluation.money.amount(cost)) for key, cost in ends), key=lambda e: e[1])
    heights = [(math.log10(cost) - low) / (high - low) * plot_px for _, cost in ends]
    places = spread(heights, LABEL_GAP_PX, LABEL_FLOOR_PX, plot_px - LABEL_GAP_PX / 2)
    return [
        {
            "x": 0,
            "y": math.log10(cost),
            "ay": height - place,
            "arrowcolor": style[key].colour,
            "text": _name(evaluation, key),
            "font": {"color": style[key].colour},
        }
        for (key, cost), height, place in zip(ends, heights, places, strict=True)
    ]


def line_name_defaults(palette: Palette) -> dict[str, Any]:
    """What the names of all lines share; any other text on the chart says where it differs."""
    return {
        "ax": -12,
        "xanchor": "right",
        "arrowhead": 0,
        "arrowwidth": 1.4,
        "font": {"size": 12},
        "bgcolor": palette.paper,
    }


def own_place(
    evaluation: Evaluation, answer: BreakEven, palette: Palette
) -> tuple[list[dict[str, Any]], Annotations]:
    """Show where the traffic puts the best option, what it cannot reach, and its break-even."""
    own, reachable = answer.utilisation.own, answer.utilisation.reachable
    dotted = {"color": palette.text, "width": 1.6, "dash": "dot"}
    shapes: list[dict[str, Any]] = [
        {"type": "line", "x0": own, "x1": own, "yref": "paper", "y0": 0, "y1": 1, "line": dotted}
    ]
    names = [
        {
            "x": math.log10(own),
            "y": 1.0,
            "yref": "paper",
            "yanchor": "bottom",
            "xanchor": "auto",
            "text": f"<b>You: {share(own)}</b>",
            "showarrow": False,
            "bgcolor": NO_COLOUR,
            "font": {"color": palette.text},
        },
        *_break_even_name(evaluation, answer, palette),
    ]
    if reachable < 1:
        shapes.append(
            {
                "type": "rect",
                "x0": reachable,
                "x1": 1,
                "yref": "paper",
                "y0": 0,
                "y1": 1,
                "fillcolor": palette.muted,
                "opacity": 0.09,
                "line": {"width": 0},
                "layer": "below",
            }
        )
        names.append(
            {
                "x": 0,
                "y": 0.0,
                "yref": "paper",
                "yanchor": "bottom",
                "bgcolor": NO_COLOUR,
                "text": f"beyond {share(reachable)}: out of reach of your daily pattern",
                "showarrow": False,
                "font": {"color": palette.muted, "size": 11},
            }
        )
    return shapes, names


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


def _name(evaluation: Evaluation, key: str) -> str:
    alternative = evaluation.alternative(key)
    text = chart_text(cut(alternative.label, LINE_NAME_CHARACTERS))
    if not alternative.interactive:
        text = f"{chart_text(cut(alternative.label, BATCH_CHARACTERS))} · ≤ 24 h"
    is_strong = key in (evaluation.alternatives[0].key, evaluation.verdict.best_own)
    return f"<b>{text}</b>" if is_strong else text


def _break_even_name(evaluation: Evaluation, answer: BreakEven, palette: Palette) -> Annotations:
    u, level = answer.utilisation, baseline_level(evaluation)
    if u.value is None or u.value > 1 or level is None:
        return []
    return [
        {
            "x": math.log10(u.value),
            "y": math.log10(evaluation.money.amount(level)),
            "yshift": 12,
            "yanchor": "bottom",
            "xanchor": "left" if u.value < lowest_utilisation(evaluation) ** HALF else "right",
            "text": f"<b>Break-even {share(u.value)}</b> ({band(u.p10, u.p90)})",
            "showarrow": False,
            "opacity": 0.92,
            "font": {"color": palette.text},
        }
    ]
