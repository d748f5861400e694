"""Shares, counts, times and quantities as people read them.

A number is rounded and written here, in `money` and in `dates`, and nowhere else.
A figure and the sign of its unit are held together by a no-break space, thousands stand apart by
commas, a minus is a minus and not a hyphen, and what nobody knows is named, never written as zero.
"""

import math
from typing import Final

NOT_ESTIMATED: Final = "not estimated"
"""Instead of a figure that nobody citable gives."""
NO_VALUE: Final = "—"
"""Instead of a figure that does not apply."""
NBSP: Final = "\N{NO-BREAK SPACE}"
MINUS: Final = "\N{MINUS SIGN}"
JOINER: Final = "\N{WORD JOINER}"
TENTHS_BELOW: Final = 0.0995
"""From this share on, percent are whole."""
NEARLY_ALL: Final = 0.995
"""From this share on, percent are told to a tenth, up to all."""
ALL: Final = 1 - 1e-9
MOST_TENTHS: Final = 99.9
"""What is written of any share between nearly all and all [%]."""
MOST_SHARE_DECIMALS: Final = 6
"""Decimals of a percentage beyond which two shares are told as alike."""
COUNT_DIGITS: Final = 3
"""Figures of an amount with a step word."""
MOST_COUNT_DIGITS: Final = 9
"""Figures beyond which two amounts are told as alike."""
_COUNTED: Final = frozenset({"token", "request", "replica", "month", "year", "minute", "hour"})
"""Units that are words, and so have a plural."""
_STEPS: Final = ((1e12, "T"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))


def share(value: float | None) -> str:
    r"""Share in percent: whole ones, one digit more below 10 %.

    Nearly all is never written as all.

    Examples
    --------
    >>> share(0.437), share(0.0437), share(-0.25), share(0), share(None)
    ('44\xa0%', '4.4\xa0%', '−25\xa0%', '0.0\xa0%', '—')
    >>> share(0.997), share(0.9999), share(1)
    ('99.7\xa0%', '99.9\xa0%', '100\xa0%')
    """
    if value is None:
        return NO_VALUE
    return f"{fixed(percent_shown(value), _share_decimals(value))}{NBSP}%"


def _share_decimals(value: float) -> int:
    return 1 if abs(value) < TENTHS_BELOW or _is_nearly_all(value) else 0


def _is_nearly_all(value: float) -> bool:
    return NEARLY_ALL <= abs(value) < ALL


def shares_apart(one: float, other: float) -> tuple[str, str]:
    r"""Two shares, with as many digits as tell them apart where they differ.

    Examples
    --------
    >>> shares_apart(0.152, 0.149), shares_apart(0.5, 0.25), shares_apart(0.5, 0.5)
    (('15.2\xa0%', '14.9\xa0%'), ('50\xa0%', '25\xa0%'), ('50\xa0%', '50\xa0%'))
    """
    shown, decimals = (share(one), share(other)), 1 + _share_decimals(one)
    while shown[0] == shown[1] and one != other and decimals < MOST_SHARE_DECIMALS:
        first, second = (f"{fixed(value * 100, decimals)}{NBSP}%" for value in (one, other))
        shown, decimals = (first, second), decimals + 1
    return shown


def percent_shown(value: float) -> float:
    """Number of percent that `share` writes, for a chart that puts the sign behind it.

    Examples
    --------
    >>> percent_shown(0.437), percent_shown(0.0437), percent_shown(0.997)
    (44, 4.4, 99.7)
    """
    percent = value * 100
    if _is_nearly_all(value):
        percent = math.copysign(min(abs(percent), MOST_TENTHS), value)
    return round(percent, _share_decimals(value) or None)


def share_tick(value: float) -> str:
    r"""Share on an axis, with no more digits than it has.

    Examples
    --------
    >>> share_tick(0.2), share_tick(0.0005)
    ('20\xa0%', '0.05\xa0%')
    """
    return f"{number(value * 100)}{NBSP}%"


def share_in_full(value: float, digits: int = 4) -> str:
    r"""Share as `share` writes it, with further digits where that would drop some.

    Examples
    --------
    >>> share_in_full(0.08), share_in_full(0.125), share_in_full(0.000123456, 3)
    ('8.0\xa0%', '12.5\xa0%', '0.0123\xa0%')
    """
    percent = value * 100
    if math.isclose(percent, percent_shown(value)):
        return share(value)
    return f"{number(percent, digits)}{NBSP}%"


def share_change(value: float) -> str:
    r"""Relative change in percent, to a tenth, its sign always shown.

    Examples
    --------
    >>> share_change(0.25), share_change(-0.0312)
    ('+25.0\xa0%', '−3.1\xa0%')
    """
    text = fixed(value * 100, 1)
    return f"{text if text.startswith(MINUS) else f'+{text}'}{NBSP}%"


def band(low: float | None, high: float | None) -> str:
    r"""Range of a share, low to high, in percent; above 100 % is out of reach.

    Examples
    --------
    >>> band(0.38, 0.52), band(0.05, float("inf"))
    ('38\u2060–\u206052\xa0%', '5.0\xa0% to out of reach')
    """
    if low is None or high is None or not math.isfinite(low):
        return NO_VALUE
    if high > 1:
        return f"{share(low)} to out of reach"
    return f"{share(low).removesuffix(f'{NBSP}%')}{JOINER}–{JOINER}{share(high)}"


def span(low: float, high: float | None, least: str = "") -> str:
    r"""Stretch of an amount, with as many digits as tell its ends apart; without end where None.

    Parameters
    ----------
    least
        What stands before the upper end.

    Examples
    --------
    >>> span(5.25e6, 6e6), span(8.06e6, None), span(0, None), span(0, 4e7, "at least ")
    ('from 5.25\xa0M to 6.00\xa0M', 'above 8.06\xa0M', 'from 0', 'from 0 to at least 40.0\xa0M')
    >>> span(728_110_000, 728_440_000)
    'from 728.1\xa0M to 728.4\xa0M'
    """
    if high is None:
        return f"above {count(low)}" if low else f"from {count(low)}"
    ends = [count(low), count(high)]
    for digits in range(COUNT_DIGITS + 1, MOST_COUNT_DIGITS + 1):
        if ends[0] != ends[1]:
            break
        ends = [count(low, digits), count(high, digits)]
    return f"from {ends[0]} to {least}{ends[1]}"


def count(value: float, digits: int = COUNT_DIGITS) -> str:
    r"""Amount in three figures, or as many as told, and a step word; whole below a thousand.

    Examples
    --------
    >>> count(6_000_000.0), count(1_234), count(120.0)
    ('6.00\xa0M', '1.23\xa0k', '120')
    """
    for size, word in _STEPS:
        if abs(value) >= size * 0.9995:
            scaled = value / size
            return f"{fixed(scaled, max(0, digits - len(str(int(abs(scaled))))))}{NBSP}{word}"
    return whole(value)


def whole(value: float) -> str:
    """Whole number, thousands apart.

    Examples
    --------
    >>> whole(5840), whole(1234.6), whole(-0.2)
    ('5,840', '1,235', '0')
    """
    return fixed(value, 0)


def plural(value: float, noun: str, several: str = "") -> str:
    """Whole number with its noun; `several` where the plural does more than add an s.

    Examples
    --------
    >>> plural(1, "month"), plural(12_000, "month"), plural(2, "entry", "entries")
    ('1 month', '12,000 months', '2 entries')
    """
    text = whole(value)
    return f"{text} {noun if text == '1' else several or f'{noun}s'}"


def tokens(value: float) -> str:
    """Whole number of tokens.

    Examples
    --------
    >>> tokens(272_000), tokens(1)
    ('272,000 tokens', '1 token')
    """
    return plural(value, "token")


def month(value: int | None) -> str:
    """Month of the horizon, by its number.

    Examples
    --------
    >>> month(14), month(None)
    ('14', 'not within the horizon')
    """
    return "not within the horizon" if value is None else whole(value)


def milliseconds(value: float) -> str:
    r"""Time in milliseconds: whole ones, one digit more below 100.

    Examples
    --------
    >>> milliseconds(2_000), milliseconds(50), milliseconds(12.34)
    ('2,000\xa0ms', '50\xa0ms', '12.3\xa0ms')
    """
    return f"{fixed(value, 0 if abs(value) >= 100 or value == round(value) else 1)}{NBSP}ms"


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
        return whole(value)
    return fixed(value, 2) if abs(value) >= 1 else number(value)


def number(value: float, digits: int = 4) -> str:
    """Number in so many figures, never in powers of ten; whole digits are all kept.

    Examples
    --------
    >>> number(1.52), number(1_234_567.8), number(0.0000123456), number(3.0)
    ('1.52', '1,234,568', '0.00001235', '3')
    >>> number(2.718281828, 6), number(0)
    ('2.71828', '0')
    """
    if not value:
        return "0"
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(value))))
    text = fixed(value, decimals)
    return text.rstrip("0").rstrip(".") if decimals else text


def as_entered(value: float) -> str:
    """Number with every digit that was entered.

    Examples
    --------
    >>> as_entered(6_000_000.0), as_entered(0.125), as_entered(-1.1)
    ('6,000,000', '0.125', '−1.1')
    """
    return number(value, 10)


def in_a_file(value: float) -> str:
    """Number as TOML and JSON have it, without what a division leaves at its end.

    Examples
    --------
    >>> in_a_file(40e6), in_a_file(2.9 / 100), in_a_file(-1.1)
    ('40000000', '0.029', '-1.1')
    """
    return f"{value:.15g}"


def amount(value: float, unit: str) -> str:
    r"""Value of an input with its unit; shares and yearly changes in percent.

    Examples
    --------
    >>> amount(0.25, "1"), amount(1.52, "1"), amount(0.08, "1/year"), amount(1.3, "× list")
    ('25\xa0%', '1.52\xa0×', '8.0\xa0% a year', '1.3\xa0× list')
    >>> amount(6e6, "request/month"), amount(50.0, "ms"), amount(1.0, "year")
    ('6,000,000\xa0requests/month', '50\xa0ms', '1\xa0year')
    """
    if unit == "1":
        return share(value) if abs(value) <= 1 else f"{number(value)}{NBSP}×"
    if unit.startswith("1/"):
        return f"{share(value)} a {unit.removeprefix('1/')}"
    return with_unit(number(value), unit)


def with_unit(figure: str, unit: str) -> str:
    r"""Figure as it is written, with its unit.

    Examples
    --------
    >>> with_unit("6,000,123", "request/month"), with_unit("1", "month"), with_unit("50", "ms")
    ('6,000,123\xa0requests/month', '1\xa0month', '50\xa0ms')
    """
    noun, per, base = unit.partition("/")
    several = "s" if noun in _COUNTED and figure != "1" else ""
    return f"{figure}{NBSP}{noun}{several}{per}{base}"


def significant(value: float, digits: int) -> float:
    """Round to so many figures, for the coordinates of a picture.

    Examples
    --------
    >>> significant(123.456, 4), significant(0.00123456, 2)
    (123.5, 0.0012)
    """
    return float(f"{value:.{digits}g}")


def fixed(value: float, decimals: int, sign: str = "") -> str:
    """Number with so many decimals, thousands apart; what rounds to zero has no minus.

    Examples
    --------
    >>> fixed(-1234.567, 2), fixed(-0.2, 0), fixed(12.0, 2, "$")
    ('−1,234.57', '0', '$12.00')
    """
    text = f"{abs(value):,.{decimals}f}"
    return f"{MINUS if value < 0 and float(text.replace(',', '')) else ''}{sign}{text}"
