"""Refusals and flags of a single quote."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from pricing.flags import EXPIRED_AFTER_DAYS, STALE_AFTER_DAYS
from pricing.rules import quote
from pricing.usage import RequestUsage

COUNTS = (
    "input_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "web_searches",
    "file_searches",
)
BAD = (-1, -(10**30), 10**30, 1.0, 1.5, float("nan"), float("inf"), True, "1", "1_000", None, 1j)


def ask(catalogue, usage, model="gpt-5.4", provider="openai", **rest):
    return quote(catalogue, provider, model, usage, **({"on": catalogue.generated_on} | rest))


@pytest.mark.parametrize("bad", BAD, ids=repr)
@pytest.mark.parametrize("name", COUNTS)
def test_a_count_that_is_no_count_is_refused(catalogue, name, bad):
    counts = {"input_tokens": 10, "output_tokens": 10} | {name: bad}
    quoted = ask(catalogue, RequestUsage(**counts))
    assert (quoted.status, quoted.usd) == ("reject_usage", None)
    assert quoted.reason


@pytest.mark.parametrize(
    ("usage", "words"),
    [
        (RequestUsage(10, 11), "cached"),
        (RequestUsage(10, 6, 5), "cached"),
        (RequestUsage(10, output_tokens=5, reasoning_tokens=6), "reasoning"),
        (RequestUsage(10, 0, 5, cache_writes={"30m": 4}), "sum"),
    ],
)
def test_parts_larger_than_their_whole_are_refused(catalogue, usage, words):
    quoted = ask(catalogue, usage)
    assert quoted.status == "reject_usage"
    assert words in quoted.reason


def test_all_that_is_wrong_is_said_at_once(catalogue):
    quoted = ask(catalogue, RequestUsage(10, 20, output_tokens=5, reasoning_tokens=6))
    assert "cached" in quoted.reason
    assert "reasoning" in quoted.reason


@pytest.mark.parametrize(
    ("model", "tokens", "output"),
    [
        ("gpt-5.4", 922_001, 0),
        ("gpt-5.4", 1_000, 128_001),
        ("gpt-5.4-mini", 272_001, 0),
        ("gpt-4.1", 1_047_576, 1),
    ],
)
def test_a_request_the_model_cannot_take_is_refused(catalogue, model, tokens, output):
    quoted = ask(catalogue, RequestUsage(tokens, output_tokens=output), model=model)
    assert (quoted.status, quoted.usd) == ("reject_context", None)
    assert "takes at most" in quoted.reason


def test_a_fee_that_is_not_on_record_is_not_zero(catalogue):
    quoted = ask(
        catalogue, RequestUsage(10, web_searches=1), "openai/gpt-oss-120b", provider="groq"
    )
    assert (quoted.status, quoted.usd) == ("not_offered", None)


def test_cached_tokens_without_a_cached_rate_cost_what_input_costs_and_say_so(catalogue):
    quoted = ask(catalogue, RequestUsage(100_000, 50_000), model="gpt-5.4-pro")
    assert quoted.usd == 3
    assert any("billed as input" in flag for flag in quoted.flags)


def test_a_rate_last_seen_long_before_the_day_is_flagged_then_refused(catalogue):
    checked = date.fromisoformat(
        catalogue.offer("openai", "gpt-5.4").rate_card(on=catalogue.generated_on).source.as_of
    )
    usage = RequestUsage(1_000)
    ages = {
        age: ask(catalogue, usage, on=checked + timedelta(days=age))
        for age in (STALE_AFTER_DAYS, STALE_AFTER_DAYS + 1, 400, EXPIRED_AFTER_DAYS)
    }
    stale = {age: any("stale" in flag for flag in found.flags) for age, found in ages.items()}
    assert stale == {90: False, 91: True, 400: True, 730: True}
    assert all(found.status == "priced" for found in ages.values())
    expired = ask(catalogue, usage, on=checked + timedelta(days=EXPIRED_AFTER_DAYS + 1))
    assert (expired.status, expired.usd) == ("stale", None)


def test_a_promotion_past_its_announced_end_is_flagged(catalogue):
    usage = RequestUsage(100_000, output_tokens=1_000)
    before = ask(catalogue, usage, "gpt-5.6-sol", on=date(2026, 11, 21))
    after = ask(catalogue, usage, "gpt-5.6-sol", on=date(2026, 11, 22))
    assert before.usd == after.usd == Decimal("0.42")
    assert not any("promotion" in flag for flag in before.flags)
    assert any("2026-11-21" in flag for flag in after.flags)


def test_a_downgraded_request_is_billed_as_served(catalogue):
    usage = RequestUsage(100_000, output_tokens=1_000)
    asked = ask(catalogue, usage, tier="priority")
    served = ask(catalogue, usage, tier="priority", served_tier="default")
    assert (asked.usd, served.usd) == (Decimal("0.53"), Decimal("0.265"))
    assert served.tier == "standard"


def test_a_refused_request_costs_nothing_even_where_the_band_is_dear(catalogue):
    quoted = ask(catalogue, RequestUsage(500_000, refused=True), tier="flex")
    assert (quoted.status, quoted.usd, quoted.lines) == ("zero_cost", 0, ())


def test_every_quote_carries_its_catalogue_and_its_sources(catalogue):
    quoted = ask(catalogue, RequestUsage(10, output_tokens=10))
    assert quoted.catalogue_sha256 == catalogue.sha256
    assert quoted.catalogue_version == catalogue.version
    assert all(source.url for source in quoted.sources)


def test_tokens_beyond_float_precision_stay_exact(catalogue):
    quoted = ask(catalogue, RequestUsage(2**53 + 1), "gpt-5.5-cyber")
    assert quoted.usd == Decimal("112589990684.2624125")


def test_the_session_reading_of_the_long_context_rule_can_be_chosen(catalogue):
    def cost(session):
        turns = [
            RequestUsage(tokens, output_tokens=1_000, session_input_tokens=session)
            for tokens in (100_000, 300_000)
        ]
        return sum(ask(catalogue, turn).usd for turn in turns)

    assert cost(None) == Decimal("1.7875")  # each request by its own length
    assert cost(300_000) == Decimal("2.045")  # the whole conversation re-rated


def test_a_session_shorter_than_its_request_is_refused(catalogue):
    for session in (99_999, -1, 1.5):
        quoted = ask(catalogue, RequestUsage(100_000, session_input_tokens=session))
        assert quoted.status == "reject_usage"


def test_a_day_long_before_a_rate_was_seen_is_flagged_where_its_start_is_not_on_record(catalogue):
    usage = RequestUsage(1_000, output_tokens=1)
    then = ask(catalogue, usage, on=date(2026, 4, 1))
    now = ask(catalogue, usage)
    assert any(flag.startswith("history") for flag in then.flags)
    assert not any(flag.startswith("history") for flag in now.flags)


def test_a_quote_without_writes_says_nothing_of_writes(catalogue):
    assert ask(catalogue, RequestUsage(1_000)).flags == ()
    written = ask(catalogue, RequestUsage(1_000, 0, 500))
    assert written.flags == ("no cache write rate is published: billed as input",)


def test_tool_calls_are_flagged_only_outside_the_standard_tier(catalogue):
    called = RequestUsage(1_000, file_searches=1)
    assert ask(catalogue, called).flags == ()
    assert ask(catalogue, RequestUsage(1_000), tier="flex", model="gpt-5.4-mini").flags == ()
    (flag,) = ask(catalogue, called, tier="flex", model="gpt-5.4-mini").flags
    assert "billed in full" in flag


def test_the_day_a_price_changes_is_flagged_and_the_day_after_is_not(catalogue):
    usage = RequestUsage(1_000)
    flags = [
        ask(catalogue, usage, "gpt-5.6-sol", on=date(2026, 8, day)).flags for day in (20, 21, 22)
    ]
    assert [any("counted by UTC" in flag for flag in found) for found in flags] == [
        False,
        True,
        False,
    ]


def test_a_request_read_or_written_whole_is_a_request(catalogue):
    assert ask(catalogue, RequestUsage(2_000, 2_000)).usd == Decimal("0.0005")
    assert ask(catalogue, RequestUsage(2_000, 0, 2_000), "gpt-6.1-sol").usd == Decimal("0.005")
    reasoned = RequestUsage(0, output_tokens=100, reasoning_tokens=100)
    assert ask(catalogue, reasoned).usd == Decimal("0.0015")
