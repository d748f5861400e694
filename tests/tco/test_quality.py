"""Acceptance rates, as they reach bills, fleets and the verdict."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.errors import InputError
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


@settings(max_examples=settings.default.max_examples // 5)
@given(st.floats(0.05, 1.0), st.floats(0.05, 1.0), st.floats(0.0, 0.9))
def test_answers_of_lost_hours_are_accepted_as_often_as_those_of_today(
    plain_scenario, plain_data, own, today, lost
):
    scenario = changed(
        plain_scenario,
        {
            "baseline.quality": {"acceptance_rate": today},
            "self_hosted.0.quality": {"acceptance_rate": own},
            "self_hosted.0.rent": "coreweave/hgx-h100/na/spot",
            "self_hosted.0.interruption": {"lost_share": lost, "then": "baseline"},
        },
    )
    rented = evaluate(scenario, plain_data).alternative("self-hosted/rented")
    accepted = lost * today + (1 - lost) * own
    assert rented.accepted_share == pytest.approx(accepted)
    assert rented.usd_per_accepted == pytest.approx(rented.monthly_usd / (accepted * 1e7))
    unknown = changed(scenario, {"baseline.quality": None})
    rented = evaluate(unknown, plain_data).alternative("self-hosted/rented")
    assert (rented.accepted_share is None) is (lost > 0)


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


HOSTED = {"provider": "deepinfra", "model": "meta-llama/Llama-3.3-70B-Instruct"}
GPT = {"provider": "openai", "model": "gpt-5.4-mini"}
PLACES = {
    "Llama 3.3 70B": ("apis.1", "self_hosted.0", "self_hosted.1"),
    "gpt-5.4-mini": ("apis.0",),
}
rates = st.fixed_dictionaries(
    {
        "acceptance_rate": st.floats(0.05, 1),
        "retries": st.integers(0, 3),
        "usd_per_unaccepted": st.floats(0, 0.1),
    }
)


@settings(max_examples=settings.default.max_examples // 5)
@given(rates, rates, st.sampled_from(["", "self_hosted.1", "apis.1"]))
def test_what_was_measured_of_a_model_holds_wherever_it_runs(
    plain_scenario, plain_data, llama, gpt, own
):
    """As if it had been given for each option, but for one that has its own."""
    apart = {"acceptance_rate": 0.77, "usd_per_unaccepted": 0.02}
    base = changed(
        plain_scenario,
        {"apis": [dict(GPT), dict(HOSTED)]} | ({f"{own}.quality": apart} if own else {}),
    )
    by_model = changed(
        base,
        {"qualities": [llama | {"model": "llama 3.3-70b"}, gpt | {"model": "gpt-5.4-mini"}]},
    )
    each = {
        f"{place}.quality": quality
        for quality, places in ((llama, PLACES["Llama 3.3 70B"]), (gpt, PLACES["gpt-5.4-mini"]))
        for place in places
        if place != own
    }
    one, other = (evaluate(s, plain_data) for s in (by_model, changed(base, each)))
    for a, b in zip(one.alternatives, other.alternatives, strict=True):
        assert (a.label, a.lines, a.accepted_share) == (b.label, b.lines, b.accepted_share)
        assert a.usd_per_accepted == b.usd_per_accepted
    assert one.alternatives[0].accepted_share is None
    llamas = [a for a in one.alternatives if a.model == "Llama 3.3 70B"]
    assert len({a.kind for a in llamas}) == 3
    assert all(a.accepted_share is not None for a in llamas)


def test_a_measured_model_nobody_knows_is_refused_with_the_nearest(plain_scenario, plain_data):
    typo = {"qualities": [{"model": "Lama 3.3 70B", "acceptance_rate": 0.9}]}
    with pytest.raises(InputError, match=r"qualities\.0\.model.*Llama 3.3 70B"):
        evaluate(changed(plain_scenario, typo), plain_data)


def test_the_quality_of_a_model_is_given_once(plain_scenario):
    twice = [{"model": name, "acceptance_rate": 0.9} for name in ("gpt-5.4", "GPT-5.4")]
    with pytest.raises(InputError, match=r"qualities\.1\.model.*qualities\.0"):
        changed(plain_scenario, {"qualities": twice})


def test_costs_of_quality_are_a_group_of_their_own(halved):
    groups = {line.key: line.group for line in halved.alternative("self-hosted/rented").lines}
    assert groups["repair"] == "quality"
    assert groups["engineering"] == "people"


def test_a_hybrid_is_measured_as_a_whole(plain_scenario, plain_data):
    mixed = {"kind": "spill", "name": "mixed", "self_hosted": "rented", "accepted_share": 0.8}
    found = evaluate(changed(plain_scenario, {"hybrids": [mixed]}), plain_data)
    hybrid = found.alternative("hybrid/mixed")
    assert hybrid.usd_per_accepted == pytest.approx(hybrid.monthly_usd / (0.8 * 1e7))
