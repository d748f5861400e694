"""What is said under an input stands right under it, and nothing is kept free where nothing is."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.ui.parts.inputs import ROOM_FOR
from tco.ui.session import engine

APP = str(Path(__file__).parents[2] / "app.py")
REQUESTS = "workload.requests_per_month"
PROMPT = "workload.classes.0.input.tokens"


@pytest.fixture
def page():
    return AppTest.from_file(APP, default_timeout=60).run()


def field(page, path):
    (found,) = [w for w in page.sidebar.text_input if (w.key or "").endswith(f"/{path}")]
    return found


def under(page, path):
    """What stands between an input and the next one."""
    drawn = list(page.sidebar)
    place = next(n for n, one in enumerate(drawn) if getattr(one, "id", "") == field(page, path).id)
    after = drawn[place + 1]
    return (after.type, str(after.value)) if after.type in {"alert", "error", "markdown"} else None


def empties(page):
    return [one for one in page.sidebar if one.type == "empty"]


@pytest.mark.parametrize(
    ("typed", "told"),
    [("-5", "must be at least 0.001"), ("many", "is no figure"), ("", "is required")],
    ids=["by its limits", "as it is read", "by the scenario"],
)
def test_a_refusal_stands_under_its_input_at_once_and_goes_with_it(page, typed, told):
    was = len(list(page.sidebar))
    field(page, REQUESTS).set_value(typed).run()
    assert not page.exception
    kind, said = under(page, REQUESTS)
    assert (kind, told in said) == ("error", True)
    assert len(page.error) == 2
    assert told in page.main.error[0].value
    page.run()
    assert told in under(page, REQUESTS)[1]
    field(page, REQUESTS).set_value("5,000,000").run()
    assert not page.error
    page.run()
    assert ROOM_FOR not in page.session_state
    assert len(list(page.sidebar)) == was


def test_two_refusals_stand_under_their_inputs_and_each_goes_alone(page):
    field(page, REQUESTS).set_value("").run()
    field(page, PROMPT).set_value("").run()
    assert not page.exception
    assert "is required" in under(page, REQUESTS)[1]
    assert "is required" in under(page, PROMPT)[1]
    field(page, REQUESTS).set_value("5,000,000").run()
    assert under(page, REQUESTS) is None or under(page, REQUESTS)[0] != "error"
    assert "is required" in under(page, PROMPT)[1]
    field(page, PROMPT).set_value("900").run()
    assert not page.error


def test_the_page_is_drawn_anew_once_for_a_refusal_that_had_no_room(page, monkeypatch):
    asked, answer = [], engine.answer
    monkeypatch.setattr(engine, "answer", lambda scenario: asked.append(1) or answer(scenario))
    field(page, REQUESTS).set_value("").run()
    assert len(asked) == 1  # the last good question
    page.run()
    assert len(asked) == 2


def test_a_figure_that_was_typed_otherwise_says_under_it_how_it_was_read(page):
    field(page, REQUESTS).set_value("40M").run()
    kind, said = under(page, REQUESTS)
    assert (kind, said) == ("markdown", ":small[read as 40,000,000]")
    field(page, PROMPT).set_value("").run()
    assert under(page, REQUESTS) is None
    field(page, PROMPT).set_value("900").run()
    assert under(page, REQUESTS) == ("markdown", ":small[read as 40,000,000]")


def test_no_room_is_kept_where_nothing_is_said(page):
    assert not empties(page)
    field(page, REQUESTS).set_value("5,000,000").run()
    assert not empties(page)
