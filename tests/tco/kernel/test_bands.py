"""P10, P50 and P90 of what was drawn."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.bands import bands


@given(st.lists(st.floats(-1e9, 1e9) | st.just(math.inf), min_size=1, max_size=60))
def test_bands_ascend_and_are_values_that_were_drawn(values):
    """L46, with draws that have no answer among them."""
    drawn = np.array(values)[:, None].repeat(2, axis=1)
    low, middle, high = bands(drawn)
    assert np.all(low <= middle)
    assert np.all(middle <= high)
    assert {low[0], middle[1], high[0]} <= set(values)
    for share, band in ((0.1, low), (0.5, middle), (0.9, high)):
        below = np.mean(np.array(values) <= band[0])
        under = np.mean(np.array(values) < band[0])
        assert below >= share - 1e-9
        assert under < share


def test_bands_agree_with_numpy_where_numpy_has_the_same_rule():
    values = np.random.default_rng(1).normal(size=(1_001, 3))
    theirs = np.quantile(values, [0.1, 0.5, 0.9], axis=0, method="inverted_cdf")
    assert np.array_equal(bands(values), theirs)
