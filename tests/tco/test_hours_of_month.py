"""Months of 720 hours, and fleets that are switched off for part of the month."""

import pytest

from tco.answer.evaluation import evaluate
from tco.question.files import changed

TERM = "aws/p5.48xlarge/us-east-1/3-year"


def answered(plain_scenario, plain_data, hours, **changes):
    moved = changed(plain_scenario, {"fleet.hours_per_month": hours} | changes)
    return evaluate(moved, plain_data, draws=5)


def line(answer, name, key):
    (found,) = (x for x in answer.alternative(f"self-hosted/{name}").lines if x.key == key)
    return found


def capacity(answer, name):
    return answer.alternative(f"self-hosted/{name}").serving.requests_per_month_capacity


@pytest.mark.parametrize("hours", [720.0, 176.0])
def test_rent_by_the_hour_energy_and_capacity_go_with_the_hours(plain_scenario, plain_data, hours):
    quiet = {"workload.requests_per_month": 100_000.0}
    whole = answered(plain_scenario, plain_data, 730.0, **quiet)
    part = answered(plain_scenario, plain_data, hours, **quiet)
    share = hours / 730
    for name, key in (("rented", "rent"), ("owned", "electricity")):
        assert line(part, name, key).cost_usd == pytest.approx(
            share * line(whole, name, key).cost_usd, rel=1e-12
        )
        assert capacity(part, name) == pytest.approx(share * capacity(whole, name), rel=1e-12)
    assert part.stamp.hours_per_month == hours
    assert whole.conventions[0].startswith("A month is 730 hours; ")
    assert part.conventions[0].startswith(f"A month is 730 hours, and machines run {hours:.0f}; ")


def test_what_is_bought_or_taken_for_a_term_is_paid_when_it_is_switched_off(
    plain_scenario, plain_data
):
    term = {"workload.requests_per_month": 100_000.0, "self_hosted.0.rent": TERM}
    whole = answered(plain_scenario, plain_data, 730.0, **term)
    part = answered(plain_scenario, plain_data, 176.0, **term)
    for name, key in (("rented", "rent"), ("owned", "capital")):
        assert line(part, name, key).cost_usd == line(whole, name, key).cost_usd
    others = answered(plain_scenario, plain_data, 720.0, **term)
    rent = line(whole, "rented", "rent").cost_usd
    assert line(others, "rented", "rent").cost_usd == pytest.approx(rent * 720 / 730, rel=1e-12)


def test_fewer_hours_need_more_machines_for_the_same_volume(plain_scenario, plain_data):
    needed = [
        answered(plain_scenario, plain_data, hours, **{"workload.requests_per_month": 5e8})
        .alternative("self-hosted/rented")
        .serving.instances
        for hours in (730.0, 365.0, 176.0)
    ]
    assert needed == sorted(needed)
    assert needed[0] < needed[-1]
