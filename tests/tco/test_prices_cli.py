"""The price commands as scripts meet them."""

import csv
import json
import tempfile
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from pricing.acceptance import Refresh
from tco.commands.prices import prices
from tests.tco.command import tco

GOLDEN = Path(__file__).parents[1] / "pricing" / "data" / "pricing_golden.csv"


@pytest.fixture(scope="module")
def requests_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("quotes") / "requests.csv"
    path.write_text(
        "id,provider,model,as_of,tier,residency,input_tokens,cached_tokens,output_tokens\n"
        "edge,openai,gpt-5.4,2026-11-20,standard,global,272000,0,1000\n"
        "over,openai,gpt-5.4,2026-11-20,standard,global,272001,0,1000\n"
        "cached,openai,gpt-5.4,2026-11-20,standard,global,300000,200000,1000\n"
        "unsold,openai,gpt-5.4-nano,2026-11-20,priority,global,1000,0,10\n"
        "unknown,openai,gpt-5.44,2026-11-20,standard,global,1000,0,10\n"
        "wrong,openai,gpt-5.4,2026-11-20,standard,global,1000,2000,10\n"
    )
    return path


def test_quotes_are_exact_decimals_and_refusals_are_no_numbers(requests_file):
    done = tco("prices", "quote", requests_file, "--json")
    assert done.returncode == 3
    document = json.loads(done.stdout)
    assert document["schema"] == "tco.quotes/1"
    assert document["catalogue_sha256"]
    found = {row["id"]: (row["status"], row["usd"]) for row in document["quotes"]}
    assert found == {
        "edge": ("priced", "0.695"),
        "over": ("priced", "1.382505"),
        "cached": ("priced", "0.6225"),
        "unsold": ("not_offered", None),
        "unknown": ("unknown_model", None),
        "wrong": ("reject_usage", None),
    }
    for row in document["quotes"]:
        assert row["reason"] if row["usd"] is None else row["lines"]
        assert sum(Decimal(line["usd"]) for line in row["lines"]) == Decimal(row["usd"] or 0)
        assert all(line["source"] and line["as_of"] for line in row["lines"])


HEADER = "id,provider,model,as_of,tier,input_tokens,output_tokens"
PRICED = (
    "openai,gpt-5.4,2026-11-20,standard,272000,1000",
    "anthropic,claude-sonnet-4-5,2026-01-20,standard,205000,10000",
    "anthropic,claude-opus-4-8,2026-11-20,fast,1000,10",
)
UNPRICED = (
    "openai,gpt-5.4,2019-01-01,standard,1000,10",
    "openai,gpt-5.4-nano,2026-11-20,priority,1000,10",
    "openai,gpt-5.44,2026-11-20,standard,1000,10",
    "anthropic,claude-sonnet-4-5,2026-11-20,standard,205000,10000",
    "anthropic,claude-opus-4-8,2026-11-20,priority,1000,10",
    "openai,gpt-5.4,2026-11-20,standard,-1,10",
)


@settings(max_examples=settings.default.max_examples // 5)
@given(st.lists(st.sampled_from(PRICED + UNPRICED), min_size=1, max_size=8))
def test_a_row_without_a_price_anywhere_in_a_file_ends_the_command_with_3(rows):
    """A window closed, a tier not sold, a name nobody knows, a day too early, no request."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "requests.csv")
        path.write_text("\n".join([HEADER, *(f"{n},{row}" for n, row in enumerate(rows))]))
        done = tco("prices", "quote", path, "--json")
    assert done.returncode == (3 if set(rows) & set(UNPRICED) else 0)
    priced = [row["usd"] is not None for row in json.loads(done.stdout)["quotes"]]
    assert priced == [row in PRICED for row in rows]


def test_people_read_quotes_as_a_table(requests_file):
    shown = tco("prices", "quote", requests_file)
    assert shown.returncode == 3
    assert "No price: 3 of 6 rows." in shown.stderr
    assert "Together: 2.700005 USD" in shown.stdout
    assert "1.382505" in shown.stdout
    assert "not_offered" in shown.stdout


def test_the_list_shows_every_tier_band_source_and_age():
    done = tco("prices", "list", "--model", "gpt-5.4", "--provider", "openai", "--json")
    rates = json.loads(done.stdout)["rates"]
    bands = {(r["model"], r["tier"], r["above_input_tokens"]): r for r in rates}
    assert bands["gpt-5.4", "standard", 272_000]["input_usd_per_mtok"] == "5"
    assert bands["gpt-5.4", "batch", 0]["cached_input_usd_per_mtok"] == "0.13"
    assert bands["gpt-5.4", "priority", 272_000]["offered"] is False
    assert all(r["source"] and r["age_days"] >= 0 for r in rates)
    assert not any(r["undated"] for r in rates if r["model"] == "gpt-5.4")


def test_the_list_says_which_rates_are_undated():
    shown = tco("prices", "list", "--provider", "groq").stdout
    assert "undated" in shown


def test_an_unknown_provider_is_refused_with_the_nearest():
    done = tco("prices", "list", "--provider", "openia")
    assert done.returncode == 3
    assert "openai" in done.stderr


def test_a_file_that_is_no_list_of_requests_is_refused(tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n1,2\n")
    done = tco("prices", "quote", path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert tco("prices", "quote", tmp_path / "none.csv").returncode == 2


def test_a_refresh_from_the_pinned_package_changes_nothing():
    done = tco("prices", "refresh")
    assert done.returncode == 0
    assert "up to date" in done.stderr


@pytest.mark.parametrize(
    ("done", "code"),
    [
        (Refresh((), True, ""), 0),
        (Refresh((), False, "the catalogue is up to date", up_to_date=True), 0),
        (Refresh((), False, "not accepted: give --accept to write it"), 10),
    ],
)
def test_a_refresh_that_leaves_the_old_prices_where_new_ones_wait_is_no_success(
    monkeypatch, done, code
):
    monkeypatch.setattr("pricing.refresh.refresh", lambda **asked: done)
    assert CliRunner().invoke(prices, ["refresh"]).exit_code == code


def test_a_catalogue_against_itself_has_no_change():
    data = Path(__file__).parents[2] / "pricing" / "data"
    done = tco("prices", "diff", data, data, "--json")
    assert json.loads(done.stdout)["changes"] == []


def test_a_folder_without_a_catalogue_is_refused_with_what_to_name(tmp_path):
    done = tco("prices", "diff", tmp_path, tmp_path)
    assert done.returncode == 7
    assert "manifest.json: No such file or directory. Name a folder of a cat" in done.stderr


def test_the_golden_file_is_quoted_row_by_row(tmp_path):
    """The golden cases in the columns of the command; the rest is in tests/pricing."""
    columns = (
        "id",
        "provider",
        "model",
        "as_of",
        "tier",
        "residency",
        "input_tokens",
        "cached_tokens",
        "cache_write_tokens",
        "output_tokens",
    )
    with GOLDEN.open(newline="") as file:
        cases = [row for row in csv.DictReader(file) if not row["other"]]
    path = tmp_path / "golden.csv"
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, columns, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(cases)
    quotes = json.loads(tco("prices", "quote", path, "--json").stdout)["quotes"]
    found = {row["id"]: row for row in quotes}
    for case in cases:
        if case["ambiguous"] == "yes" or case["status"] == "zero_cost":
            continue  # several readings, or decided by a column that is not passed here
        assert found[case["id"]]["status"] == case["status"], case["id"]
        if case["status"] == "priced":
            assert Decimal(found[case["id"]]["usd"]) == Decimal(case["expected_usd"]), case["id"]
