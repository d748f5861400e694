"""Internal rates against pyxirr where one exists, and against roots built in by hand."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.finance import present_value, sign_changes
from tco.kernel.internal_rate import internal_rate

amounts = st.integers(1, 1_000_000).map(float)


def changes(flows):
    signs = [flow > 0 for flow in flows if flow != 0]
    return sum(a != b for a, b in pairwise(signs))


@given(amounts, st.lists(amounts, min_size=1, max_size=60))
def test_with_one_change_of_sign_it_is_pyxirr_s(price, savings):
    flows = [-price, *savings]
    found = internal_rate(flows)
    oracle = pyxirr.irr(flows)
    if oracle is None or oracle < -0.3:  # an annual rate near -100 % has no digits left
        return
    assert (1 + found.annual) ** (1 / 12) - 1 == pytest.approx(oracle, rel=1e-6, abs=1e-9)


@given(amounts, st.lists(amounts, min_size=1, max_size=60))
def test_what_is_borrowed_and_paid_back_has_no_rate_of_return(borrowed, payments):
    found = internal_rate([borrowed, *(-payment for payment in payments)])
    assert found.annual is None
    assert found.reason.startswith("no investment: money comes in first")


@given(st.lists(st.integers(-1_000, 1_000).map(float), min_size=1, max_size=40))
def test_every_rate_found_makes_the_present_value_zero(flows):
    found = internal_rate(flows)
    for rate in found.roots:
        if not -0.99 < rate < 1e3:
            continue
        scale = sum(abs(f) * (1 + rate) ** (-m / 12) for m, f in enumerate(flows))
        assert abs(present_value(flows, rate)) <= 1e-7 * scale
    assert (found.annual is None) == bool(found.reason)
    assert found.annual is None or found.roots == (found.annual,)
    assert len(found.roots) <= changes(flows)  # Descartes


@given(
    st.lists(st.integers(-60, 300), min_size=1, max_size=4, unique=True).filter(
        lambda ps: all(abs(a - b) >= 4 for i, a in enumerate(ps) for b in ps[:i])
    ),
    st.sampled_from([1, 6, 12]),
)
def test_roots_built_into_a_flow_are_all_found_and_no_other(percents, period):
    rates = sorted(p / 100 for p in percents)
    flow = np.array([-1_000.0])
    for rate in rates:
        factor = np.zeros(period + 1)
        factor[0], factor[-1] = 1.0, -((1 + rate) ** (period / 12))
        flow = np.convolve(flow, factor)
    found = internal_rate(flow.tolist())
    assert found.roots == pytest.approx(rates, abs=1e-6)
    assert (found.annual is None) == (len(rates) > 1)


@given(st.lists(st.integers(-1_000, 1_000).map(float), min_size=2, max_size=60), st.floats(0, 0.9))
def test_present_value_is_pyxirr_s(flows, annual):
    assert present_value(flows, annual) == pytest.approx(
        pyxirr.npv((1 + annual) ** (1 / 12) - 1, flows), rel=1e-9, abs=1e-6
    )


def sturm(flows):
    """Distinct positive roots of a polynomial with whole coefficients, counted exactly."""
    chain = [[Fraction(int(flow)) for flow in np.trim_zeros(np.array(flows))]]
    chain.append([power * value for power, value in enumerate(chain[0])][1:])
    while chain[-1]:
        rest, divisor = list(chain[-2]), chain[-1]
        while len(rest) >= len(divisor):
            factor, shift = rest[-1] / divisor[-1], len(rest) - len(divisor)
            rest = [
                value - (factor * divisor[place - shift] if place >= shift else 0)
                for place, value in enumerate(rest)
            ][:-1]
        while rest and rest[-1] == 0:
            rest.pop()
        chain.append([-value for value in rest])
    return changes([p[0] for p in chain if p]) - changes([p[-1] for p in chain if p])


@given(st.lists(st.integers(-20, 20).map(float), min_size=2, max_size=14).filter(any))
def test_as_many_rates_are_found_as_there_are(flows):
    """Counted by Sturm's theorem in rationals, which finds none of them."""
    assert len(internal_rate(flows).roots) == sturm(flows)


@pytest.mark.parametrize("percent", [5, 12])
def test_a_rate_at_which_the_present_value_only_touches_zero_counts_once(percent):
    factor = [-1.0, *[0.0] * 11, 1 + percent / 100]
    touching = np.convolve(factor, factor).tolist()
    assert internal_rate(touching).annual == pytest.approx(percent / 100, abs=1e-6)


def test_a_return_beyond_all_numbers_is_no_error():
    assert internal_rate([-1e-30, 1e6]).annual == np.inf
    assert internal_rate([-1e30, 1.0]).annual == -1.0


@pytest.mark.parametrize(
    ("flows", "words"),
    [
        ([100.0, 10.0], "no investment"),
        ([-100.0, -10.0], "no return"),
        ([0.0, 0.0], "no cash flow"),
        ([], "no cash flow"),
        ([-1.0, 2.0, -1.5], "no internal rate"),
    ],
)
def test_where_there_is_no_rate_the_reason_is_said(flows, words):
    found = internal_rate(flows)
    assert found.annual is None
    assert words in found.reason


@given(st.lists(st.integers(-5, 5).map(float), min_size=1, max_size=60))
def test_turns_alternate_and_hold_every_sign(values):
    turns = sign_changes(values)
    positive = False
    expected = []
    for month, value in enumerate(values):
        if (value > 0) != positive:
            positive = not positive
            expected.append((month, "saving" if positive else "costing"))
    assert turns == expected
    assert [direction for _, direction in turns] == (["saving", "costing"] * 60)[: len(turns)]
