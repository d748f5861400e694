"""Prices by the hour: each request has the rate of its minute, each sum of an hour that of it."""

from decimal import Decimal

import duckdb
import pytest

from tco.own_data.usage.buckets import bucket_query
from tco.own_data.usage.column_map import ColumnMap
from tco.own_data.usage.edges import Edges
from tco.own_data.usage.shapes_tools import REQUEST_TABLE
from tco.own_data.usage.warehouse_sql import usage_sql
from tests.usage import written
from tests.usage.reading import CATALOGUE, billed, put
from tests.usage.test_sql import COLUMNS

OFF_PEAK = Decimal("0.15") + Decimal("0.6")
"""A million tokens in and a million out of DeepSeek Flash, by its price list [USD]."""
PEAK = 2 * OFF_PEAK
"""From 01:00 to 04:00 and 06:00 to 10:00 UTC, Monday to Friday."""
MILLION = 1_000_000
SMALL = {"prompt_tokens": 100_000, "completion_tokens": 100_000}


def log(*moments):
    row = SMALL | {"startTime": "", "spend": 0, "model": "deepseek-flash", "metadata": "{}"}
    row |= {"custom_llm_provider": "deepseek", "cache_hit": "", "status": "success"}
    rows = [{"request_id": f"r{n}", **row, "startTime": at} for n, at in enumerate(moments)]
    return "spend.csv", written.table(rows)


@pytest.mark.parametrize(
    ("moment", "usd"),
    [
        ("2026-11-18T02:30:00Z", PEAK),
        ("2026-11-18T04:30:00Z", OFF_PEAK),
        ("2026-11-18T06:00:00Z", PEAK),
        ("2026-11-18T10:00:00Z", OFF_PEAK),
        ("2026-11-18T10:30:00+02:00", PEAK),
        ("2026-11-21T02:30:00Z", OFF_PEAK),
        ("1794969000", PEAK),
    ],
)
def test_a_request_has_the_price_of_its_hour_in_utc(tmp_path, moment, usd):
    found = billed(put(tmp_path, log(moment)))
    assert not found.set_aside
    assert found.total.lower_usd == found.total.upper_usd == usd / 10


def test_requests_of_one_day_have_the_prices_of_their_own_hours(tmp_path):
    found = billed(put(tmp_path, log("2026-11-18T02:30:00Z", "2026-11-18T04:30:00Z")), by=("day",))
    (line,) = found.lines
    assert (line.rows, line.upper_usd) == (2, (PEAK + OFF_PEAK) / 10)


def test_a_day_alone_tells_no_hour_and_has_no_price_by_the_hour(tmp_path):
    found = billed(put(tmp_path, log("2026-11-18", "2026-11-18T00:00:00Z")))
    assert (found.total.rows, found.total.upper_usd) == (1, OFF_PEAK / 10)
    (aside,) = found.set_aside
    assert "depends on the hour" in aside.reason


def test_a_sum_of_a_day_has_no_price_by_the_hour(tmp_path):
    row = {"date": "2026-11-18", "provider": "deepseek", "model": "deepseek-flash", "member": "a"}
    row |= {"requests": 1, "input_tokens": 5, "output_tokens": 5}
    found = billed(put(tmp_path, ("days.csv", written.table([row]))))
    assert (found.shapes, found.total.rows) == (("opencode",), 0)
    assert "depends on the hour" in found.set_aside[0].reason


def test_the_sums_of_a_warehouse_keep_their_hours(tmp_path):
    columns = ColumnMap(
        columns={"time": "ts", "model": "m", "input": "i", "output": "o"},
        constants={"provider": "deepseek"},
        cached="inside",
    )
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE t AS SELECT unnest([TIMESTAMP '2026-11-18 02:30', TIMESTAMP"
        " '2026-11-18 03:59', TIMESTAMP '2026-11-18 04:00']) AS ts, 'deepseek-flash' AS m,"
        " 100000 AS i, 100000 AS o"
    )
    found = connection.execute(usage_sql("duckdb", "t", CATALOGUE, columns)).fetchall()
    shown = [dict(zip(COLUMNS, row, strict=True)) for row in found]
    bill = billed(put(tmp_path, ("sums.csv", written.table(shown))))
    assert (bill.shapes, bill.set_aside) == (("aggregate",), ())
    assert bill.total.lower_usd == bill.total.upper_usd == (2 * PEAK + OFF_PEAK) / 10


def test_every_price_by_the_hour_changes_on_a_full_hour():
    """So a sum of one hour has one price."""
    windows = [w for offer in CATALOGUE.offers() for s in offer.price_sets for w in s.hours]
    assert windows
    assert all((at.minute, at.second) == (0, 0) for window in windows for at in window)


def test_however_many_edges_there_are_no_two_places_are_taken_for_one():
    """Input 1 with an output beyond 100 edges is no input 2 with an output beyond none."""
    edges = Edges(input=(1,), output=tuple(range(1, 101)))
    rows = (
        "SELECT NULL::TIMESTAMP AS moment, true AS day_alone, '' AS provider, '' AS model,"
        " '' AS tier, '' AS residency, '' AS project, '' AS standing, 0 AS fault,"
        " 1 AS requests, n[1] AS input, 0 AS cached, 0 AS written, 0 AS written_5m,"
        " 0 AS written_1h, n[2] AS output, 0 AS searches, n[1] AS shortest, n[1] AS longest,"
        " n[2] AS longest_output, n[1] + n[2] AS longest_whole"
        " FROM (SELECT unnest([[1, 500], [2, 0]]) AS n)"
    )
    told = frozenset({"input", "output"})
    query = bucket_query(rows, REQUEST_TABLE, edges, told, projects=False)
    assert len(duckdb.connect().execute(query).fetchall()) == 2
