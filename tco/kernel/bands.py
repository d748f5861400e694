"""P10, P50 and P90 of what was drawn."""

from functools import lru_cache
from typing import Final

import numpy as np

from tco.kernel.arrays import FloatArray

OUTCOMES: Final = (0.1, 0.5, 0.9)


def bands(values: FloatArray) -> FloatArray:
    """P10, P50 and P90 over the draws, each one of the values drawn, shape (3, …).

    The smallest value that at least that share of the draws do not exceed, so that infinite draws
    need no arithmetic, and no spread gives the one value to its last bit.

    Parameters
    ----------
    values
        Shape (draws, …).
    """
    columns = np.array(np.moveaxis(values, 0, -1), order="C")
    ranks = list(_ranks(columns.shape[-1]))
    columns.partition(ranks, axis=-1)
    return np.moveaxis(columns[..., ranks], -1, 0)


@lru_cache(maxsize=64)
def _ranks(count: int) -> tuple[int, ...]:
    """Place of each outcome among so many values in order."""
    return tuple(max(0, int(np.ceil(share * count - 1e-9)) - 1) for share in OUTCOMES)
