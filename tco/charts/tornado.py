"""What moves the answer most: one bar per input, from its low to its high."""

from collections.abc import Sequence
from typing import Final

from tco.analysis.sensitivity import Swing, Tornado, tornado
from tco.charts.chart import Case, Chart
from tco.charts.frame import NAMES_DOWN, above, frame, hatched, legend, upright, usd_axis
from tco.charts.style import Palette, Spec
from tco.words.figures import amount
from tco.words.formats import plotted
from tco.words.markdown import chart_text, cut
from tco.words.money import usd

MOST_SWINGS: Final = 14
INPUT_CHARACTERS: Final = 46


def shown_swings(found: Tornado) -> tuple[Swing, ...]:
    """The widest bars, widest first; what has no width moves nothing."""
    return tuple(s for s in found.swings if s.swing_usd)[:MOST_SWINGS]


def tornado_chart(found: Tornado, palette: Palette) -> Spec:
    """Draw the gap, self-hosting less staying, with each input at its low and at its high."""
    swings = shown_swings(found)
    given = found.given.gap_usd or 0.0
    rows = [_row(swing) for swing in swings]
    return {
        "data": [
            _ends(swings, rows, given, palette, low=True),
            _ends(swings, rows, given, palette, low=False),
        ],
        "layout": frame(
            110 + 30 * len(rows),
            (8, 16, 28, 66),
            barmode="overlay",
            bargap=0.35,
            legend=legend(-0.14),
            shapes=[upright(0.0, palette, "solid"), upright(given, palette)],
            annotations=[
                above(0.0, "equal", palette),
                above(given, f"<b>as given: {usd(given)}</b>", palette),
            ],
            xaxis=usd_axis(_axis(found), tickangle=0, zeroline=False),
            yaxis=NAMES_DOWN,
        ),
    }


def tornado_finding(found: Tornado) -> str:
    """Say which inputs move the answer most, and at what value the winner flips."""
    swings = shown_swings(found)
    if not swings:
        return found.given.reason or "No input moves the answer."
    parts = []
    for swing in swings[:3]:
        flip = swing.flip
        turns = (
            f", flips at {amount(flip.value, swing.factor.unit)}"
            if flip is not None
            else ", no flip within its range"
        )
        parts.append(f"{swing.factor.label} by {usd(swing.swing_usd)}{turns}")
    return f"What moves the answer most: {'; '.join(parts)}."


def _row(swing: Swing) -> str:
    """Name of a bar, and where along its range the winner flips."""
    name = chart_text(cut(swing.factor.label, INPUT_CHARACTERS))
    if swing.flip is None:
        return name
    return f"{name} · <b>flips at {amount(swing.flip.value, swing.factor.unit)}</b>"


def _ends(
    swings: Sequence[Swing], rows: list[str], given: float, palette: Palette, *, low: bool
) -> Spec:
    """Bars from the answer as given to the answer at one end of each range."""
    gaps = [(s.at_low if low else s.at_high).gap_usd for s in swings]
    values = [s.factor.low if low else s.factor.high for s in swings]
    return {
        "type": "bar",
        "orientation": "h",
        "name": "at its low" if low else "at its high",
        "y": rows,
        "x": [None if gap is None else round(gap - given) for gap in gaps],
        "base": [round(given)] * len(rows),
        "text": [amount(v, s.factor.unit) for v, s in zip(values, swings, strict=True)],
        "textposition": "none",
        "marker": hatched(palette.series[1 if low else 0], "/" if low else "", palette),
        "customdata": [None if gap is None else round(gap) for gap in gaps],
        "hovertemplate": f"%{{y}} = %{{text}}: ${plotted('customdata')}<extra></extra>",
    }


def _axis(found: Tornado) -> str:
    over = "a month" if found.by == "month" else "over the horizon, today's value"
    return f"Self-hosting less staying, USD {over}; left of equal it costs less"


def _subject(case: Case) -> Tornado | None:
    found = tornado(case.question, by="month")
    return found if found.given.gap_usd is not None else None


TORNADO_CHART: Final = Chart(
    "tornado", "What moves the answer", _subject, tornado_chart, tornado_finding
)
