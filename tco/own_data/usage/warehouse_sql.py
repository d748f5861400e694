"""The sums of a log as a query for where the log lies: written once, turned into each dialect.

Only sums leave the warehouse: whole numbers by hour, name and length class, and within which
lengths the requests of each lie. A row without good counts keeps its place in the sums of requests
and has no tokens, so that the bill sets it aside and says so.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from pricing.catalogue import Catalogue
from pricing.errors import InputError, Problem, did_you_mean
from tco.own_data.usage.column_map import ColumnMap
from tco.own_data.usage.edges import Edges
from tco.own_data.usage.engine import named, quoted
from tco.own_data.usage.row_sql import TEXTS

DIALECTS: Final = (
    "duckdb",
    "spark",
    "databricks",
    "bigquery",
    "snowflake",
    "redshift",
    "trino",
    "athena",
    "postgres",
    "clickhouse",
)
LENGTHS: Final = (256, 1_024, 4_096, 16_384, 65_536)
"""Lengths that part the sums besides the edges of prices, for the spread of lengths [token]."""
OWN_COLUMNS: Final[Mapping[str, str]] = {
    "time": "as_of",
    "provider": "provider",
    "model": "model",
    "tier": "tier",
    "residency": "residency",
    "input": "input_tokens",
    "cached": "cached_tokens",
    "written": "cache_write_tokens",
    "output": "output_tokens",
}
"""Columns of a table without a map: those of `tco prices quote`."""
OWN_COLUMNS_ALONE: Final = (
    f"Summed: {', '.join(OWN_COLUMNS.values())}. A column served_tier, refused, web_searches or "
    "reasoning_tokens of your table is not: where it has one, name its columns with --map "
    '(tier = "served_tier"), or give the table itself to `tco usage bill`.'
)
"""What a query without a map leaves out."""
_PLACE: Final = "usage_table_of_the_user"
_AS_COLUMNS: Final = ("time", "input", "output")
"""Fields without whose column there is no sum."""
_SUMMED: Final = (*_AS_COLUMNS, "cached", "written", "reasoning", *TEXTS)
"""Fields that the query makes use of."""
_WHO_ASKS: Final = frozenset({"user", "current_user", "session_user", "current_role"})
"""Names that some warehouses answer with who asks, where they stand without quotes."""
_PLAIN: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*")


def usage_sql(
    dialect: str, table: str, catalogue: Catalogue, columns: ColumnMap | None = None
) -> str:
    """Query of the sums of a table of requests, in a dialect.

    Raises
    ------
    InputError
        The dialect is unknown, or the map lacks what a bill needs.
    """
    import sqlglot

    if dialect not in DIALECTS:
        remedy = did_you_mean(dialect, DIALECTS, most=len(DIALECTS))
        raise InputError(Problem("--dialect", dialect, "is no dialect on record", remedy))
    names, constants = _columns(columns)
    try:
        place = sqlglot.exp.to_table(table, dialect=dialect)
    except sqlglot.errors.ParseError:
        place = None
    if place is None or any(map(str.isspace, table)):
        remedy = "Write it as the warehouse does: catalogue.schema.table."
        raise InputError(Problem("--table", table, "is no name of a table", remedy))
    query = sqlglot.parse_one(_query(names, constants, columns, _edges(catalogue)), read="duckdb")
    for found in query.find_all(sqlglot.exp.Table):
        if found.name == _PLACE:
            found.replace(place)
    return query.sql(dialect=dialect, pretty=True) + ";\n"


def _columns(given: ColumnMap | None) -> tuple[dict[str, str], dict[str, str]]:
    if given is None or not given.columns:
        return dict(OWN_COLUMNS), {}
    missing = [name for name in _AS_COLUMNS if name not in given.columns]
    if "model" not in {**given.columns, **given.constants}:
        missing.append("model")
    problems = [
        Problem(f"--map: {name}", "", "is needed for a bill", "Name its column.")
        for name in missing
    ]
    export = "Export the table and give it to `tco usage bill`, or leave the field out."
    problems += [
        Problem(f"--map: {name}", column, "is not summed by the query", export)
        for name, column in given.columns.items()
        if name not in _SUMMED
    ]
    problems += [
        Problem(f"--map: {name}", value, "is no constant that the query knows", export)
        for name, value in given.constants.items()
        if name not in TEXTS
    ]
    problems += [
        Problem(f"--map: {name}", column, "lies inside JSON", "Give a view with plain columns.")
        for name, column in given.columns.items()
        if "/" in column
    ]
    if given.rows != "request":
        hint = "Export the table and give it to `tco usage bill`."
        problems.append(Problem("--map: rows", given.rows, "must be request", hint))
    if problems:
        raise InputError(*problems)
    return {name: _name(column) for name, column in given.columns.items()}, dict(given.constants)


def _name(column: str) -> str:
    """Name of a column as it stands in the query: quoted only where it is no plain name.

    A quoted name is told apart by its letters' case in some warehouses, a plain one is not.
    """
    import sqlglot

    if _PLAIN.fullmatch(column) and column.lower() not in _WHO_ASKS:
        try:
            if isinstance(sqlglot.parse_one(column, read="duckdb"), sqlglot.exp.Column):
                return column
        except sqlglot.errors.ParseError:
            pass
    return named(column)


def _edges(catalogue: Catalogue) -> tuple[int, ...]:
    """Lengths that part the sums: every edge of a price, every limit, and some between."""
    return tuple(sorted({*Edges.of(catalogue.offers()).input, *LENGTHS}))


def _query(
    names: Mapping[str, str],
    constants: Mapping[str, str],
    columns: ColumnMap | None,
    edges: Sequence[int],
) -> str:
    """Query in the words of DuckDB; no name of its own is one that a table is likely to have."""

    def text(name: str) -> str:
        if name in constants:
            return quoted(constants[name])
        return f"COALESCE(CAST({names[name]} AS VARCHAR), '')" if name in names else "''"

    def count(name: str) -> str:
        return f"COALESCE(CAST({names[name]} AS BIGINT), 0)" if name in names else "0"

    told = ", ".join(f"{text(name)} AS the_{name}" for name in TEXTS)
    cases = " ".join(f"WHEN whole_input <= {edge} THEN {n}" for n, edge in enumerate(edges))
    keys = ["the_hour", *(f"the_{name}" for name in TEXTS)]
    shown = ", ".join(
        f"{key} AS {name}" for key, name in zip(keys, ("usage_hour", *TEXTS), strict=True)
    )
    return f"""
WITH told AS (
  SELECT DATE_TRUNC('hour', CAST({names["time"]} AS TIMESTAMP)) AS the_hour, {told},
    CAST({names["input"]} AS BIGINT) AS sent, {count("cached")} AS from_cache,
    {count("written")} AS to_cache, CAST({names["output"]} AS BIGINT) AS answered,
    {count("reasoning") if columns and columns.reasoning == "beside" else "0"} AS thought
  FROM {_PLACE}
), counted AS (
  SELECT told.*, {_whole(columns)} AS whole_input, answered + thought AS whole_output
  FROM told
), classed AS (
  SELECT counted.*, CASE
    WHEN sent IS NULL OR answered IS NULL OR sent < 0 OR answered < 0 OR from_cache < 0
      OR to_cache < 0 THEN -2
    WHEN from_cache + to_cache > whole_input THEN -1 {cases} ELSE {len(edges)} END AS length_class
  FROM counted
)
SELECT {shown}, COUNT(*) AS requests,
  {_sum("whole_input")} AS input_tokens, {_sum("from_cache")} AS cached_tokens,
  {_sum("to_cache")} AS cache_write_tokens, {_sum("whole_output")} AS output_tokens,
  MIN(whole_input) AS shortest_input_tokens, MAX(whole_input) AS longest_input_tokens,
  MAX(whole_output) AS longest_output_tokens,
  MAX(whole_input + whole_output) AS longest_whole_tokens
FROM classed
GROUP BY {", ".join(keys)}, length_class
"""


def _sum(column: str) -> str:
    """Sum of a column; NULL where the rows have no good counts."""
    return f"CASE WHEN length_class = -2 THEN NULL ELSE SUM({column}) END"


def _whole(columns: ColumnMap | None) -> str:
    """Total input, by where the cached and written tokens stand."""
    beside = "sent + from_cache + to_cache"
    standing = columns.cached if columns else "inside"
    judged = f"CASE WHEN sent >= from_cache + to_cache THEN sent ELSE {beside} END"
    return {"inside": "sent", "beside": beside, "judged": judged}[standing]
