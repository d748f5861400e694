"""Acceptance rates, as they reach bills, fleets and the verdict."""

import pytest

from tco.answer.evaluation import evaluate
from tco.question.files import changed

HALF = {"acceptance_rate": 0.5, "retries": 1, "usd_per_unaccepted": 0.01}


@pytest.fixture
def halved(plain_scenario, plain_data):
    """Every second answer of the self-hosted model is accepted, tried at most twice."""
    scenario = changed(
        plain_scenario,
        {
            "self_hosted.0.quality": HALF,
            "baseline.quality": {"acceptance_rate": 1.0},
        },
    )
    return evaluate(scenario, plain_data)


def costs(evaluation, key):
    return {line.key: line.cost_usd for line in evaluation.alternative(key).lines}


def test_tries_and_leftovers_are_worked_by_hand(halved, plain_scenario, plain_data):
    before = costs(evaluate(plain_scenario, plain_data), "self-hosted/rented")
    after = costs(halved, "self-hosted/rented")
    # 1 + 0.5 tries, a quarter is left over at 0.01 USD each
    assert after["egress"] == pytest.approx(1.5 * before["egress"])
    assert after["repair"] == pytest.approx(0.25 * 1e7 * 0.01)
    assert after["engineering"] == before["engineering"]
    rented = halved.alternative("self-hosted/rented")
    assert rented.accepted_share == 0.75
    assert rented.usd_per_accepted == pytest.approx(rented.monthly_usd / (0.75 * 1e7))


def test_more_tries_keep_the_fleet_busier(halved, plain_scenario, plain_data):
    before = evaluate(plain_scenario, plain_data).alternative("self-hosted/rented").serving
    after = halved.alternative("self-hosted/rented").serving
    assert after.utilisation == pytest.approx(1.5 * before.utilisation)
    assert after.requests_per_month_capacity == pytest.approx(
        before.requests_per_month_capacity / 1.5
    )


def test_an_api_bills_every_try(plain_scenario, plain_data):
    poor = changed(plain_scenario, {"baseline.quality": HALF})
    before = costs(evaluate(plain_scenario, plain_data), "openai/gpt-5.4/standard")
    tried = evaluate(poor, plain_data)
    after = costs(tried, tried.alternatives[0].key)
    assert after["input-0"] == pytest.approx(1.5 * before["input-0"])
    assert after["output-0"] == pytest.approx(1.5 * before["output-0"])


def test_break_even_moves_up_when_fewer_answers_are_accepted(halved, plain_scenario, plain_data):
    before = evaluate(plain_scenario, plain_data).break_even("self-hosted/rented")
    after = halved.break_even("self-hosted/rented")
    assert (
        after.volume.cheaper_for_good_from is None
        or after.volume.cheaper_for_good_from > before.volume.cheaper_for_good_from
    )
    assert after.utilisation.value is None or after.utilisation.value > before.utilisation.value


def test_the_page_says_whether_quality_was_measured(halved, plain_scenario, plain_data):
    nothing = evaluate(plain_scenario, plain_data)
    assert "no acceptance rate" in next(f.message for f in nothing.findings if f.code == "quality")
    some = next(f for f in halved.findings if f.code == "quality")
    assert some.severity == "flagged"
    everywhere = changed(
        plain_scenario,
        {
            "baseline.quality": {"acceptance_rate": 0.9},
            "apis": [],
            "self_hosted.0.quality": HALF,
            "self_hosted.1.quality": HALF,
        },
    )
    measured = evaluate(everywhere, plain_data)
    assert all(f.code != "quality" for f in measured.findings)
    assert "accepted answers cost" in measured.verdict.also
