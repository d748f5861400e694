from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.units import SECONDS_PER_MONTH
from tco.kernel.spill import (
    SpillRule,
    cheapest_fleet,
    hourly_shares,
    pays_from,
    pays_from_any,
    pays_up_to,
)
from tests.oracles.spill_exact import Fleet

weeks = st.lists(st.integers(0, 20), min_size=2, max_size=9).filter(lambda week: sum(week) > 0)


@st.composite
def rules(draw):
    return SpillRule(
        capacity_requests=float(draw(st.integers(1, 50))),
        usable_load=draw(st.sampled_from([0.5, 0.8, 1.0])),
        peak_within_hour=draw(st.sampled_from([1.0, 1.5, 4.0])),
        replicas_per_instance=draw(st.integers(1, 4)),
        spare_replicas=draw(st.integers(0, 2)),
        shares=hourly_shares(draw(weeks)),
    )


def exact(rule):
    """The same fleet, its floats taken at their exact value."""
    one = Fraction(float(rule.replica_requests))
    return Fleet(rule.shares, one, rule.replicas_per_instance, rule.spare_replicas)


def test_a_base_fleet_is_worked_by_hand():
    week = hourly_shares([1, 1, 4])  # 0.5, 0.5, 2 of the mean
    rule = SpillRule(100.0, 0.8, 1.0, 1, 0, week)
    # 160 a month: 80, 80 and 320 at the hourly rate; one replica carries 80
    assert rule.carries(1) == 80
    assert rule.spilled_share(160, 1) == pytest.approx(240 / 480)
    # n machines at 10: 10 + 80 × 1, 20 + 160/3, 30 + 80/3, 40 + 0
    assert cheapest_fleet(rule, 160, 10.0, 1.0) == 4
    assert cheapest_fleet(rule, 160, 30.0, 1.0) == 1
    # a machine at 80/3 saves just what it costs in the one busy hour: fewer are taken
    assert cheapest_fleet(rule, 160, 80 / 3, 1.0) == 1
    assert cheapest_fleet(rule, 160, 80 / 3 * (1 - 1e-9), 1.0) == 4
    assert rule.full_instances(160) == 4


def test_the_volume_from_which_it_pays_is_worked_by_hand():
    rule = SpillRule(100.0, 1.0, 1.0, 1, 0, hourly_shares([1, 3]))  # 0.5 and 1.5 of the mean
    # 40 USD at 1 USD a request: 40 must be served. Below 66.7 nothing is spilled: V = 40
    assert pays_from(rule, 1, 40.0, 1.0) == 40
    # 80: (100 + V/2) / 2 = 80 → V = 120, the busy hour full, the quiet one at 60
    assert pays_from(rule, 1, 80.0, 1.0) == 120
    # full in every hour it serves 100: 100 USD are never saved
    assert pays_from(rule, 1, 100.0, 1.0) is None


def test_inference_math_r36_four_replicas_and_spill():
    """Cline's published plan: 4 replicas for the trough and 303 bn tokens of spill."""
    mtok = 583e9 - 4 * 69.9e9  # its own replica carries 69.9 bn tokens a month
    assert mtok == pytest.approx(303e9, rel=0.002)
    assert round(4 * 17_520 + 303e9 * 0.317 / 1e6) == 166_131
    assert round(583e9 * 0.317 / 1e6) == 184_811
    assert round((1 - 166_131 / 184_811) * 100, 1) == 10.1
    flat = SpillRule(26_600 * SECONDS_PER_MONTH, 1.0, 1.0, 1, 0, (1.0,))
    assert flat.carries(1) / 1e9 == pytest.approx(69.9, abs=0.05)
    spilled = flat.spilled_share(583e9, 4) * 583e9
    assert spilled == pytest.approx(303e9, rel=0.002)


@given(rules(), st.integers(1, 2_000), st.integers(0, 500), st.integers(0, 20))
def test_no_fleet_costs_less_than_the_one_chosen_and_ties_take_fewer(rule, volume, machine, saving):
    chosen = cheapest_fleet(rule, volume, float(machine), float(saving))
    fleets = range(rule.first_instances, int(rule.full_instances(volume)) + 3)
    worth = {n: exact(rule).saving(volume, n, 0, machine, saving) for n in fleets}
    best = max(worth.values())
    assert float(worth[int(chosen)]) == pytest.approx(float(best), rel=1e-9, abs=1e-6)
    near = Fraction(1, 10**9) * (abs(best) + machine + 1)
    assert all(worth[n] < best - near for n in fleets if n < chosen) or machine == 0


@given(rules(), st.integers(1, 2_000), st.integers(1, 30))
def test_what_is_spilled_falls_with_the_fleet_and_ends_at_the_full_one(rule, volume, instances):
    first, full = rule.first_instances, rule.full_instances(volume)
    shares = [rule.spilled_share(volume, n) for n in range(first, first + instances)]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= share <= 1 for share in shares)
    by_hand = [float(exact(rule).spilled(volume, n)) for n in range(first, first + instances)]
    assert shares == pytest.approx(by_hand, rel=1e-9, abs=1e-12)
    assert rule.spilled_share(volume, full) == pytest.approx(0, abs=1e-12)
    if full > first:
        assert rule.spilled_share(volume * (1 + 1e-9), full - 1) > 0


@given(rules(), st.integers(1, 20), st.integers(-50, 5_000), st.integers(0, 20))
def test_both_bills_are_equal_where_a_base_fleet_starts_to_pay(rule, instances, gap, saving):
    at = pays_from(rule, instances, float(gap), float(saving))
    expected = exact(rule).pays_from(instances, gap, saving)
    if at is None or expected is None:  # else it is full in every hour, and a tie but for rounding
        full = saving * rule.carries(instances) * rule.busy_share
        assert at is expected or full == pytest.approx(gap, rel=1e-11)
        return
    assert at == pytest.approx(float(expected), rel=1e-9)


@given(rules(), st.integers(-20, 300), st.integers(1, 60), st.integers(1, 20))
def test_no_fleet_pays_from_a_lower_volume_than_the_best(rule, gap, machine, saving):
    found = pays_from_any(rule, float(gap), float(machine), float(saving))
    tried = [
        exact(rule).pays_from(n, gap + n * machine, saving)
        for n in range(rule.first_instances, rule.first_instances + 60)
        # a fleet that saves just what it costs, full in every hour, pays by rounding only
        if saving * rule.carries(n) * rule.busy_share > (gap + n * machine) * (1 + 1e-9)
    ]
    volumes = [float(volume) for volume in tried if volume is not None]
    if found is None:
        assert all(volume > 1e12 for volume in volumes)  # what a rounding error saves
        return
    assert found <= min(volumes, default=np.inf) * (1 + 1e-9)
    chosen = int(cheapest_fleet(rule, found, float(machine), float(saving)))
    above = Fraction(found) * Fraction(1 + 1e-9) + Fraction(1, 10**9)
    assert exact(rule).saving(above, chosen, gap, machine, saving) > -1e-6


@st.composite
def drawn_fleets(draw):
    """A rule of four draws, volumes and prices over two months, and the rule of each draw alone."""
    rule = draw(rules())
    capacities = draw(st.lists(st.just(0.0) | st.floats(1, 50), min_size=4, max_size=4))
    numbers = st.lists(st.floats(0, 2_000), min_size=8, max_size=8)
    requests, machine, saving = (np.array(draw(numbers)).reshape(4, 2) for _ in range(3))
    drawn = replace(rule, capacity_requests=np.array(capacities)[:, None])
    alone = [replace(rule, capacity_requests=capacity) for capacity in capacities]
    return drawn, requests, machine, saving / 100, alone


@given(drawn_fleets(), st.integers(0, 9))
def test_base_fleets_of_draws_are_those_of_each_draw_alone(case, given_instances):
    drawn, requests, machine, saving, alone = case
    chosen = cheapest_fleet(drawn, requests, machine, saving)
    full = drawn.full_instances(requests)
    spilled = drawn.spilled_share(requests, chosen)
    given = drawn.spilled_share(requests, given_instances)
    for place, volume in np.ndenumerate(requests):
        single, at = alone[place[0]], (float(volume), float(machine[place]), float(saving[place]))
        assert chosen[place] == cheapest_fleet(single, *at)
        assert full[place] == single.full_instances(at[0])
        assert spilled[place] == single.spilled_share(at[0], chosen[place])
        assert given[place] == single.spilled_share(at[0], given_instances)
        assert np.isinf(chosen[place]) == (single.capacity_requests == 0)


def test_a_fleet_of_spares_alone_carries_nothing_and_everything_is_spilled():
    rule = SpillRule(100.0, 0.8, 1.0, 1, 4, hourly_shares([1, 3]))
    assert rule.carries(1) == 0
    assert rule.spilled_share(50.0, 1) == 1
    assert pays_from(rule, 1, 10.0, 1.0) is None
    assert rule.first_instances == 5


def test_without_requests_nothing_is_spilled():
    rule = SpillRule(100.0, 0.8, 1.0, 1, 0, hourly_shares([1, 3]))
    assert rule.spilled_share(0.0, 1) == 0
    assert cheapest_fleet(rule, 0.0, 10.0, 1.0) == 1


def test_the_volume_up_to_which_it_pays_is_worked_by_hand():
    """Of 60 requests all are served; of 120 the busy half of the hours serves 100 for 180."""
    rule = SpillRule(100.0, 1.0, 1.0, 1, 0, hourly_shares([1, 3]))  # 0.5 and 1.5 of the mean
    assert rule.carries(1) == 100
    assert pays_up_to(rule, 1, -60.0, -1.0) == pytest.approx(60.0)  # nothing is spilled yet
    assert pays_up_to(rule, 1, -80.0, -1.0) == pytest.approx(120.0)
    assert pays_up_to(rule, 1, -100.0, -1.0) is None
    assert pays_up_to(rule, 1, -1.0, 0.0) is None


@given(rules(), st.integers(1, 20), st.integers(1, 5_000), st.integers(0, 20))
def test_below_the_volume_up_to_which_it_pays_staying_costs_more_and_above_it_less(
    rule, instances, gap, loss
):
    at = pays_up_to(rule, instances, -float(gap), -float(loss))
    carried = Fraction(float(rule.carries(instances)))

    def saves(volume):
        hours = [min(Fraction(share) * Fraction(volume), carried) for share in rule.shares]
        return float(gap - loss * sum(hours) / len(hours))

    tiny = 1e-6 * gap
    if at is None:
        assert saves(1e15) > -tiny
        return
    assert saves(0.999 * at) > -tiny
    assert saves(1.001 * at) < tiny
    assert saves(at) == pytest.approx(0, abs=tiny)
