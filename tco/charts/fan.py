"""How sure the bills are: the middle of all draws, and the band that holds four of five."""

import math
from typing import Any, Final

from tco.analysis.uncertainty import uncertainty
from tco.answer.uncertainty import BillBand, Uncertainty
from tco.answer.worked import Evaluation
from tco.charts.chart import Case, Chart
from tco.charts.frame import LABEL_CHARACTERS, MONTHS, frame, legend, money_axis
from tco.charts.style import OWN_NAME, Palette, Spec, styles
from tco.words.figures import plural, share
from tco.words.formats import plotted
from tco.words.markdown import chart_text, cut
from tco.words.shown_money import ShownMoney

FAN_OPACITY: Final = 0.22


def fan_chart(evaluation: Evaluation, found: Uncertainty, option: str, palette: Palette) -> Spec:
    """Draw staying and one option: P50 as a line, P10 to P90 as a band."""
    style = styles(evaluation, palette)
    stay = evaluation.alternatives[0].key
    drawn = [bill for bill in found.bills if bill.alternative in (stay, option)]
    data: list[dict[str, Any]] = []
    for bill in drawn:
        look = style[bill.alternative]
        dash = "solid" if bill.alternative == stay else "dash"
        data += _fan(bill, look.colour, dash, evaluation.money)
    bills = money_axis("Bill of a month", evaluation.money, rangemode="tozero")
    axes = {"xaxis": MONTHS, "yaxis": bills}
    return {"data": data, "layout": frame(380, (8, 16, 12, 48), legend=legend(-0.2), **axes)}


def fan_finding(evaluation: Evaluation, found: Uncertainty, option: str) -> str:
    """Say how often the option costs less, and between which bills it lies."""
    odds = next(o for o in found.odds if o.alternative == option)
    label = evaluation.alternative(option).label
    bill = next(b for b in found.bills if b.alternative == option)
    band, money = bill.first_month, evaluation.money
    between = (
        f"its first bill lies between {money(band.p10)} and {money(band.p90)} in four of five"
        if math.isfinite(band.p90)
        else f"in {share(bill.unserved)} of them it cannot serve the load"
    )
    return (
        f"{label} costs less than staying in {share(odds.cheaper_first_month)} of "
        f"{plural(found.draws, 'draw')} in the first month, and in "
        f"{share(odds.cheaper_over_horizon)} over the horizon; {between}."
    )


def _fan(bill: BillBand, colour: str, dash: str, money: ShownMoney) -> list[dict[str, Any]]:
    months = list(range(1, len(bill.by_month) + 1))
    name = chart_text(cut(bill.label, LABEL_CHARACTERS))
    return [
        {
            "type": "scatter",
            "x": [*months, *reversed(months)],
            "y": [
                *(_finite(money.amount(band.p90)) for band in bill.by_month),
                *(_finite(money.amount(band.p10)) for band in reversed(bill.by_month)),
            ],
            "fill": "toself",
            "fillcolor": colour,
            "opacity": FAN_OPACITY,
            "mode": "none",
            "name": f"{name}, P10–P90",
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "x": months,
            "y": [_finite(money.amount(band.p50)) for band in bill.by_month],
            "mode": "lines",
            "name": f"{name}, P50",
            "line": {"color": colour, "width": 2.6, "dash": dash},
            "hovertemplate": f"Month %{{x}}: {money.sign}{plotted('y')}{OWN_NAME}",
        },
    ]


def _finite(value: float) -> float | None:
    return round(value) if math.isfinite(value) else None


DrawnBills = tuple[Evaluation, Uncertainty, str]
"""An answer, its draws, and the option they are shown of."""


def _subject(case: Case) -> DrawnBills | None:
    found = uncertainty(case.question)
    chosen = case.preferred([one.alternative for one in found.odds])
    return (case.evaluation, found, chosen) if chosen else None


FAN_CHART: Final[Chart[DrawnBills]] = Chart(
    "fan",
    lambda of: f"How sure the bills of {of[0].alternative(of[2]).label} and of staying are",
    _subject,
    lambda of, palette: fan_chart(*of, palette),
    lambda of: fan_finding(*of),
)
