"""Where the paid capacity of a fleet goes: used, and lost to each cause in turn."""

from itertools import accumulate
from operator import mul
from typing import Final

import plotly.graph_objects as go

from tco.answer.worked import Evaluation
from tco.charts.bills import FRAME_PX, LABEL_CHARACTERS, PATTERNS, ROW_PX
from tco.charts.style import NO_TEMPLATE, Palette
from tco.results.bill import Alternative, Serving
from tco.words.markdown import chart_text, share, short

USED: Final = "used by your requests"
DIGITS: Final = 6


def use_chart(evaluation: Evaluation, palette: Palette) -> go.Figure:
    """Draw one bar per fleet, from 0 to all of what it could serve within the objective."""
    fleets = [(a, a.serving) for a in evaluation.alternatives if a.serving is not None]
    rows = [chart_text(short(a.label, LABEL_CHARACTERS)) for a, _ in fleets]
    parts = [dict(capacity_parts(serving)) for _, serving in fleets]
    causes = list(dict.fromkeys(cause for part in parts for cause in part))
    return go.Figure(
        data=[
            {
                "type": "bar",
                "orientation": "h",
                "name": chart_text(cause),
                "y": rows,
                "x": [round(part.get(cause, 0.0), DIGITS) for part in parts],
                "marker": {
                    "color": palette.series[0] if cause == USED else palette.muted,
                    "opacity": 1.0 if cause == USED else 0.32 + 0.13 * place,
                    "pattern": {
                        "shape": PATTERNS[place % len(PATTERNS)],
                        "solidity": 0.25,
                        "fgcolor": palette.paper,
                        "fillmode": "overlay",
                    },
                    "line": {"width": 0},
                },
                "hovertemplate": "%{x:.1%} %{fullData.name}<extra>%{y}</extra>",
            }
            for place, cause in enumerate(causes)
        ],
        layout={
            "template": NO_TEMPLATE,
            "barmode": "stack",
            "bargap": 0.35,
            "height": FRAME_PX + ROW_PX * len(rows) + 16,
            "margin": {"l": 8, "r": 16, "t": 6, "b": 64},
            "font": {"size": 13},
            "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0, "title_text": ""},
            "xaxis": {"tickformat": ".0%", "range": [0, 1], "fixedrange": True},
            "yaxis": {
                "autorange": "reversed",
                "automargin": True,
                "fixedrange": True,
                "showgrid": False,
            },
        },
    )


def capacity_parts(serving: Serving) -> tuple[tuple[str, float], ...]:
    """Split a fleet's capacity into what is used and what each cause leaves idle; adds up to 1."""
    factors = [factor for _, factor in serving.utilisation_causes]
    kept = [1.0, *accumulate(factors, mul)]
    lost = [
        (f"idle: {cause}", kept[place] - kept[place + 1])
        for place, (cause, _) in enumerate(serving.utilisation_causes)
    ]
    return ((USED, kept[-1]), *lost)


def use_finding(evaluation: Evaluation) -> str:
    """Say how much of each fleet is used, and what costs it most."""
    return " ".join(
        _sentence(a, a.serving) for a in evaluation.alternatives if a.serving is not None
    )


def _sentence(alternative: Alternative, serving: Serving) -> str:
    (_, used), *lost = capacity_parts(serving)
    if not lost:
        return f"{alternative.label}: {share(used)} of its capacity is used."
    cause, most = max(lost, key=lambda part: part[1])
    return f"{alternative.label}: {share(used)} of its capacity is used; {share(most)} is {cause}."
