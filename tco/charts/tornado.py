"""What moves the answer most: one bar per input, from its low to its high."""

from typing import Final

from tco.analysis.decision import MOVING
from tco.analysis.sensitivity import Swing, Tornado, tornado
from tco.charts.chart import Case, Chart
from tco.charts.frame import (
    LABEL_CHARACTERS,
    LINE_CHARACTERS,
    NAMES_DOWN,
    ROW_PX,
    above,
    frame,
    hatched,
    money_axis,
    two_lines,
    upright,
)
from tco.charts.style import Palette, Spec
from tco.words.figures import amount
from tco.words.formats import plotted
from tco.words.markdown import chart_text, cut

MOST_SWINGS: Final = 14
INPUT_CHARACTERS: Final = 46
ABOVE_THE_OTHER_PX: Final = 16
"""What a word over one line is raised by, so that no other over another line meets it."""
ROOM_FOR_CAMERA: Final = 60
"""Right of the plot: a word over its edge is clear of the button for pictures [px]."""


def shown_swings(found: Tornado) -> tuple[Swing, ...]:
    """The widest bars, widest first; what has no width moves nothing."""
    return tuple(s for s in found.swings if s.swing_usd)[:MOST_SWINGS]


def tornado_chart(found: Tornado, palette: Palette) -> Spec:
    """Draw the gap, moving less staying, with each input at its low and at its high."""
    swings = shown_swings(found)
    money = found.money
    given = money.amount(found.given.gap_usd or 0.0)
    rows = [_row(swing) for swing in swings]
    return {
        "data": [
            _ends(found, rows, palette, low=True),
            _ends(found, rows, palette, low=False),
        ],
        "layout": frame(
            146 + ROW_PX * len(rows),
            (8, ROOM_FOR_CAMERA, 46, 100),
            barmode="overlay",
            bargap=0.35,
            showlegend=False,
            shapes=[upright(0.0, palette, "solid"), upright(given, palette)],
            annotations=[
                above(0.0, "equal", palette, yshift=ABOVE_THE_OTHER_PX),
                above(given, f"<b>as given: {money(found.given.gap_usd)}</b>", palette),
            ],
            xaxis=money_axis(_axis(found), money, tickangle=0, zeroline=False, nticks=5),
            yaxis=NAMES_DOWN,
        ),
    }


def tornado_finding(found: Tornado) -> str:
    """Say which inputs move the answer most, and at what value it turns."""
    swings = shown_swings(found)
    if not swings:
        return found.given.reason or "No input moves the answer."
    parts = []
    for swing in swings[:3]:
        flip = swing.flip
        turns = (
            f", turns at {amount(flip.value, swing.factor.unit)}"
            if flip is not None
            else ", no turn within its range"
        )
        parts.append(f"{swing.factor.label} by {found.money(swing.swing_usd)}{turns}")
    return (
        f"What moves the answer most, in present value of {MOVING[found.of]} "
        f"(as given {found.given.best_label}) less staying: {'; '.join(parts)}."
    )


def _row(swing: Swing) -> str:
    """Name of a bar, and where along its range the answer turns."""
    name = cut(swing.factor.label, INPUT_CHARACTERS)
    if swing.flip is None:
        return two_lines(name)
    turns = chart_text(f"turns at {amount(swing.flip.value, swing.factor.unit)}")
    return f"{chart_text(cut(name, LINE_CHARACTERS))}<br><b>{turns}</b>"


def _ends(found: Tornado, rows: list[str], palette: Palette, *, low: bool) -> Spec:
    """Bars from the answer as given to the answer at one end of each range."""
    swings, money = shown_swings(found), found.money
    given = money.amount(found.given.gap_usd or 0.0)
    at_end = [(s.at_low if low else s.at_high).gap_usd for s in swings]
    gaps = [None if gap is None else money.amount(gap) for gap in at_end]
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
        "hovertemplate": f"%{{y}} = %{{text}}: {money.sign}{plotted('customdata')}<extra></extra>",
    }


def _axis(found: Tornado) -> str:
    moving = MOVING[found.of]
    name = chart_text(cut(found.given.best_label, LABEL_CHARACTERS))
    return (
        f"{moving[0].upper()}{moving[1:]} less staying,<br>as given {name};<br>"
        f"present value, {found.money.code}; "
        "left of equal it costs less.<br>Hatched: input at its low; plain: at its high"
    )


def _subject(case: Case) -> Tornado | None:
    found = tornado(case.question)
    return found if found.given.gap_usd is not None else None


TORNADO_CHART: Final = Chart(
    "tornado",
    lambda of: f"What moves {of.given.best_label or MOVING[of.of]} less staying",
    _subject,
    tornado_chart,
    tornado_finding,
)
