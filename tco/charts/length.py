"""What one request costs against the length of its prompt: band edges as cliffs."""

import math
from collections.abc import Sequence
from typing import Any, Final

import plotly.graph_objects as go

from tco.answer.price_by_length import LengthPrice
from tco.answer.worked import Evaluation
from tco.charts.style import NO_TEMPLATE, Palette, styles
from tco.words.markdown import chart_text, short, unit_price

HEIGHT_PX: Final = 400
LABEL_CHARACTERS: Final = 34
MOST: Final = 1.08


def length_chart(
    evaluation: Evaluation, prices: Sequence[LengthPrice], mean_tokens: float, palette: Palette
) -> go.Figure:
    """Draw cost by prompt length; the whole request jumps where a band ends."""
    style = styles(evaluation, palette)
    baseline = evaluation.alternatives[0].key
    top = max((usd for p in prices for usd in p.usd if not math.isnan(usd)), default=1.0)
    right = max((p.tokens[-1] for p in prices), default=1)
    return go.Figure(
        data=[
            {
                "type": "scatter",
                "x": list(price.tokens),
                "y": [None if math.isnan(usd) else float(f"{usd:.6g}") for usd in price.usd],
                "mode": "lines",
                "name": chart_text(short(price.label, LABEL_CHARACTERS)),
                "line": {
                    "color": style[price.key].colour,
                    "dash": "solid" if price.key == baseline else style[price.key].dash,
                    "width": 3.2 if price.key == baseline else 1.9,
                },
                "hovertemplate": "%{x:,.0f} tokens: $%{y:.4g}<extra>%{fullData.name}</extra>",
            }
            for price in prices
        ],
        layout={
            "template": NO_TEMPLATE,
            "height": HEIGHT_PX,
            "margin": {"l": 8, "r": 20, "t": 30, "b": 48},
            "font": {"size": 13},
            "hoverlabel": {"namelength": -1},
            "shapes": [_line(edge, palette) for edge in _edges(prices)]
            + [_line(mean_tokens, palette)],
            "annotations": [
                *_edge_names(prices, palette),
                *_cliff(prices, baseline, palette),
                _above(mean_tokens, f"<b>your mean: {mean_tokens:,.0f}</b>", palette, "left"),
            ],
            "legend": {"orientation": "h", "y": -0.2, "yanchor": "top", "x": 0, "title_text": ""},
            "xaxis": {
                "title": {"text": "Prompt of one request, tokens"},
                "tickformat": ",",
                "range": [0, right],
                "tickangle": 0,
                "showgrid": False,
                "zeroline": False,
                "fixedrange": True,
            },
            "yaxis": {
                "title": {"text": "USD per request"},
                "tickprefix": "$",
                "tickformat": ".3~f",
                "range": [0, top * MOST],
                "automargin": True,
                "fixedrange": True,
            },
        },
    )


def length_finding(prices: Sequence[LengthPrice]) -> str:
    """Say where each offer's price jumps, and how far."""
    said = [
        f"{price.label}: a prompt above {edge:,} tokens re-rates the whole request, from "
        f"${unit_price(low)} to ${unit_price(high)}."
        if not math.isnan(high)
        else f"{price.label}: no prompt above {edge:,} tokens is sold in this tier."
        for price in prices
        for edge in price.edges
        for low, high in (price.jump(edge),)
    ]
    flat = [price.label for price in prices if not price.edges]
    if flat:
        said.append(f"Without an edge: {'; '.join(flat)}.")
    return " ".join(said)


def _edges(prices: Sequence[LengthPrice]) -> list[int]:
    return sorted({edge for price in prices for edge in price.edges})


def _line(tokens: float, palette: Palette) -> dict[str, Any]:
    dotted = {"color": palette.text, "width": 1.4, "dash": "dot"}
    return {"type": "line", "x0": tokens, "x1": tokens, "yref": "paper", "y0": 0, "y1": 1,
            "line": dotted}  # fmt: skip


def _edge_names(prices: Sequence[LengthPrice], palette: Palette) -> list[dict[str, Any]]:
    return [_above(edge, f"edge: {edge:,}", palette, "center") for edge in _edges(prices)]


def _above(tokens: float, text: str, palette: Palette, anchor: str) -> dict[str, Any]:
    return {
        "x": tokens,
        "y": 1.0,
        "yref": "paper",
        "yanchor": "bottom",
        "xanchor": anchor,
        "text": text,
        "showarrow": False,
        "font": {"color": palette.text, "size": 12},
    }


def _cliff(prices: Sequence[LengthPrice], baseline: str, palette: Palette) -> list[dict[str, Any]]:
    """Write the jump of today's price beside it."""
    today = next((price for price in prices if price.key == baseline), None)
    if today is None:
        return []
    jumps = [(edge, *today.jump(edge)) for edge in today.edges]
    return [
        {
            "x": edge,
            "y": high,
            "xanchor": "right",
            "yanchor": "bottom",
            "xshift": -8,
            "text": f"<b>${unit_price(low)} → ${unit_price(high)}</b>, × {high / low:.2f}",
            "showarrow": False,
            "bgcolor": palette.paper,
            "font": {"color": palette.text, "size": 12},
        }
        for edge, low, high in jumps
        if not math.isnan(high)
    ]
