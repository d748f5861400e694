"""Export: every file the answer can be taken away in, and a link that freezes the question."""

from collections.abc import Callable
from functools import partial
from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from tco.charts import pictures
from tco.charts.printed import printed
from tco.exports.forms import FORMS
from tco.exports.report_page import report_html
from tco.question.link import PARAMETER, link_value
from tco.ui.parts.files import download
from tco.ui.parts.stamp import stamp
from tco.ui.session import engine
from tco.ui.session.question import Answered
from tco.words.figures import plural
from tco.words.markdown import literal


def export_page(answered: Answered) -> None:
    """Offer the files, each with what it is for, and the link."""
    scenario, evaluation = answered.scenario, answered.evaluation
    stem = f"planner-{evaluation.stamp.prices_on}"
    st.title("Export", anchor=False)
    st.markdown(
        "Every file is written from the answer on this page, to the same cent, and says with "
        "which prices and which planner."
    )
    for form in FORMS.values():
        write = partial(form.write, scenario, evaluation)
        _offer(form.title, write, f"{stem}{form.ending}", form.media_type, form.about)
    _drawn(answered, stem)
    st.subheader("Share link", anchor=False)
    _link(answered)
    stamp(answered)


def _drawn(answered: Answered, stem: str) -> None:
    """Offer paper and pictures where this machine has a browser, else say what they need."""
    if problem := pictures.missing():
        st.markdown(
            ":small[Each chart has a button that saves it as a picture, and a browser prints the "
            "report. The report as PDF and all charts in one archive "
            f"{literal(problem.limit)}. {literal(problem.remedy)}]"
        )
        return
    charts = engine.later_charts(answered.scenario)
    _offer(
        "Report (PDF)",
        lambda: printed(report_html(answered.scenario, answered.evaluation)),
        f"{stem}.pdf",
        "application/pdf",
        "The report as it prints: two pages to sign, then the appendix.",
    )
    _offer(
        "Charts (ZIP)",
        lambda: pictures.zipped(pictures.pictures(charts())),
        f"{stem}-charts.zip",
        "application/zip",
        "Every chart of the answer as PNG and SVG; drawing them takes half a minute.",
    )


def _offer(title: str, write: Callable[[], bytes], name: str, kind: str, about: str) -> None:
    """Offer one file beside what it is for."""
    left, right = st.columns([1, 2], vertical_alignment="center")
    with left:
        download(title, write, name, kind, key=f"export {title}")
    right.markdown(about)


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
    below = f"/{st.get_option('server.baseUrlPath') or ''}".rstrip("/")
    home = urlunsplit((address.scheme, address.netloc, f"{below}/", f"{PARAMETER}={value}", ""))
    st.code(home, language=None, wrap_lines=True)
    st.markdown(f":small[{literal(plural(len(home), 'character'))}]")
