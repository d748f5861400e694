"""Quoting a CSV file, golden rows and bad files alike."""

import csv
import json
from decimal import Decimal
from pathlib import Path

import pytest

from pricing.errors import InputError
from pricing.figures import exact
from pricing.quote_file import quote_file as stream

GOLDEN = Path(__file__).parent / "data" / "pricing_golden.csv"
HEADER = (
    "id,provider,model,as_of,tier,residency,input_tokens,cached_tokens,cache_write_tokens,"
    "output_tokens"
)
ROW = "a,openai,gpt-5.4,2026-11-20,standard,global,272001,0,0,1000"


def quote_file(path, **given):
    return list(stream(path, **given))


def write(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "requests.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_the_golden_rows_with_plain_columns_quote_exactly(tmp_path):
    names = HEADER.split(",")
    with GOLDEN.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if not row["other"]]
    assert len(rows) > 40
    lines = [HEADER + ",refused"]
    for row in rows:
        refused = "yes" if row["status"] == "zero_cost" else ""
        lines.append(",".join([*(row[name] for name in names), refused]))
    quoted = quote_file(write(tmp_path, "\n".join(lines)))
    for row, found in zip(rows, quoted, strict=True):
        assert (found.id, found.status) == (row["id"], row["status"])
        expected = row["expected_usd"]
        assert (exact(found.usd) if found.usd is not None else "") == expected, row["id"]


@pytest.mark.parametrize(
    ("columns", "cells", "usd"),
    [
        ("requests", "1000000", "1382505"),
        ("web_searches", "3", "1.412505"),
        ("file_searches", "4", "1.392505"),
        ("served_tier", "default", "1.382505"),
        ("refused", "yes", "0"),
    ],
)
def test_optional_columns_count(tmp_path, columns, cells, usd):
    (found,) = quote_file(write(tmp_path, f"{HEADER},{columns}\n{ROW},{cells}\n"), alike=True)
    assert exact(found.usd) == usd


def test_cache_writes_by_lifetime(tmp_path):
    text = (
        f"{HEADER},cache_write_ttl\n"
        "a,openai,gpt-6.1-sol,2026-11-20,standard,global,100000,50000,20000,1000,12h\n"
        'b,anthropic,claude-opus-5-5,2026-11-20,,,100000,40000,30000,1000,"5m:20000,1h:10000"\n'
        "c,anthropic,claude-opus-5-5,2026-11-20,,,100000,40000,30000,1000,1y\n"
        "d,anthropic,claude-opus-5-5,2026-11-20,,,100000,40000,30000,1000,5m:20000\n"
    )
    rows = quote_file(write(tmp_path, text))
    assert [row.usd for row in rows] == [Decimal("0.175"), Decimal("0.328"), None, None]
    assert [row.status for row in rows[2:]] == ["not_offered", "reject_usage"]


@pytest.mark.parametrize("cell", ["-1", "1.5", "1e3", "1_000", "１０", "nan", "", "True", "9" * 20])
def test_a_count_that_is_no_whole_number_is_refused_with_its_column(tmp_path, cell):
    bad = ROW.replace("272001", cell)
    rows = quote_file(write(tmp_path, f"{HEADER}\n{bad}\n{ROW}\n"))
    assert [row.status for row in rows] == ["reject_usage", "priced"]
    assert "input_tokens" in rows[0].reason


def test_a_model_called_na_stays_text(tmp_path):
    (found,) = quote_file(write(tmp_path, f"{HEADER}\n{ROW.replace('gpt-5.4', 'NA')}\n"))
    assert (found.status, found.usd) == ("unknown_model", None)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_separators_byte_order_marks_and_line_ends_are_read(tmp_path, separator, encoding, end):
    text = f"{HEADER}{end}{ROW}{end}".replace(",", separator)
    (found,) = quote_file(write(tmp_path, text, encoding))
    assert exact(found.usd) == "1.382505"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "empty"),
        (HEADER, "no rows"),
        ("id;x\n1;2\n", "column provider"),
        (f"{HEADER},inptu_tokens\n{ROW},1\n", "Did you mean 'input_tokens'"),
        (f"{HEADER},id\n{ROW},1\n", "given twice"),
        (f"{HEADER}\n{ROW},7\n", "line 2"),
        (f'{HEADER}\n"{ROW}\n', "not CSV"),
        (f"{HEADER}\n{ROW}\0\n", "not text"),
    ],
)
def test_a_file_that_is_no_table_of_requests_is_refused_whole(tmp_path, text, words):
    with pytest.raises(InputError, match=words):
        quote_file(write(tmp_path, text))


def test_utf_16_and_a_missing_file_are_refused(tmp_path):
    with pytest.raises(InputError, match="UTF-8"):
        quote_file(write(tmp_path, f"{HEADER}\n{ROW}\n", "utf-16"))
    with pytest.raises(InputError, match="does not exist"):
        quote_file(tmp_path / "none.csv")


def test_every_fault_of_a_header_is_named_at_once(tmp_path):
    with pytest.raises(InputError) as caught:
        quote_file(write(tmp_path, "id,modle\n1,2\n"))
    assert len(caught.value.problems) == 6


def test_a_row_as_a_document_carries_rate_source_and_date(tmp_path):
    (found,) = quote_file(write(tmp_path, f"{HEADER}\n{ROW}\n"))
    document = json.loads(found.json())
    assert (document["usd"], document["band"]) == ("1.382505", "long")
    assert document["lines"][0]["usd_per_unit"] == "0.000005"
    assert all(line["source"] and line["as_of"] for line in document["lines"])


def test_the_golden_file_itself_can_be_quoted_its_comments_left_out():
    rows = quote_file(GOLDEN)
    assert len(rows) == 59
    assert exact(rows[0].usd) == "0.265"


def test_a_row_is_billed_in_the_tier_that_served_it(tmp_path):
    asked = ROW.replace("standard", "priority").replace("272001", "100000")
    text = f"{HEADER},served_tier\n{asked},default\n{asked},\n"
    rows = quote_file(write(tmp_path, text))
    assert [exact(row.usd) for row in rows] == ["0.265", "0.53"]


def test_only_the_required_columns_are_needed(tmp_path):
    text = "id,provider,model,as_of,input_tokens,output_tokens\n"
    text += "a,openai,gpt-5.4,2026-11-20,1000000,0\nb,openai,gpt-5.4,2026-11-20,0,0\n"
    rows = quote_file(write(tmp_path, text))
    assert [row.status for row in rows] == ["reject_context", "priced"]
    assert [row.usd for row in rows] == [None, 0]
    text = text.replace("1000000", "100000")
    assert exact(quote_file(write(tmp_path, text))[0].usd) == "0.25"
