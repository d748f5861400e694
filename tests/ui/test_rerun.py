"""A rerun works out and builds only what it must; counted, since times depend on the machine."""

from inspect import signature
from pathlib import Path

import pytest
from plotly.basedatatypes import BaseFigure
from streamlit.testing.v1 import AppTest

from tco.answer import evaluation, odds, worked, working
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
            calls.append((args, kwargs))
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, call)
        return calls

    return counted


def volume(page):
    (found,) = [
        w for w in page.text_input if (w.key or "").endswith("/workload.requests_per_month")
    ]
    return found


def test_a_changed_volume_is_answered_once_and_an_unchanged_one_not_again(page, count):
    evaluations = count(engine, "evaluate")
    volume(page).set_value("3,456,789").run()
    assert len(evaluations) == 1
    page.run()
    page.session_state["more"] = True
    page.run()
    assert len(evaluations) == 1
    assert not page.exception


ONCE = (
    (working, "price_path", "api", "cases"),
    (working, "api_as_asked", "api", "asked"),
    (working, "self_hosted_bill", "host", "cases"),
    (worked, "month_answer", "other"),
    (odds, "drawn_cases", "asked"),
)
"""What is worked out of which arguments, not twice of the same."""


def test_nothing_is_worked_out_twice_in_one_rerun(page, count):
    """Draws and what turns the choice are other cases of the question that is looked up once."""
    looked_up = count(evaluation, "look_up")
    takes = [signature(getattr(owner, name)) for owner, name, *_ in ONCE]
    calls = [count(owner, name) for owner, name, *_ in ONCE]
    volume(page).set_value("2,345,678").run()
    assert not page.exception
    assert len(looked_up) == 1
    for (_, name, *of), takes_what, made in zip(ONCE, takes, calls, strict=True):
        bound = [takes_what.bind(*args, **named).arguments for args, named in made]
        each = [tuple(id(arguments[argument]) for argument in of) for arguments in bound]
        assert each, name
        assert len(set(each)) == len(each), name


def test_a_rerun_of_the_first_page_has_no_chart_taken_apart_by_plotly(page, count):
    figures = count(BaseFigure, "__init__")
    volume(page).set_value("4,567,891").run()
    for panel in ("By month", "By volume"):
        page.session_state["coordinates"] = panel
        page.run()
        assert len(page.get("plotly_chart")) == 2
    assert not page.exception
    assert figures == []
