"""A calibration record against its points: tokens a second and time per token over clients."""

from collections.abc import Sequence
from typing import Any, Final

from hardware_profiles.calibration import CalibrationRecord, Shape
from tco.charts.chart import Case, Chart
from tco.charts.frame import above, frame, legend
from tco.charts.style import DASHES, MARKERS, OWN_NAME, Palette, Spec
from tco.serving.records import LoadCurve, MeasuredPoint, load_curves, points_of
from tco.words.figures import plural, share, significant, tokens, whole
from tco.words.formats import PLOT_NUMBER, PLOT_STEP_WORD, plotted

SHAPES: Final = 1 + len(DASHES)
"""As many as can be told apart without colour."""
TICKS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)
NEAR: Final = 0.02
BAND_OPACITY: Final = 0.18
LOWER_TOP, UPPER_END = 0.42, 0.54
"""Where the lower panel ends and the upper one begins, as shares of the height."""
_CLIENTS: Final = f"{plotted('x', PLOT_NUMBER)} clients"
_SPEED: Final = f"{plotted('y')} tokens/s"
_TIME: Final = f"{plotted('y', PLOT_NUMBER)} ms"


def calibration_chart(
    record: CalibrationRecord,
    curves: Sequence[LoadCurve],
    points: Sequence[MeasuredPoint],
    palette: Palette,
) -> Spec:
    """Draw both panels, one over the other; what was measured is shaded, the rest extrapolated."""
    data: list[dict[str, Any]] = []
    for place, curve in enumerate(curves):
        data += _shape(curve, points, place, palette)
    reach = record.span.concurrency
    axis = {"type": "log", "tickvals": TICKS, "tickangle": 0, "fixedrange": True, "showgrid": False}
    return {
        "data": data,
        "layout": {
            **frame(600, (8, 40, 26, 48), legend=legend(-0.18)),
            "shapes": [
                {
                    "type": "rect",
                    "yref": "paper",
                    "x0": reach.low,
                    "x1": reach.high,
                    "y0": bottom,
                    "y1": top,
                    "fillcolor": palette.muted,
                    "opacity": 0.09,
                    "line": {"width": 0},
                    "layer": "below",
                }
                for bottom, top in ((0, LOWER_TOP), (UPPER_END, 1))
            ],
            "annotations": [
                above(0, text, palette, xref="paper", xanchor="left", y=top)
                for top, text in ((1, "<b>Output tokens a second</b>; shaded: measured"),
                                  (LOWER_TOP, "<b>Time per output token, ms</b>"))
            ],
            "xaxis": {**axis, "anchor": "y2", "title": {"text": "Clients at once, log scale"}},
            "yaxis": {"rangemode": "tozero", "tickformat": PLOT_STEP_WORD, "fixedrange": True,
                      "domain": [UPPER_END, 1]},
            "yaxis2": {"rangemode": "tozero", "fixedrange": True, "domain": [0, LOWER_TOP]},
        },
    }  # fmt: skip


def calibration_finding(record: CalibrationRecord, points: Sequence[MeasuredPoint]) -> str:
    """Say what the record covers, and how close its curves come to held-out points."""
    reach = record.span
    said = (
        f"{record.model}, {record.gpus_per_replica} × {record.accelerator}: measured with "
        f"{whole(reach.concurrency.low)} to {plural(reach.concurrency.high, 'client')}, prompts of "
        f"{whole(reach.input_tokens.low)} to {tokens(reach.input_tokens.high)} and outputs of "
        f"{whole(reach.output_tokens.low)} to {whole(reach.output_tokens.high)}"
    )
    held_out = record.cross_validation
    error = ""
    if held_out:
        off = share(held_out.throughput_mape)
        error = f"; throughput of points held out is met within {off} on average"
    drawn = sum(any(_is_of(point, shape) for shape in reach.shapes[:SHAPES]) for point in points)
    shown = f" {plural(drawn, 'point')} drawn." if points else " Its points are not on record."
    return f"{said}{error}.{shown}"


def _shape(
    curve: LoadCurve, points: Sequence[MeasuredPoint], place: int, palette: Palette
) -> list[dict[str, Any]]:
    colour, dash = palette.series[place], ("solid", *DASHES)[place]
    shape = curve.shape
    name = f"{whole(shape.input_tokens)} in, {whole(shape.output_tokens)} out"
    mine = [point for point in points if _is_of(point, shape)]
    x = [significant(c, 4) for c in curve.clients]
    line = {"color": colour, "dash": dash, "width": 2.2}
    marker = {"symbol": MARKERS[place], "size": 8, "color": colour,
              "line": {"color": palette.paper, "width": 1}}  # fmt: skip
    return [
        {"type": "scatter", "x": [*x, *reversed(x)],
         "y": [round(v) for v in (*curve.high, *reversed(curve.low))],
         "fill": "toself", "fillcolor": colour, "opacity": BAND_OPACITY, "mode": "none",
         "showlegend": False, "hoverinfo": "skip", "name": f"{name}, 90 % band"},
        {"type": "scatter", "x": x, "y": [round(v) for v in curve.output_tokens_per_s],
         "mode": "lines", "name": name, "line": line,
         "hovertemplate": f"{_CLIENTS}: {_SPEED}{OWN_NAME}"},
        {"type": "scatter", "x": [p.clients for p in mine],
         "y": [round(p.output_tokens_per_s) for p in mine], "mode": "markers",
         "name": f"{name}, measured", "showlegend": bool(mine), "marker": marker,
         "hovertemplate": f"measured, {_CLIENTS}: {_SPEED}<extra></extra>"},
        {"type": "scatter", "yaxis": "y2", "x": x,
         "y": [significant(v, 4) for v in curve.tpot_ms], "mode": "lines", "showlegend": False,
         "name": name, "line": line,
         "hovertemplate": f"{_CLIENTS}: {_TIME}{OWN_NAME}"},
        {"type": "scatter", "yaxis": "y2", "x": [p.clients for p in mine],
         "y": [p.tpot_ms for p in mine], "mode": "markers", "showlegend": False,
         "name": f"{name}, measured", "marker": marker,
         "hovertemplate": f"measured, {_CLIENTS}: {_TIME}<extra></extra>"},
    ]  # fmt: skip


def _is_of(point: MeasuredPoint, shape: Shape) -> bool:
    """Whether a point has the lengths of a shape, and so stands beside its curve."""
    return (
        abs(point.input_tokens / shape.input_tokens - 1) < NEAR
        and abs(point.output_tokens / shape.output_tokens - 1) < NEAR
    )


Calibrated = tuple[CalibrationRecord, Sequence[LoadCurve], Sequence[MeasuredPoint]]


def calibrated(record: CalibrationRecord) -> Calibrated:
    """Record, its curves and its points."""
    return record, load_curves(record, SHAPES), points_of(record)


def _subject(case: Case) -> Calibrated | None:
    chosen = case.preferred([a.key for a in case.evaluation.alternatives if a.serving])
    serving = case.evaluation.alternative(chosen).serving if chosen else None
    record = case.data.library.calibrations.get(serving.calibration) if serving else None
    return calibrated(record) if record else None


CALIBRATION_CHART: Final[Chart[Calibrated]] = Chart(
    "calibration",
    lambda of: f"Speed of one replica: {of[0].label}",
    _subject,
    lambda of, palette: calibration_chart(*of, palette),
    lambda of: calibration_finding(of[0], of[2]),
)
