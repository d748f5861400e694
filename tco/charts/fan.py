"""How sure the bills are: the middle of all draws, and the band that holds four of five."""

import math
from typing import Any, Final

import plotly.graph_objects as go

from tco.analysis.uncertainty import BillBand, Uncertainty
from tco.answer.worked import Evaluation
from tco.charts.style import NO_TEMPLATE, Palette, styles
from tco.words.markdown import chart_text, share, short, usd

HEIGHT_PX: Final = 380
LABEL_CHARACTERS: Final = 34
BAND_OPACITY: Final = 0.22


def fan_chart(
    evaluation: Evaluation, found: Uncertainty, option: str, palette: Palette
) -> go.Figure:
    """Draw staying and one option: P50 as a line, P10 to P90 as a band."""
    style = styles(evaluation, palette)
    stay = evaluation.alternatives[0].key
    drawn = [bill for bill in found.bills if bill.alternative in (stay, option)]
    data: list[dict[str, Any]] = []
    for bill in drawn:
        look = style[bill.alternative]
        dash = "solid" if bill.alternative == stay else "dash"
        data += _fan(bill, look.colour, dash)
    return go.Figure(
        data=data,
        layout={
            "template": NO_TEMPLATE,
            "height": HEIGHT_PX,
            "margin": {"l": 8, "r": 16, "t": 12, "b": 48},
            "font": {"size": 13},
            "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0, "title_text": ""},
            "xaxis": {"title": {"text": "Month"}, "tickangle": 0, "fixedrange": True},
            "yaxis": {
                "title": {"text": "USD a month"},
                "tickformat": "$~s",
                "rangemode": "tozero",
                "automargin": True,
                "fixedrange": True,
            },
        },
    )


def fan_finding(evaluation: Evaluation, found: Uncertainty, option: str) -> str:
    """Say how often the option costs less, and between which bills it lies."""
    odds = next(o for o in found.odds if o.alternative == option)
    label = evaluation.alternative(option).label
    bill = next(b for b in found.bills if b.alternative == option)
    band = bill.first_month
    between = (
        f"its first bill lies between {usd(band.p10)} and {usd(band.p90)} in four of five"
        if math.isfinite(band.p90)
        else f"in {share(bill.unserved)} of them it cannot serve the load"
    )
    return (
        f"{label} costs less than staying in {share(odds.cheaper_first_month)} of "
        f"{found.draws:,} draws in the first month, and in {share(odds.cheaper_over_horizon)} "
        f"over the horizon; {between}."
    )


def _fan(bill: BillBand, colour: str, dash: str) -> list[dict[str, Any]]:
    months = list(range(1, len(bill.by_month) + 1))
    name = chart_text(short(bill.label, LABEL_CHARACTERS))
    return [
        {
            "type": "scatter",
            "x": [*months, *reversed(months)],
            "y": [
                *(_finite(band.p90) for band in bill.by_month),
                *(_finite(band.p10) for band in reversed(bill.by_month)),
            ],
            "fill": "toself",
            "fillcolor": colour,
            "opacity": BAND_OPACITY,
            "mode": "none",
            "name": f"{name}, P10–P90",
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "x": months,
            "y": [_finite(band.p50) for band in bill.by_month],
            "mode": "lines",
            "name": f"{name}, P50",
            "line": {"color": colour, "width": 2.6, "dash": dash},
            "hovertemplate": "Month %{x}: $%{y:,.0f}<extra>%{fullData.name}</extra>",
        },
    ]


def _finite(value: float) -> float | None:
    return round(value) if math.isfinite(value) else None
