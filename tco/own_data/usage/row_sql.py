"""The query that turns records of any shape into rows alike: counted, judged, or set aside.

Every row has whole numbers or a reason. What stands inside what is decided here: total input
holds the cached and written tokens, output holds the reasoning.
"""

from typing import Final

from tco.own_data.usage.engine import named
from tco.own_data.usage.shape import COUNTS, ROW_FIELDS, Shape
from tco.own_data.usage.source import WHOLE_TYPES, Source

MOST_COUNT: Final = 10**18
_BAD: Final = -1
_EARLIEST: Final = "2019-01-01"
_LATEST: Final = "2100-01-01"
TEXTS: Final = ("provider", "model", "tier", "residency", "project")

REASONS: Final = {
    "record": "is no record: text that is not JSON, or cut short",
    "usage": "tells no tokens",
    "empty": "nothing was used",
    "time": "its time cannot be read, or lies far away",
    "total": "its counts do not add up to its total",
    "parts": "its cached and written tokens are more than its input",
    "reasoning": "its reasoning tokens are more than its output",
    "lengths": "its shortest request is longer than its longest",
    "repeated": "repeats a request that counts once",
    **{f"count:{name}": f"its {name} is no whole number from 0 up" for name in COUNTS},
}
"""Why a row is set aside before it is priced."""
QUIET: Final = frozenset({"repeated", "empty"})
"""Those by which nothing is lost."""


def rows_query(source: Source, shape: Shape) -> str:
    """Query of a source's rows.

    Its columns: file, place, moment, day_alone, provider, model, tier, residency, project,
    requests, input, cached, written, written_5m, written_1h, output, searches, shortest, longest,
    longest_output, longest_whole, cost, standing, reason.
    """
    known = source.with_names(shape)
    read = ", ".join(
        _read(known, shape, name) + ("" if name == "time" else f" AS {name}") for name in ROW_FIELDS
    )
    record = "record IS NULL" if source.table is None else "false"
    only = f" WHERE ({known.field(shape.only)}) OR {record}" if shape.only else ""
    first = f"SELECT file, place, {record} AS unread, {read} FROM {known.relation(shape)}{only}"
    return _judged(_stood(first, shape), shape)


def _read(source: Source, shape: Shape, name: str) -> str:
    spec = shape.fields.get(name)
    if spec is None:
        default = {"requests": "1::BIGINT"} if shape.tells_requests else {}
        return default.get(name, _missing(name))
    column = source.typed(spec)
    if name in COUNTS:
        return _whole(source, spec, column)
    if name == "time":
        return _moment(source, spec, column)
    if name in ("failed", "free"):
        return f"coalesce({source.field(spec)}, false)"
    if name == "cost":
        return f"TRY_CAST({source.field(spec)} AS DECIMAL(38, 12))"
    if name == "latest":
        return f"TRY_CAST({source.field(spec)} AS DECIMAL(38, 3))"
    if column is not None and column[1] == "VARCHAR":
        return named(column[0])
    return source.field(spec)


def _missing(name: str) -> str:
    """What stands for a field that a shape does not have."""
    if name in COUNTS or name in ("cost", "latest"):
        return "NULL::BIGINT" if name in COUNTS else "NULL::DECIMAL(38, 12)"
    if name == "time":
        return "NULL::TIMESTAMP AS time, false AS has_time, true AS day_alone"
    return "false" if name in ("failed", "free") else "NULL::VARCHAR"


def _whole(source: Source, spec: str, column: tuple[str, str] | None) -> str:
    """Whole number from 0 up; `_BAD` where there is another thing, NULL where there is nothing."""
    if column is not None and column[1] in WHOLE_TYPES:
        cell = named(column[0])
        wide = f"CAST({cell} AS BIGINT)" if not column[1].startswith("UB") else cell
        inside = f"{wide} BETWEEN 0 AND {MOST_COUNT}"
        return f"CASE WHEN {cell} IS NULL OR {inside} THEN {cell} ELSE {_BAD} END::BIGINT"
    text = f"trim({source.field(spec)})"
    parsed = f"TRY_CAST({text} AS DECIMAL(38, 6))"
    good = f"{parsed} BETWEEN 0 AND {MOST_COUNT} AND {parsed} = trunc({parsed})"
    return (
        f"CASE WHEN nullif({text}, '') IS NULL THEN NULL WHEN {good}"
        f" THEN CAST({parsed} AS BIGINT) ELSE {_BAD} END"
    )


def _moment(source: Source, spec: str, column: tuple[str, str] | None) -> str:
    """Moment in UTC of a day, a moment with or without offset, or Unix seconds and their parts.

    ``day_alone`` is whether no hour stands in it.
    """
    kind = column[1] if column else ""
    day_alone = "true" if kind == "DATE" else "false"
    if column is not None and kind in ("TIMESTAMP", "DATE", "TIMESTAMP_NS", "TIMESTAMP_MS"):
        at, text = f"CAST({named(column[0])} AS TIMESTAMP)", named(column[0])
    elif column is not None and kind == "TIMESTAMP WITH TIME ZONE":
        at, text = f"({named(column[0])} AT TIME ZONE 'UTC')", named(column[0])
    else:
        text = f"nullif(trim({source.field(spec)}), '')"
        unix = f"regexp_full_match({text}, '[0-9]{{9,19}}([.][0-9]*)?')"
        day_alone = f"NOT contains({text}, ':') AND NOT {unix}"
        at = (
            f"CASE WHEN {unix}"
            f" THEN make_timestamp({_microseconds(text)})"
            f" ELSE TRY_CAST({text} AS TIMESTAMPTZ) AT TIME ZONE 'UTC' END"
        )
    near = f"CASE WHEN {at} BETWEEN '{_EARLIEST}' AND '{_LATEST}' THEN {at} END"
    return f"{near} AS time, {text} IS NOT NULL AS has_time, {day_alone} AS day_alone"


def _microseconds(text: str) -> str:
    """Unix time in microseconds, whether seconds, milli-, micro- or nanoseconds are given."""
    whole = f"split_part({text}, '.', 1)"
    number = f"TRY_CAST({text} AS DECIMAL(38, 6))"
    return (
        f"CAST(CASE WHEN length({whole}) <= 10 THEN {number} * 1000000"
        f" WHEN length({whole}) <= 13 THEN {number} * 1000"
        f" WHEN length({whole}) <= 16 THEN {number} ELSE trunc({number}) / 1000 END AS BIGINT)"
    )


def _stood(first: str, shape: Shape) -> str:
    """Total input and output of each row, by where the shape's counts stand or its total says."""
    zero = {name: f"coalesce({name}, 0)" for name in COUNTS}
    parts = f"({zero['cached']} + {_all_written(zero)})"
    beside_input, beside_output = _beside(shape, zero, parts)
    lives = "written_5m IS NOT NULL OR written_1h IS NOT NULL"
    return (
        "SELECT *, "
        f"{zero['input']} + CASE WHEN {beside_input} THEN {parts} ELSE 0 END AS all_input, "
        f"{zero['output']} + CASE WHEN {beside_output} THEN {zero['reasoning']} ELSE 0 END"
        " AS all_output, "
        f"CASE WHEN {lives} THEN {zero['written_5m']} ELSE 0 END AS w5, "
        f"CASE WHEN {lives} THEN {zero['written_1h']} ELSE 0 END AS w1, "
        f"{_all_written(zero)} AS all_written, {parts} AS parts"
        f" FROM ({first})"
    )


def _all_written(zero: dict[str, str]) -> str:
    """Written tokens, those of named lifetimes included."""
    return f"greatest({zero['written']}, {zero['written_5m']} + {zero['written_1h']})"


def _beside(shape: Shape, zero: dict[str, str], parts: str) -> tuple[str, str]:
    """Whether cached tokens stand beside the input, and reasoning beside the output."""
    inside = {
        "inside": "true",
        "beside": "false",
        "judged": f"{zero['input']} >= {parts}",
    }
    by_input = f"NOT ({inside[shape.cached]})"
    by_output = "true" if shape.reasoning == "beside" else "false"
    if "total" not in shape.fields:
        return by_input, by_output
    both = f"{zero['input']} + {zero['output']}"
    with_parts, with_reasoning = f"{both} + {parts}", f"{both} + {zero['reasoning']}"
    with_all = f"{with_parts} + {zero['reasoning']}"
    fits = (
        f"total IN ({with_all}, {with_parts}) AND total NOT IN ({both}, {with_reasoning})",
        f"total IN ({with_all}, {with_reasoning}) AND total NOT IN ({both}, {with_parts})",
    )
    return (
        f"CASE WHEN total IS NULL THEN {by_input} ELSE {fits[0]} END",
        f"CASE WHEN total IS NULL THEN {by_output} ELSE {fits[1]} END",
    )


def _judged(stood: str, shape: Shape) -> str:
    """Rows with their reason, where they have one."""
    bad = "".join(
        f" WHEN {name} < 0 THEN 'count:{name}'" for name in COUNTS if name in shape.fields
    )
    total = "all_input + all_output <> total" if "total" in shape.fields else "false"
    tokens = "all_input = 0 AND all_output = 0"
    repeated = (
        "CASE WHEN key IS NOT NULL AND row_number() OVER (PARTITION BY key ORDER BY latest DESC"
        " NULLS LAST, place DESC) > 1 THEN 'repeated' END"
        if "key" in shape.fields
        else "NULL"
    )
    lowest = "CASE WHEN requests = 1 THEN all_input ELSE coalesce(shortest, 0) END"
    highest = (
        "CASE WHEN requests = 1 THEN all_input ELSE least(coalesce(longest, all_input), all_input)"
        " END"
    )
    if shape.grain == "meter":
        highest = f"coalesce(longest, {MOST_COUNT})"
    usage = "input IS NULL AND output IS NULL"
    if shape.tells_requests:
        usage = "input IS NULL OR output IS NULL"
    return (
        "SELECT file, place, time AS moment, day_alone, "
        + ", ".join(f"{name}" for name in TEXTS)
        + ", requests, all_input AS input, coalesce(cached, 0) AS cached,"
        " all_written - w5 - w1 AS written, w5 AS written_5m, w1 AS written_1h,"
        " all_output AS output, coalesce(searches, 0) AS searches,"
        f" {lowest} AS shortest, {highest} AS longest,"
        " CASE WHEN requests = 1 THEN all_output ELSE longest_output END AS longest_output,"
        " CASE WHEN requests = 1 THEN all_input + all_output ELSE longest_whole END"
        " AS longest_whole, cost,"
        " CASE WHEN free OR (failed AND all_output = 0) THEN 'free' WHEN failed THEN 'failed'"
        " ELSE '' END AS standing,"
        f" CASE WHEN {_good(shape, total, lowest, highest)} THEN {repeated}"
        f" WHEN unread THEN 'record'{bad} WHEN {tokens} AND coalesce(requests, 0) <= 0"
        f" THEN 'empty' WHEN {usage} THEN 'usage'"
        " WHEN has_time AND time IS NULL THEN 'time'"
        f" WHEN {total} THEN 'total' WHEN parts > all_input THEN 'parts'"
        " WHEN coalesce(reasoning, 0) > all_output THEN 'reasoning'"
        f" WHEN {lowest} > {highest} AND requests <> 1 THEN 'lengths'"
        f" ELSE {repeated} END AS reason FROM ({stood})"
    )


def _good(shape: Shape, total: str, lowest: str, highest: str) -> str:
    """Whether a row has no fault: told at once, for most rows have none."""
    counts = [name for name in COUNTS if name in shape.fields and name not in ("input", "output")]
    parts = [
        "NOT unread",
        "input >= 0",
        "output >= 0",
        *(f"coalesce({name}, 0) >= 0" for name in counts),
        "all_input + all_output > 0",
        "parts <= all_input",
        "(time IS NOT NULL OR NOT has_time)",
    ]
    if "total" in shape.fields:
        parts.append(f"coalesce(NOT ({total}), true)")
    if "reasoning" in shape.fields:
        parts.append("coalesce(reasoning, 0) <= all_output")
    if shape.grain != "request":
        parts.append(f"coalesce({lowest} <= {highest}, true)")
    return " AND ".join(parts)
