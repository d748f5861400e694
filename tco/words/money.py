"""Money as people read it: whole dollars, cents where they matter, columns that add up."""

import math
from collections.abc import Callable, Sequence
from typing import Final

from tco.words.figures import MINUS, NOT_ESTIMATED, count, fixed

CENTS_BELOW_USD: Final = 100
"""From this amount on, money is shown in whole dollars."""
ALIKE: Final = 5e-4
"""A rate of four figures is shown as it is published."""
MOST_DECIMALS: Final = 12


def usd(value: float | None) -> str:
    """Money: whole dollars, and cents below 100.

    Examples
    --------
    >>> usd(12_345.6), usd(-1_234_567.8), usd(12.5), usd(-0.4), usd(0.001), usd(None)
    ('$12,346', '−$1,234,568', '$12.50', '−$0.40', '$0', 'not estimated')
    """
    if value is None:
        return NOT_ESTIMATED
    cents = round(abs(value), 2)
    if cents == 0:
        return "$0"
    return fixed(value, 2 if cents < CENTS_BELOW_USD else 0, "$")


def cents(value: float) -> str:
    """Money to the cent in a column headed by its currency.

    Examples
    --------
    >>> cents(34153.016), cents(-0.5)
    ('34,153.02', '−0.50')
    """
    return fixed(value, 2)


def usd_cents(value: float | None) -> str:
    """Money to the cent, where shown figures must work out by hand.

    Examples
    --------
    >>> usd_cents(34153.016), usd_cents(-0.5), usd_cents(None)
    ('$34,153.02', '−$0.50', 'not estimated')
    """
    return NOT_ESTIMATED if value is None else fixed(value, 2, "$")


def usd_short(value: float | None) -> str:
    r"""Money in three figures, for a tile.

    Examples
    --------
    >>> usd_short(1_234_567.0), usd_short(-45_210.0), usd_short(980.0), usd_short(12.5)
    ('$1.23\xa0M', '−$45.2\xa0k', '$980', '$12.50')
    """
    if value is None or abs(value) < CENTS_BELOW_USD:
        return usd(value)
    return f"{MINUS if value < 0 else ''}${count(abs(value))}"


def usd_change(value: float | None) -> str:
    """Money that is added or saved, its sign always shown; nothing has none.

    Examples
    --------
    >>> usd_change(1_200.0), usd_change(-3.5), usd_change(0.0)
    ('+$1,200', '−$3.50', '$0')
    """
    text = usd(value)
    return text if value is None or value < 0 or text == "$0" else f"+{text}"


def usd_column(
    amounts: Sequence[float | None], sign: str = "", *, cents: bool = False
) -> list[str]:
    """Money of a column, rounded so that the shown rows add up to the shown sum.

    In whole dollars, and in cents where the sum is below 100, as `usd` writes the sum; or
    all in cents. Without a sign where the column is headed USD.

    Examples
    --------
    >>> usd_column([1_200.4, 0.4, None, 0.4]), usd_column([12.5, 0.25])
    (['1,201', '0', 'not estimated', '0'], ['12.50', '0.25'])
    """
    known = [amount for amount in amounts if amount is not None]
    decimals = 2 if cents or round(abs(math.fsum(known)), 2) < CENTS_BELOW_USD else 0
    parts = iter(_adding_up(known, decimals))
    return [
        NOT_ESTIMATED if amount is None else fixed(next(parts), decimals, sign)
        for amount in amounts
    ]


def unit_price(value: float | None) -> str:
    """Unit price in a column headed USD, with as many decimals as a published rate has.

    Examples
    --------
    >>> unit_price(15.0), unit_price(0.2), unit_price(0.00021), unit_price(0.275)
    ('15.00', '0.20', '0.00021', '0.275')
    >>> unit_price(5404.2890686), unit_price(2.972125), unit_price(0.0), unit_price(None)
    ('5,404.29', '2.972', '0.00', 'not estimated')
    """
    if value is None:
        return NOT_ESTIMATED
    decimals = 2
    while value and decimals < MOST_DECIMALS and abs(round(value, decimals) / value - 1) > ALIKE:
        decimals += 1
    return fixed(value, decimals)


def usd_each(value: float | None) -> str:
    """Unit price with its sign, inside a sentence.

    Examples
    --------
    >>> usd_each(2.5), usd_each(0.00021), usd_each(-0.00021)
    ('$2.50', '$0.00021', '−$0.00021')
    """
    text = unit_price(value)
    if value is None:
        return text
    return f"{MINUS}${text[1:]}" if text.startswith(MINUS) else f"${text}"


def _adding_up(amounts: Sequence[float], decimals: int) -> list[float]:
    """Round amounts to sum up to their rounded sum; the largest remainders go up first."""
    step = 10**decimals
    scaled = [amount * step for amount in amounts]
    floors = [math.floor(amount) for amount in scaled]
    missing = round(round(math.fsum(amounts), decimals) * step) - sum(floors)
    by_remainder = sorted(range(len(amounts)), key=lambda i: floors[i] - scaled[i])
    for place in by_remainder[:missing]:
        floors[place] += 1
    return [amount / step for amount in floors]


def expected_loss(amount: float, unserved: float, write: Callable[[float], str] = usd) -> str:
    """Write an expected loss, and say where it counts the draws alone that are served.

    Examples
    --------
    >>> expected_loss(1_234.0, 0.0), expected_loss(1_234.0, 0.02), expected_loss(math.inf, 1.0)
    ('$1,234', '$1,234 where it serves', 'not served')
    """
    if not math.isfinite(amount):
        return "not served"
    return f"{write(amount)} where it serves" if unserved else write(amount)
