"""The exact break-even reference against closed forms, hand-worked cases and brute force."""

from fractions import Fraction as F

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.oracles.break_even_exact import Bills, Crossing, Span, break_even, brute
from tests.oracles.random_scenarios import MOST_STEPS, STYLES, as_floats, scenarios

AMOUNTS = ("api_fixed", "api_per_request", "host_fixed", "host_per_request", "instance_usd")
PLAIN = dict.fromkeys(AMOUNTS, 0) | {"api_per_request": F(1, 100), "replica_capacity": 1_000}

small = st.fractions(0, 6, max_denominator=3)
questions = st.fixed_dictionaries(
    dict.fromkeys(AMOUNTS, small)
    | {
        "replica_capacity": st.fractions(F(1, 2), 6, max_denominator=3),
        "max_volume": st.fractions(0, 20, max_denominator=3),
        "replicas_per_instance": st.integers(1, 4),
        "min_replicas": st.integers(0, 3),
        "spare_replicas": st.integers(0, 2),
    }
)


def plain(max_volume=200_000, **changes):
    return break_even(**(PLAIN | {"max_volume": max_volume} | changes))


@pytest.mark.parametrize(
    ("utilisation", "up"),
    [(F(1, 2), 1), (F(2, 3), 2), (F(3, 4), 3), (F(4, 5), 4), (F(9, 10), 9), (F(99, 100), 99)],
)
def test_a_flat_price_crosses_the_stair_as_often_as_the_closed_form_says(utilisation, up):
    answer = plain(instance_usd=10 * utilisation)
    step = 1_000 * utilisation
    ups = [Crossing(n * step, "self-hosting", "continuous") for n in range(1, up + 1)]
    downs = [Crossing(n * 1_000, "api", "step") for n in range(1, up)]
    assert answer.crossings == tuple(sorted(ups + downs))
    assert answer[2:] == ((), up * step, None)


def test_at_full_utilisation_the_bills_only_touch_at_every_full_replica():
    touches = tuple(Span(n, n, True, True) for n in range(1_000, 200_001, 1_000))
    assert plain(instance_usd=10) == ((), (), touches, None, "price")


def test_a_stair_dearer_than_the_line_is_never_cheaper():
    assert plain(instance_usd=F("10.01")) == ((), (), (), None, "price")


def test_a_good_volume_beyond_the_range_is_told_with_its_reason():
    assert plain(50_000, instance_usd=F(99, 10))[3:] == (98_010, "range")


def test_spares_and_packing_move_the_borders():
    packed = {
        "instance_usd": 10,
        "replicas_per_instance": 2,
        "min_replicas": 2,
        "spare_replicas": 1,
    }
    crossings = (
        (2_000, "self-hosting", "continuous"),
    )  # just above 3,000 D nears 0, yet stays > 0
    assert plain(**packed) == (crossings, ((2_000, 200_000, False, True),), (), 2_000, None)
    up, down, again = plain(**packed, host_fixed=5).crossings
    assert (up.volume, down, again.volume) == (2_500, (3_000, "api", "step"), 3_500)


def test_without_a_minimum_a_dearer_api_subscription_can_lose_at_volume_zero_only():
    answer = plain(700, api_fixed=5, instance_usd=12, min_replicas=0)
    crossings, spans, ties = ((0, "api", "step"),), ((0, 0, True, True),), ((700, 700, True, True),)
    assert answer == (crossings, spans, ties, None, "price")


def test_equal_slopes_tie_over_a_whole_step():
    answer = plain(api_fixed=20, host_per_request=F(1, 100), instance_usd=10)
    crossings, spans = ((1_000, "api", "step"),), ((0, 1_000, True, True),)
    assert answer == (crossings, spans, ((1_000, 2_000, False, True),), None, "price")


def test_at_equal_asymptotic_cost_a_dearer_api_subscription_still_decides_for_good():
    answer = plain(api_fixed=10, instance_usd=10)
    crossings, spans = ((0, "self-hosting", "continuous"),), ((0, 200_000, False, True),)
    assert answer == (crossings, spans, (), 0, None)


def test_a_zero_reached_on_a_step_border_is_a_step():
    answer = plain(api_fixed=20, host_per_request=F(2, 100), instance_usd=10)
    assert answer[:3] == (((1_000, "api", "step"),), ((0, 1_000, True, False),), ())


def test_a_zero_reached_at_the_end_of_the_range_is_a_crossing_only_from_above():
    falling = plain(500, api_fixed=15, host_per_request=F(2, 100), instance_usd=10)
    assert falling[:3] == (((500, "api", "continuous"),), ((0, 500, True, False),), ())
    assert plain(500, instance_usd=5)[:3] == ((), (), ((500, 500, True, True),))


def test_2000_random_scenarios_agree_with_brute_force():
    for scenario in scenarios(2_000, seed=31):
        assert break_even(**scenario)[:3] == brute(**scenario), scenario


@given(questions)
def test_small_rationals_agree_with_brute_force(question):
    assert break_even(**question)[:3] == brute(**question)


@given(questions)
def test_cheaper_for_good_holds_far_out_and_no_lower_volume_would_do(question):
    bills = Bills(**question)
    for_good = break_even(**question).cheaper_for_good_from
    far_replicas = 10**9 * bills.replicas_per_instance - bills.spare_replicas
    just_above_far_border = bills.difference(far_replicas * bills.replica_capacity + F(1, 10**30))
    assert (just_above_far_border > 0) == (for_good is not None)
    if for_good is not None:
        assert for_good == 0 or bills.difference(for_good) <= 0
        beyond = for_good + 60 * bills.replica_capacity
        last = brute(**question | {"max_volume": beyond})[1][-1]
        assert (last.low, last.high) == (for_good, beyond)


@given(questions)
def test_exchanging_the_options_flips_directions_only(question):
    crossings, _, ties = brute(**question)
    flipped = [
        (c.volume, "api" if c.direction != "api" else "self-hosting", c.kind) for c in crossings
    ]
    exchanged = brute(exchanged=True, **question)[0]
    tied = {0, question["max_volume"]}.union(*(tie[:2] for tie in ties))  # "not cheaper" both ways
    assert [c for c in exchanged if c[0] not in tied] == [c for c in flipped if c[0] not in tied]


@given(questions, small)
def test_a_cost_on_both_sides_changes_nothing_and_one_on_self_hosting_never_helps(question, cost):
    answer = break_even(**question)
    dearer = question | {"host_fixed": question["host_fixed"] + cost}
    assert break_even(**dearer | {"api_fixed": question["api_fixed"] + cost}) == answer
    after = break_even(**dearer).cheaper_for_good_from
    assert after is None or after >= answer.cheaper_for_good_from


def test_scenarios_repeat_and_meet_every_edge():
    drawn = list(scenarios(2_000, seed=31))
    assert drawn == list(scenarios(2_000, seed=31))
    assert all(s["max_volume"] <= MOST_STEPS * s["replica_capacity"] * (1 + 2**-50) for s in drawn)
    answers = [break_even(**scenario) for scenario in drawn]
    assert {answer.never_because for answer in answers} == {None, "price", "range"}
    assert len({crossing[1:] for answer in answers for crossing in answer.crossings}) == 3
    assert {tie.low < tie.high for answer in answers for tie in answer.ties} == {True, False}
    assert max(len(answer.crossings) for answer in answers) > 100


@pytest.mark.parametrize("style", STYLES)
def test_floats_hold_all_scenarios_but_the_small_rationals(style):
    held = [break_even(**s) == break_even(**as_floats(s)) for s in scenarios(300, 5, (style,))]
    assert all(held) == (style != "rational")
