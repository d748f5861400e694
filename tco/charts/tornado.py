"""What moves the answer most: one bar per input, from its low to its high."""

from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go

from tco.analysis.sensitivity import Swing, Tornado
from tco.charts.style import NO_TEMPLATE, Palette
from tco.words.figures import amount, usd
from tco.words.formats import PLOT_USD_STEP_WORD, plotted
from tco.words.markdown import chart_text, cut

SHOWN: Final = 14
ROW_PX: Final = 30
FRAME_PX: Final = 110
LABEL_CHARACTERS: Final = 46


def shown_swings(found: Tornado) -> tuple[Swing, ...]:
    """The widest bars, widest first; what has no width moves nothing."""
    return tuple(s for s in found.swings if s.swing_usd)[:SHOWN]


def tornado_chart(found: Tornado, palette: Palette) -> go.Figure:
    """Draw the gap, self-hosting less staying, with each input at its low and at its high."""
    swings = shown_swings(found)
    given = found.given.gap_usd or 0.0
    rows = [_row(swing) for swing in swings]
    return go.Figure(
        data=[
            _ends(swings, rows, given, palette, low=True),
            _ends(swings, rows, given, palette, low=False),
        ],
        layout={
            "template": NO_TEMPLATE,
            "barmode": "overlay",
            "bargap": 0.35,
            "height": FRAME_PX + ROW_PX * len(rows),
            "margin": {"l": 8, "r": 16, "t": 28, "b": 66},
            "font": {"size": 13},
            "legend": {"orientation": "h", "y": -0.14, "yanchor": "top", "x": 0, "title_text": ""},
            "shapes": [_upright(0.0, palette, "solid"), _upright(given, palette, "dot")],
            "annotations": [
                _above(0.0, "equal", palette),
                _above(given, f"<b>as given: {usd(given)}</b>", palette),
            ],
            "xaxis": {
                "title": {"text": _axis(found)},
                "tickformat": PLOT_USD_STEP_WORD,
                "tickangle": 0,
                "zeroline": False,
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


def tornado_finding(found: Tornado) -> str:
    """Say which inputs move the answer most, and at what value the winner flips."""
    swings = shown_swings(found)
    if not swings:
        return found.given.reason or "No input moves the answer."
    parts = []
    for swing in swings[:3]:
        flip = swing.flip
        turns = (
            f", flips at {amount(flip.value, swing.factor.unit)}"
            if flip is not None
            else ", no flip within its range"
        )
        parts.append(f"{swing.factor.label} by {usd(swing.swing_usd)}{turns}")
    return f"What moves the answer most: {'; '.join(parts)}."


def _row(swing: Swing) -> str:
    """Name of a bar, and where along its range the winner flips."""
    name = chart_text(cut(swing.factor.label, LABEL_CHARACTERS))
    if swing.flip is None:
        return name
    return f"{name} · <b>flips at {amount(swing.flip.value, swing.factor.unit)}</b>"


def _ends(
    swings: Sequence[Swing], rows: list[str], given: float, palette: Palette, *, low: bool
) -> dict[str, Any]:
    """Bars from the answer as given to the answer at one end of each range."""
    gaps = [(s.at_low if low else s.at_high).gap_usd for s in swings]
    values = [s.factor.low if low else s.factor.high for s in swings]
    return {
        "type": "bar",
        "orientation": "h",
        "name": "at its low" if low else "at its high",
        "y": rows,
        "x": [None if gap is None else round(gap - given) for gap in gaps],
        "base": [round(given)] * len(rows),
        "text": [amount(v, s.factor.unit) for v, s in zip(values, swings, strict=True)],
        "textposition": "none",
        "marker": {
            "color": palette.series[1 if low else 0],
            "pattern": {
                "shape": "/" if low else "",
                "solidity": 0.25,
                "fgcolor": palette.paper,
                "fillmode": "overlay",
            },
            "line": {"width": 0},
        },
        "customdata": [None if gap is None else round(gap) for gap in gaps],
        "hovertemplate": f"%{{y}} = %{{text}}: ${plotted('customdata')}<extra></extra>",
    }


def _axis(found: Tornado) -> str:
    over = "a month" if found.by == "month" else "over the horizon, today's value"
    return f"Self-hosting less staying, USD {over}; left of equal it costs less"


def _upright(x: float, palette: Palette, dash: str) -> dict[str, Any]:
    line = {"color": palette.text, "width": 1.4, "dash": dash}
    return {"type": "line", "x0": x, "x1": x, "yref": "paper", "y0": 0, "y1": 1, "line": line}


def _above(x: float, text: str, palette: Palette) -> dict[str, Any]:
    return {"x": x, "y": 1.0, "yref": "paper", "yanchor": "bottom", "text": text,
            "showarrow": False, "font": {"color": palette.text, "size": 12}}  # fmt: skip
