"""Somebody who types on is not disturbed by what appears under the field that they have left."""

import pytest
from playwright.sync_api import expect

from tests.browser.steps import SECONDS, settled

pytestmark = pytest.mark.browser

REQUESTS = "Requests a month"


def test_what_appears_under_a_field_leaves_the_next_one_as_it_is_typed(visit):
    page = visit()
    settled(page)
    page.get_by_label(REQUESTS, exact=True).fill("40M")
    page.get_by_label(REQUESTS, exact=True).press("Tab")  # enters it, and goes to a word explained
    field = page.get_by_label("Prompt tokens, mean", exact=True)
    field.focus()
    field.press("Control+a")
    for digit in "1234":
        field.press(digit)
        page.wait_for_timeout(150)
    expect(page.get_by_text("read as 40,000,000")).to_be_visible(timeout=SECONDS)
    settled(page)
    expect(field).to_be_focused()
    expect(field).to_have_value("1234")


def test_a_refusal_appears_under_its_field_and_goes(visit):
    page = visit()
    settled(page)
    field = page.get_by_label(REQUESTS, exact=True)
    field.fill("")
    field.press("Enter")
    beside = page.get_by_test_id("stSidebar").get_by_test_id("stAlert")
    expect(beside).to_contain_text("is required", timeout=SECONDS)
    settled(page)
    expect(field).to_be_focused()
    box, under = field.bounding_box(), beside.bounding_box()
    assert 0 < under["y"] - box["y"] < 3 * box["height"]
    field.fill("5M")
    field.press("Enter")
    expect(beside).to_have_count(0, timeout=SECONDS)
    expect(page.get_by_text("read as 5,000,000")).to_be_visible(timeout=SECONDS)
