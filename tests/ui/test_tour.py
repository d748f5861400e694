"""The tour for a first visit: short enough for a minute, true to the pages, with every word."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.ui.parts.tour import TOUR
from tco.ui.views import PAGES
from tco.words.glossary import glossary
from tco.words.markdown import literal

APP = str(Path(__file__).parents[2] / "app.py")
WORDS_A_MINUTE = 200
"""Read by adults without haste."""


@pytest.fixture
def toured():
    page = AppTest.from_file(APP, default_timeout=60).run()
    assert not any("1. **The headline" in each.value for each in page.markdown)
    return page.button(key="tour").click().run()


def test_it_opens_over_the_page_on_one_click(toured):
    assert not toured.exception
    assert any(all(step in each.value for step in TOUR) for each in toured.markdown)


def test_it_is_read_in_a_minute():
    assert len(" ".join(TOUR).split()) <= WORDS_A_MINUTE


def test_the_pages_it_names_are_pages():
    titles = {page.title for page in PAGES}
    named = set(re.findall(r"\*([A-Z]\w+)\*", " ".join(TOUR))) - {"Explain"}
    assert named <= titles
    assert {"Decide", "Alternatives", "Scenarios", "Export"} <= named


def test_it_holds_every_word_of_the_glossary(toured):
    (table,) = [t.value for t in toured.table if "Word" in t.value]
    assert list(table["Word"]) == [literal(term.name) for term in glossary()]
    assert list(table["What it means"]) == [literal(term.explanation) for term in glossary()]
