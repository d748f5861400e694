"""How a bill is asked for: whose prices, on which day, in which groups, with which names."""

import json
from datetime import date
from decimal import Decimal

import pytest

from pricing.catalogue import Catalogue
from pricing.errors import InputError, PriceError
from tco.own_data.usage.bill_terms import elsewhere
from tco.own_data.usage.column_map import ColumnMap, read_map
from tco.own_data.usage.sellers import Sellers
from tests.tco.command import tco
from tests.usage import written, written_sellers
from tests.usage.reading import billed, exactly, put
from tests.usage.truth import bill, sent

LOG = {
    "request_id": "a",
    "startTime": "2026-11-20 10:00:00",
    "prompt_tokens": 1_000_000,
    "completion_tokens": 0,
    "spend": 0,
    "model": "gpt-5.4-mini",
    "custom_llm_provider": "openai",
    "metadata": "{}",
    "cache_hit": "",
    "status": "success",
}
SHORT = {"prompt_tokens": 100_000, "completion_tokens": 1_000}


def logged(folder, **values):
    return billed(put(folder, ("spend.csv", written.table([LOG | SHORT | values]))))


def test_a_failure_with_output_costs_from_nothing_to_its_price(tmp_path):
    total = logged(tmp_path, status="failure").total
    assert total.lower_usd == 0
    assert total.upper_usd == Decimal("0.0795")
    assert total.bounded_rows == 1


@pytest.mark.parametrize(
    "values", [{"status": "failure", "completion_tokens": 0}, {"cache_hit": "True"}]
)
def test_what_no_seller_answered_costs_nothing_and_counts_no_tokens(tmp_path, values):
    total = logged(tmp_path, **values).total
    assert (total.rows, total.upper_usd, total.input_tokens) == (1, 0, 0)


def test_all_usage_can_be_priced_elsewhere_and_on_another_day(tmp_path):
    requests = sent(71, 100, [("gpt-5.6-luna", "standard")], days=("2026-07-29",), most=20_000)
    paths = put(tmp_path, written_sellers.own_log(requests))
    after = billed(paths, prices_on=date(2026, 7, 30)).total.lower_usd
    assert after == billed(paths).total.lower_usd / 5
    sellers = Sellers(Catalogue.load())
    llama = elsewhere(sellers, "deepinfra/meta-llama/Llama-3.3-70B-Instruct")
    moved = billed(paths, at=llama, prices_on=date(2026, 11, 20), by=("provider",))
    assert [line.group for line in moved.lines] == [("deepinfra",)]
    batch = elsewhere(sellers, "openai/gpt-5.4/batch")
    assert (batch.offer.model, batch.tier) == ("gpt-5.4", "batch")


@pytest.mark.parametrize("text", ["openai", "openai/nothing", "openai/gpt-5.4/soon"])
def test_an_unknown_offer_elsewhere_is_refused(text):
    with pytest.raises((InputError, PriceError)):
        elsewhere(Sellers(Catalogue.load()), text)


def test_a_past_day_has_its_own_long_rates_and_an_ended_model_its_own_days(tmp_path):
    """Claude Sonnet 4.5 was sold beyond 200,000 tokens until 2026-04-30, Llama 3.3 until August."""
    head = "provider,model,as_of,input_tokens,cached_tokens,cache_write_tokens,output_tokens\n"
    long = "anthropic,claude-sonnet-4-5,{},205000,150000,50000,10000\n"
    llama = "groq,llama-3.3-70b-versatile,{},100000,0,0,0\n"
    sold = head + long.format("2026-01-20") + llama.format("2026-08-15")
    found = billed(put(tmp_path, ("sold.csv", sold)), by=("model",))
    assert {line.group[0]: line.lower_usd for line in found.lines} == {
        "claude-sonnet-4-5": Decimal("0.72"),
        "llama-3.3-70b-versatile": Decimal("0.059"),
    }
    ended = head + long.format("2026-04-30") + llama.format("2026-08-16")
    said = " ".join(a.reason for a in billed(put(tmp_path, ("ended.csv", ended))).set_aside)
    assert "at most 200000 input tokens" in said
    assert "ended on 2026-08-16" in said


def test_an_unknown_dimension_is_refused_with_the_nearest(tmp_path):
    with pytest.raises(InputError, match="model"):
        billed(
            put(tmp_path, written_sellers.own_log(sent(72, 5, written.SHORT_GPT))), by=("modle",)
        )


def test_a_map_reads_any_table_and_names_its_models(tmp_path):
    requests = sent(73, 100, written.SHORT_GPT)
    rows = [
        {
            "ts": written.iso(r.at),
            "deployment": "chat-prod",
            "fresh": r.input - r.cached,
            "details": json.dumps({"cached": r.cached}),
            "answer": r.output,
        }
        for r in requests
    ]
    text = (
        'cached = "beside"\n[columns]\ntime = "ts"\nmodel = "deployment"\ninput = "fresh"\n'
        'cached = "details/cached"\noutput = "answer"\n[models]\nchat-prod = "openai/gpt-5.4"\n'
    )
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    columns = read_map(tmp_path / "map.toml")
    paths = put(tmp_path, ("own.csv", written.table(rows)))
    assert billed(paths, columns=columns).total.lower_usd == exactly(bill(requests))
    done = tco("usage", "bill", paths[0], "--map", tmp_path / "map.toml", "--json")
    assert Decimal(json.loads(done.stdout)["total"]["lower_usd"]) == exactly(bill(requests))


@pytest.mark.parametrize(
    "text",
    [
        "columns",
        "[columns]\nprompt = 'x'",
        "[columns]\ninput = 'a|b'",
        "[colums]\ninput = 'a'",
        "rows = 'request'\n[columns]\nrequests = 'n'",
        "a = " + "[" * 5_000 + "]" * 5_000,
    ],
)
def test_a_bad_map_is_refused(tmp_path, text):
    (tmp_path / "map.toml").write_text(text, encoding="utf-8")
    with pytest.raises(InputError):
        read_map(tmp_path / "map.toml")


def test_a_map_that_is_refused_says_which_value_and_why(tmp_path):
    (tmp_path / "map.toml").write_text("[columns]\ninput = 5\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"columns\.input: must be a valid string"):
        read_map(tmp_path / "map.toml")


def test_a_map_of_columns_that_are_not_there_is_refused(tmp_path):
    paths = put(tmp_path, ("own.csv", "a,b\n1,2\n"))
    with pytest.raises(InputError, match="lacks"):
        billed(paths, columns=ColumnMap(columns={"time": "ts", "input": "a"}))


def test_every_shape_is_told_with_what_it_is_recognised_by():
    document = json.loads(tco("usage", "shapes", "--json").stdout)
    told = {shape["shape"]: shape["recognised_by"] for shape in document["shapes"]}
    assert len(told) == len(document["shapes"]) >= 24
    assert all(told.values())
