"""Standard normals that fill their space evenly: the same ones each time, no chance in them."""

from functools import lru_cache
from statistics import NormalDist

import numpy as np

from tco.kernel.arrays import FloatArray, read_only


@lru_cache(maxsize=32)
def even_normals(pairs: int, dimensions: int) -> FloatArray:
    """Spread points evenly, each with its mirror image, and the origin between them.

    Additive recurrence of M. Roberts (*The Unreasonable Effectiveness of Quasirandom
    Sequences*, extremelearning.com.au, April 2018): coordinate k of point i is the fraction of
    ``i/g^k``, where g solves ``g^(d + 1) = g + 1``. By its mirror images the median of what grows
    with one coordinate is the value at the origin.

    Returns
    -------
    ndarray of shape (2 pairs + 1, dimensions)
    """
    root = 2.0
    for _ in range(64):
        root = (1 + root) ** (1 / (dimensions + 1))
    steps = root ** -np.arange(1.0, dimensions + 1)
    points = (0.5 + np.outer(np.arange(1, pairs + 1), steps)) % 1.0
    # As close as that of scipy, whose import takes longer than an answer.
    quantile = NormalDist().inv_cdf
    normals = np.array([[quantile(at) for at in point] for point in points.tolist()])
    return read_only(np.concatenate([np.zeros((1, dimensions)), normals, -normals]))
