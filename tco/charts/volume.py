"""Break-even by volume: the spans of requests a month at which each option costs less."""

import math
from collections.abc import Sequence
from typing import Final

from tco.answer.worked import Evaluation
from tco.charts.chart import Chart, with_an_option
from tco.charts.frame import LABEL_CHARACTERS, NAMES_DOWN, above, frame, upright
from tco.charts.style import Palette, Spec, light, name_of, styles, today_of
from tco.results.answer import BreakEven
from tco.words.figures import count, span
from tco.words.markdown import chart_text, cut

FILLED: Final = {"mode": "lines", "hovertemplate": "cheaper %{fullData.name}<extra></extra>"}
VIEW_BEYOND_MARKS: Final = 4.0  # the axis ends this far from what is marked


def volume_chart(evaluation: Evaluation, palette: Palette) -> Spec:
    """Draw one lane per self-hosted option, filled where it costs less than staying."""
    style = styles(evaluation, palette)
    own = evaluation.alternatives[0].requests_per_month
    left, right = _view(evaluation, own)
    lanes = {
        answer.alternative: chart_text(
            cut(name_of(evaluation, answer.alternative), LABEL_CHARACTERS)
        )
        for answer in evaluation.break_evens
    }
    filled = [
        {
            "x": [max(low, left), right if high is None else min(high, right)],
            "y": [lanes[answer.alternative]] * 2,
            "line": {"color": style[answer.alternative].colour, "width": 13},
            "name": span(low, high, least),
        }
        for answer in evaluation.break_evens
        for (low, high), least in zip(answer.volume.spans, answer.volume.up_to, strict=True)
    ]
    return {
        "data": light(filled),
        "layout": {
            **frame(92 + 38 * len(evaluation.break_evens), (8, 16, 26, 48), showlegend=False),
            "template": {"data": {"scatter": [{"type": "scatter", **FILLED}]}},
            "shapes": light([upright(own, palette, width=1.6)]),
            "annotations": light([_own_name(own, palette)]),
            "yaxis": _lanes(list(lanes.values()), palette),
            "xaxis": {
                "type": "log",
                "range": light([math.log10(left), math.log10(right)]),
                "title": {"text": "Requests a month, log scale"},
                "exponentformat": "SI",
                "dtick": 1,
                "tickangle": 0,
                "fixedrange": True,
            },
        },
    }


def volume_finding(evaluation: Evaluation, answer: BreakEven) -> str:
    """Say at which volumes one option costs less, or why at none."""
    name = evaluation.alternative(answer.alternative).label
    volume = answer.volume
    if not volume.spans:
        return f"{name} costs less at no volume up to {count(volume.searched_up_to)}."
    ends = zip(volume.spans, volume.up_to, strict=True)
    spans = "; ".join(span(low, high, least) for (low, high), least in ends)
    for_good = volume.cheaper_for_good_from
    tail = f" For good from {count(for_good)}." if for_good is not None else ""
    return f"{name} costs less {spans} requests a month.{tail}"


def _view(evaluation: Evaluation, own: float) -> tuple[float, float]:
    marks = [own]
    for answer in evaluation.break_evens:
        marks += [c.requests_per_month for c in answer.volume.crossings if c.requests_per_month > 0]
    return min(marks) / VIEW_BEYOND_MARKS, max(marks) * VIEW_BEYOND_MARKS


def _lanes(names: Sequence[str], palette: Palette) -> Spec:
    """A dotted lane for every option from the top down, also for one that never costs less."""
    return {
        **NAMES_DOWN,
        "type": "category",
        "categoryarray": names,
        "autorange": False,
        "range": [len(names) - 0.5, -0.5],
        "showgrid": True,
        "griddash": "dot",
        "gridcolor": palette.muted,
    }


def _own_name(own: float, palette: Palette) -> Spec:
    font = {"color": palette.text}
    return above(math.log10(own), f"<b>You: {count(own)}</b>", palette, font=font)


VOLUME_CHART: Final = Chart(
    "volume",
    lambda of: f"Where each option costs less a month than {today_of(of)}",
    with_an_option,
    volume_chart,
    lambda of: " ".join(volume_finding(of, answer) for answer in of.break_evens),
)
