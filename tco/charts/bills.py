"""The bills as bars: what each alternative costs a month, by what it is spent on."""

from collections.abc import Mapping, Sequence
from typing import Final, get_args

from tco.answer.worked import Evaluation
from tco.charts.chart import Chart, of_every_answer
from tco.charts.frame import BARS_PX, LABEL_CHARACTERS, NAMES_DOWN, ROW_PX, frame, hatched, legend
from tco.charts.style import Palette, Spec, today_of
from tco.results.bill import Alternative, Group
from tco.words.figures import plural
from tco.words.formats import plotted
from tco.words.markdown import chart_text, cut
from tco.words.shown_money import ShownMoney

GROUP_NAMES: Final = {
    "tokens": "Tokens",
    "machines": "Machines",
    "host": "Host and storage",
    "network": "Network",
    "platform": "Platform",
    "people": "People",
    "quality": "Quality of answers",
}
PATTERNS: Final = ("", "/", ".", "x", "-", "\\", "+")


def bill_chart(evaluation: Evaluation, palette: Palette) -> Spec:
    """Draw one bar per alternative, stacked from the lines of its bill."""
    billed = [a for a in evaluation.alternatives if a.monthly_usd is not None]
    rows = {a.key: chart_text(cut(a.label, LABEL_CHARACTERS)) for a in billed}
    groups = [group for group in get_args(Group) if group in GROUP_NAMES]
    bars = [_bars(evaluation, rows, group, place, palette) for place, group in enumerate(groups)]
    return {
        "data": [
            *(bar for bar in bars if bar["x"]),
            _totals(billed, rows, palette, evaluation.money),
        ],
        "layout": frame(
            BARS_PX + ROW_PX * len(billed),
            (8, 60, 6, 40),
            barmode="stack",
            bargap=0.35,
            legend={**legend(-0.02), "traceorder": "normal"},
            xaxis={"visible": False, "fixedrange": True},
            yaxis=NAMES_DOWN,
        ),
    }


def _bars(
    evaluation: Evaluation,
    rows: Mapping[str, str],
    group: str,
    place: int,
    palette: Palette,
) -> Spec:
    """All lines of one group, each at the row of its alternative."""
    money, billed = evaluation.money, [a for a in evaluation.alternatives if a.key in rows]
    lines = [(rows[a.key], line) for a in billed for line in a.lines if line.group == group]
    known = [(row, line) for row, line in lines if line.cost_usd]
    return {
        "type": "bar",
        "orientation": "h",
        "name": GROUP_NAMES[group],
        "y": [row for row, _ in known],
        "x": [money.amount(line.cost_usd) for _, line in known if line.cost_usd],
        "text": [chart_text(line.name) for _, line in known],
        "textposition": "none",
        "marker": hatched(palette.series[place], PATTERNS[place], palette),
        "hovertemplate": f"%{{text}}: {money.sign}{plotted('x')}/month<extra>%{{y}}</extra>",
    }


def _totals(
    billed: Sequence[Alternative], rows: Mapping[str, str], palette: Palette, money: ShownMoney
) -> Spec:
    return {
        "type": "scatter",
        "x": [money.amount(a.monthly_usd or 0.0) for a in billed],
        "y": list(rows.values()),
        "mode": "text",
        "text": [f" {money.short(a.monthly_usd)}" for a in billed],
        "textposition": "middle right",
        "textfont": {"color": palette.text, "size": 13},
        "showlegend": False,
        "hoverinfo": "skip",
        "cliponaxis": False,
    }


def bill_finding(evaluation: Evaluation) -> str:
    """Say what the bars show."""
    billed = [(a.label, a.monthly_usd) for a in evaluation.alternatives if a.monthly_usd]
    if not billed:
        return "No alternative has a bill."
    dearest, cheapest = max(billed, key=lambda b: b[1]), min(billed, key=lambda b: b[1])
    return (
        f"Monthly bills of {plural(len(billed), 'alternative')}: the lowest is {cheapest[0]} with "
        f"{evaluation.money(cheapest[1])}, the highest {dearest[0]} with "
        f"{evaluation.money(dearest[1])}."
    )


BILLS_CHART: Final = Chart(
    "bills",
    lambda of: f"Bills of one month: {today_of(of)} and every other alternative",
    of_every_answer,
    bill_chart,
    bill_finding,
)
