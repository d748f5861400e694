import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pricing.units import SECONDS_PER_MONTH
from tco.kernel.autoscale import (
    MINUTES_PER_WEEK,
    AutoscaleRule,
    Scaling,
    autoscaled_state,
    paid_minutes,
)
from tco.kernel.fleet import FleetRule, fleet_state, peak_to_mean

OFFICE = tuple(([0.0] * 8 + [1.0] * 10 + [0.0] * 6) * 5 + [0.0] * 48)


@st.composite
def weeks(draw):
    """Blocks of hours of one weight each, turned to any hour."""
    levels = st.sampled_from([0.0, 0.1, 0.3, 1.0, 2.5])
    blocks = draw(st.lists(st.tuples(levels, st.integers(1, 40)), min_size=1, max_size=12))
    hours = [level for level, length in blocks for _ in range(length)]
    week = (hours * 168)[:168]
    turned = draw(st.integers(0, 167))
    return tuple(week[turned:] + week[:turned]) if sum(week) > 0 else (1.0,) * 168


weights = weeks()
scalings = st.builds(
    Scaling,
    lag_minutes=st.sampled_from([0.0, 1.0, 15.0, 75.0, 600.0]),
    hold_minutes=st.sampled_from([0.0, 10.0, 90.0]),
    billing_minutes=st.sampled_from([0.0, 1.0, 60.0, 420.0]),
    to_zero=st.booleans(),
)
bases = st.builds(
    FleetRule,
    capacity_rps=st.floats(0.01, 100),
    peak_to_mean=st.just(1.0),
    allowed_load=st.floats(0.1, 1),
    replicas_per_instance=st.integers(1, 8),
    min_replicas=st.integers(1, 4),
    spare_replicas=st.integers(0, 2),
    availability=st.floats(0.5, 1),
)


@st.composite
def rules(draw):
    week, burst = tuple(draw(weights)), draw(st.floats(1, 4))
    base = replace(draw(bases), peak_to_mean=peak_to_mean(week, burst))
    return AutoscaleRule(base, week, burst, draw(scalings))


def rule(week=OFFICE, burst=1.0, lag=0.0, hold=0.0, billing=0.0, *, to_zero=False, **changes):
    values = {
        "capacity_rps": 1.0,
        "peak_to_mean": peak_to_mean(week, burst),
        "allowed_load": 1.0,
        "replicas_per_instance": 1,
        "min_replicas": 1,
        "spare_replicas": 0,
    }
    return AutoscaleRule(
        FleetRule(**(values | changes)), week, burst, Scaling(lag, hold, billing, to_zero)
    )


def volume_filling(fleet, replicas):
    """Monthly volume at which the busiest level fills so many replicas."""
    return replicas * fleet.replica_requests(float(fleet.levels[-1]))


def test_an_office_week_is_worked_by_hand():
    fleet = rule(lag=15, hold=30, billing=60)
    volume = volume_filling(fleet, 3)
    # one machine runs always; two more for 10 h and 45 min on 5 days, billed as 11 h
    assert fleet.instances(volume) == pytest.approx(1 + 2 * 55 / 168)
    assert fleet.peak_instances(volume) == 3


@pytest.mark.parametrize("to_zero", [False, True])
def test_the_causes_of_an_office_week_are_worked_by_hand(to_zero):
    fleet = rule(lag=15, hold=30, billing=60, spare_replicas=1, to_zero=to_zero)
    state = autoscaled_state(fleet, volume_filling(fleet, 3))
    # 3 replicas at work for 50 h, where they run full; 1 idles in the other 118 h, or none does
    quiet = 0 if to_zero else 118 / 168
    needed, spares = 3 * 50 / 168 + quiet, 50 / 168 + quiet
    paid = 2 * quiet + (4 if to_zero else 2) * 55 / 168 + (0 if to_zero else 2 * 50 / 168)
    assert dict(state.causes) == pytest.approx(
        {
            "bursts within the hour": 1,
            "headroom": 1,
            "spare replicas": needed / (needed + spares),
            "whole replicas and machines": (3 * 50 / 168) / needed,
            "start-up, hold and billing units": (needed + spares) / paid,
        }
    )
    assert state.utilisation == pytest.approx((3 * 50 / 168) / paid)
    assert state.reachable == pytest.approx(needed / paid)
    assert (state.instances, state.replicas, state.mean_instances) == (4, 4, pytest.approx(paid))


def test_scale_to_zero_pays_for_the_hours_awake_and_nothing_else():
    fleet = rule(lag=15, hold=30, billing=60, to_zero=True, spare_replicas=1)
    assert fleet.instances(volume_filling(fleet, 2)) == pytest.approx(3 * 55 / 168)


def test_a_machine_needed_again_before_its_paid_time_ends_stays():
    day = [1.0, 0.0, 1.0] + [0.0] * 21
    # 1 h + 1 h with an hour between: billed by 2 h it stays over the gap, 3 h → 4 h
    assert paid_minutes(day * 7, 1.0, Scaling(0, 0, 120, to_zero=True)) == 7 * 240
    assert paid_minutes(day * 7, 1.0, Scaling(0, 0, 60, to_zero=True)) == 7 * 120


def test_a_week_that_wraps_around_sunday_is_one_stretch():
    week = [1.0] + [0.0] * 166 + [1.0]
    assert paid_minutes(week, 1.0, Scaling(10, 0, 0, to_zero=True)) == 130


def minute_by_minute(week, level, lag):
    """Minutes at which the machine must run, asked one by one: the oracle for lag alone."""
    on = np.repeat(np.array(week) >= level, 60)
    ahead = np.array([on[(np.arange(m, m + lag + 1)) % len(on)].any() for m in range(len(on))])
    return int(ahead.sum())


@settings(max_examples=settings.default.max_examples // 2)
@given(weights, st.sampled_from([0, 1, 15, 59, 60, 150]))
def test_lag_means_ready_for_the_highest_need_until_then(week, lag):
    """Replica-hours are the maximum over [t, t + lag], here counted minute by minute."""
    for level in sorted({w for w in week if w > 0}):
        found = paid_minutes(week, level, Scaling(lag, 0, 0, to_zero=True))
        assert found == pytest.approx(minute_by_minute(week, level, lag))


def hour_by_hour(fleet, volume):
    """Instances needed on average, each hour of the week sized on its own."""
    base, mean = fleet.base, sum(fleet.weights) / len(fleet.weights)
    one = base.capacity_rps * SECONDS_PER_MONTH * base.usable_load / fleet.peak_within_hour
    held = 0
    for weight in fleet.weights:
        if weight == 0 and fleet.scaling.to_zero:
            continue
        replicas = max(base.min_replicas, math.ceil(volume * weight / mean / one * (1 - 1e-11)))
        held += math.ceil((replicas + base.spare_replicas) / base.replicas_per_instance)
    return held / len(fleet.weights)


@given(rules(), st.floats(1, 1e8))
def test_an_autoscaled_fleet_lies_between_the_hours_it_needs_and_one_fixed_to_the_peak(
    fleet, volume
):
    paid = fleet.instances(volume)
    wanted = hour_by_hour(fleet, volume)
    assert wanted * (1 - 1e-9) <= paid <= fleet.base.instances(volume) * (1 + 1e-9) + 1e-9


@given(rules(), st.floats(1, 1e8), st.floats(0, 600))
def test_a_longer_lag_or_hold_never_pays_fewer_hours(fleet, volume, more):
    slower = replace(fleet.scaling, lag_minutes=fleet.scaling.lag_minutes + more)
    lazier = replace(fleet.scaling, hold_minutes=fleet.scaling.hold_minutes + more)
    for scaling in (slower, lazier):
        later = replace(fleet, scaling=scaling)
        assert later.instances(volume) >= fleet.instances(volume) - 1e-9


@given(rules(), st.floats(1, 1e8))
def test_causes_multiply_to_the_utilisation_of_what_is_paid(fleet, volume):
    state = autoscaled_state(fleet, volume)
    assert math.prod(f for _, f in state.causes) == pytest.approx(state.utilisation, rel=1e-9)
    assert all(0 < f <= 1 + 1e-9 for _, f in state.causes)
    assert state.utilisation <= state.reachable * (1 + 1e-9)


@given(rules(), st.floats(1, 1e8))
def test_paid_instances_stay_within_the_bounds_the_break_even_rests_on(fleet, volume):
    paid = fleet.instances(volume)
    least = volume * fleet.instances_per_request
    assert least * (1 - 1e-9) <= paid <= least + fleet.most_beyond


@given(rules(), st.floats(1, 1e7))
def test_between_two_borders_nothing_changes(fleet, volume):
    up_to = min(3 * volume, 500 / fleet.borders_per_request)
    ends, paid = fleet.steps(up_to)
    assert ends[-1] == up_to
    assert (np.diff(ends) >= 0).all()
    for low, high, instances in zip([0.0, *ends[:-1]], ends, paid, strict=True):
        if high - low < 1e-6 * high:
            continue
        inside = np.linspace(low + (high - low) * 1e-3, high - (high - low) * 1e-3, 5)
        assert fleet.instances(inside) == pytest.approx(instances)


HOURS_PAID_ALIKE = ([1.0] * 54 + [0.0] * 6) + ([1.0] * 28 + [0.0] * 35) + [1.0] * 7 + [0.1] * 8
MORE_AS_FAR_AS_ROUNDING_GOES = AutoscaleRule(
    FleetRule(0.01, 3.674230782124454, 0.9717383088136132, 2, 2, 1, 0.9234491483319218),
    (*HOURS_PAID_ALIKE, *[1.0] * 30),
    2.663817317040228,
    Scaling(600.0, 0.0, 0.0, to_zero=True),
)


@given(rules(), st.floats(1, 1e7))
@example(MORE_AS_FAR_AS_ROUNDING_GOES, 1301351.4935676286)
def test_no_less_is_paid_above_each_border_and_a_full_fleet_is_not_yet_the_next(fleet, volume):
    """More, but where hours of two levels are paid alike: there one more machine costs nothing."""
    ends, _ = fleet.steps(min(3 * volume, 300 / fleet.borders_per_request))
    borders = ends[:-1][np.diff(ends) > 1e-6 * ends[1:]]
    above, at = fleet.instances(borders * (1 + 1e-9)), fleet.instances(borders)
    assert (above >= at).all()
    assert (above > at).all() or len(set(fleet.paid_shares)) < len(fleet.paid_shares)
    assert (fleet.instances(borders * (1 - 1e-9)) == fleet.instances(borders)).all()


@st.composite
def drawn_fleets(draw):
    """A rule of four draws, their volumes over some months, and the rule of each draw alone."""
    fleet, months = draw(rules()), draw(st.sampled_from([1, 3, 400]))
    capacities = draw(st.lists(st.just(0.0) | st.floats(0.1, 10), min_size=4, max_size=4))
    first = np.array(draw(st.lists(st.floats(1, 1e7), min_size=4, max_size=4)))[:, None]
    requests = first * (1 + draw(st.sampled_from([-0.002, 0.0, 0.002]))) ** np.arange(months)
    each = [replace(fleet.base, capacity_rps=rate) for rate in capacities]
    drawn = replace(fleet.base, capacity_rps=np.array(capacities)[:, None])
    alone = [replace(fleet, base=base) for base in each]
    return replace(fleet, base=drawn), requests, alone


@given(drawn_fleets(), st.integers(0, 399))
def test_an_autoscaled_fleet_of_draws_is_that_of_each_draw_alone(case, month):
    """Whether a month is looked up among many or worked out alone."""
    drawn, requests, alone = case
    month = month % requests.shape[1]
    state = autoscaled_state(drawn, requests)
    every = (state.replicas, state.instances, state.utilisation, state.reachable)
    every += (state.mean_instances, *(factor for _, factor in state.causes))
    for draw, single in enumerate(alone):
        volume = float(requests[draw, month])
        own = autoscaled_state(single, volume)
        theirs = (own.replicas, own.instances, own.utilisation, own.reachable)
        theirs += (own.mean_instances, *(factor for _, factor in own.causes))
        at = [np.broadcast_to(value, requests.shape)[draw, month] for value in every]
        assert np.array_equal(at, theirs)
        assert drawn.instances(requests)[draw, month] == single.instances(volume)
        assert math.isinf(own.mean_instances) == (single.base.capacity_rps == 0)


def test_a_flat_week_pays_what_a_fixed_fleet_pays():
    fleet = rule(week=(1.0,) * 168, lag=600, billing=60, spare_replicas=1)
    for volume in (1.0, 1e6, 1e7):
        assert fleet.instances(volume) == fleet.base.instances(volume)
        assert autoscaled_state(fleet, volume).utilisation == pytest.approx(
            fleet_state(fleet.base, volume).utilisation
        )


def test_a_machine_is_never_paid_for_more_than_the_week():
    assert paid_minutes(OFFICE, 1.0, Scaling(1e4, 1e4, 0, to_zero=True)) == MINUTES_PER_WEEK


@pytest.mark.parametrize("to_zero", [False, True])
def test_nothing_sent_in_any_month_keeps_the_fewest_that_run(to_zero):
    """One replica on its instance: all week, or in the fifty hours that requests come in."""
    fleet = rule(to_zero=to_zero, min_replicas=1, spare_replicas=0)
    paid = 50 / 168 if to_zero else 1.0
    assert fleet.instances(np.zeros(3)) == pytest.approx([paid] * 3)
