"""From one scenario to another: what each difference does to the gap, one step after the other."""

from collections.abc import Iterable, Mapping
from typing import Final

from tco.analysis.change_words import step_name
from tco.analysis.compare import ScenarioComparison
from tco.charts.chart import Chart
from tco.charts.frame import (
    BARS_PX,
    LABEL_CHARACTERS,
    LINE_CHARACTERS,
    NAMES_DOWN,
    ROW_PX,
    frame,
    money_axis,
)
from tco.charts.style import Palette, Spec
from tco.words.formats import plotted
from tco.words.markdown import chart_text, cut


def contribution_chart(
    found: ScenarioComparison, labels: Mapping[str, str], names: tuple[str, str], palette: Palette
) -> Spec:
    """Draw the gap of the first scenario, each step, and the gap of the second."""
    before, after = found.before.gap_usd, found.after.gap_usd
    steps = [c for c in found.contributions if c.in_order.gap_usd]
    values = [before or 0.0, *(c.in_order.gap_usd or 0.0 for c in steps), after or 0.0]
    money = found.money
    best = ",<br>then ".join(chart_text(cut(name, LABEL_CHARACTERS)) for name in _best_of(found))
    amounts = [money.amount(value) for value in values]
    rows = [names[0], *(step_name(c, labels) for c in steps), names[1]]
    return {
        "data": [
            {
                "type": "waterfall",
                "orientation": "h",
                "measure": ["absolute", *("relative" for _ in steps), "total"],
                "y": _apart(
                    f"{chart_text(cut(row, LINE_CHARACTERS))}<br><b>{money.short(value)}</b>"
                    for row, value in zip(rows, values, strict=True)
                ),
                "x": [round(amount) for amount in amounts],
                "connector": {"line": {"color": palette.muted, "width": 1, "dash": "dot"}},
                "increasing": {"marker": {"color": palette.series[1]}},
                "decreasing": {"marker": {"color": palette.series[0]}},
                "totals": {"marker": {"color": palette.muted}},
                "hovertemplate": f"%{{y}}: {money.sign}{plotted('x')}<extra></extra>",
            }
        ],
        "layout": frame(
            BARS_PX + 18 + ROW_PX * len(rows),
            (8, 60, 10, 82),
            showlegend=False,
            xaxis=money_axis(
                f"{best} less staying,<br>present value, {money.code}",
                money,
                tickangle=0,
                nticks=5,
            ),
            yaxis=NAMES_DOWN,
        ),
    }


def contribution_finding(found: ScenarioComparison, labels: Mapping[str, str]) -> str:
    """Say which difference moved the gap most."""
    total = found.difference.gap_usd
    if total is None:
        return "One of the two has no gap to compare."
    moved = [c for c in found.contributions if c.in_order.gap_usd]
    if not moved:
        return "No difference moves the gap between staying and the best other alternative."
    most = max(moved, key=lambda c: abs(c.in_order.gap_usd or 0.0))
    return (
        f"The gap between staying and {', then '.join(_best_of(found))} moves by "
        f"{found.money(total)} of present value; {found.money(most.in_order.gap_usd)} "
        f"of it by {step_name(most, labels)}."
    )


def _apart(rows: Iterable[str]) -> list[str]:
    """Tell rows of one name apart, which a chart would draw as one."""
    seen: dict[str, int] = {}
    apart = []
    for row in rows:
        seen[row] = seen.get(row, 0) + 1
        apart.append(row if seen[row] == 1 else f"{row} ({seen[row]})")
    return apart


def _best_of(found: ScenarioComparison) -> list[str]:
    """Best other alternative of the first scenario, and of the second where it is another."""
    labels = dict.fromkeys(one.best_label for one in (found.before, found.after) if one.best_label)
    return list(labels) or ["the best other alternative"]


Way = tuple[ScenarioComparison, Mapping[str, str], tuple[str, str]]
"""From one scenario to another: what differs, labels of the fields, names of both."""

CONTRIBUTIONS_CHART: Final[Chart[Way]] = Chart(
    "contributions",
    lambda of: f"From “{of[2][0]}” to “{of[2][1]}”: {', then '.join(_best_of(of[0]))} less staying",
    None,
    lambda of, palette: contribution_chart(*of, palette),
    lambda of: contribution_finding(of[0], of[1]),
)
