"""Crossings against a rational reference written without sight of the engine."""

from fractions import Fraction

import pytest

from tco.kernel.break_even import LineBill, StairBill, volume_break_even
from tests.oracles.break_even_exact import break_even as reference
from tests.oracles.random_scenarios import scenarios

SCENARIOS_PER_SEED = 2_500


def engine(case):
    stay = LineBill(case["api_fixed"], case["api_per_request"])
    host = StairBill(
        fixed_usd=case["host_fixed"],
        usd_per_request=case["host_per_request"],
        instance_usd=case["instance_usd"],
        replica_requests=case["replica_capacity"],
        replicas_per_instance=case["replicas_per_instance"],
        min_replicas=case["min_replicas"],
        spare_replicas=case["spare_replicas"],
    )
    return volume_break_even(stay, host, case["max_volume"])


@pytest.mark.parametrize("seed", [1, 2, 3, 4])
def test_every_crossing_of_random_scenarios_is_found_and_none_is_invented(seed):
    crossings = 0
    for case in scenarios(SCENARIOS_PER_SEED, seed):
        found, expected = engine(case), reference(**case)
        assert [(c.requests, c.direction, c.kind) for c in found.crossings] == [
            tuple(c) for c in expected.crossings
        ], case
        assert list(found.spans) == [(s.low, s.high) for s in expected.self_hosting_cheaper], case
        assert found.cheaper_for_good_from == expected.cheaper_for_good_from, case
        crossings += len(found.crossings)
    assert crossings > SCENARIOS_PER_SEED  # the cases do have something to miss


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
    host = StairBill(0, 0, break_even * capacity * price, capacity, 1, 1, 0)
    found = volume_break_even(LineBill(0, price), host, 200 * capacity)
    directions = [c.direction for c in found.crossings]
    assert directions.count("self-hosting") == upward
    assert directions.count("api") == downward
    if break_even < 1:
        assert found.cheaper_for_good_from == upward * break_even * capacity
    else:
        assert found.cheaper_for_good_from is None
