"""An axis has something to read between any two ends."""

from hypothesis import given
from hypothesis import strategies as st

from tco.exports.axis import Axis


@given(st.floats(1e-12, 1e12), st.floats(1.0, 1e6), st.booleans())
def test_every_axis_has_between_one_and_a_dozen_values_and_all_of_them_lie_on_it(low, ratio, log):
    axis = Axis.around([low, low * ratio], "USD", str, log=log)
    found = axis.ticks()
    assert 1 <= len(found) <= 12
    assert all(axis.low <= value <= axis.high for value in found)


def test_a_short_stretch_without_a_power_of_ten_its_double_or_its_half_has_values_too():
    assert Axis.around([2.5, 3.5], "USD", str, log=True).ticks()
