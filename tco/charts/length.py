"""What one request costs against the length of its prompt: band edges as cliffs."""

import math
from collections.abc import Sequence
from typing import Any, Final

from tco.answer.price_by_length import LengthPrice, length_prices
from tco.answer.worked import Evaluation
from tco.charts.chart import Case, Chart
from tco.charts.frame import LABEL_CHARACTERS, above, frame, legend, upright
from tco.charts.style import OWN_NAME, Palette, Spec, styles
from tco.question.keys import api_key
from tco.question.traffic import mean_tokens
from tco.words.figures import number, significant, tokens, whole
from tco.words.formats import PLOT_NUMBER, PLOT_PRICE_TICK, PLOT_TOKENS_TICK, plotted
from tco.words.markdown import chart_text, cut
from tco.words.shown_money import ShownMoney

MOST: Final = 1.08


def length_chart(
    evaluation: Evaluation,
    prices: Sequence[LengthPrice],
    prompt_tokens: float,
    palette: Palette,
) -> Spec:
    """Draw cost by prompt length; the whole request jumps where a band ends."""
    style, first = styles(evaluation, palette), evaluation.alternatives[0].key
    style = {price.key: style.get(price.key, style[first]) for price in prices}
    baseline = api_key(evaluation.asked.resolved.baseline.option)
    money = evaluation.money
    mean = f"your mean: {whole(prompt_tokens)}"
    top = max((usd for p in prices for usd in p.usd if not math.isnan(usd)), default=1.0)
    right = max((p.tokens[-1] for p in prices), default=1)
    return {
        "data": [
            {
                "type": "scatter",
                "x": list(price.tokens),
                "y": [
                    None if math.isnan(usd) else significant(money.amount(usd), 6)
                    for usd in price.usd
                ],
                "mode": "lines",
                "name": chart_text(cut(price.label, LABEL_CHARACTERS)),
                "line": {
                    "color": style[price.key].colour,
                    "dash": "solid" if price.key == baseline else style[price.key].dash,
                    "width": 3.2 if price.key == baseline else 1.9,
                },
                "hovertemplate": f"{plotted('x')} tokens: {money.sign}{plotted('y', PLOT_NUMBER)}"
                f"{OWN_NAME}",
            }
            for price in prices
        ],
        "layout": {
            **frame(520, (8, 20, 30, 48), legend=legend(-0.24)),
            "hoverlabel": {"namelength": -1},
            "shapes": [upright(tokens, palette) for tokens in (*_edges(prices), prompt_tokens)],
            "annotations": [
                *(above(edge, f"edge: {whole(edge)}", palette) for edge in _edges(prices)),
                *_cliff(prices, baseline, palette, money),
                above(prompt_tokens, f"<b>{mean}</b>", palette, xanchor="left"),
            ],
            "xaxis": {
                "title": {"text": "Prompt of one request, tokens"},
                "tickformat": PLOT_TOKENS_TICK,
                "range": [0, right],
                "tickangle": 0,
                "showgrid": False,
                "zeroline": False,
                "fixedrange": True,
            },
            "yaxis": {
                "title": {"text": f"{money.code} per request"},
                "tickprefix": money.sign,
                "tickformat": PLOT_PRICE_TICK,
                "range": [0, money.amount(top) * MOST],
                "automargin": True,
                "fixedrange": True,
            },
        },
    }


def length_finding(prices: Sequence[LengthPrice], money: ShownMoney) -> str:
    """Say where each offer's price jumps, and how far."""
    said = [
        f"{price.label}: a prompt above {tokens(edge)} re-rates the whole request, from "
        f"{money.each(low)} to {money.each(high)}."
        if not math.isnan(high)
        else f"{price.label}: no prompt above {tokens(edge)} is sold in this tier."
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


def _cliff(
    prices: Sequence[LengthPrice], baseline: str, palette: Palette, money: ShownMoney
) -> list[dict[str, Any]]:
    """Write the jump of today's price beside it."""
    today = next((price for price in prices if price.key == baseline), None)
    if today is None:
        return []
    jumps = [(edge, *today.jump(edge)) for edge in today.edges]
    return [
        {
            "x": edge,
            "y": money.amount(high),
            "xanchor": "right",
            "yanchor": "bottom",
            "xshift": -8,
            "text": f"<b>{money.each(low)} → {money.each(high)}</b>, × {number(high / low, 3)}",
            "showarrow": False,
            "bgcolor": palette.paper,
            "font": {"color": palette.text, "size": 12},
        }
        for edge, low, high in jumps
        if not math.isnan(high)
    ]


Lengths = tuple[Evaluation, Sequence[LengthPrice], float]
"""An answer, what a request costs by the length of its prompt, and the mean prompt [token]."""


def _subject(case: Case) -> Lengths | None:
    prices = length_prices(case.scenario, case.evaluation, case.data.catalogue)
    return (
        (case.evaluation, prices, mean_tokens(case.scenario.workload.classes, "input"))
        if prices
        else None
    )


LENGTH_CHART: Final[Chart[Lengths]] = Chart(
    "length",
    lambda _: "Price of one request by the length of its prompt, by API",
    _subject,
    lambda of, palette: length_chart(*of, palette),
    lambda of: length_finding(of[1], of[0].money),
)
