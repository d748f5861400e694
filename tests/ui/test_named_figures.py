"""Every figure on every page says of which alternative it is, in which unit, and what it means."""

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.answer.evaluation import evaluate
from tco.question.presets import presets
from tests.ui.test_page import PANELS, walked

APP = str(Path(__file__).parents[2] / "app.py")
SUBJECTS = ("Assumption", "Duty", "Load", "Model", "Provider", "Record", "Scenario", "Task")
"""First columns of tables that are about something else than alternatives, and name it."""
OF_A_RECORD = "Speed of one replica"
"""What the one chart shows that is about a calibration."""
BARE = re.compile(r"[−+-]?[\d,]*\.?\d+( [kM]| bn| T)?")
UNIT = re.compile(
    r"USD|/Mtok|per Mtok|million tokens|\b(months?|requests?|tokens|days?|ms|Month|Requests)\b"
    r"|^(Points|Crossings|Versions?|Attempts|Measured|As of)$"
)
MONEY = re.compile(r"\$\d")


def plain(text):
    """Text as a reader sees it."""
    return re.sub(r"[\u2060\\*]", "", str(text)).replace("\xa0", " ")


def faults_of_table(table, labels):
    """Figures of a table without a unit, and a table that names no alternative."""
    frame, about = table.value, getattr(table.proto, "alt", "")
    heads = [plain(head) for head in frame.columns]
    rows = [[plain(cell) for cell in row] for row in frame.to_numpy()]
    words = " ".join([about, *heads, *(cell for row in rows for cell in row)])
    if heads[0] not in SUBJECTS and not any(label in words for label in labels):
        yield f"names no alternative: {about}"
    told = [UNIT.search(text) for text in (about, heads[0])]
    if "Unit" in heads or any(told):
        return
    for row in rows:
        for head, cell in zip(heads, row, strict=True):
            if BARE.fullmatch(cell) and not (UNIT.search(head) or UNIT.search(row[0])):
                yield f"{cell} has no unit: {about}, {head}"


def faults_of_chart(chart, title, labels):
    """A chart without a title, an axis of figures without a unit, or a chart of nobody."""
    layout = json.loads(chart.proto.spec)["layout"]
    if not title:
        yield f"has no title: {chart.proto.alt}"
    if not any(word in plain(f"{title} {chart.proto.alt}") for word in (*labels, OF_A_RECORD)):
        yield f"names no alternative: {chart.proto.alt}"
    for name, axis in layout.items():
        if not re.match("[xy]axis", name) or axis.get("visible") is False:
            continue
        ticks = "".join(axis.get("ticktext", ()))
        is_named = bool((axis.get("title") or {}).get("text"))
        if not (is_named or "%" in ticks or axis.get("autorange") == "reversed"
                or axis.get("type") == "category" or layout.get("annotations")):  # fmt: skip
            yield f"{name} has no unit: {chart.proto.alt}"


def faults_of_words(text, labels):
    """An amount of money in a sentence that speaks of no alternative."""
    told = plain(text)
    if MONEY.search(told) and not any(word in told for word in (*labels, "staying")):
        yield f"speaks of no alternative: {told}"


def faults_of_panel(app, labels):
    """Everything in sight, in the order it stands."""
    title = ""
    for node in app.main:
        if node.type == "subheader" or (node.type == "markdown" and node.value.startswith("**")):
            title = node.value
        if node.type in {"table", "dataframe", "arrow_table", "arrow_data_frame"}:
            yield from faults_of_table(node, labels)
        elif node.type == "plotly_chart":
            yield from faults_of_chart(node, title, labels)
            title = ""
        elif node.type in {"markdown", "title"}:
            yield from faults_of_words(node.value, labels)
    offered = {button.key for button in app.button}
    for metric in app.metric:
        if f"explain {metric.label}" not in offered:
            yield f"{metric.label} is not explained"


@pytest.mark.parametrize("title", list(presets())[::2])
def test_every_figure_in_sight_has_an_alternative_and_a_unit(title):
    app = AppTest.from_file(APP, default_timeout=120).run()
    app.selectbox(key="start").set_value(title).run()
    labels = [a.label for a in evaluate(presets()[title]).alternatives]
    found = [
        f"{page.title} {tab}: {fault}"
        for page, tab in walked(app, opened=PANELS)
        for fault in faults_of_panel(app, labels)
    ]
    assert not found, "\n".join(found)
