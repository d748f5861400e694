"""The pictures of the documentation are there, of their width, and light to load."""

from pathlib import Path

import pytest

from tco.ui.views import PAGES

DOCS = Path(__file__).parents[2] / "docs"
MOST_BYTES = 100_000


def width_of(content):
    """Width that a WebP tells, of the plain form or of the extended one [px]."""
    assert (content[:4], content[8:12]) == (b"RIFF", b"WEBP")
    if content[12:16] == b"VP8X":
        return int.from_bytes(content[24:27], "little") + 1
    assert content[12:16] == b"VP8 "
    return int.from_bytes(content[26:28], "little") & 0x3FFF


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_a_picture_has_its_width_and_is_below_100_kb(path, scheme, width):
    name = f"{path}-{scheme}-{width}.webp"
    content = (DOCS / "screenshots" / name).read_bytes()
    assert width_of(content) == width
    assert len(content) < MOST_BYTES
    assert f"screenshots/{name}" in (DOCS / "pages.md").read_text("utf-8")
