"""Figures as people read them: thousands apart, unit beside, the unknown named."""

import html
import re
from typing import Final

from tco.words import figures as words

NOT_ESTIMATED: Final = "not estimated"
NO_VALUE: Final = "—"
SPACE: Final = "\N{NO-BREAK SPACE}"
_MARKDOWN: Final = re.compile(r"([\\`*_{}\[\]()<>#+\-.!|~$^=&])")
_BEFORE_UNIT: Final = re.compile(r"(?<=\d) (?=(?:%|k|M|bn|T)(?!\w))")
_LINE_ENDS: Final = re.compile(r"[\t\n\v\f\r]+")
MOST_DECIMALS: Final = 12
ALIKE: Final = 5e-4  # a rate of four figures is shown as it is published
JOINER: Final = "\N{WORD JOINER}"


def plain(text: str) -> str:
    r"""Text as text: no Markdown, no directive, no emoji code; figures stay with their unit.

    Examples
    --------
    >>> plain("**a** <b>")
    '\\*\\*a\\*\\* \\<b\\>'
    """
    line = _BEFORE_UNIT.sub(SPACE, _LINE_ENDS.sub(" ", text))
    escaped = _MARKDOWN.sub(r"\\\1", line)
    # A backslash does not stop ":name:" codes; an invisible character after the colon does.
    return escaped.replace(":", f":{JOINER}")


def chart_text(text: str) -> str:
    """Text of a user inside a figure, where a few HTML tags would be read."""
    return html.escape(text, quote=False)


def short(text: str, most: int) -> str:
    """Text cut to `most` characters, with the cut marked."""
    return text if len(text) <= most else text[: most - 1].rstrip(" ,") + "…"


def usd(value: float | None) -> str:
    """Money in whole dollars.

    Examples
    --------
    >>> usd(-1234567.8), usd(0.4), usd(None)
    ('−$1,234,568', '$0', 'not estimated')
    """
    if value is None:
        return NOT_ESTIMATED
    whole = round(value)
    return f"−${-whole:,}" if whole < 0 else f"${whole:,}"


def usd_cents(value: float) -> str:
    """Money to the cent, where shown figures must work out by hand.

    Examples
    --------
    >>> usd_cents(34153.016), usd_cents(-0.5)
    ('$34,153.02', '−$0.50')
    """
    return f"−${-value:,.2f}" if value < 0 else f"${value:,.2f}"


def usd_short(value: float | None) -> str:
    r"""Money in three figures, for a tile.

    Examples
    --------
    >>> usd_short(1234567.0), usd_short(-45210.0), usd_short(980.0)
    ('$1.23\xa0M', '−$45.2\xa0k', '$980')
    """
    if value is None:
        return NOT_ESTIMATED
    return ("−$" if value < 0 else "$") + count(abs(value))


def count(value: float) -> str:
    r"""Amount in three figures, as the verdict writes it.

    Examples
    --------
    >>> count(6_000_000.0), count(120.0)
    ('6.00\xa0M', '120')
    """
    return words.short(value).replace(" ", SPACE)


def unit_price(value: float | None) -> str:
    """Write a unit price with as many decimals as a published rate has.

    Examples
    --------
    >>> unit_price(15.0), unit_price(0.2), unit_price(0.00021), unit_price(0.275)
    ('15.00', '0.20', '0.00021', '0.275')
    >>> unit_price(5404.2890686), unit_price(2.972125)
    ('5,404.29', '2.972')
    """
    if value is None:
        return NOT_ESTIMATED
    if value == 0:
        return "0.00"
    decimals = 2
    while decimals < MOST_DECIMALS and abs(round(value, decimals) / value - 1) > ALIKE:
        decimals += 1
    return f"{value:,.{decimals}f}"


def quantity(value: float | None) -> str:
    """Quantity of a bill line, in at most four figures after the whole.

    Examples
    --------
    >>> quantity(5840.0), quantity(0.25), quantity(1234.5678)
    ('5,840', '0.25', '1,234.57')
    """
    if value is None:
        return NOT_ESTIMATED
    if value == round(value):
        return f"{value:,.0f}"
    return f"{value:,.2f}" if abs(value) >= 1 else f"{value:.4g}"


def amount(value: float, unit: str) -> str:
    r"""Value of an input with its unit; shares and yearly changes in percent.

    Examples
    --------
    >>> amount(0.25, "1"), amount(1.52, "1"), amount(0.08, "1/year"), amount(1.3, "× list")
    ('25\xa0%', '1.52', '8.0\xa0% a year', '1.3\xa0× list')
    >>> amount(6e6, "request/month"), amount(50.0, "ms")
    ('6,000,000\xa0request/month', '50\xa0ms')
    """
    if unit == "1":
        return share(value) if abs(value) <= 1 else f"{value:,.4g}"
    if unit.startswith("1/"):
        return f"{share(value)} a {unit.removeprefix('1/')}"
    figure = f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:,.4g}"
    return f"{figure}{SPACE}{unit}"


def share(value: float | None) -> str:
    r"""Share in percent, as the verdict writes it.

    Examples
    --------
    >>> share(0.437), share(0.0437), share(None)
    ('44\xa0%', '4.4\xa0%', '—')
    """
    return NO_VALUE if value is None else words.percent(value).replace(" ", SPACE)


def band(low: float | None, high: float | None) -> str:
    r"""Range of a share, low to high, in percent.

    Examples
    --------
    >>> band(0.38, 0.52)
    '38\u2060–\u206052\xa0%'
    """
    if low is None or high is None:
        return NO_VALUE
    return f"{share(low).removesuffix(f'{SPACE}%')}{JOINER}–{JOINER}{share(high)}"
