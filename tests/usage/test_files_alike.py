"""Files and rows that are taken for others, and what a bill says of itself."""

import json
from decimal import Decimal

import pytest

from pricing.errors import InputError
from tco.own_data.usage.column_map import read_map
from tests.tco.command import tco
from tests.usage.corners import (
    AZURE,
    HEAD,
    MEGA,
    OPUS,
    ROW,
    SPEND,
    WHEN,
    lines,
    openai,
    reply,
    said,
    span,
)
from tests.usage.reading import billed, put

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
