"""Crossings against a rational reference written without sight of the engine."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.break_even import (
    LineBill,
    StairBill,
    cheaper_for_good_from,
    step_break_even,
    volume_break_even,
)
from tests.oracles.break_even_exact import break_even as reference
from tests.oracles.random_scenarios import STYLES, as_floats, scenarios

SCENARIOS_PER_STYLE = 2_500
NEAR = 1e-9  # of a volume: closer together than that, two crossings are a tie but for rounding


def bills(case):
    amounts = as_floats(case)
    host = StairBill(
        fixed_usd=amounts["host_fixed"],
        usd_per_request=amounts["host_per_request"],
        instance_usd=amounts["instance_usd"],
        replica_requests=amounts["replica_capacity"],
        replicas_per_instance=case["replicas_per_instance"],
        min_replicas=case["min_replicas"],
        spare_replicas=case["spare_replicas"],
    )
    return LineBill(amounts["api_fixed"], amounts["api_per_request"]), host, amounts["max_volume"]


def apart(crossings, limit):
    """Leave out pairs, and one at the limit, that only rounding holds apart."""
    kept = []
    for volume, *rest in crossings:
        if kept and volume - kept[-1][0] <= NEAR * volume:
            kept.pop()
        else:
            kept.append((float(volume), *rest))
    return [crossing for crossing in kept if limit - crossing[0] > NEAR * limit]


def agree(found, expected):
    return [c[1:] for c in found] == [c[1:] for c in expected] and [c[0] for c in found] == (
        pytest.approx([float(c[0]) for c in expected], rel=NEAR, abs=NEAR)
    )


@pytest.mark.parametrize("style", STYLES)
def test_every_crossing_of_random_scenarios_is_found_and_none_is_invented(style):
    """Ties included, where the amounts are exact floats or round numbers that floats only near.

    Amounts that floats do not hold are given to the reference as they were meant, so that a tie on
    a step border must be told as a tie. Where the question itself misses a tie by its last bit
    ("hair") or ends within that of a border, crossings that lie on each other are not compared.
    """
    crossings = 0
    for case in scenarios(SCENARIOS_PER_STYLE, 1, (style,)):
        stay, host, limit = bills(case)
        found, expected = volume_break_even(stay, host, limit), reference(**case)
        ours = [(c.requests_per_month, c.direction, c.kind) for c in found.crossings]
        theirs = [tuple(c) for c in expected.crossings]
        crossings += len(theirs)
        if style in ("float", "hair"):
            assert agree(apart(ours, limit), apart(theirs, limit)), case
            continue
        assert agree(ours, theirs), case
        spans = [(float(s.low), float(s.high)) for s in expected.self_hosting_cheaper]
        assert np.allclose(np.ravel(found.spans), np.ravel(spans), rtol=NEAR, atol=NEAR), case
    assert crossings > SCENARIOS_PER_STYLE * 0.8  # the cases do have something to miss


@pytest.mark.parametrize("style", STYLES)
def test_cheaper_for_good_is_where_the_reference_says(style):
    known = 0
    for case in scenarios(SCENARIOS_PER_STYLE, 2, (style,)):
        stay, host, _ = bills(case)
        found = cheaper_for_good_from(stay, host)
        nudges = (1 - NEAR, 1 + NEAR) if style == "hair" else (1,)
        answers = [
            reference(
                **case | {"instance_usd": case["instance_usd"] * Fraction(nudge), "max_volume": 0}
            ).cheaper_for_good_from
            for nudge in nudges
        ]
        assert any(
            (found is None) == (answer is None)
            and (found is None or found == pytest.approx(float(answer), rel=1e-6, abs=NEAR))
            for answer in answers
        ), case
        known += found is not None
    assert known > SCENARIOS_PER_STYLE / 4


@pytest.mark.parametrize(
    ("break_even", "upward", "downward"),
    [
        (Fraction(1, 2), 1, 0),
        (Fraction(2, 3), 2, 1),
        (Fraction(3, 4), 3, 2),
        (Fraction(4, 5), 4, 3),
        (Fraction(9, 10), 9, 8),
        (Fraction(99, 100), 99, 98),
        (Fraction(1), 0, 0),
        (Fraction(3, 2), 0, 0),
    ],
)
def test_the_number_of_crossings_follows_from_the_break_even_utilisation(
    break_even, upward, downward
):
    capacity, price = 10_000, Fraction(1, 100)
    stay = LineBill(0.0, float(price))
    host = StairBill(0.0, 0.0, float(break_even * capacity * price), capacity, 1, 1, 0)
    found = volume_break_even(stay, host, 200 * capacity)
    directions = [c.direction for c in found.crossings]
    assert directions.count("self-hosting") == upward
    assert directions.count("api") == downward
    if break_even < 1:
        expected = float(upward * break_even * capacity)
        assert cheaper_for_good_from(stay, host) == pytest.approx(expected)
    else:
        assert cheaper_for_good_from(stay, host) is None


@given(
    st.integers(-20, 20),
    st.integers(-3, 5),
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 40)), min_size=1, max_size=8),
)
def test_no_crossing_of_steps_of_any_shape_is_missed_or_invented(fixed, slope, steps):
    """Signs in the middle of every half step, from plain integer arithmetic."""
    ends = np.cumsum([float(width) for width, _ in steps])
    machines = np.array([float(usd) for _, usd in steps])
    found = step_break_even(LineBill(fixed, slope), LineBill(0.0, 0.0), ends, machines)
    meets = [c.requests_per_month for c in found.crossings]
    assert meets == sorted(meets)
    directions = [c.direction for c in found.crossings]
    assert all(a != b for a, b in pairwise(directions))
    for volume in (k / 24 for k in range(1, int(ends[-1] * 24))):
        place = int(np.searchsorted(ends, volume))
        gap = 24 * (fixed - int(machines[place])) + slope * round(24 * volume)
        inside = any(low < volume < high for low, high in found.spans)
        if gap != 0 and not any(abs(volume - meet) < NEAR for meet in meets):
            assert inside == (gap > 0), (volume, found)


def test_a_tie_but_for_rounding_is_a_tie_and_not_cheaper():
    """0.1 + 0.2 is not 0.3 to a float, and no machine pays for the difference."""
    stay = LineBill(0.1 + 0.2, 0.0)
    for machines, first in (([0.3], 0), ([0.3 * (1 - 1e-9)], 1)):
        found = step_break_even(stay, LineBill(0.0, 0.0), np.array([5.0]), np.array(machines))
        assert len(found.spans) == first
        assert found.crossings == ()


@pytest.mark.parametrize(("more", "cheaper"), [(1e-13, False), (1e-11, True)])
@pytest.mark.parametrize("part", ["fixed_usd", "usd_per_request"])
def test_what_counts_as_a_tie_grows_with_all_that_is_on_both_bills(part, more, cheaper):
    stay, host = (
        LineBill(**{"fixed_usd": 0.0, "usd_per_request": 0.0, part: amount})
        for amount in (1e6 * (1 + more), 1e6)
    )
    found = step_break_even(stay, host, np.array([5.0]), np.array([0.0]))
    assert bool(found.spans) == cheaper
