"""Takes the pictures of the documentation: ``pytest -m browser tests/browser/screenshots.py``."""

import base64
from pathlib import Path

import pytest

from tco.ui.views import PAGES
from tests.browser.steps import SECONDS, settled

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parents[2] / "docs/screenshots"
FADE_MS = 1500  # charts fade in
HEIGHTS_PX = {1440: 1000, 390: 1400}
QUALITY = 60  # of WebP: texts stay sharp, and a picture takes some 50 kB


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", HEIGHTS_PX)
def test_every_page_is_pictured(visit, address, width, scheme):
    page = visit(width=width, height=HEIGHTS_PX[width], scheme=scheme)
    for each in PAGES:
        if each is not PAGES[0]:
            page.goto(f"{address}/{each.path}")
            page.wait_for_selector("h1", timeout=60_000)
        settled(page)
        if each.path == "scenarios":
            save(page)
        page.wait_for_timeout(FADE_MS)
        settled(page)
        (PICTURES / f"{each.path}-{scheme}-{width}.webp").write_bytes(picture(page))


def picture(page):
    """What is in sight, as WebP, which the browser writes itself."""
    session = page.context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    return base64.b64decode(taken["data"])


def save(page):
    """Put something in the store, so that there is something to see."""
    if not page.get_by_label("Sign-off remark").count():
        page.get_by_label("What is it about?").fill("First plan, for the steering group")
        page.get_by_role("button", name="Save this page as new").click()
        settled(page)
        page.get_by_label("Sign-off remark").wait_for(timeout=SECONDS)
