"""Where the paid capacity of a fleet goes: used, and lost to each cause in turn."""

from itertools import accumulate
from operator import mul
from typing import Final

from tco.answer.worked import Evaluation
from tco.charts.bills import PATTERNS
from tco.charts.chart import Case, Chart
from tco.charts.frame import BARS_PX, LABEL_CHARACTERS, NAMES_DOWN, ROW_PX, frame, hatched, legend
from tco.charts.style import Palette, Spec
from tco.results.bill import Alternative, Serving
from tco.words.figures import percent_shown, share, share_tick
from tco.words.formats import PLOT_SHARE
from tco.words.markdown import chart_text, cut

QUARTERS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
USED: Final = "used by your requests"
SHARE_DECIMALS: Final = 6


def use_chart(evaluation: Evaluation, palette: Palette) -> Spec:
    """Draw one bar per fleet, from 0 to all of what it could serve within the objective."""
    fleets = [(a, a.serving) for a in evaluation.alternatives if a.serving is not None]
    rows = [chart_text(cut(a.label, LABEL_CHARACTERS)) for a, _ in fleets]
    parts = [dict(capacity_parts(serving)) for _, serving in fleets]
    causes = list(dict.fromkeys(cause for part in parts for cause in part))
    return {
        "data": [
            {
                "type": "bar",
                "orientation": "h",
                "name": chart_text(cause),
                "y": rows,
                "x": [round(part.get(cause, 0.0), SHARE_DECIMALS) for part in parts],
                "customdata": [percent_shown(part.get(cause, 0.0)) for part in parts],
                "marker": hatched(
                    palette.series[0] if cause == USED else palette.muted,
                    PATTERNS[place % len(PATTERNS)],
                    palette,
                    opacity=1.0 if cause == USED else 0.32 + 0.13 * place,
                ),
                "hovertemplate": f"{PLOT_SHARE} %{{fullData.name}}<extra>%{{y}}</extra>",
            }
            for place, cause in enumerate(causes)
        ],
        "layout": frame(
            BARS_PX + ROW_PX * len(rows) + 16,
            (8, 16, 6, 64),
            barmode="stack",
            bargap=0.35,
            legend=legend(-0.2),
            xaxis={
                "tickvals": QUARTERS,
                "ticktext": [share_tick(tick) for tick in QUARTERS],
                "range": [0, 1],
                "fixedrange": True,
            },
            yaxis=NAMES_DOWN,
        ),
    }


def capacity_parts(serving: Serving) -> tuple[tuple[str, float], ...]:
    """Split a fleet's capacity into what is used and what each cause leaves idle; adds up to 1."""
    factors = [factor for _, factor in serving.utilisation_causes]
    kept = [1.0, *accumulate(factors, mul)]
    lost = [
        (f"idle: {cause}", kept[place] - kept[place + 1])
        for place, (cause, _) in enumerate(serving.utilisation_causes)
    ]
    return ((USED, kept[-1]), *lost)


def use_finding(evaluation: Evaluation) -> str:
    """Say how much of each fleet is used, and what costs it most."""
    return " ".join(
        _sentence(a, a.serving) for a in evaluation.alternatives if a.serving is not None
    )


def _sentence(alternative: Alternative, serving: Serving) -> str:
    (_, used), *lost = capacity_parts(serving)
    if not lost:
        return f"{alternative.label}: {share(used)} of its capacity is used."
    cause, most = max(lost, key=lambda part: part[1])
    return f"{alternative.label}: {share(used)} of its capacity is used; {share(most)} is {cause}."


def _subject(case: Case) -> Evaluation | None:
    served = any(alternative.serving for alternative in case.evaluation.alternatives)
    return case.evaluation if served else None


USE_CHART: Final = Chart(
    "use",
    lambda _: "Share of the capacity of each fleet: used, and idle by cause",
    _subject,
    use_chart,
    use_finding,
)
