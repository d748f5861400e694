"""The bills as bars: what each alternative costs a month, by what it is spent on."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, get_args

import plotly.graph_objects as go

from tco.answer.worked import Evaluation
from tco.charts.style import NO_TEMPLATE, Palette
from tco.results.bill import Alternative, Group
from tco.words.markdown import chart_text, short, usd, usd_short

GROUP_NAMES: Final = {
    "tokens": "Tokens",
    "machines": "Machines",
    "host": "Host and storage",
    "network": "Network",
    "platform": "Platform",
    "people": "People",
}
PATTERNS: Final = ("", "/", ".", "x", "-", "\\")
LABEL_CHARACTERS: Final = 34
ROW_PX: Final = 34
FRAME_PX: Final = 96


def bill_chart(evaluation: Evaluation, palette: Palette) -> go.Figure:
    """Draw one bar per alternative, stacked from the lines of its bill."""
    billed = [a for a in evaluation.alternatives if a.monthly_usd is not None]
    rows = {a.key: chart_text(short(a.label, LABEL_CHARACTERS)) for a in billed}
    groups = [group for group in get_args(Group) if group in GROUP_NAMES]
    bars = [
        _bars(billed, rows, group, palette.series[place], PATTERNS[place], palette.paper)
        for place, group in enumerate(groups)
    ]
    return go.Figure(
        data=[*(bar for bar in bars if bar["x"]), _totals(billed, rows, palette)],
        layout={
            "template": NO_TEMPLATE,
            "barmode": "stack",
            "bargap": 0.35,
            "height": FRAME_PX + ROW_PX * len(billed),
            "margin": {"l": 8, "r": 60, "t": 6, "b": 40},
            "font": {"size": 13},
            "legend": {
                "orientation": "h",
                "y": -0.02,
                "yanchor": "top",
                "x": 0,
                "title": {"text": ""},
                "traceorder": "normal",
            },
            "xaxis": {"visible": False, "fixedrange": True},
            "yaxis": {
                "autorange": "reversed",
                "automargin": True,
                "fixedrange": True,
                "showgrid": False,
            },
        },
    )


def _bars(
    billed: Sequence[Alternative],
    rows: Mapping[str, str],
    group: str,
    colour: str,
    pattern: str,
    paper: str,
) -> dict[str, Any]:
    """All lines of one group, each at the row of its alternative."""
    lines = [(rows[a.key], line) for a in billed for line in a.lines if line.group == group]
    known = [(row, line) for row, line in lines if line.cost_usd]
    return {
        "type": "bar",
        "orientation": "h",
        "name": GROUP_NAMES[group],
        "y": [row for row, _ in known],
        "x": [line.cost_usd for _, line in known],
        "text": [chart_text(line.name) for _, line in known],
        "textposition": "none",
        "marker": {
            "color": colour,
            "pattern": {
                "shape": pattern,
                "solidity": 0.2,
                "fgcolor": paper,
                "fillmode": "overlay",
            },
            "line": {"width": 0},
        },
        "hovertemplate": "%{text}: $%{x:,.0f}/month<extra>%{y}</extra>",
    }


def _totals(
    billed: Sequence[Alternative], rows: Mapping[str, str], palette: Palette
) -> dict[str, Any]:
    return {
        "type": "scatter",
        "x": [a.monthly_usd for a in billed],
        "y": list(rows.values()),
        "mode": "text",
        "text": [f" {usd_short(a.monthly_usd)}" for a in billed],
        "textposition": "middle right",
        "textfont": {"color": palette.text, "size": 13},
        "showlegend": False,
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def bill_finding(evaluation: Evaluation) -> str:
    """Say what the bars show."""
    billed = [(a.label, a.monthly_usd) for a in evaluation.alternatives if a.monthly_usd]
    if not billed:
        return "No alternative has a bill."
    dearest, cheapest = max(billed, key=lambda b: b[1]), min(billed, key=lambda b: b[1])
    return (
        f"Monthly bills of {len(billed)} alternatives: the lowest is {cheapest[0]} with "
        f"{usd(cheapest[1])}, the highest {dearest[0]} with {usd(dearest[1])}."
    )
