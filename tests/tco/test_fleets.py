"""Autoscaled and interrupted fleets through the whole engine."""

import math
import re

import pytest

from tco.answer.evaluation import evaluate
from tco.question.files import changed
from tests.tco.hybrid_cases import WEEK
from tests.tco.plain_by_hand import AROUND_API_USD, EGRESS_USD, TOKENS_USD

AUTOSCALED = {
    "workload.profile": WEEK,
    "fleet.autoscale": {"billing_minutes": 60.0},
    "workload.requests_per_month": 2e8,
}


def both_bills(scenario, data, changes, key="self-hosted/rented"):
    evaluation = evaluate(changed(scenario, changes), data)
    return evaluation.alternatives[0].monthly_usd, evaluation.alternative(key).monthly_usd


def test_every_crossing_of_an_autoscaled_fleet_is_where_the_bills_change_sides(
    plain_scenario, plain_data
):
    dear = AUTOSCALED | {
        "fleet.min_replicas": 5,
        "self_hosted.0.usd_per_gpu_hour": 18.0,
        "workload.classes.0.output.tokens": 101.0,
        "baseline.contract_discount": 0.55,
    }
    answer = evaluate(changed(plain_scenario, dear), plain_data).break_even("self-hosted/rented")
    assert answer.volume.crossings
    for crossing in answer.volume.crossings:
        for factor, above in ((1 - 1e-6, False), (1 + 1e-6, True)):
            volume = {"workload.requests_per_month": crossing.requests_per_month * factor}
            stay, own = both_bills(plain_scenario, plain_data, dear | volume)
            assert (own < stay) == (above == (crossing.direction == "self-hosting"))


def test_no_volume_between_crossings_disagrees_with_the_spans(plain_scenario, plain_data):
    answer = evaluate(changed(plain_scenario, AUTOSCALED), plain_data).break_even(
        "self-hosted/rented"
    )
    for k in range(1, 40):
        at = answer.volume.searched_up_to * k / 41
        inside = any(
            low < at < (math.inf if high is None else high) for low, high in answer.volume.spans
        )
        volume = {"workload.requests_per_month": at}
        stay, own = both_bills(plain_scenario, plain_data, AUTOSCALED | volume)
        assert (own < stay) == inside


@pytest.mark.parametrize("rent", [5.0, 10.0, 15.0, 20.0, 25.0, 50.0])
def test_an_autoscaled_fleet_pays_for_good_only_where_its_hours_cost_less_than_they_save(
    rent, plain_scenario, plain_data
):
    """Both bills far out, where steps no longer count, tell who wins in the end."""
    cheap_api = {"baseline.contract_discount": 0.9}
    dear = AUTOSCALED | cheap_api | {"self_hosted.0.usd_per_gpu_hour": rent}
    answer = evaluate(changed(plain_scenario, dear), plain_data).break_even("self-hosted/rented")
    far = {"workload.requests_per_month": 1e11}
    stay, own = both_bills(plain_scenario, plain_data, dear | far)
    reason = answer.volume.reason
    assert (answer.volume.cheaper_for_good_from is not None) == (own < stay)
    assert (reason is not None and reason.kind == "dear") == (own >= stay)


def test_following_the_hours_never_costs_more_than_the_peak(plain_scenario, plain_data):
    fixed = {key: value for key, value in AUTOSCALED.items() if key != "fleet.autoscale"}
    for volume in (1e6, 5e7, 2e8, 1e9):
        at = {"workload.requests_per_month": volume}
        assert (
            both_bills(plain_scenario, plain_data, AUTOSCALED | at)[1]
            <= both_bills(plain_scenario, plain_data, fixed | at)[1] + 1e-6
        )


def test_the_break_even_utilisation_of_paid_hours_makes_both_bills_equal(
    plain_scenario, plain_data
):
    evaluation = evaluate(changed(plain_scenario, AUTOSCALED), plain_data)
    own = evaluation.alternative("self-hosted/rented")
    answer = evaluation.break_even(own.key)
    requests = answer.utilisation.value * own.serving.requests_per_month_capacity
    fixed = sum(x.cost_usd or 0 for x in own.lines if x.driver != "request")
    growing = sum(x.cost_usd or 0 for x in own.lines if x.driver == "request") / 2e8
    stay = AROUND_API_USD + requests * (1_000 * 2.5 + 101 * 15) / 1e6
    assert fixed + growing * requests == pytest.approx(stay)


def test_owned_and_committed_machines_stay_and_say_so(plain_scenario, plain_data):
    evaluation = evaluate(changed(plain_scenario, AUTOSCALED), plain_data)
    owned = evaluation.alternative("self-hosted/owned")
    assert owned.serving.mean_instances is None
    assert "not-autoscaled" in {f.code for f in owned.findings}
    assert evaluation.alternative("self-hosted/rented").serving.mean_instances < 3


def test_scale_to_zero_pays_nothing_for_a_silent_weekend(plain_scenario, plain_data):
    silent = [1.0] * 120 + [0.0] * 48
    changes = AUTOSCALED | {"workload.profile": silent, "workload.requests_per_month": 1e6}
    awake = both_bills(plain_scenario, plain_data, changes)[1]
    asleep = both_bills(
        plain_scenario, plain_data, changes | {"fleet.autoscale.scale_to_zero": True}
    )[1]
    # five days, 15 minutes before and 10 after: 121 of 168 hours
    assert awake - asleep == pytest.approx((168 - 121) / 168 * 730 * 55.04)


def test_interrupted_hours_are_answered_by_today_s_api_and_not_paid_for(plain_scenario, plain_data):
    spot = {"self_hosted.0.rent": "coreweave/hgx-h100/na/spot"}
    _, never = both_bills(plain_scenario, plain_data, spot)
    gone = {"self_hosted.0.interruption": {"lost_share": 0.25, "then": "baseline"}}
    _, often = both_bills(plain_scenario, plain_data, spot | gone)
    saved = 0.25 * (730 * 19.71 + EGRESS_USD)
    assert often - never == pytest.approx(0.25 * TOKENS_USD - saved)


@pytest.mark.parametrize("requests", [1e7, 3e7, 1.5e8, 4e8])
@pytest.mark.parametrize("spares", [0, 1, 2, 4, 9])
def test_spares_that_fall_with_the_machine_they_stand_on_are_no_spares(
    plain_scenario, plain_data, requests, spares
):
    """Four replicas a machine, each of 32 requests a second, for four fifths of half its time."""
    changes = {"workload.requests_per_month": requests, "fleet.spare_replicas": spares}
    needed = math.ceil(requests / (32 * 730 * 3_600 * 0.8 / 2))
    machines = math.ceil((needed + spares) / 4)
    found = evaluate(changed(plain_scenario, changes), plain_data).alternative("self-hosted/owned")
    assert found.serving.instances == machines
    said = next((f for f in found.findings if f.code == "shared-spares"), None)
    assert (said is not None) == (spares > 0 and 4 * (machines - 1) < needed)
    if said is None:
        return
    enough = int(re.search(r"spare_replicas to (\d+)", said.remedy).group(1))
    for count, falls in ((enough, False), (enough - 1, True)):
        changes["fleet.spare_replicas"] = count
        again = evaluate(changed(plain_scenario, changes), plain_data)
        codes = {f.code for f in again.alternative("self-hosted/owned").findings}
        assert ("shared-spares" in codes) == (falls and count > 0)
