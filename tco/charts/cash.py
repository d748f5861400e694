"""Cash month by month: what moving saves or costs in each month, and its running sum."""

from itertools import pairwise
from typing import Final

from tco.answer.worked import Evaluation
from tco.charts.chart import Case, Chart
from tco.charts.frame import LABEL_CHARACTERS, MONTHS, frame, level, money_axis
from tco.charts.style import OWN_NAME, Palette, Spec, styles
from tco.results.answer import Move
from tco.words.figures import plural
from tco.words.formats import plotted
from tco.words.markdown import chart_text, cut


def monthly_flows(answer: Move) -> list[float]:
    """Discounted flow of months 0 to the horizon: steps of the running sum [USD]."""
    sums = answer.month.cumulative_usd
    return [*sums[:1], *(after - before for before, after in pairwise(sums))]


def cash_chart(evaluation: Evaluation, answer: Move, palette: Palette) -> Spec:
    """Draw the flow of each month as a bar, and their running sum as a line."""
    own = styles(evaluation, palette)[answer.alternative]
    money = evaluation.money
    months = list(range(len(answer.month.cumulative_usd)))
    payback = answer.month.discounted_payback
    name = chart_text(cut(evaluation.alternative(answer.alternative).label, LABEL_CHARACTERS))
    return {
        "data": [
            {
                "type": "bar",
                "yaxis": "y2",
                "x": months,
                "y": [round(money.amount(flow)) for flow in monthly_flows(answer)],
                "name": "in the month",
                "marker": {"color": palette.muted, "opacity": 0.55, "line": {"width": 0}},
                "hovertemplate": f"Month %{{x}}: {money.sign}{plotted('y')}{OWN_NAME}",
            },
            {
                "type": "scatter",
                "x": months,
                "y": [round(money.amount(saved)) for saved in answer.month.cumulative_usd],
                "mode": "lines",
                "name": "so far",
                "line": {"color": own.colour, "width": 3},
                "hovertemplate": f"By month %{{x}}: {money.sign}{plotted('y')}{OWN_NAME}",
            },
        ],
        "layout": frame(
            436,
            (8, 16, 26, 64),
            bargap=0.25,
            showlegend=False,
            hoverlabel={"namelength": -1},
            shapes=[level(palette)],
            annotations=[] if payback is None else [_payback(evaluation, answer, payback, palette)],
            xaxis={**MONTHS, "title": {"text": f"Month after moving to<br>{name}"}, "anchor": "y2"},
            yaxis=money_axis("Saved so far", money, domain=[0.42, 1], nticks=6),
            yaxis2=money_axis("In the month", money, domain=[0, 0.3], nticks=6),
        ),
    }


def cash_finding(evaluation: Evaluation, answer: Move) -> str:
    """Say what one option comes to over the horizon."""
    label = evaluation.alternative(answer.alternative).label
    horizon = plural(len(answer.month.monthly_saving_usd), "month")
    worth = f"{evaluation.money(answer.month.npv_usd)} today, over {horizon}"
    paid = answer.month.discounted_payback
    if paid is None:
        return f"{label} is worth {worth}; it is {answer.month.reason}."
    return f"{label} is paid back in month {paid} (discounted) and worth {worth}."


def _payback(evaluation: Evaluation, answer: Move, payback: int, palette: Palette) -> Spec:
    return {
        "x": payback,
        "y": evaluation.money.amount(answer.month.cumulative_usd[payback]),
        "ax": 0,
        "ay": -46,
        "text": f"<b>paid back in month {payback}</b>",
        "arrowcolor": palette.text,
        "arrowwidth": 1.2,
        "arrowhead": 2,
        "bgcolor": palette.paper,
        "font": {"color": palette.text, "size": 12},
    }


Moving = tuple[Evaluation, Move]
"""An answer, and the option that is moved to."""


def _subject(case: Case) -> Moving | None:
    chosen = case.preferred([move.alternative for move in case.evaluation.moves])
    found = case.evaluation.move(chosen) if chosen else None
    return (case.evaluation, found) if found else None


def moving_to(of: Moving) -> str:
    """Label of the option that is moved to."""
    evaluation, answer = of
    return evaluation.alternative(answer.alternative).label


CASH_CHART: Final[Chart[Moving]] = Chart(
    "cash",
    lambda of: f"Cash flow of moving to {moving_to(of)}",
    _subject,
    lambda of, palette: cash_chart(*of, palette),
    lambda of: cash_finding(*of),
)
