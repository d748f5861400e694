"""A session that follows a lost one takes its question up, or answers nothing and says so."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session
from streamlit.testing.v1 import AppTest

from hardware_profiles.library import Library
from tco.question.files import changed
from tco.question.link import PARAMETER, link_value
from tco.question.presets import presets
from tco.store.tables import OpenPageRow
from tco.ui.session import engine, resume, start

APP = str(Path(__file__).parents[2] / "app.py")
DEFAULT = next(iter(presets().values()))
VOLUME = "workload.requests_per_month"
pytestmark = pytest.mark.usefixtures("store")
SESSION = "test session id"
"""What Streamlit's own test bench calls every session."""


@pytest.fixture
def after_loss(monkeypatch):
    """A new session, from a browser that had the one before."""

    def _page(address=None):
        resume.LATER.finish()
        monkeypatch.setattr(resume, "lost_session", lambda: SESSION)
        page = AppTest.from_file(APP, default_timeout=60)
        if address:
            page.query_params[PARAMETER] = address
        return page.run()

    return _page


def field(page, path):
    (found,) = [w for w in page.text_input if (w.key or "").endswith(f"/{path}")]
    return found


def asked(page):
    return page.session_state["last good question"]


def said(page):
    return " ".join(each.value for each in (*page.warning, *page.error)).replace("\\", "")


def test_an_edited_question_is_taken_up_whole(after_loss):
    page = AppTest.from_file(APP, default_timeout=60).run()
    field(page, VOLUME).set_value("6,543,210").run()
    again = after_loss()
    assert not again.exception
    assert asked(again) == changed(DEFAULT, {VOLUME: 6_543_210.0})
    assert "the question it last answered" in said(again)


def test_the_word_about_it_goes_with_the_next_change(after_loss):
    AppTest.from_file(APP, default_timeout=60).run()
    page = after_loss()
    field(page, VOLUME).set_value("5,000,000").run()
    assert said(page) == ""


def test_a_record_of_the_visitor_comes_back_with_its_question(after_loss):
    page = AppTest.from_file(APP, default_timeout=60).run()
    mine = next(iter(Library.load().calibrations.values())).model_copy(update={"id": "mine"})
    page.session_state[engine.RECORDS] = {"mine": mine.model_copy(update={"own": True})}
    page.run()
    field(page, VOLUME).set_value("6,543,211").run()
    (found,) = after_loss().session_state[engine.RECORDS].values()
    assert (found.id, found.own) == ("mine", True)
    assert found == mine.model_copy(update={"own": True})


def test_a_link_in_the_address_does_not_take_the_place_of_what_was_asked(after_loss):
    value = link_value(DEFAULT, engine.catalogue())
    page = AppTest.from_file(APP, default_timeout=60)
    page.query_params[PARAMETER] = value
    page.run()
    field(page, VOLUME).set_value("6,543,212").run()
    assert asked(after_loss(value)).workload.requests_per_month == 6_543_212.0


def test_what_moved_since_is_said(after_loss, store):
    AppTest.from_file(APP, default_timeout=60).run()
    resume.LATER.finish()
    with Session(store) as session, session.begin():
        row = session.scalars(select(OpenPageRow)).one()
        row.question = json.dumps(json.loads(row.question) | {"catalogue": "2026-01-01"})
    assert "This question was made with prices of 2026-01-01" in said(after_loss())


DAMAGE = {
    "nothing kept": "DELETE FROM open_page",
    "another's": "UPDATE open_page SET owner = 'bob'",
    "no JSON": "UPDATE open_page SET question = '{'",
    "another question": "UPDATE open_page SET question = replace(question, '6000000', '9000000')",
    "no question": "UPDATE open_page SET question = '{}'",
    "no table": "DROP TABLE open_page",
}


@pytest.mark.parametrize("statement", DAMAGE.values(), ids=DAMAGE)
def test_what_cannot_be_taken_up_is_gone_and_nothing_is_answered(after_loss, store, statement):
    AppTest.from_file(APP, default_timeout=60).run()
    resume.LATER.finish()
    with store.begin() as connection:
        connection.execute(text(statement))
    page = after_loss()
    assert not page.exception
    assert "The question of this page is gone" in said(page)
    assert (list(page.metric), list(page.text_input)) == ([], [])
    page.button(key="start-afresh").click().run()
    assert asked(page) == DEFAULT
    assert said(page) == ""


def test_a_store_that_is_away_costs_the_page_nothing(monkeypatch, caplog):
    monkeypatch.setenv("PLANNER_STORE_URL", "sqlite:////proc/nowhere/s.sqlite")
    page = AppTest.from_file(APP, default_timeout=60).run()
    field(page, VOLUME).set_value("6,543,213").run()
    assert asked(page).workload.requests_per_month == 6_543_213.0
    resume.LATER.finish()
    told = [record for record in caplog.records if record.name.startswith("tco.")]
    assert {record.getMessage() for record in told} == {"the store failed"}
    assert all(record.fields["cause"].startswith("/proc/nowhere ") for record in told)


def test_a_new_page_has_lost_nothing():
    page = AppTest.from_file(APP, default_timeout=60).run()
    assert said(page) == ""
    assert page.session_state[start.START] in presets()
