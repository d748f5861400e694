"""Requests with a known bill, written in every shape and read back: exact, or held by bounds."""

from dataclasses import replace

import pytest

from tests.usage import written, written_clouds, written_gateways, written_sellers, written_tools
from tests.usage.reading import billed, exactly, put
from tests.usage.truth import AUTUMN, SUMMER, bill, sent

BATCH = [("gpt-5.4", "standard"), ("gpt-5.4", "batch")]
LLAMA = [("llama-3.3-70b-versatile", "standard")]
GROK = [("grok-4.3", "standard")]
BEDROCK = [("meta.llama3-3-70b-instruct-v1:0", "standard")]

PER_REQUEST = {
    "litellm-logs": (written_gateways.litellm, {"models": written.GPT, "lifetimes": ("",)}),
    "langfuse": (written_gateways.langfuse, {"models": written.SHORT_GPT}),
    "otel-genai": (written_gateways.spans, {"models": written.GPT, "lifetimes": ("",)}),
    "claude-code": (
        written_tools.claude_code,
        {"models": written.CLAUDE, "lifetimes": ("5m", "1h"), "days": AUTUMN},
    ),
    "codex": (written_tools.codex, {"models": written.SHORT_GPT}),
    "gemini-log": (written_sellers.gemini, {"models": written.GEMINI}),
    "xai-log": (written_sellers.xai, {"models": GROK}),
    "openai-log": (written_sellers.own_log, {"models": BATCH, "days": AUTUMN}),
    "langdock": (written_gateways.langdock, {"models": written.SHORT_GPT}),
    "helicone": (written_gateways.helicone, {"models": written.GPT, "lifetimes": ("",)}),
    "requests": (written_tools.table_of_requests, {"models": written.GPT, "lifetimes": ("",)}),
    "azure-meters": (written_clouds.azure, {"models": written.SHORT_GPT}),
}
"""Shapes whose bill is exact: a request a row, or its band given by the meter."""
ADDED_UP = {
    "openai-usage": (written_sellers.openai_usage, {"models": written.GPT, "lifetimes": ("",)}),
    "openai-usage export": (written_sellers.openai_export, {"models": BATCH, "days": AUTUMN}),
    "openai-activity": (written_sellers.openai_activity, {"models": BATCH, "days": AUTUMN}),
    "litellm-days": (written_gateways.litellm_days, {"models": written.GPT, "lifetimes": ("",)}),
    "opencode": (written_tools.opencode, {"models": written.GPT}),
}
"""Shapes whose rows add requests up, of models with an edge."""
FLAT = {
    "groq-activity": (written_sellers.groq, {"models": LLAMA}),
    "aws-bedrock": (written_clouds.aws, {"models": BEDROCK, "days": AUTUMN}),
    "anthropic-usage": (
        written_sellers.anthropic,
        {"models": written.CLAUDE, "lifetimes": ("5m", "1h"), "days": AUTUMN, "most": 190_000},
    ),
}
"""Shapes whose rows add requests up, of models without an edge: exact too."""
COUNTS = [300, pytest.param(10_000, marks=pytest.mark.long)]


def case(name, count, places):
    writer, how = places[name]
    limits = {"llama": 100_000, "meta.": 100_000}
    most = next((n for start, n in limits.items() if how["models"][0][0].startswith(start)), None)
    how = {"days": SUMMER, **({"most": most} if most else {}), **how}
    return writer, sent(count, count, **how)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", [*PER_REQUEST, *FLAT])
def test_the_bill_is_the_truth_to_the_last_digit(tmp_path, name, count):
    writer, requests = case(name, count, PER_REQUEST | FLAT)
    found = billed(put(tmp_path, writer(requests)))
    assert found.shapes == (name,)
    total, truth = found.total, exactly(bill(requests))
    assert (total.lower_usd, total.upper_usd) == (truth, truth)
    assert found.unpriced_rows == 0
    assert total.input_tokens == sum(r.input for r in requests)
    assert total.output_tokens == sum(r.output for r in requests)


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize("name", ADDED_UP)
def test_the_bounds_of_sums_hold_the_truth(tmp_path, name, count):
    writer, requests = case(name, count, ADDED_UP)
    found = billed(put(tmp_path, writer(requests)))
    assert found.shapes == (name.split()[0],)
    total, truth = found.total, exactly(bill(requests))
    assert total.lower_usd <= truth <= total.upper_usd
    assert found.unpriced_rows == 0
    assert total.requests == count
    priced = total.rows - total.bounded_rows
    assert found.rows == priced + total.bounded_rows + found.set_aside_rows


@pytest.mark.parametrize("count", COUNTS)
def test_what_openrouter_does_not_tell_makes_its_bill_that_of_uncached_input(tmp_path, count):
    asked = sent(5, count, written.SHORT_GPT, most=5_000)
    requests = [replace(request, cached=0) for request in asked]
    found = billed(put(tmp_path, written_gateways.openrouter(requests)))
    assert found.shapes == ("openrouter-activity",)
    truth = exactly(bill(requests))
    assert found.total.lower_usd <= truth <= found.total.upper_usd


def test_a_log_with_every_row_on_its_day_knows_the_day_the_price_changed(tmp_path):
    requests = sent(9, 400, [("gpt-5.6-luna", "standard")], days=("2026-07-29", "2026-07-30"))
    found = billed(put(tmp_path, written_sellers.own_log(requests)), by=("day",))
    by_day = {line.group[0]: line.lower_usd for line in found.lines}
    for day in ("2026-07-29", "2026-07-30"):
        of_day = [r for r in requests if r.at.date().isoformat() == day]
        assert by_day[day] == exactly(bill(of_day))


def test_rows_are_priced_bounded_or_set_aside_whatever_the_grouping(tmp_path):
    requests = sent(11, 300, written.GPT, lifetimes=("",))
    paths = put(tmp_path, written_gateways.litellm(requests))
    bills = [billed(paths, by=by) for by in (("day",), ("model", "band"), ("project", "tier"), ())]
    assert len({bill.total.lower_usd for bill in bills}) == 1
    for found in bills:
        assert (found.rows, found.total.rows, found.set_aside_rows) == (303, 302, 1)
        assert [aside.is_quiet for aside in found.set_aside] == [True]
