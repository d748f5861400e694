"""Corners of the files that people have: what a shape's other variants tell is billed or said."""

import json
from decimal import Decimal

import pytest

from pricing.errors import InputError
from tco.own_data.usage.column_map import read_map
from tests.tco.command import tco
from tests.usage.reading import billed, put

WHEN = "2026-11-20T10:00:00Z"
UNIX = 1_795_168_800
MEGA = Decimal(1_000_000)
OPUS = {"input": Decimal(5), "read": Decimal("0.5"), "written": Decimal("6.25")}
OPUS |= {"written_1h": Decimal(10), "output": Decimal(25)}
"""Rates of claude-opus-5 in USD per million tokens, from Anthropic's price page."""


def lines(*rows):
    return "\n".join(map(json.dumps, rows))


def said(found, words):
    return [remark for remark in found.remarks if words in remark]


def reply(usage, **more):
    return {"id": "a", "created": UNIX, "model": "gpt-5.4", "usage": usage} | more


def openai(sent=1000, answered=10, **more):
    return {"prompt_tokens": sent, "completion_tokens": answered, **more}


def page(*results, **more):
    bucket = {"start_time": UNIX - 36_000, "end_time": UNIX, "results": list(results)}
    return json.dumps({"data": [bucket], "has_more": False, **more})


def bucket(**more):
    row = {"input_tokens": 1000, "input_cached_tokens": 100, "output_tokens": 10}
    return row | {"num_model_requests": 7, "model": "gpt-5.4", "service_tier": None} | more


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

SPEND = "request_id,startTime,prompt_tokens,completion_tokens,spend,model,custom_llm_provider\n"


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


AZURE = "Date,MeterName,Quantity,UnitOfMeasure,ResourceLocation,Currency,PreTaxCost\n"


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


def span(name, sent, read):
    told = {"gen_ai.request.model": "gpt-5.4", "gen_ai.usage.input_tokens": sent}
    told |= {"gen_ai.usage.cache_read.input_tokens": read, "gen_ai.usage.output_tokens": 5}
    return {"span_id": name, "start_time": WHEN, "attributes": told}


@pytest.mark.parametrize(("second", "doubt"), [(20_000, 1), (50, 0)])
def test_rows_judged_both_ways_in_one_file_are_said(tmp_path, second, doubt):
    found = billed(put(tmp_path, ("s.jsonl", lines(span("1", 3, 500), span("2", second, 500)))))
    assert len(said(found, "leaves those out")) == doubt


# Requests and files told twice, or named alike.

PARTED = [f"r{n},{WHEN},1000,{10 + n},0.01,gpt-5.4,openai" for n in range(6)]


@pytest.mark.parametrize("other", ["b.csv", "b.jsonl"])
def test_a_request_that_files_read_apart_tell_counts_once(tmp_path, other):
    """One file has a column more, or another format; four requests each, two in both."""
    first = SPEND + "\n".join(PARTED[:4]) + "\n"
    if other == "b.csv":
        second = SPEND.replace("\n", ",x\n") + "".join(f"{row},1\n" for row in PARTED[2:])
    else:
        second = lines(
            *(dict(zip(SPEND.strip().split(","), r.split(","), strict=True)) for r in PARTED[2:])
        )
    found = billed(put(tmp_path, [("a.csv", first), (other, second)]))
    assert (found.total.requests, found.total.output_tokens) == (6, sum(range(10, 16)))
    assert [(one.rows, one.is_quiet) for one in found.set_aside] == [(2, True)]


def test_requests_numbered_anew_in_each_file_are_not_one_another(tmp_path):
    days = [
        (f"{day}.jsonl", lines(*(reply(openai(100 * day + n), id=n) for n in range(3))))
        for day in (1, 2)
    ]
    found = billed(put(tmp_path, days))
    assert (found.total.requests, found.unpriced_rows) == (3, 3)
    assert "bears the name of another request" in found.set_aside[0].reason


def test_a_request_that_grew_while_it_was_told_counts_once(tmp_path):
    grown = [reply(openai(1000, answered)) for answered in (1, 5, 9)]
    found = billed(put(tmp_path, ("a.jsonl", lines(*grown))))
    assert (found.total.output_tokens, found.unpriced_rows) == (9, 0)


SESSION = {"timestamp": WHEN, "sessionId": "s", "requestId": "r"}
SESSION["message"] = {"id": "m", "model": "claude-opus-5"}
SESSION["message"]["usage"] = {"input_tokens": 100, "output_tokens": 10}
TALK = {"type": "user", "sessionId": "s", "message": {"role": "user", "content": "hi"}}


def test_a_folder_of_sessions_is_read_though_some_tell_no_usage(tmp_path):
    put(tmp_path, [("a.jsonl", lines(*[TALK] * 600, SESSION)), ("b.jsonl", lines(TALK))])
    found = billed([tmp_path])
    assert found.total.rows == 1
    assert said(found, "left out: b.jsonl")


@pytest.mark.parametrize("other", ["{\n", '{"type": "user"}\n{"cut'])
def test_a_broken_file_among_sessions_is_refused(tmp_path, other):
    put(tmp_path, [("a.jsonl", lines(SESSION)), ("b.jsonl", other)])
    with pytest.raises(Exception, match=r"b\.jsonl"):
        billed([tmp_path])


# What the file says it cost.


@pytest.mark.parametrize(
    ("usage", "byok", "charged"), [(0.15, 0, "0.15"), (0.0075, 0.15, "0.1575"), (0, 0.15, "0.15")]
)
def test_what_was_paid_to_the_models_seller_stands_beside_the_fee(tmp_path, usage, byok, charged):
    """OpenRouter: credits spent, and external credits spent with a key of one's own."""
    day = {"date": "2026-11-20", "modelPermaslug": "openai/gpt-5.4-2026-03-05", "requests": 5}
    day |= {"providerName": "OpenAI", "promptTokens": 50_000, "completionTokens": 1250}
    day |= {"usage": usage, "byokUsageInference": byok}
    found = billed(put(tmp_path, ("a.json", json.dumps({"data": [day]}))))
    assert found.total.charged_usd == Decimal(charged)


@pytest.mark.parametrize(("own", "charged"), [(True, "0.0027"), (False, "0.0001")])
def test_a_response_with_a_key_of_ones_own_cost_the_fee_and_the_sellers_price(
    tmp_path, own, charged
):
    usage = openai(cost=0.0001, is_byok=own, cost_details={"upstream_inference_cost": 0.0026})
    found = billed(put(tmp_path, ("a.jsonl", lines(reply(usage)))))
    assert found.total.charged_usd == Decimal(charged)


# Tables as programs write them.

HEAD = "provider,model,as_of,input_tokens,output_tokens"
ROW = "openai,gpt-5.4,2026-11-20,1000,10"


@pytest.mark.parametrize(
    ("head", "row"),
    [
        ("," + HEAD, "0," + ROW),
        (HEAD + ",", ROW + ","),
        (HEAD + ",,", ROW + ",1,2"),
        (HEAD + ",filename", ROW + ",x"),
        (HEAD + ",file,place,record", ROW + ",x,7,z"),
    ],
)
def test_columns_without_a_name_or_with_one_of_the_engine_are_read_over(tmp_path, head, row):
    found = billed(put(tmp_path, ("a.csv", f"{head}\n{row}\n{row}\n")))
    assert (found.total.rows, found.total.input_tokens) == (2, 2000)


def test_a_column_of_parquet_may_be_called_filename(tmp_path):
    import duckdb

    path = tmp_path / "a.parquet"
    row = "'openai' AS provider, 'gpt-5.4' AS model, DATE '2026-11-20' AS as_of, 'x' AS filename"
    duckdb.sql(f"SELECT {row}, 1000 AS input_tokens, 10 AS output_tokens").write_parquet(str(path))
    assert billed([path]).total.input_tokens == 1000


def test_the_older_invoice_of_aws_has_names_with_a_slash(tmp_path):
    head = "lineItem/UsageStartDate,lineItem/UsageType,lineItem/LineItemType,lineItem/UsageAmount,"
    head += "pricing/unit,lineItem/UnblendedCost,lineItem/CurrencyCode\n"
    row = f"{WHEN},USE1-Llama3-3-70B-input-tokens,Usage,1000,1K tokens,0.72,USD\n"
    found = billed(put(tmp_path, ("aws.csv", head + row)))
    assert found.total.upper_usd == found.total.charged_usd == Decimal("0.72")


@pytest.mark.parametrize(
    ("count", "is_told"),
    [("1.000", False), ("12.000", False), ("1000.0", True), ("1000.000", True), ("1000", True)],
)
def test_a_count_that_may_be_a_thousand_times_another_is_none(tmp_path, count, is_told):
    row = ROW.replace("1000", count)
    found = billed(put(tmp_path, ("a.csv", f"{HEAD}\n{row}\n")))
    assert (found.total.input_tokens, found.unpriced_rows) == ((1000, 0) if is_told else (0, 1))


@pytest.mark.parametrize("name", ["azure.ai.openai", "x_ai", "gcp.gemini", "Azure.AI.OpenAI"])
def test_sellers_have_the_names_of_the_semantic_conventions(tmp_path, name):
    model = {"x_ai": "grok-4.3", "gcp.gemini": "gemini-2.5-pro"}.get(name, "gpt-5.4")
    row = span("1", 100, 0)
    row["attributes"] |= {"gen_ai.request.model": model, "gen_ai.provider.name": name}
    found = billed(put(tmp_path, ("s.jsonl", lines(row))))
    assert (found.total.rows, found.unpriced_rows) == (1, 0)


# What a bill says of itself.


@pytest.mark.parametrize(
    ("name", "text"),
    [("a.csv", HEAD + "\n"), ("m.csv", AZURE + "2026-11-20,PTU Hours,2,,eastus2,USD,1.5\n")],
)
def test_a_file_without_rows_says_that_nothing_is_billed(tmp_path, name, text):
    found = billed(put(tmp_path, (name, text)))
    assert said(found, f"{name}: no rows of usage")
    assert not said(billed(put(tmp_path, ("b.csv", f"{HEAD}\n{ROW}\n"))), "no rows")


def test_rows_of_the_future_are_said_to_have_the_prices_of_today(tmp_path):
    late = ROW.replace("2026-11-20", "2027-11-19")
    found = billed(put(tmp_path, ("a.csv", f"{HEAD}\n{ROW}\n{late}\n{late}\n")))
    (remark,) = said(found, "future")
    assert "2 rows, 2027-11-19." in remark
    assert found.total.rows == 3


def test_a_bill_says_of_its_rates_what_a_quote_says(tmp_path):
    """AWS sells no cached input of Llama: what was read is billed as input, which is said."""
    head = "provider,model,as_of,input_tokens,cached_tokens,output_tokens\n"
    model = "aws,meta.llama3-3-70b-instruct-v1:0,2026-11-25,1000,{},10\n"
    other = "openai,gpt-5.4,2026-11-25,1000,500,10\n"
    for read, is_said in ((500, True), (0, False)):
        found = billed(put(tmp_path, ("a.csv", head + model.format(read) + other)))
        (*remark,) = said(found, "no cached input rate is published")
        assert len(remark) == is_said
        assert all(text.startswith("aws/meta.llama3-3-70b-instruct-v1:0: ") for text in remark)
    late = f"{HEAD}\n{ROW.replace('2026-11-20', '2027-11-20')}\n"
    assert said(billed(put(tmp_path, ("b.csv", late))), "openai/gpt-5.4: stale: ")
    assert not said(billed(put(tmp_path, ("b.csv", f"{HEAD}\n{ROW}\n"))), "openai/gpt-5.4")


@pytest.mark.parametrize(
    ("second", "words"), [("", "0.004 USD, in 1 of 2 rows."), ("0.004", "0.008 USD.")]
)
def test_a_sum_of_charges_says_of_how_many_rows_it_is(tmp_path, second, words):
    rows = f"{HEAD},cost_usd\n{ROW},0.004\n{ROW},{second}\n"
    (path,) = put(tmp_path, ("a.csv", rows))
    assert f"The files themselves say {words}" in tco("usage", "bill", path).stdout
    total = json.loads(tco("usage", "bill", path, "--json").stdout)["total"]
    assert total["charged_rows"] == 1 + bool(second)


@pytest.mark.parametrize(("sent", "answered"), [(5, 5), (0, 5), (500_000, 0)])
def test_tokens_of_no_requests_are_a_contradiction(tmp_path, sent, answered):
    rows = f"{HEAD},requests\nopenai,gpt-5.4,2026-11-20,{sent},{answered},0\n"
    found = billed(put(tmp_path, ("a.csv", rows)))
    (aside,) = found.set_aside
    assert (found.unpriced_rows, aside.reason) == (
        1,
        "tells tokens and that there were no requests",
    )


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize(
    ("name", "other"), [("a[1]", "a1"), ("u*", "u2"), ("q?", "q1"), ("f[1]/a", "f1/a")]
)
def test_a_name_that_is_a_pattern_too_means_its_own_file_alone(tmp_path, form, name, other):
    import duckdb

    for stem, sent in ((name, 1000), (other, 7)):
        path = tmp_path / f"{stem}.{form}"
        path.parent.mkdir(exist_ok=True)
        row = "'openai' AS provider, 'gpt-5.4' AS model, '2026-11-20' AS as_of"
        made = duckdb.sql(f"SELECT {row}, {sent} AS input_tokens, 10 AS output_tokens").df()
        if form == "csv":
            made.to_csv(path, index=False)
        elif form == "jsonl":
            made.to_json(path, orient="records", lines=True)
        else:
            made.to_parquet(path)
    found = billed([tmp_path / f"{name}.{form}"])
    assert (found.total.rows, found.total.input_tokens) == (1, 1000)


EXPORT = "usage_date_utc,model_version,api_key,workspace,usage_type,context_window,"
EXPORT += "usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
EXPORT += "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,"
EXPORT += "web_search_count,inference_geo,speed\n"


@pytest.mark.parametrize(
    ("kind", "speed", "times"), [("standard", "", 1), ("batch", "", 0.5), ("standard", "fast", 2)]
)
def test_the_export_of_anthropics_console_is_read(tmp_path, kind, speed, times):
    row = f"2026-11-20,claude-opus-5,k,Default,{kind},≤ 200k,1000,300,200,500,10,0,global,{speed}\n"
    found = billed(put(tmp_path, ("a.csv", EXPORT + row)))
    usd = 1000 * OPUS["input"] + 300 * OPUS["written"] + 200 * OPUS["written_1h"]
    usd += 500 * OPUS["read"] + 10 * OPUS["output"]
    assert found.shapes == ("anthropic-export",)
    assert found.total.lower_usd == found.total.upper_usd == Decimal(str(times)) * usd / MEGA


@pytest.mark.parametrize(("window", "usd"), [("≤ 200k", "1.5"), ("> 200k", "3")])
def test_its_context_window_says_which_rates_hold(tmp_path, window, usd):
    """claude-sonnet-4-5 cost 3 USD a million tokens, and 6 beyond 200,000 of them."""
    row = f"2026-01-20,claude-sonnet-4-5,k,Default,standard,{window},500000,0,0,0,0,0,global,\n"
    found = billed(put(tmp_path, ("a.csv", EXPORT + row)))
    assert found.total.lower_usd == found.total.upper_usd == Decimal(usd)


def test_a_gateway_tells_for_how_long_a_cache_was_written(tmp_path):
    """LiteLLM counts what Anthropic read and wrote inside its prompt tokens."""
    lifetimes = {"ephemeral_5m_input_tokens": 7, "ephemeral_1h_input_tokens": 3}
    details = {"cached_tokens": 20, "cache_creation_tokens": 10}
    details["cache_creation_token_details"] = lifetimes
    usage = {"prompt_tokens": 130, "completion_tokens": 25, "prompt_tokens_details": details}
    logged = {"request_id": "r", "startTime": WHEN, "spend": 0.1, "model": "claude-opus-5"}
    logged |= {"prompt_tokens": 130, "completion_tokens": 25, "custom_llm_provider": "anthropic"}
    usd = 100 * OPUS["input"] + 20 * OPUS["read"] + 7 * OPUS["written"] + 3 * OPUS["written_1h"]
    usd = (usd + 25 * OPUS["output"]) / MEGA
    for row in (
        reply(usage, model="claude-opus-5"),
        logged | {"metadata": {"usage_object": usage}},
    ):
        found = billed(put(tmp_path, ("a.jsonl", lines(row))))
        assert found.total.upper_usd == usd


@pytest.mark.parametrize(
    ("constant", "says"), [('input = "7"', "a column and a constant"), ('requests = "5"', "one")]
)
def test_a_map_that_says_a_field_twice_or_counts_rows_otherwise_is_refused(
    tmp_path, constant, says
):
    text = '[columns]\ntime = "t"\nmodel = "m"\ninput = "i"\noutput = "o"\n[constants]\n'
    (tmp_path / "m.toml").write_text(text + constant, encoding="utf-8")
    with pytest.raises(InputError, match=says):
        read_map(tmp_path / "m.toml")
