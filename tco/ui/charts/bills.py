"""The bills as bars: what each alternative costs a month, by what it is spent on."""

from typing import Final, get_args

import plotly.graph_objects as go

from tco.results import Evaluation, Group
from tco.ui.charts.style import Palette
from tco.ui.wording import chart_text, short, usd, usd_short

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
    figure = go.Figure()
    for place, group in enumerate(g for g in get_args(Group) if g in GROUP_NAMES):
        lines = [(a.key, line) for a in billed for line in a.lines if line.group == group]
        known = [(key, line, line.cost_usd) for key, line in lines if line.cost_usd is not None]
        if not known:
            continue
        figure.add_bar(
            orientation="h",
            name=GROUP_NAMES[group],
            y=[rows[key] for key, _, _ in known],
            x=[cost for _, _, cost in known],
            text=[chart_text(line.name) for _, line, _ in known],
            textposition="none",
            marker={
                "color": palette.series[place],
                "pattern": {
                    "shape": PATTERNS[place],
                    "solidity": 0.2,
                    "fgcolor": palette.paper,
                    "fillmode": "overlay",
                },
                "line": {"width": 0},
            },
            hovertemplate="%{text}: $%{x:,.0f}/month<extra>%{y}</extra>",
        )
    figure.add_scatter(
        x=[a.monthly_usd for a in billed],
        y=list(rows.values()),
        mode="text",
        text=[f" {usd_short(a.monthly_usd)}" for a in billed],
        textposition="middle right",
        textfont={"color": palette.text, "size": 13},
        showlegend=False,
        hoverinfo="skip",
        cliponaxis=False,
    )
    figure.update_layout(
        barmode="stack",
        bargap=0.35,
        height=FRAME_PX + ROW_PX * len(billed),
        margin={"l": 8, "r": 60, "t": 6, "b": 40},
        legend={
            "orientation": "h",
            "y": -0.02,
            "yanchor": "top",
            "x": 0,
            "title_text": "",
            "traceorder": "normal",
        },
        font={"size": 13},
    )
    figure.update_xaxes(visible=False, fixedrange=True)
    figure.update_yaxes(autorange="reversed", automargin=True, fixedrange=True, showgrid=False)
    return figure


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
