"""A page that is loaded again keeps its draft; two pages of one person keep one each."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.question.files import changed
from tco.question.presets import presets
from tco.ui.session import resume
from tests.ui.test_page import go
from tests.ui.test_resume import VOLUME, asked, field, said

APP = str(Path(__file__).parents[2] / "app.py")
DEFAULT = next(iter(presets().values()))
pytestmark = pytest.mark.usefixtures("store")


def opened(draft=None):
    page = AppTest.from_file(APP, default_timeout=60)
    if draft:
        page.query_params[resume.DRAFT] = draft
    return page.run()


def draft_of(page):
    draft = page.query_params[resume.DRAFT]
    resume.LATER.finish()
    return draft


def test_a_page_nobody_touched_has_no_draft():
    assert resume.DRAFT not in opened().query_params


def test_a_page_that_is_loaded_again_shows_its_draft_and_says_so():
    page = opened()
    field(page, VOLUME).set_value("6,543,210").run()
    again = opened(draft_of(page))
    assert asked(again) == changed(DEFAULT, {VOLUME: 6_543_210.0})
    assert "This page was loaded again" in said(again)
    field(again, VOLUME).set_value("7,654,321").run()
    assert said(again) == ""


def test_another_page_of_the_application_does_not_lose_the_draft():
    page = opened()
    field(page, VOLUME).set_value("6,543,210").run()
    draft = draft_of(page)
    page.query_params.clear()  # as a change of page does
    go(page, "bills")
    assert draft_of(page) == draft


def test_two_pages_from_one_draft_go_on_apart():
    page = opened()
    field(page, VOLUME).set_value("6,543,210").run()
    one, other = opened(draft_of(page)), opened(draft_of(page))
    field(one, VOLUME).set_value("1,000,000").run()
    first = draft_of(one)  # kept by then: sessions of a test have one id, and the last write wins
    field(other, VOLUME).set_value("2,000,000").run()
    assert first != draft_of(other)
    for each, volume in ((one, 1e6), (other, 2e6), (page, 6_543_210.0)):
        assert asked(opened(draft_of(each))).workload.requests_per_month == volume


@pytest.mark.parametrize("draft", ["nobody's", "x" * 10_000])
def test_a_draft_that_is_not_there_is_said_to_be_gone_and_nothing_answered(draft):
    page = opened(draft)
    assert "The question of this page is gone" in said(page)
    assert not page.metric
    page.button(key="start-afresh").click().run()
    assert asked(page) == DEFAULT
    assert resume.DRAFT not in page.query_params


def on_scenarios(page):
    go(page, "scenarios")
    assert not page.exception
    return page


def press(page, key):
    page.button(key=key).click().run()
    assert not page.exception
    return " ".join(each.value for each in (*page.error, *page.success))


def test_of_two_pages_the_second_does_not_change_what_it_has_not_seen():
    one = on_scenarios(opened())
    (save,) = [b for b in one.button if b.label == "Save this page as new"]
    save.click().run()
    other = on_scenarios(opened())
    field(one, VOLUME).set_value("1,000,000").run()
    field(other, VOLUME).set_value("2,000,000").run()
    assert "Saved as the next version" in press(one, "save-kept")
    told = press(other, "save-kept")
    assert "That was not done" in told
    assert "changed it on" in told
    assert "Saved as the next version" in press(other, "save-kept")  # now it has seen it
    assert "That was not done" in press(one, "remove-kept")
