"""Corners of the shapes that people have: what their other variants tell is billed or said."""

import json
from decimal import Decimal

import pytest

from tests.usage.corners import (
    AZURE,
    MEGA,
    OPUS,
    SPEND,
    UNIX,
    WHEN,
    bucket,
    lines,
    openai,
    page,
    reply,
    said,
    span,
)
from tests.usage.reading import billed, put

# What Anthropic's API returns, kept in a log of one's own.


@pytest.mark.parametrize("among", [(), (reply(openai(), id="b"),)])
def test_a_log_of_anthropics_responses_has_what_was_read_and_written_beside_its_input(
    tmp_path, among
):
    usage = {"input_tokens": 3, "cache_read_input_tokens": 5758, "output_tokens": 380}
    usage |= {"cache_creation_input_tokens": 6174, "service_tier": "standard"}
    usage["cache_creation"] = {"ephemeral_5m_input_tokens": 6000, "ephemeral_1h_input_tokens": 174}
    row = reply(usage, model="claude-opus-5")
    found = billed(put(tmp_path, ("a.jsonl", lines(row, *among))), by=("model",))
    mine = {line.group[0]: line for line in found.lines}["claude-opus-5"]
    assert (mine.input_tokens, mine.cached_tokens, mine.written_tokens) == (11_935, 5758, 6174)
    usd = 3 * OPUS["input"] + 5758 * OPUS["read"] + 380 * OPUS["output"]
    usd += 6000 * OPUS["written"] + 174 * OPUS["written_1h"]
    assert mine.lower_usd == mine.upper_usd == usd / MEGA
    assert found.total.rows == 1 + len(among)


@pytest.mark.parametrize("named", ["input_tokens_details", "prompt_tokens_details"])
def test_what_a_response_wrote_to_a_cache_is_billed_so(tmp_path, named):
    kind = "input" if named.startswith("input") else "prompt"
    usage = {f"{kind}_tokens": 1000, named: {"cached_tokens": 100, "cache_write_tokens": 300}}
    usage["output_tokens" if kind == "input" else "completion_tokens"] = 10
    row = reply(usage, model="gpt-5.6-terra")
    found = billed(put(tmp_path, ("a.jsonl", lines(row))))
    assert (found.total.cached_tokens, found.total.written_tokens) == (100, 300)


FAST = 2 * (1000 * OPUS["input"] + 100 * OPUS["output"]) / MEGA


@pytest.mark.parametrize(("speed", "times"), [("fast", 1), ("standard", 2), (None, 2)])
def test_a_request_at_fast_speed_has_the_rate_of_it(tmp_path, speed, times):
    """Anthropic bills claude-opus-5 twice as dear where it answers fast."""
    usage = {"input_tokens": 1000, "output_tokens": 100, "service_tier": "standard"}
    usage |= {"cache_read_input_tokens": 0, "cache_creation_input_tokens": 0, "speed": speed}
    message = {"id": "m", "model": "claude-opus-5", "usage": usage}
    session = {"sessionId": "s", "requestId": "r", "timestamp": WHEN, "message": message}
    result = {"uncached_input_tokens": 1000, "cache_read_input_tokens": 0, "output_tokens": 100}
    result |= {"model": "claude-opus-5", "service_tier": "standard", "speed": speed}
    result |= {"context_window": "0-200k"}
    report = {"starting_at": "2026-11-20T00:00:00Z", "results": [result]}
    files = (
        ("s.jsonl", lines(session)),
        ("r.json", json.dumps({"data": [report]})),
        ("o.jsonl", lines(reply(usage, model="claude-opus-5"))),
    )
    for file in files:
        assert billed(put(tmp_path, file)).total.upper_usd * times == FAST


# Tokens that have a rate of their own, or none.

SOUND = {"promptTokenCount": 100, "candidatesTokenCount": 5, "totalTokenCount": 105}
SOUND["promptTokensDetails"] = [{"modality": "AUDIO", "tokenCount": 90}]
SPOKEN = {"usage_details": {"input": 500, "input_audio_tokens": 300, "output": 12}}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("u.json", page(bucket(input_audio_tokens=500))),
        ("u.json", page(bucket(output_audio_tokens=5))),
        ("o.jsonl", lines(reply(openai(prompt_tokens_details={"audio_tokens": 500})))),
        ("o.jsonl", lines(reply(openai(completion_tokens_details={"audio_tokens": 8})))),
        (
            "g.jsonl",
            lines({"createTime": WHEN, "modelVersion": "gemini-2.5-flash", "usageMetadata": SOUND}),
        ),
        (
            "l.jsonl",
            lines(
                {"id": "o", "type": "GENERATION", "start_time": WHEN}
                | {"provided_model_name": "gpt-5.4", **SPOKEN}
            ),
        ),
    ],
)
def test_tokens_of_sound_are_not_billed_as_text(tmp_path, name, text):
    found = billed(put(tmp_path, (name, text)))
    (aside,) = found.set_aside
    assert "sound" in aside.reason
    assert (found.unpriced_rows, found.total.upper_usd) == (1, 0)


def test_sound_sent_to_a_model_with_one_rate_for_all_input_is_billed(tmp_path):
    row = {"createTime": WHEN, "modelVersion": "gemini-2.5-pro", "usageMetadata": SOUND}
    found = billed(put(tmp_path, ("g.jsonl", lines(row))))
    assert found.total.upper_usd == (100 * Decimal("1.25") + 5 * Decimal(10)) / MEGA


def test_a_count_that_nothing_reads_is_named(tmp_path):
    row = reply(openai(total_tokens=1010, tool_use_tokens=7, max_tokens=900))
    found = billed(put(tmp_path, ("a.jsonl", lines(row))))
    assert said(found, "not read") == ["openai-log: not read: usage/tool_use_tokens."]
    quiet = billed(put(tmp_path, ("a.jsonl", lines(reply(openai(total_tokens=1010))))))
    assert not said(quiet, "not read")


def test_what_stands_beside_the_rows_of_a_page_is_named(tmp_path):
    row = {"aggregation_timestamp": UNIX, "n_requests": 3, "snapshot_id": "gpt-5.4"}
    row |= {"n_context_tokens_total": 3100, "n_generated_tokens_total": 120}
    more = {"whisper_api_data": [{"num_seconds": 50}], "dalle_api_data": []}
    found = billed(put(tmp_path, ("a.json", json.dumps({"data": [row], **more}))))
    assert said(found, "whisper_api_data")
    assert not said(found, "dalle_api_data")


# Rows without tokens.


def test_a_cost_without_tokens_is_set_aside_and_not_billed_as_nothing(tmp_path):
    rows = SPEND + f"a,{WHEN},0,0,0.04,gpt-5.4,openai\nb,{WHEN},0,0,0,gpt-5.4,openai\n"
    found = billed(put(tmp_path, ("a.csv", rows)))
    assert [(one.rows, one.reason, one.is_quiet) for one in found.set_aside] == [
        (1, "tells a cost and no tokens", False)
    ]
    days = (
        "date,api_requests,prompt_tokens,completion_tokens,spend,model\n2026-11-20,,,,5,gpt-5.4\n"
    )
    assert billed(put(tmp_path, ("d.csv", days))).unpriced_rows == 1


@pytest.mark.parametrize(
    "meter", ["gpt-4o-0806-Inp-glbl Tokens", "gpt 5 mini inp Glbl 1M Tokens", "embedding Tokens"]
)
def test_a_meter_of_tokens_with_another_name_is_set_aside_and_not_passed_over(tmp_path, meter):
    found = billed(put(tmp_path, ("a.csv", AZURE + f"2026-11-20,{meter},2,,eastus2,USD,1.5\n")))
    assert found.unpriced_rows == found.rows == 1


@pytest.mark.parametrize(
    ("day", "meter", "unit"),
    [
        ("2026-11-20", "5.4 ShortCo Inp Std Gl 1M Tokens", ""),
        ("11/20/2026", "5.4 ShortCo Inp Std Gl 1M Tokens", "1M"),
        ("11/2/2026", "5.4 ShortCo Inp Std Gl 1M Tokens", "1M"),
        ("2026-11-20", "5.4 ShortCo Inp Std Gl Tokens", "1M"),
    ],
)
def test_a_meter_has_its_day_and_unit_as_azure_writes_them(tmp_path, day, meter, unit):
    row = f"{day},{meter},2,{unit},eastus2,USD,1.5\n"
    found = billed(put(tmp_path, ("a.csv", AZURE + row)), by=("day",))
    assert found.total.upper_usd == 5
    assert found.lines[0].group[0] in ("2026-11-20", "2026-11-02")


def test_a_meter_without_a_unit_is_no_row_that_used_nothing(tmp_path):
    row = "2026-11-20,5.4 ShortCo Inp Std Gl Tokens,2,,eastus2,USD,1.5\n"
    assert billed(put(tmp_path, ("a.csv", AZURE + row))).unpriced_rows == 1


def test_a_meter_of_the_flex_tier_is_not_billed_as_standard(tmp_path):
    row = "2026-11-25,5.6 luna ShortCo Inp Flex Gl 1M Tokens,2,1M,eastus2,USD,1.5\n"
    found = billed(put(tmp_path, ("a.csv", AZURE + row)), by=("tier",))
    assert [line.group for line in found.lines] == [("flex",)]


@pytest.mark.parametrize(
    ("counts", "output"),
    [
        ({"promptTokenCount": 100, "thoughtsTokenCount": 500, "totalTokenCount": 600}, 500),
        ({"promptTokenCount": 100, "totalTokenCount": 100}, 0),
    ],
)
def test_a_count_left_out_that_the_total_has_no_room_for_is_nothing(tmp_path, counts, output):
    """Gemini leaves out what is 0: an answer that was cut off while the model thought has none."""
    row = {"createTime": WHEN, "modelVersion": "gemini-2.5-pro", "usageMetadata": counts}
    found = billed(put(tmp_path, ("g.jsonl", lines(row))))
    assert (found.total.output_tokens, found.set_aside) == (output, ())
    counts["totalTokenCount"] += 1
    assert billed(put(tmp_path, ("g.jsonl", lines(row)))).unpriced_rows == 1


def test_a_span_that_failed_without_an_answer_costs_nothing(tmp_path):
    told = {"gen_ai.request.model": "gpt-5.4", "gen_ai.usage.input_tokens": 1000}
    span = {"span_id": "1", "start_time": WHEN, "attributes": {**told, "error.type": "timeout"}}
    found = billed(put(tmp_path, ("s.jsonl", lines(span))))
    assert (found.total.rows, found.total.upper_usd, found.set_aside) == (1, 0, ())
    del span["attributes"]["error.type"]
    assert billed(put(tmp_path, ("s.jsonl", lines(span)))).unpriced_rows == 1


# Where cached tokens stand.


def test_observations_without_a_total_are_disjoint(tmp_path):
    usage = {"input": 5000, "input_cached_tokens": 3000, "output": 120}
    row = {"id": "o", "type": "GENERATION", "start_time": WHEN, "usage_details": usage}
    row["provided_model_name"] = "gpt-5.4"
    found = billed(put(tmp_path, ("o.jsonl", lines(row))))
    assert (found.total.input_tokens, found.total.cached_tokens) == (8000, 3000)


@pytest.mark.parametrize(("second", "doubt"), [(20_000, 1), (50, 0)])
def test_rows_judged_both_ways_in_one_file_are_said(tmp_path, second, doubt):
    found = billed(put(tmp_path, ("s.jsonl", lines(span("1", 3, 500), span("2", second, 500)))))
    assert len(said(found, "leaves those out")) == doubt
