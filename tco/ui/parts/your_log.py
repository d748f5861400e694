"""The log that the page started from: its picture, and which values of the scenario it tells."""

from typing import TYPE_CHECKING

import streamlit as st

from tco.charts.your_log import LOG_COSTS_CHART, LOG_LENGTHS_CHART, LOG_WEEK_CHART
from tco.ui.parts.panels import show_chart
from tco.ui.session.usage_upload import log_shown
from tco.words.markdown import literal

if TYPE_CHECKING:
    from tco.own_data.usage.log_picture import LogPicture


def show_log() -> None:
    """Show the picture of a log above the answer, once it is opened."""
    picture = log_shown()
    if picture is not None:
        _panel(picture)


@st.fragment
def _panel(picture: "LogPicture") -> None:
    """Offer the picture; opening it draws nothing else anew."""
    panel = st.expander("Your log, and the scenario it became", key="your log", on_change="rerun")
    if not panel.open:
        return
    with panel:
        st.markdown(literal(f"From {picture.source}."))
        told = [
            f"- {literal(f.field)}: {literal(f.said)} "
            f"({'from your log' if f.from_log else 'not told by your log'})"
            for f in picture.findings
        ]
        told += [f"- {literal(remark)}" for remark in picture.remarks]
        st.markdown("\n".join(told))
        show_chart(LOG_COSTS_CHART, picture)
        if picture.week:
            show_chart(LOG_WEEK_CHART, picture)
        if picture.lengths:
            show_chart(LOG_LENGTHS_CHART, picture)
