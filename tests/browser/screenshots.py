"""Takes the pictures of the documentation: ``pytest -m browser tests/browser/screenshots.py``."""

from pathlib import Path

import pytest

pytestmark = pytest.mark.browser

PICTURES = Path(__file__).parents[2] / "docs/screenshots"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_first_screen_is_pictured(visit, scheme):
    page = visit(width=1280, height=900, scheme=scheme)
    page.wait_for_timeout(1500)  # the chart fades in
    page.screenshot(path=PICTURES / f"decide-{scheme}.png")
