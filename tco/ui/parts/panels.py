"""What every chart has beside it: how it is drawn, and its table, sent when it is opened."""

from collections.abc import Callable
from typing import Any, Final

import streamlit as st
from pandas import DataFrame
from plotly.basedatatypes import BaseFigure

from tco.charts.chart import Chart, Subject
from tco.charts.style import THEMED, Spec
from tco.ui.fields.hover import terms_of
from tco.words.markdown import literal

PICTURE_SCALE: Final = 2


def plotly(name: str) -> dict[str, object]:
    """How plotly draws a chart, and the picture its one button saves.

    Examples
    --------
    >>> plotly("bills")["toImageButtonOptions"]
    {'format': 'png', 'filename': 'planner-bills', 'scale': 2}
    """
    return {
        "displayModeBar": True,
        "modeBarButtons": [["toImage"]],
        "displaylogo": False,
        "responsive": True,
        "toImageButtonOptions": {
            "format": "png",
            "filename": f"planner-{name}",
            "scale": PICTURE_SCALE,
        },
    }


class _Finished(BaseFigure):  # type: ignore[misc] # plotly has no types
    """A finished figure that is sent as it is; plotly would check every part of it each time."""

    def __init__(self, spec: Spec) -> None:
        self._spec = spec

    def to_dict(self) -> dict[str, Any]:
        """Give the parts as they are."""
        return self._spec


def show_chart(chart: Chart[Subject], subject: Subject, *, titled: bool = True) -> str:
    """Draw a chart of its subject below its title; gives what it shows in words."""
    if titled:
        st.markdown(f"**{literal(chart.title(subject))}**")
    finding = chart.finding(subject)
    figure = _Finished(chart.figure(subject, THEMED))
    st.plotly_chart(figure, config=plotly(chart.name), alt=finding, key=chart.name)
    return finding


def show_table(
    key: str, table: Callable[[], DataFrame], alt: str, *, title: str = "The chart as a table"
) -> None:
    """Offer a table, sent when it is opened."""
    panel = st.expander(title, key=f"table of {key}", on_change="rerun")
    if panel.open:
        with panel:
            content = table()
            st.table(content, border="horizontal", hide_index=True, alt=alt)
            terms_of(content.columns)


with_table = st.fragment(show_table)
"""The same; opening it draws nothing else anew."""
