import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pricing.units import SECONDS_PER_MONTH
from tco.kernel.fleet import FleetRule, fleet_state, peak_to_mean

rules = st.builds(
    FleetRule,
    capacity_rps=st.floats(0.01, 100),
    peak_to_mean=st.floats(1, 20),
    allowed_load=st.floats(0.1, 1),
    replicas_per_instance=st.integers(1, 8),
    min_replicas=st.integers(1, 5),
    spare_replicas=st.integers(0, 3),
)
volumes = st.floats(1, 1e9)


def rule(**changes):
    values = {
        "capacity_rps": 1.0,
        "peak_to_mean": 2.0,
        "allowed_load": 0.8,
        "replicas_per_instance": 1,
        "min_replicas": 1,
        "spare_replicas": 0,
    }
    return FleetRule(**(values | changes))


def test_a_fleet_is_worked_by_hand():
    fleet = rule(spare_replicas=1, replicas_per_instance=4)
    # one replica may carry 1 × 2,628,000 s × 0.8 / 2 = 1,051,200 requests a month
    assert fleet.replica_requests == pytest.approx(1_051_200)
    state = fleet_state(fleet, 6_000_000)
    # 5.71 → 6 replicas, 7 with the spare, 2 instances of 4: 8 run
    assert (state.replicas, state.instances) == (8, 2)
    assert state.utilisation == pytest.approx(6_000_000 / (8 * SECONDS_PER_MONTH))
    assert state.reachable == pytest.approx(0.8 / 2 * 7 / 8)


@given(rules, volumes)
def test_replicas_carry_the_load_and_one_fewer_would_not(fleet, volume):
    needed = fleet.needed_replicas(volume)
    carried = fleet.replica_requests
    assert needed >= fleet.min_replicas
    assert needed * carried >= volume * (1 - 1e-12)
    assert needed == fleet.min_replicas or (needed - 1) * carried < volume


@given(rules, volumes)
def test_instances_are_whole_and_hold_the_spares(fleet, volume):
    held = fleet.instances(volume) * fleet.replicas_per_instance
    wanted = fleet.needed_replicas(volume) + fleet.spare_replicas
    assert wanted <= held < wanted + fleet.replicas_per_instance


@given(rules, volumes)
def test_the_causes_of_utilisation_multiply_to_it(fleet, volume):
    state = fleet_state(fleet, volume)
    assert math.prod(factor for _, factor in state.causes) == pytest.approx(state.utilisation)
    assert all(0 < factor <= 1 + 1e-9 for _, factor in state.causes)


@given(rules, volumes)
def test_no_fleet_is_busier_than_it_can_be(fleet, volume):
    state = fleet_state(fleet, volume)
    assert state.utilisation <= state.reachable * (1 + 1e-9)


@given(rules, volumes)
def test_one_more_spare_in_whole_machines_never_shrinks_a_fleet(fleet, volume):
    more = FleetRule(
        fleet.capacity_rps,
        fleet.peak_to_mean,
        fleet.allowed_load,
        fleet.replicas_per_instance,
        fleet.min_replicas,
        fleet.spare_replicas + 1,
    )
    assert more.instances(volume) >= fleet.instances(volume)


def test_a_step_lies_exactly_at_a_full_fleet():
    fleet = rule()
    full = 3 * fleet.replica_requests
    assert fleet.instances(full) == 3
    assert fleet.instances(full * (1 + 1e-9)) == 4


def test_the_peak_of_a_week_counts_its_busiest_minute():
    week = [1.0] * 167 + [9.0]
    assert peak_to_mean(week, 1.5) == pytest.approx(9 / (176 / 168) * 1.5)
    assert peak_to_mean([2.0] * 168, 1.0) == 1


@st.composite
def drawn_fleets(draw):
    """A rule of three draws, their volumes over two months, and the rule of each draw alone."""
    fleet = draw(rules)
    capacities = draw(st.lists(st.just(0.0) | st.floats(0.01, 100), min_size=3, max_size=3))
    requests = np.array(draw(st.lists(volumes, min_size=6, max_size=6))).reshape(3, 2)
    drawn = replace(fleet, capacity_rps=np.array(capacities)[:, None])
    return drawn, requests, [replace(fleet, capacity_rps=rate) for rate in capacities]


def fields(state):
    return np.array(
        [
            state.replicas,
            state.instances,
            state.utilisation,
            state.reachable,
            *(factor for _, factor in state.causes),
        ]
    )


@given(drawn_fleets())
def test_a_fleet_of_draws_is_the_fleet_of_each_draw_alone(case):
    drawn, requests, alone = case
    state = fleet_state(drawn, requests)
    for place, volume in np.ndenumerate(requests):
        single = alone[place[0]]
        assert drawn.needed_replicas(requests)[place] == single.needed_replicas(float(volume))
        assert drawn.instances(requests)[place] == single.instances(float(volume))
        own = fleet_state(single, float(volume))
        every = (state.replicas, state.instances, state.utilisation, state.reachable)
        every += tuple(factor for _, factor in state.causes)
        at = [np.broadcast_to(value, requests.shape)[place] for value in every]
        assert np.array_equal(at, fields(own))


@given(drawn_fleets())
def test_without_capacity_nobody_can_run_the_fleet(case):
    drawn, requests, _ = case
    state = fleet_state(drawn, requests)
    for place, capacity in enumerate(drawn.capacity_rps[:, 0]):
        endless = bool(capacity == 0)
        assert np.isinf(state.instances[place]).all() == endless
        assert np.isinf(state.utilisation[place]).all() == endless
    product = math.prod(factor for _, factor in state.causes)
    np.testing.assert_allclose(product, state.utilisation)


def test_a_fleet_without_requests_keeps_its_minimum_unless_it_has_no_capacity():
    assert rule(min_replicas=2).instances(0.0) == 2
    assert rule(capacity_rps=0.0).instances(0.0) == math.inf
