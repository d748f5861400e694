"""What differs between the API and your own servers: outputs, and what caches hold."""

import math
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.errors import InputError
from tco.analysis.decision import Question
from tco.analysis.factors import factors
from tco.answer.evaluation import evaluate
from tco.bill import own_cache
from tco.kernel.capacity import slo_capacity
from tco.kernel.reuse import found_again
from tco.question.files import changed

FEW = settings(max_examples=settings.default.max_examples // 5)
SHARES = st.floats(0.0, 1.0)
REQUESTS = "workload.classes.0"


@pytest.fixture
def nothing_kept():
    """No search is answered from one before, and no mistaken one afterwards."""
    own_cache._agreed.cache_clear()
    yield
    own_cache._agreed.cache_clear()


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


def with_reuse(scenario, minutes, *, by_prefix=True, **changes):
    cache = {"reuse_minutes": minutes, "by_prefix": by_prefix}
    cached = {f"{REQUESTS}.cached_share": 0.5, "fleet.own_cache": cache}
    return changed(scenario, cached | changes)


def hits_said(evaluation, key):
    (said,) = (f.message for f in evaluation.alternative(key).findings if f.code == "own-cache")
    return float(re.search(r"find ([\d.]+)\s%", said)[1]) / 100


def test_hits_follow_from_memory_and_reuse_as_worked_by_hand(plain_scenario, plain_data):
    """64 requests of 1,000 + 101 tokens run at a mean context of 1,050.5, 32 begin in a second.

    With a share h of the 500 tokens found that the API reads from its cache, a second writes
    32 (1,000 - 500 h + 101) of the 932,768 tokens that are free. Back after a minute on average,
    h = 1 - exp(-932,768 / (32 (1,101 - 500 h)) / 60) = 0.42.
    """
    found = 0.4204
    free = 1e6 - 64 * 1_050.5
    assert found == pytest.approx(1 - math.exp(-free / (32 * (1_101 - 500 * found)) / 60), abs=2e-3)
    evaluation = evaluate(with_reuse(plain_scenario, 1.0), plain_data)
    assert hits_said(evaluation, "self-hosted/owned") == pytest.approx(found, abs=0.01)


@FEW
@given(st.floats(0.05, 600.0), st.floats(1.0, 5.0))
def test_prompts_that_come_back_later_are_found_less_often(
    plain_scenario, plain_data, minutes, later
):
    soon, late = (
        evaluate(with_reuse(plain_scenario, m), plain_data) for m in (minutes, minutes * later)
    )
    key = "self-hosted/owned"
    assert hits_said(late, key) <= hits_said(soon, key) + 0.01
    capacity = [e.alternative(key).serving.capacity_per_replica_rps for e in (late, soon)]
    assert capacity[0] <= capacity[1] * (1 + 1e-3)


@FEW
@given(st.floats(0.05, 60.0), st.floats(1e6, 1e9))
def test_routing_by_prefix_never_finds_less_than_spreading_over_replicas(
    plain_scenario, plain_data, minutes, requests
):
    volume = {"workload.requests_per_month": requests}
    by_prefix, spread = (
        evaluate(with_reuse(plain_scenario, minutes, by_prefix=one, **volume), plain_data)
        for one in (True, False)
    )
    for key in ("self-hosted/rented", "self-hosted/owned"):
        assert hits_said(spread, key) <= hits_said(by_prefix, key) + 0.01
        replicas = spread.alternative(key).serving.replicas
        if replicas == 1:
            assert hits_said(spread, key) == hits_said(by_prefix, key)
        elif 0.05 < hits_said(by_prefix, key) < 0.95:
            assert hits_said(spread, key) < hits_said(by_prefix, key)


def test_the_api_reads_its_own_share_whatever_own_caches_hold(plain_scenario, plain_data):
    without = evaluate(changed(plain_scenario, {f"{REQUESTS}.cached_share": 0.5}), plain_data)
    with_law = evaluate(with_reuse(plain_scenario, 5.0), plain_data)
    assert bills(with_law, {"api", "hosted"}) == bills(without, {"api", "hosted"})


def test_a_hit_share_and_what_it_follows_from_are_refused_together(plain_scenario):
    with pytest.raises(InputError, match="not both"):
        with_reuse(plain_scenario, 5.0, **{"fleet.own_cache_hits": 0.5})


def test_what_hits_follow_from_is_in_the_ledger_and_among_the_inputs(default):
    asked = changed(default, {"fleet.own_cache": {"reuse_minutes": 2.0, "by_prefix": False}})
    fields = {row.field for row in evaluate(asked).assumptions}
    assert {"fleet.own_cache.reuse_minutes", "fleet.own_cache.by_prefix"} <= fields
    assert "fleet.own_cache_hits" not in fields
    known = {f.key: f for f in factors(Question.of(asked))}
    reuse = known["fleet.own_cache.reuse_minutes"]
    assert (reuse.low, reuse.value, reuse.high) == (0.5, 2.0, 8.0)
    assert "fleet.own_cache_hits" not in known


@pytest.mark.parametrize(
    "mistake",
    [
        lambda kept_s, reuse_s, replicas: min(1.0, kept_s / (reuse_s * replicas)),
        lambda kept_s, reuse_s, replicas: found_again(kept_s, reuse_s / 60, replicas),
        lambda kept_s, reuse_s, replicas: 1.0,
    ],
)
def test_another_law_of_reuse_is_noticed(
    plain_scenario, plain_data, monkeypatch, nothing_kept, mistake
):
    monkeypatch.setattr(own_cache, "found_again", mistake)
    with pytest.raises(AssertionError):
        test_hits_follow_from_memory_and_reuse_as_worked_by_hand(plain_scenario, plain_data)


def test_replicas_left_out_are_noticed(plain_scenario, plain_data, monkeypatch, nothing_kept):
    monkeypatch.setattr(own_cache._Spread, "replicas", lambda *_: 1.0)
    asked = {"workload.requests_per_month": 1e9}
    by_prefix, spread = (
        evaluate(with_reuse(plain_scenario, 1.0, by_prefix=one, **asked), plain_data)
        for one in (True, False)
    )
    key = "self-hosted/owned"
    assert spread.alternative(key).serving.replicas > 1
    assert hits_said(spread, key) == hits_said(by_prefix, key)


@pytest.mark.parametrize("by_prefix", [True, False])
def test_what_own_caches_hold_is_searched_for_once_whatever_it_costs(
    plain_scenario, plain_data, monkeypatch, nothing_kept, by_prefix
):
    """The step of a search is a capacity: a price that moves asks for none, another cache does."""
    asked = []

    def counted(*args, **kwargs):
        asked.append(args)
        return slo_capacity(*args, **kwargs)

    monkeypatch.setattr(own_cache, "slo_capacity", counted)
    cache = {"reuse_minutes": 3.0, "by_prefix": by_prefix}
    scenario = changed(plain_scenario, {f"{REQUESTS}.cached_share": 0.5, "fleet.own_cache": cache})
    first = evaluate(scenario, plain_data)
    searched = len(asked)
    assert searched > 0
    assert bills(evaluate(scenario, plain_data), {"owned"}) == bills(first, {"owned"})
    assert len(asked) == searched
    evaluate(changed(scenario, {"fleet.own_cache.reuse_minutes": 5.0}), plain_data)
    assert len(asked) > searched
