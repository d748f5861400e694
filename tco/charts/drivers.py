"""What the threshold hangs on: u* over each driver, with where you stand, side by side."""

import math
from collections.abc import Sequence
from typing import Any, Final

from tco.analysis.drivers import DRIVER_POINTS, DriverCurve, driver_curves
from tco.charts.chart import Case, Chart
from tco.charts.frame import frame, two_lines
from tco.charts.style import Palette, Spec, light
from tco.charts.winners import ticks_of
from tco.exports.axis import Axis
from tco.words.figures import amount, share, share_tick
from tco.words.formats import PLOT_NUMBER, plotted

PANELS_ACROSS: Final = 2
PANEL_PX: Final = 250
GAP: Final = 0.12
PANEL_TITLE_PX: Final = 62
TICK: Final = 0.01  # least height of a panel
TOP: Final = 1.25  # above full use, a threshold is out of reach
_AT: Final = plotted("x", PLOT_NUMBER)
_USED: Final = "%{customdata}"


def driver_chart(curves: Sequence[DriverCurve], palette: Palette) -> Spec:
    """Draw one small panel per driver: the threshold, your utilisation, your value."""
    rows = math.ceil(len(curves) / PANELS_ACROSS)
    names = {"orientation": "h", "y": 1.0 + 22 / (PANEL_PX * rows), "yanchor": "bottom", "x": 0}
    layout = frame(PANEL_PX * rows, (48, 12, 30, 44), font={"size": 12}, legend=names)
    data: list[dict[str, Any]] = []
    for place, curve in enumerate(curves):
        data += _panel(curve, place, palette)
        layout |= _axes(curve, place, rows)
    return {"data": light(data), "layout": layout}


def driver_finding(curves: Sequence[DriverCurve]) -> str:
    """Say for each driver over what range the threshold moves."""
    said = []
    for curve in curves:
        found = [p.threshold for p in curve.points if p.threshold is not None]
        if not found:
            said.append(f"{curve.factor.label}: no threshold ({curve.points[0].reason}).")
            continue
        unit = curve.factor.unit
        said.append(
            f"{curve.factor.label}, {amount(curve.factor.low, unit)} to "
            f"{amount(curve.factor.high, unit)}: threshold from {share(min(found))} to "
            f"{share(max(found))}; at your {amount(curve.factor.value, unit)} it is "
            f"{share(curve.given.threshold)}."
        )
    return " ".join(said)


def _panel(curve: DriverCurve, place: int, palette: Palette) -> list[dict[str, Any]]:
    at = "" if place == 0 else str(place + 1)
    axes = {"xaxis": f"x{at}", "yaxis": f"y{at}"}
    x = [p.value for p in curve.points]
    first = place == 0
    return [
        {
            "type": "scatter",
            **axes,
            "x": x,
            "y": [_cut(p.threshold) for p in curve.points],
            "customdata": [share(p.threshold) for p in curve.points],
            "mode": "lines",
            "name": "self-hosting pays from",
            "line": {"color": palette.series[0], "width": 2.6},
            "showlegend": first,
            "hovertemplate": f"{_AT}: from {_USED}<extra></extra>",
        },
        {
            "type": "scatter",
            **axes,
            "x": x,
            "y": [_cut(p.utilisation) for p in curve.points],
            "customdata": [share(p.utilisation) for p in curve.points],
            "mode": "lines",
            "name": "your utilisation",
            "line": {"color": palette.series[1], "width": 1.8, "dash": "dot"},
            "showlegend": first,
            "hovertemplate": f"{_AT}: you use {_USED}<extra></extra>",
        },
        {
            "type": "scatter",
            **axes,
            "x": [curve.factor.value],
            "y": [_cut(curve.given.threshold)],
            "customdata": [share(curve.given.threshold)],
            "mode": "markers",
            "name": "as given",
            "marker": {"symbol": "circle", "size": 11, "color": palette.series[0],
                       "line": {"color": palette.paper, "width": 2}},
            "showlegend": first,
            "hovertemplate": f"as given, {_AT}: from {_USED}<extra></extra>",
        },
    ]  # fmt: skip


def _axes(curve: DriverCurve, place: int, rows: int) -> dict[str, Any]:
    at = "" if place == 0 else str(place + 1)
    row, column = divmod(place, PANELS_ACROSS)
    width = (1 - GAP * (PANELS_ACROSS - 1)) / PANELS_ACROSS
    left = column * (width + GAP)
    height = 1 / rows
    gap = PANEL_TITLE_PX / (PANEL_PX * rows)
    top = 1 - row * height - (gap if row else 0)
    found = [p for point in curve.points for p in (point.threshold, point.utilisation)]
    ticks = Axis(0.0, max([TICK, *(_cut(p) or 0.0 for p in found)]), "", share_tick).ticks()[::2]
    unit = "" if curve.factor.unit == "1" else f", {curve.factor.unit}"
    return {
        f"xaxis{at}": {
            "domain": [left, left + width],
            "anchor": f"y{at}",
            "title": {"text": two_lines(f"{curve.factor.label}{unit}"), "font": {"size": 12}},
            "tickangle": 0,
            "nticks": 4,
            "showgrid": False,
            "fixedrange": True,
            **_fewer(ticks_of(curve.factor)),
        },
        f"yaxis{at}": {
            "domain": [max(0.0, top - height + gap * (1 if rows > 1 else 0)), top],
            "anchor": f"x{at}",
            "tickvals": ticks,
            "ticktext": [share_tick(tick) for tick in ticks],
            "rangemode": "tozero",
            "nticks": 5,
            "fixedrange": True,
        },
    }  # fmt: skip


def _fewer(ticks: Spec) -> Spec:
    """Write every second tick: a panel is half as wide as a phone."""
    return {key: each[::2] if isinstance(each, list) else each for key, each in ticks.items()}


def _cut(value: float | None) -> float | None:
    """Leave out what is far beyond full use, so that the rest stays readable."""
    return None if value is None or value > TOP else value


Driven = tuple[Sequence[DriverCurve], str]
"""Curves of one option, one a driver, and what the option is called."""


def _subject(case: Case) -> Driven | None:
    curves = driver_curves(case.question, points=DRIVER_POINTS)
    chosen = case.preferred([curve.alternative for curve in curves])
    if chosen is None:
        return None
    label = case.evaluation.alternative(chosen).label
    return [curve for curve in curves if curve.alternative == chosen], label


DRIVERS_CHART: Final[Chart[Driven]] = Chart(
    "drivers",
    lambda of: f"Utilisation from which {of[1]} pays, by driver",
    _subject,
    lambda of, palette: driver_chart(of[0], palette),
    lambda of: driver_finding(of[0]),
)
