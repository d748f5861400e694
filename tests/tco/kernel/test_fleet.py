import math

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
