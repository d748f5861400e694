"""Numbers as the package `pricing` writes them: for other programs exactly, for people in words."""

from decimal import Decimal


def exact(amount: Decimal) -> str:
    """Decimal without exponent and without trailing zeros.

    Examples
    --------
    >>> exact(Decimal("0.00001750")), exact(Decimal("6.54E+2")), exact(Decimal("0.0"))
    ('0.0000175', '654', '0')
    """
    if not amount:
        return "0"
    text = format(amount, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def grouped(number: float) -> str:
    """Whole number with separators.

    Examples
    --------
    >>> grouped(272_000), grouped(1_234.6)
    ('272,000', '1,235')
    """
    return f"{number:,.0f}"


def one_decimal(number: float) -> str:
    """Number with one decimal."""
    return f"{number:.1f}"


def rise(factor: Decimal) -> str:
    """Move from old to new as a share of the old, with its sign.

    Examples
    --------
    >>> rise(Decimal("1.25")), rise(Decimal("0.2")), rise(Decimal("0.9996"))
    ('+25 %', '-80 %', '-0.04 %')
    """
    percent = (factor - 1) * 100
    return f"{percent:+.0f} %" if abs(percent) >= 1 else f"{float(percent):+.1g} %"


def exact_scaled(whole: int, scale: int) -> str:
    """Whole number of 10^-scale parts, as `exact` writes it.

    Examples
    --------
    >>> exact_scaled(17_500, 9), exact_scaled(6_540, 1), exact_scaled(0, 3), exact_scaled(7, 0)
    ('0.0000175', '654', '0', '7')
    """
    if not scale or not whole:
        return str(whole)
    digits = str(whole).zfill(scale + 1)
    return f"{digits[:-scale]}.{digits[-scale:]}".rstrip("0").rstrip(".")
