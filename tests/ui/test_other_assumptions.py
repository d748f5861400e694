"""One press shows how far the answer depends on whose figures are taken, and on how prices go."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.analysis.assumed import answers_assuming, what_turns
from tco.analysis.decision import Question
from tco.question.presets import presets
from tco.words.markdown import literal

APP = str(Path(__file__).parents[2] / "app.py")
DEFAULT = next(iter(presets().values()))


@pytest.fixture(scope="module")
def panel():
    page = AppTest.from_file(APP, default_timeout=60).run()
    (target,) = [
        key for key, info in page._registered_pages.items() if info["url_pathname"] == "sensitivity"
    ]
    page._page_hash = target
    page.session_state["sensitivity"] = "Other assumptions"
    return page.run()


def test_the_panel_says_what_turns_and_shows_every_row(panel):
    assert not panel.exception
    found = answers_assuming(Question.of(DEFAULT))
    assert literal(what_turns(found)) in [text.value for text in panel.markdown]
    (table,) = [frame.value for frame in panel.dataframe if "Assumed" in frame.value.columns]
    assert list(table["Assumed"]) == [one.name for one in found]
    assert list(table["Costs least"]) == [one.chosen for one in found]
    assert "Life" not in table["In detail"][1]
    assert "Useful life of servers" in table["In detail"][2]
