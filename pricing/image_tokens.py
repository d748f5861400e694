"""Image input of the GPT-5.4 family as tokens, by the rule of OpenAI's vision guide.

Source: https://developers.openai.com/api/docs/guides/images-vision, read 2026-11-23. How a
fraction of a token is rounded is not documented; it is rounded up here.
"""

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from pricing.errors import InputError, Problem, did_you_mean

PATCH_PIXELS: Final = 32


@dataclass(frozen=True, slots=True)
class PatchRule:
    """How one model counts the patches of an image."""

    most_patches: int
    """Larger images are scaled down until they fit."""
    tokens_per_patch: Fraction


PATCH_RULES: Final = {
    ("gpt-5.4", "high"): PatchRule(2_500, Fraction(1)),
    ("gpt-5.4", "original"): PatchRule(10_000, Fraction(1)),
    ("gpt-5.4-mini", "high"): PatchRule(1_536, Fraction("1.62")),
    ("gpt-5.4-nano", "high"): PatchRule(1_536, Fraction("2.46")),
}


def image_tokens(width_px: int, height_px: int, model: str, detail: str = "high") -> int:
    """Input tokens of one image [token].

    Images count towards the long-context edge as any input does.

    Examples
    --------
    >>> image_tokens(1_024, 1_024, "gpt-5.4-mini")
    1659
    """
    rule = PATCH_RULES.get((model, detail))
    if rule is None:
        known = [f"{name} {word}" for name, word in PATCH_RULES]
        hint = did_you_mean(f"{model} {detail}", known)
        raise InputError(Problem("model", f"{model} {detail}", "has no image rule here", hint))
    if not (1 <= width_px <= 100_000 and 1 <= height_px <= 100_000):
        size = f"{width_px} × {height_px}"
        raise InputError(Problem("size", size, "must be 1 to 100,000 pixels a side", ""))
    return math.ceil(patches(width_px, height_px, rule.most_patches) * rule.tokens_per_patch)


def patches(width_px: int, height_px: int, most: int) -> int:
    """Patches that cover an image, scaled down to at most `most` of them [1].

    Examples
    --------
    >>> patches(1_800, 2_400, 1_536)
    1452
    """
    wide, high = _covering(width_px), _covering(height_px)
    if wide * high <= most:
        return wide * high
    scale = math.sqrt(PATCH_PIXELS**2 * most / (width_px * height_px))
    columns, rows = width_px * scale / PATCH_PIXELS, height_px * scale / PATCH_PIXELS
    shrink = min(math.floor(side) / side if side >= 1 else 1.0 for side in (columns, rows))
    return min(most, _whole(columns * shrink) * _whole(rows * shrink))


def _covering(pixels: int) -> int:
    return -(-pixels // PATCH_PIXELS)


def _whole(side: float) -> int:
    """Patches along a side; a hair above a whole number is that number."""
    return max(1, math.ceil(side - 1e-9))
