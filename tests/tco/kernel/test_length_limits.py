"""Requests too long for what serves them, against sums over drawn and finely cut outputs."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from tco.kernel.length_limits import LengthLimits, share_too_long
from tco.kernel.lengths import Fixed, Lognormal, Quantiles
from tco.kernel.workload import ClassLoad

TOKENS = st.floats(1.0, 300_000.0)
LOGNORMALS = st.builds(Lognormal, TOKENS, st.floats(0.05, 3.0))
QUANTILES = st.lists(TOKENS, min_size=4, max_size=4, unique=True).map(
    lambda tokens: Quantiles((0.0, 0.5, 0.9, 1.0), tuple(sorted(tokens)))
)
LIMIT = st.none() | st.floats(1.0, 500_000.0)
LIMITS = st.builds(LengthLimits, LIMIT, LIMIT, LIMIT)
FINE = 20_000
CLOSE = 0.1  # of the share itself, where it is small


def above(length, tokens):
    """Share of requests longer than each of `tokens`, by other means than the product's."""
    match length:
        case Fixed(mean):
            return (mean > tokens).astype(float)
        case Lognormal(mean, cv):
            sigma = np.sqrt(np.log1p(cv**2))
            drawn = stats.lognorm(sigma, scale=mean * np.exp(-(sigma**2) / 2))
            return drawn.sf(tokens)
        case Quantiles(probabilities, edges):
            return 1 - np.interp(tokens, edges, probabilities)


def outputs_at(length, survival):
    match length:
        case Lognormal(mean, cv):
            sigma = np.sqrt(np.log1p(cv**2))
            return stats.lognorm(sigma, scale=mean * np.exp(-(sigma**2) / 2)).isf(survival)
        case Quantiles(probabilities, edges):
            return np.interp(1 - survival, probabilities, edges)


def finely_cut(prompt, output, limits):
    """Sum over outputs cut a hundred times finer than the product cuts them."""
    edges = np.concatenate([np.linspace(1, 0.01, FINE), np.logspace(-2, -12, FINE)[1:]])
    middle = np.sqrt(edges[1:] * edges[:-1])
    outputs = outputs_at(output, middle)
    endless = np.inf
    most = np.minimum(limits.prompt or endless, (limits.together or endless) - outputs)
    long = np.where(
        outputs > (limits.output or endless), 1.0, np.where(most < 0, 1.0, above(prompt, most))
    )
    return float((long * -np.diff(edges)).sum())


def alone(prompt, output, limits):
    return share_too_long([ClassLoad(1.0, prompt, output, 0.0)], limits)


@given(LOGNORMALS | QUANTILES, LOGNORMALS | QUANTILES, LIMITS)
def test_the_share_is_that_of_outputs_cut_a_hundred_times_finer(prompt, output, limits):
    right = finely_cut(prompt, output, limits)
    assert alone(prompt, output, limits) == pytest.approx(right, rel=CLOSE, abs=1e-9)


@given(st.floats(1, 1e5).map(Fixed), st.floats(1, 1e5).map(Fixed), LIMITS)
def test_a_request_of_one_length_fits_or_does_not(prompt, output, limits):
    too_long = (
        prompt.mean > (limits.prompt or np.inf)
        or output.mean > (limits.output or np.inf)
        or prompt.mean > (limits.together or np.inf) - output.mean
    )
    assert alone(prompt, output, limits) == float(too_long)


@given(LOGNORMALS | QUANTILES, st.floats(1, 1e5), LIMITS)
def test_prompt_and_output_are_alike_where_they_count_together(length, fixed, limits):
    turned = LengthLimits(limits.output, limits.prompt, limits.together)
    assert alone(length, Fixed(fixed), limits) == pytest.approx(
        alone(Fixed(fixed), length, turned), rel=1e-12
    )


@given(st.lists(st.tuples(st.floats(0, 1), LOGNORMALS | QUANTILES, LOGNORMALS), min_size=1), LIMITS)
def test_classes_are_as_long_together_as_each_is_alone(classes, limits):
    loads = [ClassLoad(share, *lengths, 0.0) for share, *lengths in classes]
    each = sum(load.share * alone(load.input, load.output, limits) for load in loads)
    assert share_too_long(loads, limits) == pytest.approx(each, rel=1e-12)


@given(LOGNORMALS | QUANTILES, LOGNORMALS | QUANTILES, LIMITS, st.floats(1.0, 50.0))
def test_longer_outputs_never_fit_better(prompt, output, limits, longer):
    load = ClassLoad(1.0, prompt, output, 0.0)
    more = share_too_long([load.with_output(longer)], limits)
    assert more >= share_too_long([load], limits) * (1 - CLOSE) - 1e-9
