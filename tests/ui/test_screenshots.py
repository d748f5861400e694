"""The pictures of the documentation are there, of one width, and light to load."""

import struct
from pathlib import Path

import pytest

from tco.ui.views import PAGES

PICTURES = Path(__file__).parents[2] / "docs/screenshots"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", [page.path for page in PAGES])
def test_a_picture_is_1280_wide_and_below_250_kb(path, scheme):
    content = (PICTURES / f"{path}-{scheme}.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", content[16:20]) == (1280,)
    assert len(content) < 250_000
