"""Takes the pictures of the documentation: ``pytest -m browser tests/browser/screenshots.py``."""

from pathlib import Path

import pytest

from tco.ui.views import PAGES
from tests.browser.steps import SECONDS, go, settled

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parents[2] / "docs/screenshots"
FADE_MS = 1500  # charts fade in
HEIGHTS_PX = {"decide": 900, "scenarios": 700, "export": 700}
TALL_PX = 1200


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_pictured(visit, scheme):
    page = visit(width=1280, height=900, scheme=scheme)
    for each in PAGES:
        page.set_viewport_size({"width": 1280, "height": HEIGHTS_PX.get(each.path, TALL_PX)})
        go(page, each.title)
        if each.path == "scenarios":
            save_and_sign(page)
        settled(page)
        page.wait_for_timeout(FADE_MS)
        page.screenshot(path=PICTURES / f"{each.path}-{scheme}.png")


def save_and_sign(page):
    """Put something in the store, so that there is something to see."""
    if not page.get_by_label("Sign-off remark").count():
        page.get_by_label("What is it about?").fill("First plan, for the steering group")
        page.get_by_role("button", name="Save this page as new").click()
        settled(page)
        page.get_by_label("Sign-off remark").wait_for(timeout=SECONDS)
