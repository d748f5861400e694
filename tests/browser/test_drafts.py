"""A reload in the middle of a field, and two tabs of one person: every draft is kept, and apart."""

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DRAWN
from tests.browser.steps import SECONDS, enter, expect_volume, go, settled

pytestmark = pytest.mark.browser
AGAIN = "This page was loaded again"


def loaded_again(page):
    page.reload()
    page.wait_for_selector("h1", timeout=60_000)
    settled(page)


def test_a_reload_in_the_middle_of_a_field_keeps_what_was_entered(visit):
    page = visit()
    enter(page, "Requests a month", 61_000_000)
    expect_volume(page, "61.0 M")
    page.get_by_label("Output tokens, mean", exact=True).press_sequentially("99")
    loaded_again(page)
    expect(page.get_by_text(AGAIN)).to_be_visible(timeout=SECONDS)
    expect_volume(page, "61.0 M")
    expect(page.get_by_label("Output tokens, mean", exact=True)).to_have_value("216.7")
    go(page, "Bills")
    loaded_again(page)
    expect(page.get_by_label("Requests a month", exact=True)).to_have_value("61,000,000")


def test_two_tabs_of_one_person_keep_two_drafts(visit):
    volumes = {"61.0 M": 61_000_000, "7.00 M": 7_000_000}
    tabs = {shown: visit() for shown in volumes}
    for shown, page in tabs.items():
        enter(page, "Requests a month", volumes[shown])
        expect_volume(page, shown)
    for shown, page in tabs.items():
        loaded_again(page)
        page.wait_for_selector(DRAWN, timeout=60_000)
        expect_volume(page, shown)
