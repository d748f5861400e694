"""A rerun works out and builds only what it must; counted, since times depend on the machine."""

from pathlib import Path

import pytest
from plotly.basedatatypes import BaseFigure
from streamlit.testing.v1 import AppTest

from tco.ui.session import engine

APP = str(Path(__file__).parents[2] / "app.py")


@pytest.fixture
def page():
    return AppTest.from_file(APP, default_timeout=60).run()


@pytest.fixture
def count(monkeypatch):
    """Calls of a function from now on."""

    def counted(owner, name):
        calls, original = [], getattr(owner, name)

        def call(*args, **kwargs):
            calls.append(args)
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, call)
        return calls

    return counted


def volume(page):
    (found,) = [w for w in page.number_input if w.key.endswith("/workload.requests_per_month")]
    return found


def test_a_changed_volume_is_answered_once_and_an_unchanged_one_not_again(page, count):
    evaluations = count(engine, "evaluate")
    volume(page).set_value(3_456_789.0).run()
    assert len(evaluations) == 1
    page.run()
    page.session_state["more"] = True
    page.run()
    assert len(evaluations) == 1
    assert not page.exception


def test_a_rerun_of_the_first_page_has_no_chart_taken_apart_by_plotly(page, count):
    figures = count(BaseFigure, "__init__")
    volume(page).set_value(4_567_891.0).run()
    for panel in ("By month", "By volume"):
        page.session_state["coordinates"] = panel
        page.run()
        assert len(page.get("plotly_chart")) == 2
    assert not page.exception
    assert figures == []
