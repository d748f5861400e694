"""The query for where the log lies: readable, parsed by each dialect, and run where it can be."""

from datetime import timedelta
from pathlib import Path

import duckdb
import pytest
import sqlglot

from pricing.errors import InputError
from tco.own_data.usage.column_map import ColumnMap
from tco.own_data.usage.engine import named
from tco.own_data.usage.row_sql import TEXTS
from tco.own_data.usage.shape import ROW_FIELDS
from tco.own_data.usage.warehouse_sql import DIALECTS, usage_sql
from tests.tco.command import tco
from tests.usage import written
from tests.usage.reading import CATALOGUE, billed, exactly, put
from tests.usage.truth import bill, sent

GOLDEN = Path(__file__).parents[1] / "golden"
COLUMNS = (
    "usage_hour",
    "provider",
    "model",
    "tier",
    "residency",
    "project",
    "requests",
    "input_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "output_tokens",
    "shortest_input_tokens",
    "longest_input_tokens",
    "longest_output_tokens",
    "longest_whole_tokens",
)
REQUESTS = sent(41, 500, written.GPT, lifetimes=("",))


def rows(requests):
    """Rows of a table of requests, as a warehouse holds them."""
    return [
        (
            r.id,
            r.sale.seller,
            r.model,
            r.at.replace(tzinfo=None),
            r.tier,
            r.input,
            r.cached,
            r.written,
            r.output,
        )
        for r in requests
    ]


MAP = ColumnMap(
    columns={
        "time": "as_of",
        "provider": "provider",
        "model": "model",
        "tier": "tier",
        "input": "input_tokens",
        "cached": "cached_tokens",
        "written": "cache_write_tokens",
        "output": "output_tokens",
    },
    cached="inside",
)
BAD = (
    ("bad", "openai", "gpt-5.4", REQUESTS[0].at.replace(tzinfo=None), "", None, 0, 0, 1),
    ("bad", "openai", "gpt-5.4", REQUESTS[0].at.replace(tzinfo=None), "", 5, 9, 0, 1),
)


def kept(found, folder):
    """The result of a query as a file, billed."""
    shown = [
        {name: "" if cell is None else cell for name, cell in zip(COLUMNS, row, strict=True)}
        for row in found
    ]
    return billed(put(folder, ("sums.csv", written.table(shown))))


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_query_is_the_golden_one_and_its_dialect_parses_it(dialect, request):
    query = usage_sql(dialect, "lake.gateway.requests", CATALOGUE)
    golden = GOLDEN / f"usage-{dialect}.sql"
    if request.config.getoption("--update-golden"):
        golden.write_text(query, encoding="utf-8")
    assert query == golden.read_text(encoding="utf-8")
    (parsed,) = sqlglot.parse(query, read=dialect)
    assert [column.alias for column in parsed.selects] == list(COLUMNS)


def test_the_sums_of_duckdb_have_the_bill_of_the_requests(tmp_path):
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE requests (id VARCHAR, provider VARCHAR, model VARCHAR, as_of TIMESTAMP,"
        " tier VARCHAR, input_tokens BIGINT, cached_tokens BIGINT, cache_write_tokens BIGINT,"
        " output_tokens BIGINT)"
    )
    connection.executemany(
        "INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [*rows(REQUESTS), *BAD]
    )
    found = connection.execute(usage_sql("duckdb", "requests", CATALOGUE, MAP)).fetchall()
    assert_the_bill_is_the_truth(kept(found, tmp_path))


def assert_the_bill_is_the_truth(found):
    truth = exactly(bill(REQUESTS))
    assert found.shapes == ("aggregate",)
    assert (found.total.lower_usd, found.total.upper_usd) == (truth, truth)
    assert found.total.requests == len(REQUESTS)
    assert sorted(aside.reason.split(" ")[0] for aside in found.set_aside) == ["its", "tells"]


@pytest.mark.postgres
def test_the_sums_of_postgresql_are_those_of_duckdb_row_by_row(tmp_path, postgres_server):
    import psycopg

    local = duckdb.connect()
    kinds = "VARCHAR, provider VARCHAR, model VARCHAR, as_of TIMESTAMP, tier VARCHAR"
    numbers = "input_tokens BIGINT, cached_tokens BIGINT, cache_write_tokens BIGINT"
    create = f"CREATE TABLE requests (id {kinds}, {numbers}, output_tokens BIGINT)"
    local.execute(create)
    local.executemany(
        "INSERT INTO requests VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)", [*rows(REQUESTS), *BAD]
    )
    own = local.execute(usage_sql("duckdb", "requests", CATALOGUE, MAP)).fetchall()
    with psycopg.connect(f"{postgres_server}postgres") as remote:
        remote.execute(create)
        with remote.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO requests VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)",
                [*rows(REQUESTS), *BAD],
            )
        found = remote.execute(usage_sql("postgres", "requests", CATALOGUE, MAP)).fetchall()
    assert sorted(map(str, found)) != []
    assert sorted(comparable(found)) == sorted(comparable(own))
    assert_the_bill_is_the_truth(kept(found, tmp_path))


def comparable(found):
    """Rows with whole numbers of one type, and nothing that cannot be ordered."""
    return [
        tuple(cell if isinstance(cell, str) else str(cell).removesuffix(".0") for cell in row)
        for row in found
    ]


def test_names_and_rules_of_a_map_enter_the_query(tmp_path):
    columns = ColumnMap(
        columns={"time": "ts", "model": "deployment", "input": "fresh", "output": "out"}
        | {"cached": "hits", "reasoning": "thoughts"},
        constants={"provider": "openai"},
        cached="beside",
        reasoning="beside",
    )
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE t AS SELECT TIMESTAMP '2026-11-20 10:00' + to_minutes(n) AS ts,"
        " 'gpt-5.4' AS deployment, 300000 AS fresh, 1000 AS hits, 10 AS out, 5 AS thoughts"
        " FROM range(3) t(n)"
    )
    found = connection.execute(usage_sql("duckdb", "t", CATALOGUE, columns)).fetchall()
    (row,) = found
    told = dict(zip(COLUMNS, row, strict=True))
    assert (told["requests"], told["input_tokens"], told["output_tokens"]) == (3, 903_000, 45)
    assert (told["provider"], told["shortest_input_tokens"]) == ("openai", 301_000)
    assert kept(found, tmp_path).total.bounded_rows == 0


def test_an_edge_between_the_requests_of_one_hour_parts_their_sums():
    dice = [r for r in REQUESTS if r.model == "gpt-5.4"][:2]
    hour = dice[0].at.replace(minute=0, second=0, tzinfo=None)
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE requests (id VARCHAR, provider VARCHAR, model VARCHAR, as_of TIMESTAMP,"
        " tier VARCHAR, input_tokens BIGINT, cached_tokens BIGINT, cache_write_tokens BIGINT,"
        " output_tokens BIGINT)"
    )
    for length in (272_000, 272_001):
        connection.execute(
            "INSERT INTO requests VALUES ('a', 'openai', 'gpt-5.4', ?, '', ?, 0, 0, 1)",
            [hour + timedelta(minutes=1), length],
        )
    found = connection.execute(usage_sql("duckdb", "requests", CATALOGUE, MAP)).fetchall()
    assert len(found) == 2


@pytest.mark.parametrize(
    ("dialect", "table", "columns", "says"),
    [
        ("mysql", "t", None, "no dialect"),
        ("spark", "a b c d", None, "no name of a table"),
        ("spark", "t", ColumnMap(columns={"time": "ts", "model": "m", "input": "i"}), "needed"),
        (
            "spark",
            "t",
            ColumnMap(columns={"time": "t", "model": "m", "input": "u/i", "output": "o"}),
            "inside JSON",
        ),
    ],
)
def test_what_cannot_be_asked_is_refused(dialect, table, columns, says):
    with pytest.raises(InputError, match=says):
        usage_sql(dialect, table, CATALOGUE, columns)


NEEDED = {"time": "ts", "model": "m", "input": "i", "output": "o"}


@pytest.mark.parametrize(
    "field",
    [name for name in ROW_FIELDS if name not in (*MAP.columns, "reasoning", *TEXTS)],
)
def test_a_column_that_the_query_does_not_sum_is_refused_by_its_field(field):
    columns = ColumnMap(columns={**NEEDED, field: "x"})
    with pytest.raises(InputError, match=f"--map: {field}"):
        usage_sql("spark", "t", CATALOGUE, columns)


@pytest.mark.parametrize("field", ["time", "input", "cached", "reasoning", "cost"])
def test_a_constant_that_the_query_does_not_know_is_refused_by_its_field(field):
    given = {name: column for name, column in NEEDED.items() if name != field}
    with pytest.raises(InputError, match=f"--map: {field}"):
        usage_sql("spark", "t", CATALOGUE, ColumnMap(columns=given, constants={field: "1"}))


ODD = ("Start Time (UTC)", "order", "end", "select", 'say "so"', "it's", "günther", "null", "1st")


@pytest.mark.parametrize("name", [*ODD, "current_date", "user", "session_user"])
def test_a_column_of_any_name_is_read_as_the_column(name):
    columns = ColumnMap(columns={**NEEDED, "project": name}, cached="inside")
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE t AS SELECT TIMESTAMP '2026-11-20 10:00' AS ts, 'gpt-5.4' AS m, 5 AS i,"
        f" 1 AS o, 'mine' AS {named(name)}"
    )
    (row,) = connection.execute(usage_sql("duckdb", "t", CATALOGUE, columns)).fetchall()
    assert dict(zip(COLUMNS, row, strict=True))["project"] == "mine"
    for dialect in DIALECTS:
        (parsed,) = sqlglot.parse(usage_sql(dialect, "t", CATALOGUE, columns), read=dialect)
        assert name in {column.name for column in parsed.find_all(sqlglot.exp.Column)}


def test_a_name_that_says_who_asks_is_quoted():
    query = usage_sql("postgres", "t", CATALOGUE, ColumnMap(columns={**NEEDED, "project": "user"}))
    assert 'CAST("user" AS' in query


def test_a_plain_name_keeps_the_case_rules_of_its_warehouse():
    assert '"ts"' not in usage_sql("snowflake", "t", CATALOGUE, ColumnMap(columns=NEEDED))


def test_the_command_writes_the_query():
    done = tco("usage", "sql", "--dialect", "bigquery", "--table", "lake.gateway.requests")
    assert done.stdout == (GOLDEN / "usage-bigquery.sql").read_text(encoding="utf-8")
