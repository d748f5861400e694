"""Every chart of an answer as it stands on paper: light, with a title of its own."""

from collections.abc import Iterator
from typing import Final

import plotly.graph_objects as go

from pricing.errors import PlannerError
from tco.charts.chart import Case
from tco.charts.registry import CHARTS
from tco.charts.style import LIGHT, Spec
from tco.words.markdown import chart_text

TITLE_PX: Final = 44
FONT: Final = "Source Sans Pro, Arial, DejaVu Sans, sans-serif"


def answer_charts(case: Case) -> Iterator[tuple[str, go.Figure]]:
    """Names and figures; a chart that this answer has nothing for is left out."""
    for chart in CHARTS:
        if chart.subject is None:
            continue
        try:
            subject = chart.subject(case)
        except PlannerError:  # its page says why it has nothing to show
            continue
        if subject is not None:
            title = f"{chart.title(subject)}. {case.scenario.name}"
            yield chart.name, _titled(chart.figure(subject, LIGHT), title)


def _titled(spec: Spec, title: str) -> go.Figure:
    figure = go.Figure(spec)
    top = figure.layout.margin.t or 0
    height = figure.layout.height
    figure.update_xaxes(automargin=True).update_yaxes(automargin=True)
    return figure.update_layout(
        title={"text": chart_text(title), "x": 0, "xref": "container", "xanchor": "left"},
        title_pad={"l": 12, "t": 12},
        title_yanchor="top",
        title_y=1,
        title_font_size=17,
        margin_t=top + TITLE_PX,
        height=None if height is None else height + TITLE_PX,
        font_family=FONT,
        font_color=LIGHT.text,
        paper_bgcolor=LIGHT.paper,
        plot_bgcolor=LIGHT.paper,
    )
