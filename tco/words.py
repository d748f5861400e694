"""Numbers in words: the one place where figures are rounded for people."""

_STEPS = ((1e12, "T"), (1e9, "bn"), (1e6, "M"), (1e3, "k"))


def short(value: float) -> str:
    """Three digits and a step word.

    Examples
    --------
    >>> short(6_000_000), short(1_234), short(12)
    ('6.00 M', '1.23 k', '12')
    """
    for size, word in _STEPS:
        if abs(value) >= size * 0.9995:
            scaled = value / size
            digits = max(0, 2 - len(str(int(abs(scaled)))) + 1)
            return f"{scaled:,.{digits}f} {word}"
    return f"{value:,.0f}"


def percent(share: float) -> str:
    """Whole percent; one digit more below 10 %.

    Examples
    --------
    >>> percent(0.437), percent(0.0437)
    ('44 %', '4.4 %')
    """
    return (
        f"{share:.0%}".replace("%", " %") if share >= 0.0995 else f"{share:.1%}".replace("%", " %")
    )


def usd(value: float) -> str:
    """Whole dollars with thousands separators; cents below 100.

    Examples
    --------
    >>> usd(12_345.6), usd(-3.5)
    ('$12,346', '-$3.50')
    """
    sign = "-" if value < 0 else ""
    return f"{sign}${abs(value):,.2f}" if abs(value) < 100 else f"{sign}${abs(value):,.0f}"
