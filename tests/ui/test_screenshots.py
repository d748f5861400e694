"""The pictures of the documentation are there, of their width, and light to load."""

from pathlib import Path

import pytest

from tco.ui.views import PAGES

DOCS = Path(__file__).parents[2] / "docs"
MOST_BYTES = 100_000


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_a_picture_has_its_width_and_is_below_100_kb(path, scheme, width):
    name = f"{path}-{scheme}-{width}.webp"
    content = (DOCS / "screenshots" / name).read_bytes()
    assert (content[:4], content[8:16]) == (b"RIFF", b"WEBPVP8X")
    assert int.from_bytes(content[24:27], "little") + 1 == width
    assert len(content) < MOST_BYTES
    assert f"screenshots/{name}" in (DOCS / "pages.md").read_text("utf-8")
