"""What a file holds and a bill would not: it is billed, set aside, or said."""

import json
from decimal import Decimal

import pytest

from pricing.errors import InputError
from tco.own_data.usage.column_map import read_map
from tests.tco.command import tco
from tests.usage import written, written_sellers
from tests.usage.reading import billed, put
from tests.usage.truth import sent


def langfuse(*kinds, **details):
    rows = [
        {"id": kind, "type": kind, "start_time": "2026-11-20 10:00:00.000000"}
        | {"provided_model_name": "gpt-5.4", "usage_details": details}
        for kind in kinds
    ]
    return "o.jsonl", "\n".join(map(json.dumps, rows))


def test_every_observation_that_tells_tokens_is_billed(tmp_path):
    """Agents, tools and embeddings have usage of their own; a span has none and is no row."""
    text = langfuse("GENERATION", "AGENT", "TOOL", input=1000, output=100, total=1100)[1]
    found = billed(put(tmp_path, ("o.jsonl", text + "\n" + langfuse("SPAN")[1])))
    assert (found.rows, found.total.upper_usd) == (3, 3 * Decimal("0.004"))


@pytest.mark.parametrize("total", [{}, {"total_tokens": 1150}])
def test_reasoning_of_xai_stands_beside_its_output_whether_or_not_a_total_says_so(tmp_path, total):
    usage = {"prompt_tokens": 1000, "completion_tokens": 100, "cost_in_usd_ticks": 1, **total}
    usage["completion_tokens_details"] = {"reasoning_tokens": 50}
    row = {"id": "a", "created": 1_795_000_000, "model": "grok-4", "usage": usage}
    found = billed(put(tmp_path, ("x.jsonl", json.dumps(row))))
    assert found.total.output_tokens == 150
    assert found.total.upper_usd == (1000 * Decimal(3) + 150 * Decimal(15)) / 1_000_000


AWS = "line_item_usage_start_date,line_item_usage_type,line_item_line_item_type,"
AWS += "line_item_usage_amount,pricing_unit,line_item_unblended_cost,line_item_currency_code\n"
METER = "2026-11-20T10:00:00Z,USE1-Llama3-3-70B-input-tokens,{},{},1K tokens,{},{}\n"


def test_taxes_and_credits_of_an_invoice_use_no_tokens(tmp_path):
    """They repeat the usage type, and the amount, of what they are laid upon."""
    lines = [
        METER.format("Usage", 1000, "0.72", "USD"),
        METER.format("Tax", 1, "0.05", "USD"),
        METER.format("Credit", 1000, "-0.72", "USD"),
    ]
    paths = put(tmp_path, ("aws.csv", AWS + "".join(lines)))
    found = billed(paths)
    assert (found.total.input_tokens, found.unpriced_rows) == (1_000_000, 0)
    assert found.total.upper_usd == Decimal("0.72")
    done = json.loads(tco("usage", "reconcile", *paths, "--json").stdout)
    ((kind, gap),) = done["gap_usd_by_kind"].items()
    assert (kind, gap) == ("credits", "-0.67")


def test_an_invoice_in_another_currency_is_not_taken_for_dollars(tmp_path):
    lines = METER.format("Usage", 1000, "5.20", "CNY") + METER.format("Usage", 1000, "0.72", "USD")
    assert billed(put(tmp_path, ("aws.csv", AWS + lines))).total.charged_usd == Decimal("0.72")


@pytest.mark.parametrize(
    ("place", "region"),
    [
        ("austria east", "eu"),
        ("swedencentral", "eu"),
        ("eastus2", "us"),
        ("East US", "us"),
        ("us east", "us"),
        ("US Gov Virginia", "us"),
        ("westus", "us"),
    ],
)
def test_a_data_zone_is_that_of_its_place(tmp_path, place, region):
    head = "Date,MeterName,Quantity,ResourceLocation\n"
    row = f"2026-11-25,Azure OpenAI 5.6 luna ShortCo Inp Std DZ 1M Tokens,1,{place}\n"
    found = billed(put(tmp_path, ("az.csv", head + row)), by=("residency",))
    assert [line.group for line in found.lines] == [(region,)]


@pytest.mark.parametrize(
    ("said", "usd", "aside"),
    [("true", "0", 0), ("1", "0", 0), ("no", "0.004", 0), ("", "0.004", 0), ("success", "0", 1)],
)
def test_a_flag_that_a_map_names_is_read_or_the_row_is_set_aside(tmp_path, said, usd, aside):
    (tmp_path / "map.toml").write_text(
        '[columns]\ntime = "ts"\nmodel = "m"\ninput = "i"\noutput = "o"\nfree = "st"\n',
        encoding="utf-8",
    )
    table = f"ts,m,i,o,st\n2026-11-20T10:00:00Z,gpt-5.4,1000,100,{said}\n"
    columns = read_map(tmp_path / "map.toml")
    found = billed(put(tmp_path, ("a.csv", table)), columns=columns)
    assert (found.total.upper_usd, found.unpriced_rows) == (Decimal(usd), aside)
    assert all("true or false" in one.remedy for one in found.set_aside)


@pytest.mark.parametrize(("more", "lacking"), [([True], 1), ([True, False], 0), ([False], 0)])
def test_pages_after_which_more_follow_are_asked_for(tmp_path, more, lacking):
    name, text = written_sellers.openai_usage(sent(5, 20, written.GPT, most=20_000))
    page = json.loads(text)
    files = [(f"{n}{name}", json.dumps({**page, "has_more": flag})) for n, flag in enumerate(more)]
    remarks = billed(put(tmp_path, files)).remarks
    assert sum("Not all pages are here" in remark for remark in remarks) == lacking


def test_usage_priced_elsewhere_says_whose_tokens_are_counted(tmp_path):
    (path,) = put(tmp_path, written_sellers.own_log(sent(5, 20, written.GPT, most=20_000)))
    said = tco("usage", "bill", path, "--at", "groq/llama-3.3-70b-versatile").stderr
    assert "may count the same text otherwise" in said
    assert "otherwise" not in tco("usage", "bill", path).stderr


def test_a_query_without_a_map_says_which_columns_it_leaves_out(tmp_path):
    asked = ("usage", "sql", "--dialect", "duckdb", "--table", "t")
    assert "served_tier" in tco(*asked).stderr
    assert "served_tier" not in tco(*asked).stdout
    (tmp_path / "m.toml").write_text(
        '[columns]\ntime = "t"\nmodel = "m"\ninput = "i"\noutput = "o"\n', encoding="utf-8"
    )
    assert "served_tier" not in tco(*asked, "--map", tmp_path / "m.toml").stderr


@pytest.mark.parametrize("inside", [True, False])
def test_the_span_of_an_agent_sums_up_its_requests_and_is_not_added_to_them(tmp_path, inside):
    def span(name, operation, sent):
        told = {"gen_ai.response.model": "gpt-5.4", "gen_ai.provider.name": "openai"}
        told |= {"gen_ai.usage.input_tokens": sent, "gen_ai.usage.output_tokens": 0}
        told |= {"gen_ai.operation.name": operation} if operation else {}
        span = {"span_id": name, "start_time": "2026-11-20T10:00:00Z"}
        return json.dumps({**span, "attributes": told} if inside else {**span, **told})

    spans = [span("1", "chat", 1000), span("2", "", 2000), span("0", "invoke_agent", 3000)]
    found = billed(put(tmp_path, ("spans.jsonl", "\n".join(spans))))
    assert (found.rows, found.total.input_tokens) == (2, 3000)
    assert any("sum up" in remark for remark in found.remarks)


@pytest.mark.parametrize("name", ["", None])
def test_requests_without_a_name_are_not_one_request(tmp_path, name):
    usage = {"prompt_tokens": 1000, "completion_tokens": 100}
    row = {"id": name, "created": 1_795_000_000, "model": "gpt-5.4", "usage": usage}
    found = billed(put(tmp_path, ("a.jsonl", "\n".join([json.dumps(row)] * 3))))
    assert (found.total.requests, found.set_aside) == (3, ())


def test_what_tools_told_gemini_is_input(tmp_path):
    counts = {"promptTokenCount": 7477, "candidatesTokenCount": 2060, "thoughtsTokenCount": 1939}
    row = {"createTime": "2026-11-20T10:00:00Z", "modelVersion": "gemini-2.5-pro"}
    for more, total in (({}, 11_476), ({"toolUsePromptTokenCount": 100}, 11_576)):
        usage = {**counts, **more, "totalTokenCount": total}
        found = billed(put(tmp_path, ("g.jsonl", json.dumps({**row, "usageMetadata": usage}))))
        assert found.total.input_tokens + found.total.output_tokens == total
        assert not found.set_aside


@pytest.mark.parametrize(
    "page", ["[]", '{"data": []}', '{"data": [{"start_time": 1763596800, "results": []}]}']
)
def test_a_page_without_records_is_said_to_have_none(tmp_path, page):
    with pytest.raises(InputError, match="holds no records"):
        billed(put(tmp_path, ("page.json", page)))
