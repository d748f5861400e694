"""From one scenario to another: what each difference does to the gap, one step after the other."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final

import plotly.graph_objects as go

from tco.analysis.compare import Comparison, Contribution
from tco.charts.style import NO_TEMPLATE, Palette
from tco.words.figures import usd, usd_short
from tco.words.formats import PLOT_USD_STEP_WORD, plotted
from tco.words.markdown import chart_text, cut

ROW_PX: Final = 34
FRAME_PX: Final = 96
LABEL_CHARACTERS: Final = 44
MARGIN: Final = 0.16


def contribution_chart(
    found: Comparison, labels: Mapping[str, str], names: tuple[str, str], palette: Palette
) -> go.Figure:
    """Draw the gap of the first scenario, each step, and the gap of the second."""
    before, after = found.before.gap_usd, found.after.gap_usd
    steps = [c for c in found.contributions if c.in_order.gap_usd]
    values = [before or 0.0, *(c.in_order.gap_usd or 0.0 for c in steps), after or 0.0]
    rows = [names[0], *(step_name(c, labels) for c in steps), names[1]]
    return go.Figure(
        data=[
            {
                "type": "waterfall",
                "orientation": "h",
                "measure": ["absolute", *("relative" for _ in steps), "total"],
                "y": _apart([chart_text(cut(row, LABEL_CHARACTERS)) for row in rows]),
                "x": [round(value) for value in values],
                "text": [usd_short(value) for value in values],
                "textposition": "outside",
                "cliponaxis": False,
                "connector": {"line": {"color": palette.muted, "width": 1, "dash": "dot"}},
                "increasing": {"marker": {"color": palette.series[1]}},
                "decreasing": {"marker": {"color": palette.series[0]}},
                "totals": {"marker": {"color": palette.muted}},
                "hovertemplate": f"%{{y}}: ${plotted('x')}<extra></extra>",
            }
        ],
        layout={
            "template": NO_TEMPLATE,
            "height": FRAME_PX + ROW_PX * len(rows),
            "margin": {"l": 8, "r": 60, "t": 10, "b": 48},
            "font": {"size": 13},
            "showlegend": False,
            "xaxis": {
                "title": {"text": "Self-hosting less staying, USD a month"},
                "tickformat": PLOT_USD_STEP_WORD,
                "tickangle": 0,
                "range": _view(values),
                "fixedrange": True,
            },
            "yaxis": {
                "autorange": "reversed",
                "automargin": True,
                "fixedrange": True,
                "showgrid": False,
            },
        },
    )


def contribution_finding(found: Comparison, labels: Mapping[str, str]) -> str:
    """Say which difference moved the gap most."""
    total = found.difference.gap_usd
    if total is None:
        return "One of the two has no gap to compare."
    moved = [c for c in found.contributions if c.in_order.gap_usd]
    if not moved:
        return "No difference moves the gap between staying and self-hosting."
    most = max(moved, key=lambda c: abs(c.in_order.gap_usd or 0.0))
    return (
        f"The gap between self-hosting and staying moves by {usd(total)} a month; "
        f"{usd(most.in_order.gap_usd)} of it by {step_name(most, labels)}."
    )


def step_name(contribution: Contribution, labels: Mapping[str, str]) -> str:
    """Name one step by what it changes."""
    return " and ".join(labels.get(c.path, c.path) for c in contribution.changes)


def _view(values: Sequence[float]) -> list[float]:
    """Span of all bars, with room for their figures at both sides."""
    ends = [0.0, *accumulate(values[:-1]), values[-1]]
    room = (max(ends) - min(ends)) * MARGIN or 1.0
    return [min(ends) - room, max(ends) + room]


def _apart(rows: Sequence[str]) -> list[str]:
    """Tell rows of one name apart, which a chart would draw as one."""
    seen: dict[str, int] = {}
    apart = []
    for row in rows:
        seen[row] = seen.get(row, 0) + 1
        apart.append(row if seen[row] == 1 else f"{row} ({seen[row]})")
    return apart
