"""Whether a square of numbers can be a covariance: the same both ways, and no variance negative."""

from collections.abc import Sequence
from typing import Final

_ROUNDING: Final = 1e-3
"""Records hold six digits of each entry; a matrix near singular loses a little of its sign."""


def covariance_fault(rows: Sequence[Sequence[float]]) -> str:
    """Say why a square matrix is no covariance; empty where it is one.

    Examples
    --------
    >>> covariance_fault([[1.0, 0.5], [0.5, 1.0]])
    ''
    >>> covariance_fault([[1.0, 2.0], [2.0, 1.0]])
    'covariance must be positive: no sum of parameters has a negative variance'
    """
    spread = max((abs(x) for row in rows for x in row), default=0.0)
    rounding = _ROUNDING * spread
    places = [(i, j) for i in range(len(rows)) for j in range(i)]
    if any(abs(rows[i][j] - rows[j][i]) > rounding for i, j in places):
        return "covariance must be symmetric"
    if not _is_positive(rows, rounding):
        return "covariance must be positive: no sum of parameters has a negative variance"
    return ""


def _is_positive(rows: Sequence[Sequence[float]], rounding: float) -> bool:
    """Whether a symmetric matrix, a rounding added to its diagonal, has a Cholesky factor."""
    factor: list[list[float]] = []
    for i, row in enumerate(rows):
        mine: list[float] = []
        for j in range(i):
            known = sum(a * b for a, b in zip(mine, factor[j], strict=False))
            mine.append((row[j] - known) / factor[j][j])
        left = row[i] + rounding - sum(x * x for x in mine)
        if left < 0 or (left == 0 and rounding):
            return False
        factor.append([*mine, left**0.5 or 1.0])
    return True
