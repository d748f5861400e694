"""Break-even by month: what moving has saved by the end of each month, discounted."""

import plotly.graph_objects as go

from tco.results import BreakEven, Evaluation
from tco.ui.charts.style import NO_TEMPLATE, Palette, name_of, styles
from tco.ui.wording import chart_text, usd


def saving_chart(evaluation: Evaluation, palette: Palette) -> go.Figure:
    """Draw the discounted cumulative saving of each self-hosted option over the horizon."""
    figure = go.Figure()
    style = styles(evaluation, palette)
    best = evaluation.verdict.best
    for answer in evaluation.break_evens:
        own = style[answer.alternative]
        name = chart_text(name_of(evaluation, answer.alternative))
        cumulative = answer.month.cumulative_usd
        is_best = answer.alternative == best
        figure.add_scatter(
            x0=0,
            dx=1,
            y=[round(usd_saved) for usd_saved in cumulative],
            mode="lines",
            name=name,
            line={
                "color": own.colour,
                "dash": "solid" if is_best else own.dash,
                "width": 3.2 if is_best else 1.8,
            },
            hovertemplate="Month %{x}: $%{y:,.0f}<extra>%{fullData.name}</extra>",
        )
        payback = answer.month.payback
        if payback is not None:
            figure.add_scatter(
                x=[payback],
                y=[round(cumulative[payback])],
                mode="markers",
                name=name,
                showlegend=False,
                marker={
                    "symbol": own.marker,
                    "size": 11,
                    "color": own.colour,
                    "line": {"color": palette.paper, "width": 1.5},
                },
                hovertemplate="Paid back in month %{x}<extra>%{fullData.name}</extra>",
            )
    figure.add_hline(y=0, line={"color": palette.text, "width": 1.4})
    figure.update_layout(
        template=NO_TEMPLATE,
        height=360,
        margin={"l": 8, "r": 16, "t": 12, "b": 48},
        legend={"orientation": "h", "y": -0.22, "yanchor": "top", "x": 0, "title_text": ""},
        font={"size": 13},
    )
    figure.update_xaxes(title_text="Month", rangemode="tozero", tickangle=0, fixedrange=True)
    figure.update_yaxes(
        title_text="Saved so far, discounted",
        tickprefix="$",
        tickformat="~s",
        automargin=True,
        fixedrange=True,
    )
    return figure


def saving_finding(evaluation: Evaluation, answer: BreakEven) -> str:
    """Say when one option has paid for itself, or why it does not within the horizon."""
    name = evaluation.alternative(answer.alternative).label
    month = answer.month
    horizon = len(month.cumulative_usd) - 1
    worth = f"After {horizon} months it is {usd(month.npv_usd)} against staying, discounted."
    if month.payback is None:
        return f"{name} is not paid back within {horizon} months. {worth}"
    return f"{name} is paid back in month {month.payback}. {worth}"
