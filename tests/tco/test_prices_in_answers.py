"""Cache shapes, price paths, retirement and rate limits, as they reach an answer."""

import math
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from pricing.errors import InputError, PriceError
from tco.analysis.decision import Question
from tco.analysis.workload_factors import length_factors
from tco.answer.evaluation import evaluate
from tco.question.files import changed
from tco.question.traffic import RequestClass


def tokens(evaluation, key="openai/gpt-5.4/standard"):
    return {line.key: line.quantity for line in evaluation.alternative(key).lines}


def codes(findings):
    return {finding.code for finding in findings}


@pytest.mark.parametrize(
    ("provider", "model", "edge", "last_below"),
    [
        ("openai", "gpt-5.4", 272_000, 272_000),  # "above 272,000"
        ("x-ai", "grok-4.20", 200_000, 199_999),  # "200,000 and more"
    ],
)
def test_a_prompt_at_the_edge_is_billed_in_the_band_that_holds_it(
    provider, model, edge, last_below, plain_scenario, plain_data
):
    for prompt, band in ((last_below, 0), (last_below + 1, edge)):
        changes = {
            "apis": [] if provider == "openai" else [{"provider": provider, "model": model}],
            "self_hosted": [],
            "workload.classes.0.input.tokens": float(prompt),
        }
        evaluation = evaluate(changed(plain_scenario, changes), plain_data)
        found = tokens(evaluation, f"{provider}/{model}/standard")
        assert found[f"input-{band}"] == pytest.approx(1e7 * prompt / 1e6)
        assert f"input-{edge - band}" not in found


def test_a_busy_shared_prefix_is_read_from_the_cache(plain_scenario, plain_data):
    scenario = changed(
        plain_scenario,
        {
            "workload.classes.0.input.tokens": 4_096.0,
            "workload.classes.0.output.tokens": 414.0,
            "workload.classes.0.cache": {
                "kind": "prefix",
                "prefix_tokens": 2_048,
                "requests_per_minute": 60.0,
                "lifetime_minutes": 5.0,
            },
        },
    )
    found = tokens(evaluate(scenario, plain_data))
    # four machines at 15 a minute: practically every request hits its 2,048 of 4,096 tokens
    assert found["cached-0"] == pytest.approx(1e7 * 2_048 / 1e6, rel=1e-9)
    assert found["input-0"] == pytest.approx(1e7 * 2_048 / 1e6, rel=1e-9)


def test_a_rare_prefix_is_found_as_often_as_it_arrives_in_time(plain_scenario):
    rate, life = 0.1, 5.0
    scenario = changed(
        plain_scenario,
        {
            "workload.classes.0.input.tokens": 4_096.0,
            "workload.classes.0.cache": {
                "kind": "prefix",
                "prefix_tokens": 2_048,
                "requests_per_minute": rate,
                "lifetime_minutes": life,
            },
        },
    )
    share = scenario.workload.classes[0].cached_prompt_share
    assert share == pytest.approx(0.5 * (1 - math.exp(-rate * life)))


def test_a_conversation_reads_the_turns_before(plain_scenario):
    scenario = changed(
        plain_scenario,
        {
            "workload.classes.0.input.tokens": 2_000.0,
            "workload.classes.0.cache": {
                "kind": "conversation",
                "system_tokens": 1_000,
                "growth_tokens_per_turn": 500,
                "turns": 3,
            },
        },
    )
    # prompts of 1,500, 2,000 and 2,500 tokens; reads of 0, 1,408 and 1,920 in steps of 128
    share = scenario.workload.classes[0].cached_prompt_share
    assert share == pytest.approx((1_408 + 1_920) / 6_000)


@given(
    st.integers(1, 20_000),
    st.integers(1, 5_000),
    st.integers(1, 60),
    st.floats(0.0, 1.0),
    st.floats(0.2, 5.0),
)
def test_no_more_is_cached_than_the_turns_of_the_conversation_hold(
    system, growth, turns, hit, longer
):
    """Cached tokens of a mean prompt are those of a mean turn, whatever else the prompt holds."""
    prompts = [system + growth * turn for turn in range(1, turns + 1)]
    mean = sum(prompts) / turns
    given = {
        "name": "talk",
        "input": {"kind": "fixed", "tokens": mean * longer},
        "output": {"kind": "fixed", "tokens": 10.0},
        "cache": {
            "kind": "conversation",
            "system_tokens": system,
            "growth_tokens_per_turn": growth,
            "turns": turns,
            "reply_gap_hit": hit,
        },
    }
    if mean > mean * longer:
        with pytest.raises(ValidationError, match="must not be longer"):
            RequestClass.model_validate(given)
        return
    reads = [hit * (size // 128 * 128 if size >= 1_024 else 0) for size in prompts[:-1]]
    talk = RequestClass.model_validate(given)
    assert talk.cached_prompt_share * mean * longer == pytest.approx(sum(reads) / turns)


@pytest.mark.parametrize("kind", ["prefix", "conversation"])
def test_longer_prompts_keep_the_cached_share_that_follows_from_a_cache(plain_scenario, kind):
    cache = {
        "prefix": {"kind": "prefix", "prefix_tokens": 1_900, "requests_per_minute": 60.0},
        "conversation": {
            "kind": "conversation",
            "system_tokens": 1_000,
            "growth_tokens_per_turn": 400,
            "turns": 4,
        },
    }[kind]
    classes = {"workload.classes.0.input.tokens": 2_000.0, "workload.classes.0.cache": cache}
    question = Question(changed(plain_scenario, classes), None)
    prompts = next(f for f in length_factors(question.scenario) if "input" in f.key)
    for mean in (prompts.low, prompts.high):
        moved = prompts.apply(question, mean).scenario.workload.classes[0]
        assert moved.cached_prompt_share == pytest.approx(
            question.scenario.workload.classes[0].cached_prompt_share
        )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {
                "workload.classes.0.cached_share": 0.2,
                "workload.classes.0.cache": {
                    "kind": "conversation",
                    "system_tokens": 100,
                    "growth_tokens_per_turn": 10,
                    "turns": 3,
                },
            },
            "not both",
        ),
        (
            {
                "workload.classes.0.cache": {
                    "kind": "prefix",
                    "prefix_tokens": 1_100,
                    "requests_per_minute": 1.0,
                },
            },
            "longer than the mean prompt",
        ),
        (
            {
                "workload.classes.0.cache": {
                    "kind": "conversation",
                    "system_tokens": 1_000,
                    "growth_tokens_per_turn": 500,
                    "turns": 3,
                },
            },
            "must not be longer than that of the class",
        ),
        ({"workload.classes.0.cache": {"kind": "prefix"}}, "required"),
    ],
)
def test_cache_shapes_that_contradict_the_class_are_refused(plain_scenario, changes, words):
    with pytest.raises(InputError, match=words):
        changed(plain_scenario, changes)


def test_a_retirement_inside_the_horizon_is_flagged_and_a_successor_takes_over(
    plain_scenario, plain_data
):
    old = changed(plain_scenario, {"baseline.model": "gpt-5.4-nano", "apis": []})
    alone = evaluate(old, plain_data)
    assert "retired" in codes(alone.findings)
    followed = evaluate(
        changed(old, {"baseline.successors": [{"provider": "openai", "model": "gpt-5.4-mini"}]}),
        plain_data,
    )
    assert "retired" not in codes(followed.findings)
    assert "successor" in codes(followed.findings)
    before = alone.break_even("self-hosted/rented").month.monthly_saving_usd
    after = followed.break_even("self-hosted/rented").month.monthly_saving_usd
    # nano ends on 2027-04-01, the first day of month 6: from then on mini's dearer tokens are saved
    assert after[:5] == pytest.approx(before[:5])
    nano, mini = 1_000 * 0.2 + 101 * 1.25, 1_000 * 0.75 + 101 * 4.5
    assert after[5] - before[5] == pytest.approx(1e7 * (mini - nano) / 1e6)


def test_an_unknown_successor_is_refused(plain_scenario, plain_data):
    with pytest.raises(PriceError, match=r"gpt-5\.4-mini"):
        evaluate(
            changed(
                plain_scenario,
                {"baseline.successors": [{"provider": "openai", "model": "gpt-5.4-minni"}]},
            ),
            plain_data,
        )


def test_demand_above_a_rate_limit_is_said_clearly(plain_scenario, plain_data):
    pro = changed(
        plain_scenario,
        {"baseline.model": "gpt-5.4-pro", "baseline.usage_tier": "Tier 2", "apis": []},
    )
    findings = evaluate(pro, plain_data).alternatives[0].findings
    (limit,) = [f for f in findings if f.code == "rate-limit"]
    # 10 M requests in 43,800 minutes, twice that in the busiest: 457 a minute of 1,101 tokens
    assert limit.severity == "flagged"
    assert "457 requests and 502,740 tokens a minute exceed Tier 2" in limit.message
    assert "Tier 3 takes them" in limit.message


def test_a_usage_tier_nobody_has_is_refused(plain_scenario, plain_data):
    with pytest.raises(InputError, match="Tier 5"):
        evaluate(
            changed(
                plain_scenario,
                {"baseline.model": "gpt-5.4-pro", "baseline.usage_tier": "Tier 6", "apis": []},
            ),
            plain_data,
        )


def test_an_offer_that_ends_within_the_horizon_is_flagged(plain_scenario, plain_data):
    bedrock = "aws/meta.llama3-3-70b-instruct-v1:0/standard"
    found = evaluate(plain_scenario, plain_data).alternative(bedrock).findings
    assert any("ends on 2027-03-30" in f.message for f in found)
    short = changed(plain_scenario, {"finance.horizon_months": 3})
    assert "ends" not in codes(evaluate(short, plain_data).alternative(bedrock).findings)


def test_an_option_that_is_not_sold_on_the_day_is_refused_alone(plain_scenario, plain_data):
    """Every offer of the catalogue with an end, on its last day and on the day after."""
    ends = [
        offer
        for offer in plain_data.catalogue.offers(tier="standard")
        if offer.retires and offer.retires.on > plain_scenario.prices_on
    ]
    assert len(ends) > 3
    for offer in ends:
        for days, sold in ((-1, True), (0, False)):
            day = offer.retires.on + timedelta(days=days)
            option = {"provider": offer.provider, "model": offer.model}
            key = f"{offer.provider}/{offer.model}/standard"
            spill = {"kind": "spill", "name": "both", "self_hosted": "rented", "api": key}
            scenario = changed(
                plain_scenario,
                {"prices_on": str(day), "apis": [option], "hybrids": [spill]},
            )
            evaluation = evaluate(scenario, plain_data)
            found = evaluation.alternative(key)
            codes_of = codes(found.findings)
            assert ("ended" in codes_of) != sold, (key, day)
            if not sold:
                assert found.why_not[0].kind == "end"
                assert found.lines == ()
                assert evaluation.alternative("hybrid/both").refused.code == "ended"
            assert evaluation.alternatives[0].monthly_usd
            assert evaluation.alternative("self-hosted/rented").monthly_usd


def test_a_model_nobody_sells_and_a_tier_nobody_offers_are_mistakes(plain_scenario, plain_data):
    for option in (
        {"provider": "openai", "model": "gpt-5.44"},
        {"provider": "openai", "model": "gpt-5.4", "tier": "ultrafast"},
    ):
        with pytest.raises(PriceError, match=r"apis\.0"):
            evaluate(changed(plain_scenario, {"apis": [option]}), plain_data)
