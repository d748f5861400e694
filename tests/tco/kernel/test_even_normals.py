"""Points that stand for a normal distribution: mirrored, even, and the same each time."""

import numpy as np
import pytest
from scipy.stats import norm

from tco.kernel.bands import bands
from tco.kernel.even_normals import even_normals


@pytest.mark.parametrize("dimensions", [1, 3, 8])
def test_each_point_has_its_mirror_image_and_the_origin_stands_between_them(dimensions):
    points = even_normals(255, dimensions)
    assert points.shape == (511, dimensions)
    assert np.array_equal(points[1:256], -points[256:])
    assert not points[0].any()


@pytest.mark.parametrize("dimensions", [1, 3, 8])
def test_what_grows_with_one_sum_has_its_median_at_the_origin(dimensions):
    rising = np.exp(even_normals(255, dimensions).sum(axis=1))
    assert bands(rising)[1] == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize("dimensions", [1, 3, 8])
def test_each_coordinate_and_their_sum_have_the_quantiles_of_the_normal(dimensions):
    points = even_normals(255, dimensions)
    total = points.sum(axis=1) / dimensions**0.5
    for values in (*points.T, total):
        low, middle, high = bands(values)
        assert middle == pytest.approx(0.0, abs=0.02)
        assert high == pytest.approx(norm.ppf(0.9), rel=0.06)
        assert low == pytest.approx(norm.ppf(0.1), rel=0.06)


def test_the_median_of_a_lopsided_figure_is_that_of_many_draws():
    """The slower of two limits, each log-normal: its median lies below the value at the middle."""

    def slower(normals):
        return np.minimum(np.exp(0.3 * normals[:, 0]), np.exp(0.3 * normals[:, 1]))

    drawn = np.random.default_rng(1).standard_normal((400_000, 4))
    ours = bands(slower(even_normals(255, 4)))[1]
    assert ours == pytest.approx(np.median(slower(drawn)), rel=0.01)
    assert ours < 0.95
