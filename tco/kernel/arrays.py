"""Arrays as the kernel types them."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]
Numbers = float | FloatArray


def read_only(values: FloatArray) -> FloatArray:
    """Give values that many answers share, so that none of them can change them."""
    values.setflags(write=False)
    return values
