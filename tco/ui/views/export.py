"""Export: every file the answer can be taken away in, and a link that freezes the question."""

from functools import partial
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from tco.charts import pictures
from tco.charts.of_an_answer import Asked, answer_charts
from tco.exports.forms import FORMS, FormName, written
from tco.question.link import PARAMETER, link_value
from tco.ui.parts.files import download
from tco.ui.parts.stamp import stamp
from tco.ui.session import engine
from tco.ui.session.question import Answered
from tco.words.markdown import plain

ABOUT: Final[dict[FormName, tuple[str, str]]] = {
    "xlsx": (
        "Workbook (XLSX)",
        "Inputs, bills and break-even with live formulas: change a price in the file and it "
        "recalculates.",
    ),
    "html": (
        "Report (HTML)",
        "One page to print or send: verdict, charts, bills and sources, without a network.",
    ),
    "csv": (
        "Result (CSV)",
        "Scenario, lines, totals and break-evens. Opens again on this page.",
    ),
    "forecast": (
        "Monthly forecast (CSV)",
        "A row per alternative, month and meter, in the names of FOCUS 1.4: aligned, not claiming "
        "conformance.",
    ),
    "json": (
        "Everything (JSON)",
        "One versioned document for scripts, months and assumptions included.",
    ),
    "toml": (
        "Scenario (TOML)",
        "The question alone, to keep, edit or send. Opens again on this page.",
    ),
}


def export(answered: Answered) -> None:
    """Offer the files, each with what it is for, and the link."""
    scenario, evaluation = answered.scenario, answered.evaluation
    stem = f"planner-{evaluation.stamp.prices_on}"
    st.title("Export", anchor=False)
    st.markdown(
        "Every file is written from the answer on this page, to the same cent, and says with "
        "which prices and which planner."
    )
    for name, (label, about) in ABOUT.items():
        form = FORMS[name]
        ending = "-forecast.csv" if name == "forecast" else form.ending
        left, right = st.columns([1, 2], vertical_alignment="center")
        with left:
            download(
                label,
                partial(written, name, scenario, evaluation),
                f"{stem}{ending}",
                form.media_type,
                key=f"export {name}",
            )
        right.markdown(about)
    _charts(answered, f"{stem}-charts.zip")
    st.subheader("Share link", anchor=False)
    _link(answered)
    stamp(answered)


def _charts(answered: Answered, name: str) -> None:
    """Offer the charts where this machine can draw them, else say what they need."""
    if problem := pictures.missing():
        st.markdown(
            ":small[Each chart has a button that saves it as a picture. All charts in one archive "
            f"{plain(problem.limit)}. {plain(problem.remedy)}]"
        )
        return
    asked = Asked(answered.scenario, answered.evaluation, engine.data())
    left, right = st.columns([1, 2], vertical_alignment="center")
    with left:
        download(
            "Charts (ZIP)",
            lambda: pictures.zipped(pictures.pictures(answer_charts(asked))),
            name,
            "application/zip",
            key="export charts",
        )
    right.markdown("Every chart of the answer as PNG and SVG; drawing them takes half a minute.")


@st.fragment
def _link(answered: Answered) -> None:
    st.markdown(
        "The link holds the whole question and the prices it was asked with. Whoever opens it gets "
        "today’s answer, and a warning if prices have moved since."
    )
    if not st.toggle("Make a link", key="make-link"):
        return
    value = link_value(answered.scenario, engine.catalogue())
    address = urlsplit(st.context.url or "")
    home = urlunsplit((address.scheme, address.netloc, "/", f"{PARAMETER}={value}", ""))
    st.code(home, language=None, wrap_lines=True)
    st.markdown(f":small[{plain(f'{len(home):,} characters')}]")
