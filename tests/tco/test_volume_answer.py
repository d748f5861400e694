"""Volumes at which the cheaper side changes: worked by hand, and against both bills at once."""

import random
import re
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.answer.comparison import Comparison
from tco.answer.hybrid_break_even import spill_volume
from tco.answer.volumes import highest_volume, volume_answer
from tco.bill.base_fleet import BaseFleet
from tco.kernel.autoscale import AutoscaleRule, Scaling
from tco.kernel.fleet import FleetRule, peak_to_mean
from tco.kernel.spill import SpillRule
from tco.question.files import changed
from tco.words.figures import span
from tests.tco.kernel.test_autoscale import rules

VOLUME, GROWTH = "workload.requests_per_month", "workload.growth_per_month"
SECONDS = 730 * 3_600


def compared(*, saving, instance_usd, stay_fixed=0.0, own_fixed=0.0, paid=1.0):
    """Two bills: staying at 1 USD a request, and instances beside what surrounds them."""
    return Comparison(
        baseline=None,
        hosted=None,
        serving=SimpleNamespace(paid_instances=paid),
        stay_fixed_usd=stay_fixed,
        stay_usd_per_request=1.0,
        planned_fixed_usd=own_fixed + instance_usd * paid,
        usd_per_request=1.0 - saving,
        instance_usd=instance_usd,
        capital_usd=0.0,
        capacity_requests=1.0,
    )


def office(instances_of=1.0):
    """One instance that carries a million requests a month in its peak, and is never spare."""
    return FleetRule(instances_of * 1e6 / SECONDS, 1.0, 1.0, 1, 1, 0)


def asked(scenario, requests, *, growth=0.0, months=12):
    return changed(scenario, {VOLUME: requests, GROWTH: growth, "finance.horizon_months": months})


def test_the_highest_volume_is_the_last_of_a_growing_horizon_and_the_first_of_a_shrinking_one(
    plain_scenario,
):
    assert highest_volume(asked(plain_scenario, 1e6, growth=0.1, months=3)) == pytest.approx(
        1.331e6
    )
    assert highest_volume(asked(plain_scenario, 1e6, growth=-0.1, months=3)) == 1e6


def test_a_stair_against_a_line_is_worked_by_hand(plain_scenario):
    """1,000 USD carry a million requests that each save 0.0018 USD.

    One instance pays from 555,556 requests to its million, two from 1,111,111; three pay at once.
    Searched is four times the volume of the horizon, or twice that from which it pays for good.
    """
    comparison = compared(saving=0.0018, instance_usd=1_000.0)
    answer = volume_answer(comparison, office(), asked(plain_scenario, 1e5))
    (first, second) = answer.spans
    assert first == pytest.approx((1e6 / 1.8, 1e6))
    assert second[0] == pytest.approx(2e6 / 1.8)
    assert second[1] is None
    assert answer.cheaper_for_good_from == pytest.approx(2e6 / 1.8)
    assert answer.searched_up_to == pytest.approx(4e6 / 1.8)
    assert answer.reason is None
    wide = volume_answer(comparison, office(), asked(plain_scenario, 5e6))
    assert wide.searched_up_to == pytest.approx(2e7)


def test_what_surrounds_the_machines_moves_the_volume_as_worked_by_hand(plain_scenario):
    """900 USD a month more around the machines than around the API: 1,900 / 0.0025 = 760,000."""
    comparison = compared(
        saving=0.0025, instance_usd=1_000.0, stay_fixed=100.0, own_fixed=1_000.0, paid=3.0
    )
    answer = volume_answer(comparison, office(), asked(plain_scenario, 1e5))
    assert answer.spans[0][0] == pytest.approx(760_000)


def test_never_for_good_says_both_prices_of_a_thousand_requests(plain_scenario):
    comparison = compared(saving=0.0018, instance_usd=2_000.0)
    answer = volume_answer(comparison, office(), asked(plain_scenario, 1e5))
    assert answer.cheaper_for_good_from is None
    assert answer.searched_up_to == pytest.approx(4e5)
    assert "2.00" in answer.reason.text
    assert "1.80" in answer.reason.text
    two = FleetRule(1e6 / SECONDS, 1.0, 1.0, 2, 1, 0)
    cheaper = volume_answer(
        compared(saving=0.0018, instance_usd=4_000.0), two, asked(plain_scenario, 1e5)
    )
    assert "2.00" in cheaper.reason.text  # 4,000 USD carry two million


def test_an_autoscaled_fleet_says_both_prices_of_a_thousand_requests(plain_scenario):
    """A flat week pays for what it needs: 2,000 USD carry a million requests."""
    fleet = AutoscaleRule(office(), (1.0,) * 168, 1.0, Scaling(0.0, 0.0, 0.0, to_zero=False))
    comparison = compared(saving=0.0018, instance_usd=2_000.0)
    answer = volume_answer(comparison, fleet, asked(plain_scenario, 1e5))
    assert answer.cheaper_for_good_from is None
    assert "2.00" in answer.reason.text
    assert "1.80" in answer.reason.text


def always_on():
    """A flat week of one instance that carries a million requests a month."""
    return AutoscaleRule(office(), (1.0,) * 168, 1.0, Scaling(0.0, 0.0, 0.0, to_zero=False))


def test_prices_of_a_thousand_requests_are_said_to_the_cent(plain_scenario):
    """9,990 USD carry a million requests; each saves 0.998 of a cent."""
    comparison = compared(saving=0.00998, instance_usd=9_990.0)
    for rule in (office(), always_on()):
        answer = volume_answer(comparison, rule, asked(plain_scenario, 1e5))
        assert re.findall(r"\$([\d.]+)", answer.reason.text) == ["9.99", "9.98"]
        assert answer.searched_up_to == pytest.approx(4e5)


def test_a_request_that_saves_just_its_share_of_machines_never_pays_for_good(plain_scenario):
    rule, saving = always_on(), 2**-10
    instance_usd = saving / rule.instances_per_request
    assert instance_usd * rule.instances_per_request == saving
    comparison = compared(saving=saving, instance_usd=instance_usd)
    answer = volume_answer(comparison, rule, asked(plain_scenario, 1e5))
    assert (answer.cheaper_for_good_from, answer.reason.kind) == (None, "dear")


def test_crossings_are_listed_up_to_two_thousand_instances(plain_scenario):
    """They carry 2 billion requests. 800 USD an instance outweigh 4 M USD at 5 billion."""
    many = asked(plain_scenario, 5e9)
    answer = volume_answer(compared(saving=0.0018, instance_usd=1_000.0), office(), many)
    assert answer.searched_up_to == pytest.approx(2e9)
    far = compared(saving=0.0018, instance_usd=1_000.0, own_fixed=4e6)
    answer = volume_answer(far, office(), many)
    assert answer.searched_up_to == pytest.approx(2e9)
    assert answer.spans == ()
    assert answer.cheaper_for_good_from == pytest.approx(5e9, rel=1e-3)


def test_what_ten_thousand_steps_do_not_prove_is_said_to_be_unproven(plain_scenario):
    """A step a million requests: 10 billion; 800 USD an instance outweigh 10 M USD at 12.5."""
    far = compared(saving=0.0018, instance_usd=1_000.0, own_fixed=1e7)
    answer = volume_answer(far, always_on(), asked(plain_scenario, 1e5))
    assert answer.searched_up_to == pytest.approx(1e10)
    assert (answer.cheaper_for_good_from, answer.spans) == (None, ())
    assert answer.reason.kind == "unproven"
    assert "10.0\u00a0bn" in answer.reason.text


def test_what_is_cheaper_at_the_last_step_is_not_yet_cheaper_for_good(plain_scenario):
    """Full at 10 billion requests 10,000 machines save 8 M USD; half empty the next saves none."""
    near = compared(saving=0.0018, instance_usd=1_000.0, own_fixed=7_999_500.0)
    answer = volume_answer(near, always_on(), asked(plain_scenario, 1e5))
    assert answer.spans[-1][1] == answer.searched_up_to == pytest.approx(1e10)
    assert (answer.cheaper_for_good_from, answer.reason.kind) == (None, "unproven")


def test_an_autoscaled_flat_week_crosses_where_a_fixed_fleet_does(plain_scenario):
    comparison = compared(saving=0.0018, instance_usd=1_000.0, own_fixed=50.0)
    scenario = asked(plain_scenario, 1e5)
    fixed, follows = (volume_answer(comparison, rule, scenario) for rule in (office(), always_on()))
    assert follows.cheaper_for_good_from == pytest.approx(fixed.cheaper_for_good_from)
    assert [span[0] for span in follows.spans] == pytest.approx([s[0] for s in fixed.spans])
    assert follows.spans[-1][1] is None
    assert follows.reason is fixed.reason is None


MONEY = st.fixed_dictionaries(
    {
        "saving": st.floats(1e-6, 1e-2),
        "instance_usd": st.floats(10.0, 1e5),
        "stay_fixed": st.floats(0.0, 1e4),
        "own_fixed": st.floats(0.0, 1e4),
        "paid": st.floats(0.0, 5.0),
    }
)


def gain(money, fleet, requests):
    """What self-hosting saves at a volume, by both bills [USD/month]."""
    machines = money["instance_usd"] * np.asarray(fleet.instances(requests))
    around = money["own_fixed"] - money["stay_fixed"]
    return money["saving"] * requests - machines - around


def hold(money, fleet, scenario):
    """No volume beyond "for good" favours the API, and each listed span does as it says."""
    answer = volume_answer(compared(**money), fleet, scenario)
    scale = money["instance_usd"] + money["own_fixed"] + money["stay_fixed"]
    ends = [0.0, *(c.requests_per_month for c in answer.crossings), answer.searched_up_to]
    for low, high in pairwise(ends):
        middle = (low + high) / 2
        if high - low < 1e-6 * high:
            continue
        inside = any(a <= middle and (b is None or middle <= b) for a, b in answer.spans)
        saved = gain(money, fleet, middle)
        assert abs(saved) <= 1e-6 * scale or (saved > 0) == inside
    good = answer.cheaper_for_good_from
    assert (answer.reason is None) == (good is not None)
    if good is None:
        return
    beyond = max(good, 1.0) * np.concatenate(
        [np.linspace(1.0001, 3, 400), np.geomspace(3, 300, 99)]
    )
    saved = gain(money, fleet, beyond)
    assert (saved >= -1e-6 * (scale + money["saving"] * beyond)).all()


@given(MONEY, rules(), st.floats(1.0, 1e6))
def test_an_autoscaled_fleet_that_pays_for_good_pays_at_every_volume_beyond(
    plain_scenario, money, fleet, requests
):
    hold(money, fleet, asked(plain_scenario, requests))


def hold_where_savings_barely_outweigh_machines(scenario):
    """Weeks of any shape, machines billed by shifts, and much around them to be outweighed."""
    chance = random.Random(1)
    for _ in range(80):
        week = tuple(chance.choice([0.05, 0.1, 0.3, 1.0, 2.5]) for _ in range(168))
        of_instance, least = chance.choice([1, 2, 4]), chance.choice([1, 2])
        base = FleetRule(
            1e4 / SECONDS, peak_to_mean(week, 1.0), chance.choice([0.5, 1.0]), of_instance, least, 0
        )
        shifts = chance.choice([0.0, 60.0, 420.0])
        fleet = AutoscaleRule(base, week, 1.0, Scaling(0.0, 0.0, shifts, to_zero=False))
        share = 1_000 * fleet.instances_per_request
        money = {
            "saving": chance.choice([1.02, 1.1, 1.3]) * share, "instance_usd": 1_000.0,
            "stay_fixed": 0.0, "own_fixed": chance.choice([2_000.0, 20_000.0]), "paid": 1.0,
        }  # fmt: skip
        hold(money, fleet, scenario)


def test_for_good_is_for_good_where_savings_barely_outweigh_machines(plain_scenario):
    hold_where_savings_barely_outweigh_machines(asked(plain_scenario, 1.0))


def test_a_margin_without_the_machines_paid_beyond_a_requests_share_is_noticed(
    plain_scenario, monkeypatch
):
    monkeypatch.setattr(AutoscaleRule, "most_beyond", 0.0)
    with pytest.raises(AssertionError):
        hold_where_savings_barely_outweigh_machines(asked(plain_scenario, 1.0))


@pytest.mark.parametrize(
    ("gap", "saving", "spans", "for_good"),
    [
        (-60.0, -1.0, ((0.0, 60.0),), None),
        (-80.0, -1.0, ((0.0, 120.0),), None),
        (-100.0, -1.0, ((0.0, None),), 0.0),
        (-1.0, 0.0, ((0.0, None),), 0.0),
        (1.0, -1.0, (), None),
        (0.0, 0.0, (), None),
    ],
)
@pytest.mark.parametrize("chosen", [False, True])
def test_a_base_fleet_whose_requests_save_nothing_pays_at_low_load_alone(
    plain_scenario, gap, saving, spans, for_good, chosen
):
    """Half of the hours carry 1.5 of the mean: of 120 requests an instance serves 60 and then 100.

    Two instances at 7 USD are there; where the fleet is chosen for least cost, one is enough.
    """
    week = (0.5, 1.5) * 84
    machines = 7.0 if chosen else 0.0
    base = BaseFleet(
        SpillRule(100.0, 1.0, 1.0, 1 if chosen else 0.5, 0, week),
        2.0,
        chosen,
        0.0,
        machines,
        1.0 - saving,
        1.0,
    )
    comparison = compared(saving=saving, instance_usd=0.0, own_fixed=gap + machines)
    answer = spill_volume(comparison, base, asked(plain_scenario, 1e3))
    assert answer.spans == spans
    assert answer.cheaper_for_good_from == for_good
    assert answer.up_to == tuple("" for _ in spans)
    if for_good is None:
        more = "$1,000" if saving else "as much as"
        assert f"a thousand requests cost {more}" in answer.reason.text
    assert len(answer.crossings) == (for_good is None and bool(spans))


def test_ends_of_a_span_that_differ_are_told_apart():
    """A narrow one is not written as if it began where it ends."""
    assert span(728_110_000, 728_440_000).split() == ["from", "728.1", "M", "to", "728.4", "M"]
    assert span(1e6, 1e6 + 2).split() == ["from", "1.000000", "M", "to", "1.000002", "M"]
