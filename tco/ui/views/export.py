"""Export: every file the answer can be taken away in, and a link that freezes the question."""

from collections.abc import Callable
from urllib.parse import urlsplit, urlunsplit

import streamlit as st

from tco.exports.forecast import forecast_csv
from tco.exports.workbook import workbook
from tco.report import csv_text, document, json_text, scenario_toml
from tco.share import PARAMETER, link_value
from tco.ui import engine
from tco.ui.files import download
from tco.ui.question import Answered
from tco.ui.stamp import stamp
from tco.ui.wording import plain

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def export(answered: Answered) -> None:
    """Offer the files, each with what it is for, and the link."""
    scenario, evaluation = answered.scenario, answered.evaluation
    data = engine.data()  # here: files are written later, outside of the session
    stem = f"planner-{evaluation.stamp.prices_on}"
    st.title("Export", anchor=False)
    st.markdown(
        "Every file is written from the answer on this page, to the same cent, and says with "
        "which prices and which planner."
    )
    offers: tuple[tuple[str, str, Callable[[], str | bytes], str, str], ...] = (
        (
            "Workbook (XLSX)",
            "Inputs, bills and months with live formulas: change a price in the file and it "
            "recalculates.",
            lambda: workbook(scenario, evaluation, data),
            f"{stem}.xlsx",
            SHEET,
        ),
        (
            "Result (CSV)",
            "Scenario, lines, totals and break-evens. Opens again on this page.",
            lambda: csv_text(scenario, evaluation),
            f"{stem}.csv",
            "text/csv",
        ),
        (
            "Monthly forecast (CSV)",
            "A row per alternative, month and meter, in the names of FOCUS 1.4: aligned, not "
            "claiming conformance.",
            lambda: forecast_csv(scenario, evaluation, data),
            f"{stem}-forecast.csv",
            "text/csv",
        ),
        (
            "Everything (JSON)",
            "One versioned document for scripts, months and assumptions included.",
            lambda: json_text(document(scenario, evaluation)),
            f"{stem}.json",
            "application/json",
        ),
        (
            "Scenario (TOML)",
            "The question alone, to keep, edit or send. Opens again on this page.",
            lambda: scenario_toml(scenario),
            f"{stem}.toml",
            "application/toml",
        ),
    )
    for place, (label, about, content, name, kind) in enumerate(offers):
        left, right = st.columns([1, 2], vertical_alignment="center")
        with left:
            download(label, content, name, kind, key=f"export-{place}")
        right.markdown(about)
    st.subheader("Share link", anchor=False)
    _link(answered)
    stamp(answered)


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
