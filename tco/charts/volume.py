"""Break-even by volume: the spans of requests a month at which each option costs less."""

import math
from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go

from tco.answer.worked import Evaluation
from tco.charts.style import Palette, Spec, light, name_of, styles
from tco.results.answer import BreakEven
from tco.words.markdown import chart_text, count, short

LANE_PX: Final = 38
FRAME_PX: Final = 92
LABEL_CHARACTERS: Final = 34
FILLED: Final = {"mode": "lines", "hovertemplate": "cheaper %{fullData.name}<extra></extra>"}
MARGIN_OF_VIEW: Final = 4.0  # the axis ends this far from what is marked


def volume_chart(evaluation: Evaluation, palette: Palette) -> go.Figure:
    """Draw one lane per self-hosted option, filled where it costs less than staying."""
    return go.Figure(volume_spec(evaluation, palette))


def volume_spec(evaluation: Evaluation, palette: Palette) -> Spec:
    """Parts of the chart."""
    style = styles(evaluation, palette)
    own = evaluation.alternatives[0].requests_per_month
    left, right = _view(evaluation, own)
    lanes = {
        answer.alternative: chart_text(
            short(name_of(evaluation, answer.alternative), LABEL_CHARACTERS)
        )
        for answer in evaluation.break_evens
    }
    filled = [
        {
            "type": "scatter",
            "x": [max(low, left), right if high is None else min(high, right)],
            "y": [lanes[answer.alternative]] * 2,
            "line": {"color": style[answer.alternative].colour, "width": 13},
            "name": _span(low, high),
        }
        for answer in evaluation.break_evens
        for low, high in answer.volume.spans
    ]
    return {
        "data": light([_empty(list(lanes.values()), left, right, palette), *filled]),
        "layout": {
            "template": {"data": {"scatter": [{"type": "scatter", **FILLED}]}},
            "shapes": light([_own_line(own, palette)]),
            "annotations": light([_own_name(own, palette)]),
            "height": FRAME_PX + LANE_PX * len(evaluation.break_evens),
            "margin": {"l": 8, "r": 16, "t": 26, "b": 48},
            "showlegend": False,
            "font": {"size": 13},
            "xaxis": {
                "type": "log",
                "range": light([math.log10(left), math.log10(right)]),
                "title": {"text": "Requests a month, log scale"},
                "exponentformat": "SI",
                "dtick": 1,
                "tickangle": 0,
                "fixedrange": True,
            },
            "yaxis": {
                "autorange": "reversed",
                "automargin": True,
                "fixedrange": True,
                "showgrid": False,
            },
        },
    }


def volume_finding(evaluation: Evaluation, answer: BreakEven) -> str:
    """Say at which volumes one option costs less, or why at none."""
    name = evaluation.alternative(answer.alternative).label
    volume = answer.volume
    if not volume.spans:
        return f"{name} costs less at no volume up to {count(volume.searched_up_to)}."
    spans = "; ".join(_span(low, high) for low, high in volume.spans)
    for_good = volume.cheaper_for_good_from
    tail = f" For good from {count(for_good)}." if for_good is not None else ""
    return f"{name} costs less {spans} requests a month.{tail}"


def _span(low: float, high: float | None) -> str:
    if high is None:
        return f"from {count(low)}"
    return f"from {count(low)} to {count(high)}"


def _view(evaluation: Evaluation, own: float) -> tuple[float, float]:
    marks = [own]
    for answer in evaluation.break_evens:
        marks += [c.requests_per_month for c in answer.volume.crossings if c.requests_per_month > 0]
    return min(marks) / MARGIN_OF_VIEW, max(marks) * MARGIN_OF_VIEW


def _empty(lanes: Sequence[str], left: float, right: float, palette: Palette) -> dict[str, Any]:
    """Every lane from end to end, one line with a gap after each."""
    return {
        "type": "scatter",
        "x": [left, right, None] * len(lanes),
        "y": [place for lane in lanes for place in (lane, lane, None)],
        "line": {"color": palette.muted, "width": 1, "dash": "dot"},
        "hoverinfo": "skip",
    }


def _own_line(own: float, palette: Palette) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": own,
        "x1": own,
        "y0": 0,
        "y1": 1,
        "yref": "y domain",
        "line": {"color": palette.text, "width": 1.6, "dash": "dot"},
    }


def _own_name(own: float, palette: Palette) -> dict[str, Any]:
    return {
        "x": math.log10(own),
        "y": 1.0,
        "yref": "paper",
        "yanchor": "bottom",
        "text": f"<b>You: {count(own)}</b>",
        "showarrow": False,
        "font": {"color": palette.text, "size": 13},
    }
