"""Image input of the GPT-5.4 family as tokens, by the rules on record."""

import math

from pricing.errors import InputError, Problem, did_you_mean
from pricing.prompt_rules import load_prompt_rules


def image_tokens(width_px: int, height_px: int, model: str, detail: str = "high") -> int:
    """Input tokens of one image [token].

    Images count towards the long-context edge as any input does.

    Examples
    --------
    >>> image_tokens(1_024, 1_024, "gpt-5.4-mini")
    1659
    """
    rules = {(rule.model, rule.detail): rule for rule in load_prompt_rules().images.patches}
    rule = rules.get((model, detail))
    if rule is None:
        hint = did_you_mean(f"{model} {detail}", [f"{name} {word}" for name, word in rules])
        raise InputError(Problem("model", f"{model} {detail}", "has no image rule here", hint))
    if not (1 <= width_px <= 100_000 and 1 <= height_px <= 100_000):
        size = f"{width_px} × {height_px}"
        limit = "must be 1 to 100,000 pixels a side"
        raise InputError(Problem("size", size, limit, "Give the size of the image in pixels."))
    return math.ceil(patches(width_px, height_px, rule.most_patches) * rule.tokens_per_patch)


def patches(width_px: int, height_px: int, most: int) -> int:
    """Patches that cover an image, scaled down to at most `most` of them [1].

    Examples
    --------
    >>> patches(1_800, 2_400, 1_536)
    1452
    """
    side = load_prompt_rules().images.patch_pixels
    wide, high = -(-width_px // side), -(-height_px // side)
    if wide * high <= most:
        return wide * high
    scale = math.sqrt(side**2 * most / (width_px * height_px))
    columns, rows = width_px * scale / side, height_px * scale / side
    shrink = min(math.floor(n) / n if n >= 1 else 1.0 for n in (columns, rows))
    return min(most, _whole(columns * shrink) * _whole(rows * shrink))


def _whole(side: float) -> int:
    """Patches along a side; a hair above a whole number is that number."""
    return max(1, math.ceil(side - 1e-9))
