import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from tco.kernel.lengths import Fixed, Lognormal, Quantiles

means = st.floats(1, 1e6)
cvs = st.floats(0.01, 5)
edges = st.floats(1, 2e6)


def quantile_lengths():
    def build(steps, masses):
        tokens = tuple(np.cumsum(steps).tolist())
        cumulative = np.concatenate([[0.0], np.cumsum(masses) / sum(masses)])
        cumulative[-1] = 1.0
        return Quantiles(tuple(cumulative.tolist()), tokens)

    return st.integers(1, 8).flatmap(
        lambda n: st.builds(
            build,
            st.lists(st.floats(1, 1e5), min_size=n + 1, max_size=n + 1),
            st.lists(st.floats(0.01, 1), min_size=n, max_size=n),
        )
    )


lengths = st.one_of(st.builds(Fixed, means), st.builds(Lognormal, means, cvs), quantile_lengths())


@given(means, cvs, edges)
def test_the_tail_of_a_lognormal_agrees_with_scipy(mean, cv, edge):
    sigma = math.sqrt(math.log1p(cv**2))
    frozen = stats.lognorm(s=sigma, scale=mean / math.sqrt(1 + cv**2))
    length = Lognormal(mean, cv)
    assert length.share_above(edge) == pytest.approx(frozen.sf(edge), rel=1e-9, abs=1e-15)
    assert length.mean_square == pytest.approx(frozen.var() + frozen.mean() ** 2, rel=1e-9)


@pytest.mark.parametrize("edge", [100.0, 1_000.0, 272_000.0])
def test_tokens_above_an_edge_are_the_integral_of_the_tail(edge):
    length = Lognormal(1_155.0, 0.96)
    sigma = math.sqrt(math.log1p(0.96**2))
    frozen = stats.lognorm(s=sigma, scale=1_155.0 / math.sqrt(1 + 0.96**2))
    tail, error = integrate.quad(
        lambda z: math.exp(z) * math.exp(z) * frozen.pdf(math.exp(z)), math.log(edge), 40
    )
    assert length.tokens_above(edge) == pytest.approx(tail, abs=10 * error + 1e-12)


@given(lengths)
def test_nothing_is_lost_below_zero_and_nothing_is_left_above_everything(length):
    assert length.share_above(0) == pytest.approx(1)
    assert length.tokens_above(0) == pytest.approx(length.mean)
    assert length.share_above(1e12) == pytest.approx(0, abs=1e-6)


@given(lengths, edges, edges)
def test_tails_fall_and_hold_at_least_their_edge(length, one, other):
    low, high = sorted((one, other))
    assert length.share_above(low) >= length.share_above(high)
    assert length.tokens_above(low) >= length.tokens_above(high) - 1e-9 * length.mean
    share = length.share_above(high)
    assert length.tokens_above(high) >= share * high * (1 - 1e-9) - 1e-9


@given(lengths, edges, st.floats(0.5, 2))
def test_counting_in_other_tokens_scales_edges_and_tokens(length, edge, ratio):
    scaled = length.scaled(ratio)
    assert scaled.mean == pytest.approx(ratio * length.mean)
    assert scaled.mean_square == pytest.approx(ratio**2 * length.mean_square)
    if isinstance(length, Lognormal):
        assert scaled.share_above(ratio * edge) == pytest.approx(
            length.share_above(edge), rel=1e-6, abs=1e-12
        )


@given(lengths)
def test_the_mean_square_is_at_least_the_squared_mean(length):
    assert length.mean_square >= length.mean**2 * (1 - 1e-12)


def test_a_fixed_length_at_the_edge_is_not_above_it():
    assert Fixed(272_000).share_above(272_000) == 0
    assert Fixed(272_001).share_above(272_000) == 1
    assert Fixed(272_001).tokens_above(272_000) == 272_001


def test_an_even_spread_is_worked_by_hand():
    even = Quantiles((0.0, 1.0), (100.0, 300.0))
    assert even.mean == 200
    assert even.mean_square == pytest.approx((100**2 + 100 * 300 + 300**2) / 3)
    assert even.share_above(250) == 0.25
    assert even.tokens_above(250) == pytest.approx(0.25 * 275)


def test_a_flat_piece_is_an_atom():
    length = Quantiles((0.0, 0.5, 1.0), (10.0, 20.0, 20.0))
    assert length.share_above(19.999) == pytest.approx(0.5, abs=1e-4)
    assert length.share_above(20) == 0
    assert length.mean == pytest.approx(0.5 * 15 + 0.5 * 20)
