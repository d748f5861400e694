"""Numbers in words: the one place where figures are rounded for people.

A figure and its unit are held together by a no-break space.
"""

import math
from collections.abc import Sequence
from typing import Final

NBSP: Final = "\N{NO-BREAK SPACE}"
_STEPS: Final = ((1e12, "T"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))


def short(value: float) -> str:
    r"""Three digits and a step word.

    Examples
    --------
    >>> short(6_000_000), short(1_234), short(12)
    ('6.00\xa0M', '1.23\xa0k', '12')
    """
    for size, word in _STEPS:
        if abs(value) >= size * 0.9995:
            scaled = value / size
            digits = max(0, 2 - len(str(int(abs(scaled)))) + 1)
            return f"{scaled:,.{digits}f}{NBSP}{word}"
    return f"{value:,.0f}"


def percent(share: float) -> str:
    r"""Whole percent; one digit more below 10 %.

    Examples
    --------
    >>> percent(0.437), percent(0.0437)
    ('44\xa0%', '4.4\xa0%')
    """
    digits = 0 if share >= 0.0995 else 1
    return f"{share * 100:.{digits}f}{NBSP}%"


def usd(value: float) -> str:
    """Whole dollars with thousands separators; cents below 100.

    Examples
    --------
    >>> usd(12_345.6), usd(-3.5)
    ('$12,346', '-$3.50')
    """
    sign = "-" if value < 0 else ""
    return f"{sign}${abs(value):,.2f}" if abs(value) < 100 else f"{sign}${abs(value):,.0f}"


def whole_dollars(amounts: Sequence[float]) -> list[int]:
    """Round so that the rounded amounts add up to the rounded sum, each less than a dollar off.

    The largest remainders are rounded up first.

    Examples
    --------
    >>> whole_dollars([0.4, 0.4, 0.4])
    [1, 0, 0]
    """
    floors = [math.floor(amount) for amount in amounts]
    missing = round(math.fsum(amounts)) - sum(floors)
    by_remainder = sorted(range(len(amounts)), key=lambda i: floors[i] - amounts[i])
    for place in by_remainder[:missing]:
        floors[place] += 1
    return floors
