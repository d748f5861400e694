"""A frame is priced as its rows are quoted one by one: same prices, same refusals."""

import csv
from datetime import UTC, date, datetime

import numpy as np
import pandas as pd
import pytest

from pricing.errors import InputError
from pricing.frame_prices import prices_of
from pricing.quote_file import quote_file
from pricing.request_table import OPTIONAL, REQUIRED

ONE = {
    "provider": "openai",
    "model": "gpt-5.4",
    "as_of": "2026-11-20",
    "input_tokens": 1_000,
    "output_tokens": 100,
}


def frame(*rows):
    return pd.DataFrame([ONE | row for row in rows])


def quoted(rows, folder):
    """The same rows through a file."""
    path = folder / "rows.csv"
    with path.open("w", newline="") as file:
        table = csv.DictWriter(file, [*REQUIRED, *OPTIONAL], restval="")
        table.writeheader()
        table.writerows({"id": f"r{number}"} | ONE | row for number, row in enumerate(rows))
    return list(quote_file(path))


ROWS = (
    {},
    {"input_tokens": 272_000, "output_tokens": 1_000},
    {"input_tokens": 272_001, "output_tokens": 1_000},
    {"input_tokens": 399_999},
    {"input_tokens": 2_000_000},
    {"model": "gpt-5.4-nano", "input_tokens": 399_999, "output_tokens": 10},
    {"output_tokens": 1_000_000},
    {"cached_tokens": 2_000},
    {"cached_tokens": 500},
    {"input_tokens": -1},
    {"model": "gpt-54"},
    {"provider": "nobody"},
    {"as_of": "2020-01-01"},
    {"tier": "batch"},
    {"tier": "never-heard-of"},
    {"tier": "priority", "input_tokens": 300_000},
)


def test_every_row_has_the_price_or_the_refusal_of_its_quote(tmp_path):
    found, expected = prices_of(frame(*ROWS)), quoted(ROWS, tmp_path)
    assert found.status.tolist() == [row.status for row in expected]
    assert found.reason.tolist() == [row.reason for row in expected]
    for usd, row in zip(found.usd, expected, strict=True):
        assert np.isnan(usd) if row.usd is None else usd == float(row.usd)
    assert 0 < found.usd.notna().sum() < len(ROWS)


def test_what_no_model_takes_has_no_price():
    assert prices_of(frame({"input_tokens": 2_000_000})).usd.isna().all()


def test_a_row_keeps_its_place_in_the_index_of_the_frame():
    table = frame({}, {"model": "gpt-54"}, {}).set_index(pd.Index(["c", "a", "b"]))
    found = prices_of(table)
    assert list(found.index) == ["c", "a", "b"]
    assert found.usd.isna().tolist() == [False, True, False]


@pytest.mark.parametrize(
    "as_of",
    [
        date(2026, 11, 20),
        datetime(2026, 11, 20),
        pd.Timestamp("2026-11-20"),
        datetime(2026, 11, 20, 8, tzinfo=UTC),
        pd.Timestamp("2026-11-20T08:00Z"),
    ],
    ids=["day", "midnight", "timestamp", "moment", "timestamp with its zone"],
)
def test_days_and_moments_are_understood_as_pandas_has_them(as_of):
    assert prices_of(frame({"as_of": as_of})).status.tolist() == ["priced"]


def test_a_moment_without_its_zone_is_refused_in_its_row():
    assert prices_of(frame({"as_of": datetime(2026, 11, 20, 8)})).usd.isna().all()


def test_a_missing_count_beside_others_is_no_zero_tokens_of_output():
    found = prices_of(frame({"cached_tokens": 100}, {}, {"output_tokens": None}))
    assert found.usd.notna().tolist() == [True, True, False]


def test_half_a_token_is_refused():
    assert prices_of(frame({"input_tokens": 10.5})).usd.isna().all()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"drop": "model"}, "model.*is missing"),
        ({"add": "cached_token"}, "Did you mean 'cached_tokens'"),
        ({"add": "num_model_requests"}, "sum many requests"),
    ],
)
def test_a_frame_that_is_no_table_of_requests_is_refused_whole(change, words):
    table = frame({})
    table = table.drop(columns=change["drop"]) if "drop" in change else table
    table = table.assign(**{change["add"]: 1}) if "add" in change else table
    with pytest.raises(InputError, match=words):
        prices_of(table)


def test_rows_that_sum_several_requests_are_refused():
    with pytest.raises(InputError, match="row 1 counts 7 requests"):
        prices_of(frame({"requests": 1}, {"requests": 7}))


def test_an_empty_frame_has_no_prices():
    assert prices_of(frame({}).iloc[:0]).empty


def test_every_column_of_a_file_of_requests_is_one_of_a_frame():
    row = dict.fromkeys((*REQUIRED, *OPTIONAL), "") | ONE | {"id": "a"}
    assert prices_of(pd.DataFrame([row])).status.tolist() == ["priced"]
