"""Cash month by month: what moving saves or costs in each month, and its running sum."""

from itertools import pairwise
from typing import Final

import plotly.graph_objects as go

from tco.answer.worked import Evaluation
from tco.charts.style import NO_TEMPLATE, Palette, styles
from tco.results.answer import BreakEven

HEIGHT_PX: Final = 420
CENTS: Final = 0
MONEY: Final = {
    "tickformat": "$~s",
    "automargin": True,
    "fixedrange": True,
    "nticks": 6,
}


def monthly_flows(answer: BreakEven) -> list[float]:
    """Discounted flow of months 0 to the horizon: steps of the running sum [USD]."""
    sums = answer.month.cumulative_usd
    return [*sums[:1], *(after - before for before, after in pairwise(sums))]


def cash_chart(evaluation: Evaluation, answer: BreakEven, palette: Palette) -> go.Figure:
    """Draw the flow of each month as a bar, and their running sum as a line."""
    own = styles(evaluation, palette)[answer.alternative]
    months = list(range(len(answer.month.cumulative_usd)))
    payback = answer.month.payback
    return go.Figure(
        data=[
            {
                "type": "bar",
                "yaxis": "y2",
                "x": months,
                "y": [round(flow, CENTS) for flow in monthly_flows(answer)],
                "name": "in the month",
                "marker": {"color": palette.muted, "opacity": 0.55, "line": {"width": 0}},
                "hovertemplate": "Month %{x}: $%{y:,.0f}<extra>%{fullData.name}</extra>",
            },
            {
                "type": "scatter",
                "x": months,
                "y": [round(usd, CENTS) for usd in answer.month.cumulative_usd],
                "mode": "lines",
                "name": "so far",
                "line": {"color": own.colour, "width": 3},
                "hovertemplate": "By month %{x}: $%{y:,.0f}<extra>%{fullData.name}</extra>",
            },
        ],
        layout={
            "template": NO_TEMPLATE,
            "height": HEIGHT_PX,
            "margin": {"l": 8, "r": 16, "t": 26, "b": 48},
            "font": {"size": 13},
            "bargap": 0.25,
            "showlegend": False,
            "hoverlabel": {"namelength": -1},
            "shapes": [
                {
                    "type": "line",
                    "xref": "paper",
                    "x0": 0,
                    "x1": 1,
                    "y0": 0,
                    "y1": 0,
                    "line": {"color": palette.text, "width": 1.4},
                }
            ],
            "annotations": []
            if payback is None
            else [
                {
                    "x": payback,
                    "y": answer.month.cumulative_usd[payback],
                    "ax": 0,
                    "ay": -46,
                    "text": f"<b>paid back in month {payback}</b>",
                    "arrowcolor": palette.text,
                    "arrowwidth": 1.2,
                    "arrowhead": 2,
                    "bgcolor": palette.paper,
                    "font": {"color": palette.text, "size": 12},
                }
            ],
            "xaxis": {
                "title": {"text": "Month"},
                "anchor": "y2",
                "tickangle": 0,
                "fixedrange": True,
            },
            "yaxis": {"domain": [0.42, 1], "title": {"text": "Saved so far"}, **MONEY},
            "yaxis2": {"domain": [0, 0.3], "title": {"text": "In the month"}, **MONEY},
        },
    )
