"""What a lead does on the page, and what they read there."""

import re

from playwright.sync_api import expect

SECONDS = 30_000
DESK = {"width": 1440, "height": 900}
"""Wide enough for the whole navigation."""


def enter(page, label, value):
    box = page.get_by_label(label, exact=True)
    box.fill(str(value))
    box.press("Enter")


def expect_volume(page, shown):
    """Wait until the answer is one for so many requests a month."""
    said = re.compile(rf"your {re.escape(shown)} requests a month".replace(r"\ ", r"\s"))
    expect(page.get_by_text(said)).to_be_visible(timeout=SECONDS)


def tile(page, label):
    return page.get_by_test_id("stMetric").filter(has_text=label)


def bill(page):
    return tile(page, "Your bill, a month")


def headline(page):
    return page.get_by_role("heading", level=1)


def as_shown(text):
    """A text on the page, where a word joiner keeps a colon from being a sign of the markup."""
    return re.compile("^" + re.escape(text).replace(":", ":\u2060?") + r"\s*$")


def text_of(page):
    """What a reader sees, with breakable and unbreakable spaces alike."""
    return " ".join(page.inner_text("section.stMain, .stMain").replace("\u2060", "").split())


def go(page, title):
    """Follow the navigation; on a phone it lies in the sidebar."""
    page.get_by_test_id("stTopNavLink").filter(has_text=title).click()
    if title != "Decide":
        expect(headline(page)).to_have_text(title, timeout=SECONDS)
    settled(page)


def settled(page):
    """Wait until nothing is drawn any more, and nothing holds the place of what is to come."""
    page.wait_for_timeout(300)
    for drawing in ("stStatusWidget", "stSkeleton"):
        expect(page.get_by_test_id(drawing)).to_have_count(0, timeout=4 * SECONDS)


def choose(page, label, option):
    page.get_by_label(label, exact=True).click()
    wanted = page.get_by_role("option", name=option, exact=True)
    expect(wanted).to_be_visible(timeout=SECONDS)
    page.wait_for_timeout(700)  # the list still moves into place; a click would be lost
    wanted.click()
    expect(page.get_by_label(label, exact=True)).to_have_value(option)
    settled(page)


def saved(page, name, folder):
    """Download a file by its button; gives its path."""
    with page.expect_download() as coming:
        page.get_by_role("button", name=name, exact=True).click()
    path = folder / coming.value.suggested_filename
    coming.value.save_as(path)
    return path
