"""Break-even by month: what moving has saved by the end of each month, discounted."""

from collections.abc import Iterator
from typing import Final

from tco.answer.worked import Evaluation
from tco.charts.chart import Chart, with_an_option
from tco.charts.frame import MONTHS, frame, legend, level, money_axis
from tco.charts.style import OWN_NAME, Palette, Spec, Style, name_of, styles, today_of
from tco.results.answer import BreakEven
from tco.words.figures import plural
from tco.words.formats import plotted
from tco.words.markdown import chart_text


def saving_chart(evaluation: Evaluation, palette: Palette) -> Spec:
    """Draw the discounted cumulative saving of each self-hosted option over the horizon."""
    style = styles(evaluation, palette)
    return {
        "data": [
            trace
            for answer in evaluation.break_evens
            for trace in _saving(evaluation, answer, style[answer.alternative], palette)
        ],
        "layout": frame(
            360,
            (8, 16, 12, 48),
            shapes=[level(palette)],
            legend=legend(-0.22),
            xaxis={**MONTHS, "rangemode": "tozero"},
            yaxis=money_axis("Saved so far, discounted", evaluation.money),
        ),
    }


def saving_finding(evaluation: Evaluation, answer: BreakEven) -> str:
    """Say when one option has paid for itself, or why it does not within the horizon."""
    name = evaluation.alternative(answer.alternative).label
    month = answer.month
    horizon = plural(len(month.cumulative_usd) - 1, "month")
    worth = f"After {horizon} it is {evaluation.money(month.npv_usd)} against staying, discounted."
    if month.discounted_payback is None:
        return f"{name} is not paid back within {horizon}. {worth}"
    return f"{name} is paid back in month {month.discounted_payback} (discounted). {worth}"


def _saving(
    evaluation: Evaluation, answer: BreakEven, own: Style, palette: Palette
) -> Iterator[Spec]:
    """Saving of one option by month, and the month in which it is paid back."""
    name = chart_text(name_of(evaluation, answer.alternative))
    cumulative, payback = answer.month.cumulative_usd, answer.month.discounted_payback
    money = evaluation.money
    is_best = answer.alternative == evaluation.verdict.best_own
    yield {
        "type": "scatter",
        "x0": 0,
        "dx": 1,
        "y": [round(money.amount(usd_saved)) for usd_saved in cumulative],
        "mode": "lines",
        "name": name,
        "line": {
            "color": own.colour,
            "dash": "solid" if is_best else own.dash,
            "width": 3.2 if is_best else 1.8,
        },
        "hovertemplate": f"Month %{{x}}: {money.sign}{plotted('y')}{OWN_NAME}",
    }
    if payback is not None:
        yield {
            "type": "scatter",
            "x": [payback],
            "y": [round(money.amount(cumulative[payback]))],
            "mode": "markers",
            "name": name,
            "showlegend": False,
            "marker": {
                "symbol": own.marker,
                "size": 11,
                "color": own.colour,
                "line": {"color": palette.paper, "width": 1.5},
            },
            "hovertemplate": f"Paid back in month %{{x}} (discounted){OWN_NAME}",
        }


MONTHS_CHART: Final = Chart(
    "month",
    lambda of: f"Saved so far by leaving {today_of(of)}, month by month",
    with_an_option,
    saving_chart,
    lambda of: " ".join(saving_finding(of, answer) for answer in of.break_evens),
)
