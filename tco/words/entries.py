"""Figures as people type them: "40M", "1.2k", "60 %", "$2.60"; read here, and written back."""

import re
from functools import lru_cache
from typing import Final

from pricing.errors import InputError, Problem
from tco.words.figures import NBSP, as_entered

SCALES: Final = {
    "": 1.0,
    "k": 1e3,
    "thousand": 1e3,
    "m": 1e6,
    "mio": 1e6,
    "million": 1e6,
    "millions": 1e6,
    "b": 1e9,
    "bn": 1e9,
    "billion": 1e9,
    "billions": 1e9,
}
_MOST_KEPT: Final = 1_024
"""Figures of which it is kept how they are written: a page writes the same ones in every run."""
_PLAIN: Final = r"\d+(?:\.\d*)?(?:e[+-]?\d+)?|\.\d+"
_GROUPED: Final = r"\d{1,3}(?:[, ]\d{3})+(?:\.\d*)?"
_ENTRY: Final = re.compile(
    rf"(?P<sign>[+-]?)\s*(?P<money>\$|usd|us\$)?\s*(?P<after>[+-]?)"
    rf"(?P<number>{_GROUPED}|{_PLAIN})\s*(?P<scale>[a-z]*)\s*(?P<percent>%?)"
)
_SPACES: Final = str.maketrans({NBSP: " ", "\u202f": " ", "\u2009": " ", "−": "-"})


def read_figure(field: str, text: str, *, percent: bool = False) -> float:
    """Read a figure with its thousands, scale, currency sign or percent sign.

    Parameters
    ----------
    field
        Where it was typed, for a refusal.
    percent
        Whether a percentage is asked for: "60", "60 %" are both 60.

    Raises
    ------
    InputError
        If it is no figure, or may mean two.

    Examples
    --------
    >>> read_figure("requests", "40 million"), read_figure("rent", "$2.60")
    (40000000.0, 2.6)
    >>> read_figure("growth", "60 %", percent=True), read_figure("growth", "-5", percent=True)
    (60.0, -5.0)
    """
    said = text.translate(_SPACES).strip().lower().removesuffix("usd").strip()
    found = _ENTRY.fullmatch(said)
    scale = SCALES.get(found["scale"]) if found else None
    if found is None or scale is None or (found["sign"] and found["after"]):
        fault = "is no figure", "Write it like 40M, 1.2k or 1,250.50."
    elif found["percent"] and not percent:
        fault = "is a percentage, not an amount", "Leave the % out."
    elif percent and (found["money"] or found["scale"]):
        fault = "is an amount, not a percentage", "Write it like 60 %."
    else:
        value = float(re.sub("[, ]", "", found["number"])) * scale
        return round(-value if "-" in (found["sign"], found["after"]) else value, 12)
    raise InputError(Problem(field, text, *fault))


@lru_cache(maxsize=_MOST_KEPT)
def figure_entry(value: float, *, percent: bool = False) -> str:
    """Write a figure as an input holds it; reading it gives it back.

    Examples
    --------
    >>> figure_entry(40e6), figure_entry(-3.1, percent=True), figure_entry(0.064)
    ('40,000,000', '-3.1 %', '0.064')
    """
    text = as_entered(value).replace("−", "-")
    return f"{text} %" if percent else text
