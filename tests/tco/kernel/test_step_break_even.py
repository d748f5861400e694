"""Steps of any shape: the stair's own crossings found again, and a brute-force reference."""

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.break_even import LineBill, StairBill, volume_break_even
from tco.kernel.step_break_even import step_break_even
from tests.oracles.random_scenarios import scenarios


@pytest.mark.parametrize("seed", [11, 12])
def test_a_stair_given_step_by_step_has_the_crossings_of_the_stair(seed):
    crossings = 0
    for case in scenarios(500, seed):
        stay = LineBill(float(case["api_fixed"]), float(case["api_per_request"]))
        host = StairBill(
            fixed_usd=float(case["host_fixed"]),
            usd_per_request=float(case["host_per_request"]),
            instance_usd=float(round(case["instance_usd"])),
            replica_requests=float(case["replica_capacity"]),
            replicas_per_instance=case["replicas_per_instance"],
            min_replicas=case["min_replicas"],
            spare_replicas=case["spare_replicas"],
        )
        limit = float(case["max_volume"])
        ends, machines, n = [], [], host.first_instances
        while not ends or ends[-1] < limit:
            ends.append(min(float(host.carries_up_to(n)), limit))
            machines.append(n * host.instance_usd)
            n += 1
        if any(
            Fraction(end) != min(host.carries_up_to(i), Fraction(limit))
            for i, end in enumerate(ends, host.first_instances)
        ):
            continue  # the border has no exact float: the two questions differ
        line = LineBill(host.fixed_usd, host.usd_per_request)
        found = step_break_even(stay, line, ends, machines)
        expected = volume_break_even(stay, host, limit)
        assert [(c.requests, c.direction) for c in found.crossings] == [
            (c.requests, c.direction) for c in expected.crossings
        ], case
        assert found.spans == expected.spans
        crossings += len(found.crossings)
    assert crossings > 200


@given(
    st.integers(-20, 20),
    st.integers(-3, 5),
    st.lists(st.tuples(st.integers(1, 5), st.integers(0, 40)), min_size=1, max_size=8),
)
def test_no_crossing_is_missed_or_invented(fixed, slope, steps):
    """Signs in the middle of every half step, from plain integer arithmetic."""
    ends = [float(sum(width for width, _ in steps[: i + 1])) for i in range(len(steps))]
    machines = [float(usd) for _, usd in steps]
    found = step_break_even(LineBill(fixed, slope), LineBill(0.0, 0.0), ends, machines)
    meets = [c.requests for c in found.crossings]
    assert meets == sorted(meets)
    directions = [c.direction for c in found.crossings]
    assert all(a != b for a, b in pairwise(directions))
    grid = [Fraction(k, 24) for k in range(1, int(ends[-1] * 24))]
    for volume in grid:
        place = next(i for i, end in enumerate(ends) if volume <= end)
        gap = fixed + slope * volume - Fraction(machines[place])
        inside = any(low < volume < high for low, high in found.spans)
        if gap != 0 and volume not in meets:
            assert inside == (gap > 0), (volume, found)
