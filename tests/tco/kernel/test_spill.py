from fractions import Fraction

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
    spill_costs,
)

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


def exact_saving(rule, volume, instances, fixed, machine, saving):
    """Staying less the mixture, hour by hour in rationals: the reference."""
    carried = Fraction(rule.carries(instances))
    served = sum(min(Fraction(s) * volume, carried) for s in rule.shares) / len(rule.shares)
    return served * Fraction(saving) - Fraction(fixed) - instances * Fraction(machine)


def test_a_base_fleet_is_worked_by_hand():
    week = hourly_shares([1, 1, 4])  # 0.5, 0.5, 2 of the mean
    rule = SpillRule(100.0, 0.8, 1.0, 1, 0, week)
    # 160 a month: 80, 80 and 320 at the hourly rate; one replica carries 80
    assert rule.carries(1) == 80
    assert rule.spilled_share(160, 1) == pytest.approx(240 / 480)
    # n machines at 10: 10 + 80 × 1, 20 + 160/3, 30 + 80/3, 40 + 0
    costs = spill_costs(rule, 160, 10.0, 1.0)
    assert costs.tolist() == pytest.approx([10 + 80, 20 + 160 / 3, 30 + 80 / 3, 40])
    assert cheapest_fleet(rule, 160, 10.0, 1.0) == 4
    assert cheapest_fleet(rule, 160, 30.0, 1.0) == 1


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
def test_no_fleet_costs_less_than_the_one_chosen(rule, volume, machine, saving):
    chosen = cheapest_fleet(rule, volume, float(machine), float(saving))
    worth = [
        exact_saving(rule, volume, n, 0, machine, saving)
        for n in range(rule.first_instances(), rule.full_instances(volume) + 3)
    ]
    best = exact_saving(rule, volume, chosen, 0, machine, saving)
    assert float(best) == pytest.approx(float(max(worth)), rel=1e-9, abs=1e-6)


@given(rules(), st.integers(1, 2_000), st.integers(1, 30))
def test_what_is_spilled_falls_with_the_fleet_and_ends_at_the_full_one(rule, volume, instances):
    first, full = rule.first_instances(), rule.full_instances(volume)
    shares = [rule.spilled_share(volume, n) for n in range(first, first + instances)]
    assert shares == sorted(shares, reverse=True)
    assert all(0 <= share <= 1 for share in shares)
    assert rule.spilled_share(volume, full) == pytest.approx(0, abs=1e-12)
    if full > first:
        assert rule.spilled_share(volume * (1 + 1e-9), full - 1) > 0


@given(rules(), st.integers(1, 20), st.integers(-50, 5_000), st.integers(0, 20))
def test_both_bills_are_equal_where_a_base_fleet_starts_to_pay(rule, instances, gap, saving):
    at = pays_from(rule, instances, float(gap), float(saving))
    if at is None:
        most = exact_saving(rule, 10**9, instances, gap, 0, saving)
        assert saving == 0 or most <= 0
        return
    if at > 0:
        assert exact_saving(rule, at, instances, gap, 0, saving) == 0
        assert exact_saving(rule, at * Fraction(99, 100), instances, gap, 0, saving) <= 0
    assert exact_saving(rule, at * 2 + 1, instances, gap, 0, saving) >= 0


@given(rules(), st.integers(-20, 300), st.integers(1, 60), st.integers(1, 20))
def test_no_fleet_pays_from_a_lower_volume_than_the_best(rule, gap, machine, saving):
    found = pays_from_any(rule, float(gap), float(machine), float(saving))
    tried = [
        pays_from(rule, n, Fraction(gap) + n * Fraction(machine), saving)
        for n in range(rule.first_instances(), rule.first_instances() + 60)
    ]
    volumes = [volume for volume in tried if volume is not None]
    if found is None:
        assert not volumes
    elif volumes:
        assert found[0] <= min(volumes)
