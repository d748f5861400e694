"""Many rows at once: each priced as it would be alone, in bounded memory, sums refused."""

import csv
import json
import tracemalloc
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.errors import InputError
from pricing.quote_file import quote_file
from pricing.refusal import UsageError
from pricing.request_cells import moment_in
from pricing.request_table import OPTIONAL, REQUIRED
from pricing.rules import quote
from pricing.usage import RequestUsage
from tests.pricing.law_book import CATALOGUE

COLUMNS = (*REQUIRED, *OPTIONAL)
SALES = [
    ("openai", "gpt-5.4"),
    ("openai", "gpt-5.4-pro"),
    ("openai", "gpt-6.1-sol"),
    ("anthropic", "claude-sonnet-4-5"),
    ("deepseek", "deepseek-flash"),
    ("x-ai", "grok-4.3"),
    ("openai", "gpt-nonesuch"),
]
counts = st.one_of(
    st.integers(0, 3_000),
    st.sampled_from([199_999, 200_000, 200_001, 272_000, 272_001, 999_999, 2_000_000]),
)
cells = st.fixed_dictionaries(
    {
        "sale": st.sampled_from(SALES),
        "as_of": st.sampled_from(
            ["2026-11-20", "2026-11-20T03:00:00Z", "2026-01-20", "2023-01-01", "soon"]
        ),
        "tier": st.sampled_from(["", "standard", "batch", "priority", "fast"]),
        "residency": st.sampled_from(["", "global", "eu"]),
        "served_tier": st.sampled_from(["", "default"]),
        "input_tokens": counts,
        "cached_tokens": st.one_of(st.just(0), counts),
        "cache_write_tokens": st.one_of(st.just(0), counts),
        "output_tokens": st.one_of(st.just(0), st.integers(0, 140_000)),
        "web_searches": st.sampled_from(["", "0", "2"]),
        "cache_write_ttl": st.sampled_from(["", "", "12h"]),
        "refused": st.sampled_from(["", "", "yes"]),
        "requests": st.sampled_from(["", "1", "7"]),
    }
)


def written(path, rows, columns=COLUMNS):
    with path.open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, columns, extrasaction="ignore", restval="")
        table.writeheader()
        table.writerows(rows)
    return path


def as_row(number, given):
    provider, model = given["sale"]
    return {**given, "id": f"r{number}", "provider": provider, "model": model}


@given(st.lists(cells, min_size=1, max_size=12))
@settings(database=None)
def test_a_row_among_many_costs_what_its_request_costs_alone(tmp_path_factory, given_rows):
    agree(tmp_path_factory.mktemp("quotes") / "r.csv", given_rows)


def agree(path, given_rows):
    rows = [as_row(number, given) for number, given in enumerate(given_rows)]
    found = list(quote_file(written(path, rows), CATALOGUE, alike=True))
    assert [row.id for row in found] == [row["id"] for row in rows]
    for row, one in zip(rows, found, strict=True):
        if row["as_of"] == "soon":
            assert one.status == "reject_usage"
            continue
        alone = quote(
            CATALOGUE,
            row["provider"],
            row["model"],
            usage_of(row),
            on=moment_in(row["as_of"]),
            tier=row["tier"] or "standard",
            residency=row["residency"] or "global",
            served_tier=row["served_tier"] or None,
        )
        many = int(row["requests"] or 1)
        assert (one.status, one.reason) == (alone.status, alone.reason)
        assert one.usd == (None if alone.usd is None else alone.usd * many)
        assert one.rates.flags == alone.flags
        assert one.rates.band == alone.band_name
        document = json.loads(one.json())
        lines = [
            (line["name"], line["quantity"], Decimal(line["usd"])) for line in document["lines"]
        ]
        assert lines == [(line.name, line.quantity, line.usd) for line in alone.lines]


def corpus():
    """Rows one after the other that share all but one thing, on both sides of every line."""
    plain = {
        "sale": SALES[0],
        "as_of": "2026-11-20",
        "tier": "standard",
        "residency": "global",
        "served_tier": "",
        "input_tokens": 1_000,
        "cached_tokens": 0,
        "cache_write_tokens": 0,
        "output_tokens": 10,
        "web_searches": "",
        "cache_write_ttl": "",
        "refused": "",
        "requests": "",
    }
    yield plain
    for name, values in {
        "sale": SALES,
        "as_of": ("2026-11-20T03:00:00Z", "2026-01-20", "2023-01-01"),
        "tier": ("batch", "priority", "fast", "ultrafast"),
        "residency": ("eu", "moon"),
        "served_tier": ("batch",),
        "input_tokens": (0, 272_000, 272_001, 922_001),
        "cached_tokens": (500, 1_000, 1_001),
        "cache_write_tokens": (500, 1_001),
        "output_tokens": (0, 128_000, 128_001),
        "web_searches": ("2",),
        "cache_write_ttl": ("12h",),
        "refused": ("yes",),
        "requests": ("0", "7"),
    }.items():
        for value in values:
            yield {**plain, name: value}
            yield {**plain, "sale": SALES[3], name: value}
    for day in ("2026-04-29", "2026-04-30"):
        yield {**plain, "sale": SALES[3], "as_of": day, "input_tokens": 205_000}
    for moment in ("2026-11-20T03:00:00Z", "2026-11-20T22:00:00Z", "2026-11-22T03:00:00Z"):
        yield {**plain, "sale": ("deepseek", "deepseek-flash"), "as_of": moment}


def test_rows_that_differ_in_one_thing_are_told_apart(tmp_path):
    agree(tmp_path / "r.csv", list(corpus()))


def usage_of(row):
    return RequestUsage(
        input_tokens=row["input_tokens"],
        cached_tokens=row["cached_tokens"],
        cache_write_tokens=row["cache_write_tokens"],
        output_tokens=row["output_tokens"],
        cache_write_lifetime=row["cache_write_ttl"] or None,
        web_searches=int(row["web_searches"] or 0),
        refused=row["refused"] == "yes",
    )


MISTAKES = {
    "every row in the first band": ("bisect_left", lambda edges, tokens: 0),
    "no row is rare": ("_plain", lambda columns: [True] * len(columns["id"])),
    "one day for all": ("day_of", lambda on: moment_in("2026-11-20")),
    "limits are left out": ("_Sale.takes", lambda sale, counts: True),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_of_the_quick_way_is_noticed(tmp_path, monkeypatch, mistake):
    place, mistaken = MISTAKES[mistake]
    monkeypatch.setattr(f"pricing.quote_file.{place}", mistaken)
    with pytest.raises((AssertionError, UsageError)):
        agree(tmp_path / "r.csv", list(corpus()))


def test_rows_are_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr("pricing.request_table.PIECE_ROWS", 200)
    monkeypatch.setattr("pricing.request_table._LONGEST_LINE", 4_096)
    row = as_row(
        0, {"sale": SALES[0], "as_of": "2026-11-20", "input_tokens": 5, "output_tokens": 1}
    )
    small, large = (
        written(tmp_path / f"{size}.csv", [row] * size, REQUIRED) for size in (2_000, 8_000)
    )

    def most_bytes(path):
        tracemalloc.start()
        assert sum(1 for _ in quote_file(path, CATALOGUE)) > 0
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    most_bytes(small)  # what is kept for good, such as the catalogue, is there from now on
    assert most_bytes(large) < 1.3 * most_bytes(small)


SUM = "id,provider,model,as_of,input_tokens,output_tokens"


@pytest.mark.parametrize("count", ["2", "100", "100000"])
def test_a_count_of_requests_beside_sums_is_refused_with_the_way_to_say_they_are_alike(
    tmp_path, count
):
    path = tmp_path / "sums.csv"
    one = "a,openai,gpt-5.4,2026-11-20,500,10,1\n"
    many = f"b,openai,gpt-5.4,2026-11-20,500000,50000,{count}\n"
    path.write_text(f"{SUM},requests\n{one * 12_000}{many}")
    with pytest.raises(InputError, match=rf"line 12002: {count} requests .* --alike"):
        quote_file(path, CATALOGUE)
    last = list(quote_file(path, CATALOGUE, alike=True))[-1]
    assert (
        last.usd
        == int(count)
        * quote(
            CATALOGUE,
            "openai",
            "gpt-5.4",
            RequestUsage(500_000, output_tokens=50_000),
            on=moment_in("2026-11-20"),
        ).usd
    )


@pytest.mark.parametrize(
    "column", ["num_model_requests", "n_requests", "request_count", "bucket", "start_time"]
)
def test_a_column_of_a_usage_export_is_named_as_what_it_is(tmp_path, column):
    path = tmp_path / "sums.csv"
    path.write_text(f"{SUM},{column}\na,openai,gpt-5.4,2026-11-20,500,10,1\n")
    with pytest.raises(InputError, match=rf"{column}.*sum many requests.*one row a request"):
        quote_file(path, CATALOGUE)


def test_more_tokens_than_a_request_can_have_are_taken_for_a_sum(tmp_path):
    path = tmp_path / "sums.csv"
    path.write_text(f"{SUM}\na,openai,gpt-5.4,2026-11-20,48000000,10\n")
    (row,) = quote_file(path, CATALOGUE)
    assert row.status == "reject_context"
    assert "one row a request" in row.remedy


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a,p,m,2026-11-20,1,1\n\nb,p,m,2026-11-20,1,1\n", [2, 4]),
        ('"a\nb",p,m,2026-11-20,1,1\nc,p,m,2026-11-20,1,1\n', [3, 4]),
        ("a,p,m,2026-11-20,1,1", [2]),
        ("a,p,m,2026-11-20,1,1\r\n , \t,,,,\r\nb,p,m,2026-11-20,1,1\r\n", [2, 4]),
    ],
)
def test_rows_carry_the_line_they_end_on(tmp_path, text, lines):
    path = tmp_path / "r.csv"
    path.write_bytes(f"{SUM}\n{text}".encode())
    assert [row.row for row in quote_file(path, CATALOGUE)] == lines


def test_a_fault_far_down_is_known_before_the_first_row_is_priced(tmp_path):
    path = tmp_path / "r.csv"
    good = "a,openai,gpt-5.4,2026-11-20,5,1\n"
    for bad, words in (
        ("x,y\n", "line 30002"),
        ("a" * 2**21, "characters or more"),
        ("\0", "text"),
    ):
        path.write_text(f"{SUM}\n{good * 30_000}{bad}")
        with pytest.raises(InputError, match=words):
            quote_file(path, CATALOGUE)
