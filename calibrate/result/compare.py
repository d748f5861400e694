"""Whether two documents say the same, numbers compared as numbers.

Another version of NumPy or SciPy adds in another order and stops a fit a step earlier or later, so
that the same measurements give the same record but for its last digits.
"""

import platform
from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Final, TypeGuard

TOLERANCE: Final = 1e-3
"""Relative; in a list, relative to its largest number, as a covariance has entries close to 0."""
SOFTWARE: Final = ("numpy", "scipy")
"""What a fit is worked out with."""


def otherwise(one: object, other: object, *, tolerance: float = TOLERANCE) -> Iterator[str]:
    """Places at which two documents differ, with both values.

    Examples
    --------
    >>> list(otherwise({"a": 1.0, "b": "x"}, {"a": 1.0000001, "b": "y"}))
    ["b: 'x' and 'y'"]
    """
    yield from _otherwise(one, other, "", 0.0, tolerance)


def software() -> dict[str, str]:
    """Versions of what a fit is worked out with here."""
    return {"python": platform.python_version(), **{name: version(name) for name in SOFTWARE}}


def _otherwise(
    one: object, other: object, place: str, scale: float, tolerance: float
) -> Iterator[str]:
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        for key in sorted(one.keys() | other.keys()):
            inner = f"{place}.{key}".lstrip(".")
            yield from _otherwise(one.get(key), other.get(key), inner, 0.0, tolerance)
        return
    if _is_list(one) and _is_list(other) and len(one) == len(other):
        largest = max(scale, *_sizes(one), *_sizes(other), 0.0)
        for number, (mine, theirs) in enumerate(zip(one, other, strict=True)):
            yield from _otherwise(mine, theirs, f"{place}[{number}]", largest, tolerance)
        return
    if _is_number(one) and _is_number(other):
        most = max(abs(one), abs(other), scale)
        if abs(one - other) <= tolerance * most:
            return
    elif one == other:
        return
    yield f"{place}: {one!r} and {other!r}"


def _sizes(values: Sequence[object]) -> Iterator[float]:
    """Sizes of all numbers in a list of numbers, or of lists of them."""
    for value in values:
        if _is_number(value):
            yield abs(value)
        elif _is_list(value):
            yield from _sizes(value)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list | tuple)
