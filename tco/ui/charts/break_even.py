"""The hero chart: what a million tokens costs over the utilisation of your own machines."""

import math
from typing import Final

import plotly.graph_objects as go

from tco.results import Evaluation
from tco.ui.charts.marks import add_labels, add_markers, add_own_line, lowest_utilisation
from tco.ui.charts.style import Palette, Style, name_of, styles
from tco.ui.wording import band, chart_text, share

HEIGHT_PX: Final = 400
MARGIN_PX: Final = {"l": 56, "r": 22, "t": 26, "b": 50}
HEADROOM: Final = 5.0  # the plot ends this far above the dearest level line
LEGROOM: Final = 0.7
LEAST_SHOWN: Final = 1e-4
PLOT_PX: Final = HEIGHT_PX - MARGIN_PX["t"] - MARGIN_PX["b"]


def break_even_chart(evaluation: Evaluation, palette: Palette) -> go.Figure:
    """Draw unit cost by utilisation: falling curves of your machines, level lines of prices."""
    figure = go.Figure()
    style = styles(evaluation, palette)
    best = evaluation.verdict.best
    low, high = _cost_range(evaluation)
    left = lowest_utilisation(evaluation)
    ticks, shares = _ticks(low, high), _ticks(left, 1.0)
    for key, usd_per_mtok in evaluation.level_lines:
        _add_level_line(figure, evaluation, key, usd_per_mtok, style[key])
    for key, points in sorted(evaluation.curves, key=lambda curve: curve[0] == best):
        figure.add_scatter(
            x=[point.utilisation for point in points],
            y=[point.usd_per_mtok for point in points],
            mode="lines",
            name=chart_text(name_of(evaluation, key)),
            line={
                "color": style[key].colour,
                "dash": "solid" if key == best else style[key].dash,
                "width": 3.4 if key == best else 1.7,
            },
            hovertemplate="%{x:.0%} used: $%{y:.3g}/Mtok<extra>%{fullData.name}</extra>",
        )
    for answer in sorted(evaluation.break_evens, key=lambda answer: answer.alternative == best):
        add_markers(figure, evaluation, answer, style[answer.alternative], palette)
    add_own_line(figure, evaluation, palette)
    add_labels(figure, evaluation, style, palette, cost_range=(low, high), plot_px=PLOT_PX)
    figure.update_layout(
        height=HEIGHT_PX,
        margin=MARGIN_PX,
        showlegend=False,
        hoverlabel={"namelength": -1},
        font={"size": 13},
    )
    figure.update_xaxes(
        title_text="Utilisation within the latency objective, log scale",
        type="log",
        range=[math.log10(left), 0],
        tickvals=shares,
        ticktext=[f"{tick * 100:g}%" for tick in shares],
        tickangle=0,
        showgrid=False,
        zeroline=False,
        fixedrange=True,
    )
    figure.update_yaxes(
        title_text="USD per million tokens, log scale",
        type="log",
        range=[math.log10(low), math.log10(high)],
        tickvals=ticks,
        ticktext=[f"${tick:g}" for tick in ticks],
        fixedrange=True,
    )
    return figure


def break_even_finding(evaluation: Evaluation) -> str:
    """Say what the hero chart shows, for those who do not see it."""
    sentences = [f"{evaluation.verdict.headline} {evaluation.verdict.sentence}"]
    for answer in evaluation.break_evens:
        u = answer.utilisation
        name = name_of(evaluation, answer.alternative)
        if u.value is None:
            sentences.append(f"{name} never breaks even: {u.reason}")
        else:
            sentences.append(
                f"{name} breaks even at {share(u.value)} utilisation "
                f"(P10 to P90 {band(u.low, u.high)}); your traffic gives {share(u.own)}."
            )
    return " ".join(sentences)


def _cost_range(evaluation: Evaluation) -> tuple[float, float]:
    levels = [usd_per_mtok for _, usd_per_mtok in evaluation.level_lines]
    at_full = [points[-1].usd_per_mtok for _, points in evaluation.curves if points]
    return min(levels + at_full) * LEGROOM, max(levels + at_full) * HEADROOM


def _ticks(low: float, high: float) -> list[float]:
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks = [round(digit * 10.0**decade, 12) for decade in decades for digit in (1, 2, 5)]
    return [tick for tick in ticks if low <= tick <= high]


def _add_level_line(
    figure: go.Figure, evaluation: Evaluation, key: str, usd_per_mtok: float, style: Style
) -> None:
    is_baseline = key == evaluation.alternatives[0].key
    figure.add_scatter(
        x=[LEAST_SHOWN, 1],
        y=[usd_per_mtok, usd_per_mtok],
        mode="lines",
        name=chart_text(name_of(evaluation, key)),
        line={
            "color": style.colour,
            "dash": "solid" if is_baseline else style.dash,
            "width": 3.0 if is_baseline else 1.4,
        },
        hovertemplate="$%{y:.3g}/Mtok<extra>%{fullData.name}</extra>",
    )
