"""Every word of the field on the page is explained where it stands, in the glossary's words."""

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.question.presets import presets
from tco.ui.fields.hover import on_hover
from tco.ui.views import PAGES
from tco.words.glossary import glossary, term_of
from tco.words.markdown import literal
from tests.ui.test_page import PANELS, walked

ROOT = Path(__file__).parents[2]
EVERYDAY = {
    "", "After", "Alternative", "As given", "As of", "Before", "Best own GPUs", "By", "Change",
    "Engine", "Field", "Flags", "High", "Line", "Link", "Low", "Machines", "Measured", "Model",
    "Month", "Note", "Option", "Paid", "Points", "Precision", "Provider", "Quantity", "Range by",
    "Requests a month", "Saved", "Saved in the bill", "Share link", "Since", "So far", "Source",
    "That is", "Today", "USD", "USD per unit", "Unit", "Value", "Verdict", "Yours",
    "Output", "The choice", "Tokens", "What changed", "≠", "this page", "What it is", "Price",
    "Age of the price", "Why ours differs", "May be chosen", "Add from what is on record", "Whose",
    "Add a machine at your own price", "Add tokens at your own price",
    "Add a model that nobody measured", "Assumed", "Costs least", "In detail", "Of",
}  # fmt: skip
"""Words nobody needs to be told."""
OF_THIS_ANSWER = re.compile(r"requests?/month| \\ |^Rates on |GPT|Llama|H\d00|Own servers|hosted$")
"""Columns that carry the name of an alternative, a scenario or a value."""


def explained_columns(frame):
    """Columns of a data frame that have words of their own on hover."""
    settings = json.loads(frame.proto.columns or "{}")
    return {name: column.get("help") for name, column in settings.items()}


def words_of(app):
    """Labels in sight, with the words on hover of each."""
    offered = {button.key: button.help for button in app.button}
    found = {metric.label: offered[f"explain {metric.label}"] for metric in app.metric}
    found |= {head.value: head.proto.help for head in app.subheader}
    for frame in app.dataframe:
        hovers = explained_columns(frame)
        found |= {str(name): hovers.get(str(name)) for name in frame.value.columns}
    notes = "\n".join(text.proto.help for text in app.markdown if "these words" in text.value)
    for table in app.table:
        names = list(map(str, table.value.columns))
        rows = list(table.value.iloc[:, 0]) if names[0] == "" else []
        for name in (*names, *rows):
            term = term_of(name)
            found[name] = (
                literal(term.explanation) if term and literal(term.explanation) in notes else None
            )
    return found


@pytest.fixture(scope="module")
def in_sight():
    """Every label on every page, every panel open, with its words on hover."""
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
    found = {page.title: {} for page in PAGES}
    for page, _ in walked(app, opened=PANELS):
        found[page.title] |= words_of(app)
    return found


def test_every_word_of_the_field_on_a_page_has_an_entry(in_sight):
    unknown = {
        f"{page}: {label}"
        for page, labels in in_sight.items()
        for label in labels
        if term_of(label) is None and label.strip() not in EVERYDAY
        and not OF_THIS_ANSWER.search(label) and label not in presets()
    }  # fmt: skip
    assert unknown == set()


def test_every_entry_is_explained_where_its_word_stands(in_sight):
    silent = {
        f"{page}: {label}"
        for page, labels in in_sight.items()
        for label, words in labels.items()
        if (term := term_of(label)) and literal(term.explanation) not in (words or "")
    }
    assert silent == set()
    with_figures = set(in_sight) - {"Scenarios", "Export"}
    assert all(any(in_sight[page].values()) for page in with_figures)


def test_every_label_of_the_glossary_is_one_of_the_page(in_sight):
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
    app.session_state["more"] = True
    app.run()
    asked = {
        widget.label: widget.help
        for kind in ("text_input", "selectbox", "toggle")
        for widget in getattr(app, kind)
    }
    on_pages = {label for labels in in_sight.values() for label in labels}
    named = {label for term in glossary() for label in term.labels}
    assert named <= on_pages | set(asked)
    assert all(asked[label] for label in named & set(asked))


def test_a_term_has_one_entry_and_a_label_one_term():
    names = [term.name.casefold() for term in glossary()]
    labels = [label for term in glossary() for label in term.labels]
    assert len(set(names)) == len(names)
    assert len(set(labels)) == len(labels)
    assert names == sorted(names)
    assert on_hover("Note") is None


def test_the_paper_lists_the_words_of_the_page():
    paper = (ROOT / "docs" / "nomenclature.md").read_text("utf-8")
    rows = [line for line in paper.splitlines() if line.startswith("| ")][1:]
    assert rows == [
        f"| {term.name} | {term.symbol.replace('*', chr(92) + '*')} | {term.unit} | "
        f"{term.explanation.replace('|', chr(92) + '|')} |"
        for term in glossary()
    ]
