"""The pictures of the documentation are there, of one width, and light to load."""

import struct
from pathlib import Path

import pytest

PICTURES = Path(__file__).parents[2] / "docs/screenshots"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_picture_is_1280_wide_and_below_400_kb(scheme):
    content = (PICTURES / f"decide-{scheme}.png").read_bytes()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    assert struct.unpack(">I", content[16:20]) == (1280,)
    assert len(content) < 400_000
