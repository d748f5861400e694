"""What differs between the API and your own servers: outputs, and what caches hold."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tco.analysis.decision import Question
from tco.analysis.factors import factors
from tco.answer.evaluation import evaluate
from tco.question.files import changed

FEW = settings(max_examples=settings.default.max_examples // 5)
SHARES = st.floats(0.0, 1.0)
REQUESTS = "workload.classes.0"


def bills(evaluation, kinds):
    return {a.key: a.monthly_usd for a in evaluation.alternatives if a.kind in kinds}


@FEW
@given(st.floats(0.0, 0.99), st.floats(0.1, 10.0))
def test_reasoning_of_gpt_is_charged_to_gpt_alone(plain_scenario, plain_data, reasoning, answers):
    """Open models cost what they cost where outputs are theirs; GPT costs what it did."""
    ratio = (1 - reasoning) * answers
    apart = evaluate(
        changed(
            plain_scenario,
            {f"{REQUESTS}.reasoning_share": reasoning, f"{REQUESTS}.llama_answer_ratio": answers},
        ),
        plain_data,
    )
    asked = evaluate(plain_scenario, plain_data)
    theirs = evaluate(
        changed(plain_scenario, {f"{REQUESTS}.output.tokens": 101 * ratio}), plain_data
    )
    assert bills(apart, {"api"}) == bills(asked, {"api"})
    for key, usd in bills(theirs, {"hosted", "rented", "owned"}).items():
        ours = apart.alternative(key).monthly_usd
        assert (ours is None) == (usd is None)
        assert usd is None or ours == pytest.approx(usd, rel=1e-9)


def test_an_output_taken_to_be_the_same_is_said(plain_scenario, plain_data):
    def said(scenario):
        alternatives = evaluate(scenario, plain_data).alternatives
        return {a.kind for a in alternatives if any(f.code == "same-output" for f in a.findings)}

    assert said(plain_scenario) == {"hosted", "rented", "owned"}
    assert said(changed(plain_scenario, {f"{REQUESTS}.reasoning_share": 0.5})) == set()


@FEW
@given(SHARES, SHARES)
def test_own_servers_prefill_what_their_own_caches_do_not_hold(
    plain_scenario, plain_data, cached, hits
):
    """Servers carry what they do where that share is cached; the API bills its own share."""
    api = changed(plain_scenario, {f"{REQUESTS}.cached_share": cached})
    own = changed(plain_scenario, {f"{REQUESTS}.cached_share": cached * hits})
    both = evaluate(changed(api, {"fleet.own_cache_hits": hits}), plain_data)
    sold, served = evaluate(api, plain_data), evaluate(own, plain_data)
    assert bills(both, {"api", "hosted"}) == bills(sold, {"api", "hosted"})
    for key in ("self-hosted/rented", "self-hosted/owned"):
        assert both.alternative(key).serving == served.alternative(key).serving


def test_fewer_hits_carry_fewer_requests(default):
    """The chat assistant's prompts are cached to a quarter."""
    rates = [
        evaluate(changed(default, {"fleet.own_cache_hits": hits}))
        .alternative("self-hosted/H100 owned")
        .serving.capacity_per_replica_rps
        for hits in (0.0, 0.5, 1.0)
    ]
    assert rates == sorted(rates)
    assert rates[0] < 0.9 * rates[2]


def test_how_long_memory_keeps_a_prompt_is_said(plain_scenario, plain_data):
    """64 requests of 1,000 + 101 tokens in two seconds, half of each prompt prefilled.

    They hold 64 × 1,050.5 of a million tokens; the rest is written anew at 32 × 601 a second.
    """
    cached = changed(plain_scenario, {f"{REQUESTS}.cached_share": 0.5})
    found = evaluate(cached, plain_data).alternative("self-hosted/owned")
    (said,) = (f.message for f in found.findings if f.code == "own-cache")
    seconds = float(re.search(r"about ([\d,]+) s", said)[1])
    assert seconds == pytest.approx((1e6 - 64 * 1_050.5) / (32 * 601), abs=2)
    plain = evaluate(plain_scenario, plain_data).alternative("self-hosted/owned")
    assert all(f.code != "own-cache" for f in plain.findings)


def test_what_own_caches_hold_is_an_input_with_a_range(default, plain_scenario):
    def ranges(scenario):
        known = factors(Question.of(scenario))
        return [(f.low, f.value, f.high) for f in known if f.key == "fleet.own_cache_hits"]

    assert ranges(default) == [(0.0, 1.0, 1.0)]
    assert ranges(changed(default, {f"{REQUESTS}.cached_share": 0.0})) == []
