"""Break-even by month: what moving has saved by the end of each month, discounted."""

from collections.abc import Iterator
from typing import Any

import plotly.graph_objects as go

from tco.answer.worked import Evaluation
from tco.charts.style import BARE, Palette, Spec, Style, name_of, styles
from tco.results.answer import BreakEven
from tco.words.markdown import chart_text, usd


def saving_chart(evaluation: Evaluation, palette: Palette) -> go.Figure:
    """Draw the discounted cumulative saving of each self-hosted option over the horizon."""
    return go.Figure(saving_spec(evaluation, palette))


def saving_spec(evaluation: Evaluation, palette: Palette) -> Spec:
    """Parts of the chart."""
    style = styles(evaluation, palette)
    return {
        "data": [
            trace
            for answer in evaluation.break_evens
            for trace in _saving(evaluation, answer, style[answer.alternative], palette)
        ],
        "layout": {
            "template": BARE,
            "shapes": [_nothing_saved(palette)],
            "height": 360,
            "margin": {"l": 8, "r": 16, "t": 12, "b": 48},
            "legend": {
                "orientation": "h",
                "y": -0.22,
                "yanchor": "top",
                "x": 0,
                "title": {"text": ""},
            },
            "font": {"size": 13},
            "xaxis": {
                "title": {"text": "Month"},
                "rangemode": "tozero",
                "tickangle": 0,
                "fixedrange": True,
            },
            "yaxis": {
                "title": {"text": "Saved so far, discounted"},
                "tickprefix": "$",
                "tickformat": "~s",
                "automargin": True,
                "fixedrange": True,
            },
        },
    }


def saving_finding(evaluation: Evaluation, answer: BreakEven) -> str:
    """Say when one option has paid for itself, or why it does not within the horizon."""
    name = evaluation.alternative(answer.alternative).label
    month = answer.month
    horizon = len(month.cumulative_usd) - 1
    worth = f"After {horizon} months it is {usd(month.npv_usd)} against staying, discounted."
    if month.payback is None:
        return f"{name} is not paid back within {horizon} months. {worth}"
    return f"{name} is paid back in month {month.payback}. {worth}"


def _saving(
    evaluation: Evaluation, answer: BreakEven, own: Style, palette: Palette
) -> Iterator[dict[str, Any]]:
    """Saving of one option by month, and the month in which it is paid back."""
    name = chart_text(name_of(evaluation, answer.alternative))
    cumulative, payback = answer.month.cumulative_usd, answer.month.payback
    is_best = answer.alternative == evaluation.verdict.best
    yield {
        "type": "scatter",
        "x0": 0,
        "dx": 1,
        "y": [round(usd_saved) for usd_saved in cumulative],
        "mode": "lines",
        "name": name,
        "line": {
            "color": own.colour,
            "dash": "solid" if is_best else own.dash,
            "width": 3.2 if is_best else 1.8,
        },
        "hovertemplate": "Month %{x}: $%{y:,.0f}<extra>%{fullData.name}</extra>",
    }
    if payback is not None:
        yield {
            "type": "scatter",
            "x": [payback],
            "y": [round(cumulative[payback])],
            "mode": "markers",
            "name": name,
            "showlegend": False,
            "marker": {
                "symbol": own.marker,
                "size": 11,
                "color": own.colour,
                "line": {"color": palette.paper, "width": 1.5},
            },
            "hovertemplate": "Paid back in month %{x}<extra>%{fullData.name}</extra>",
        }


def _nothing_saved(palette: Palette) -> dict[str, Any]:
    return {
        "type": "line",
        "x0": 0,
        "x1": 1,
        "xref": "x domain",
        "y0": 0,
        "y1": 0,
        "line": {"color": palette.text, "width": 1.4},
    }
