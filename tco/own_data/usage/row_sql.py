"""The query that turns records of any shape into rows alike: counted, judged, or set aside.

Every row has whole numbers or a fault. What stands inside what is decided here: total input
holds the cached and written tokens, output holds the reasoning. Only what a file tells stands in
the query, so that a table of few columns is added up about as quickly as it is read.
"""

from collections.abc import Sequence
from typing import Final

from tco.own_data.usage.field_sql import MOST_COUNT, fields_of
from tco.own_data.usage.shape import COUNTS, Shape
from tco.own_data.usage.source import Source

TEXTS: Final = ("provider", "model", "tier", "residency", "project")

REASONS: Final = {
    "record": "is no record: text that is not JSON, or cut short",
    "usage": "tells no tokens",
    "empty": "nothing was used",
    "time": "its time cannot be read, or lies far away",
    "total": "its counts do not add up to its total",
    "parts": "its cached and written tokens are more than its input",
    "reasoning": "its reasoning tokens are more than its output",
    "apart": "has tokens of sound or pictures, whose rates are not on record",
    "paid": "tells a cost and no tokens",
    "uncalled": "tells tokens and that there were no requests",
    "lengths": "its shortest request is longer than its longest",
    "failed": "its failed is neither true nor false",
    "free": "its free is neither true nor false",
    "named": "bears the name of another request that has other counts",
    "repeated": "repeats a request that counts once",
    **{f"count:{name}": f"its {name} is no whole number from 0 up" for name in COUNTS},
}
"""Why a row is set aside before it is priced."""
FAULTS: Final = ("", *REASONS)
"""Reason by the number that stands as a row's fault; the first is none."""
QUIET: Final = frozenset({"repeated", "empty"})
"""Those by which nothing is lost."""


def fault(reason: str) -> int:
    """Number that stands for a reason as a row's fault."""
    return FAULTS.index(reason)


def rows_query(source: Source, shape: Shape, above: Sequence[str] = ()) -> str:
    """Query of a source's rows.

    Its columns: file, place, moment, day_alone, provider, model, tier, residency, project,
    requests, input, cached, written, written_5m, written_1h, output, searches, shortest, longest,
    longest_output, longest_whole, cost, standing, fault.

    Parameters
    ----------
    above
        Queries of `names_query` of sources whose requests count before those of this one.
    """
    told = source.told(shape)
    return _judged(_stood(_first(source, shape), shape, told), shape, told, above)


def names_query(source: Source, shape: Shape) -> str | None:
    """Query of the names of a source's requests, each with its input; None where it tells none."""
    if "key" not in source.told(shape):
        return None
    return f"SELECT key, input FROM ({_first(source, shape)}) WHERE key <> ''"


def judged_query(source: Source, shape: Shape) -> str | None:
    """Query of how many rows were judged; None where none is.

    Two numbers: rows whose cached and written tokens stand beside the input, and inside it.
    """
    told = source.told(shape)
    parts = [name for name in ("cached", "written", "written_5m", "written_1h") if name in told]
    if shape.cached != "judged" or not parts or "total" in told:
        return None
    parted = _added("coalesce(cached, 0)", _all_written(_zeros(told), told))
    return (
        f"SELECT count(*) FILTER (input < {parted}), count(*) FILTER (input >= {parted} AND"
        f" {parted} > 0) FROM ({_first(source, shape)})"
    )


def _first(source: Source, shape: Shape) -> str:
    """Query of the fields of a source's rows, as they are told."""
    known = source.with_names(shape)
    told = source.told(shape)
    record = "no_record" if source.table is None else "false"
    only = f" WHERE ({known.field(shape.only)}) OR {record}" if shape.only else ""
    return (
        f"SELECT file, place, {record} AS unread, {fields_of(known, shape, told)}"
        f" FROM {known.relation(shape)}{only}"
    )


def _stood(first: str, shape: Shape, told: frozenset[str]) -> str:
    """Total input and output of each row, by where the shape's counts stand or its total says."""
    zero = _zeros(told)
    written = _all_written(zero, told)
    parts = _added(zero["cached"], written)
    beside_input, beside_output = _beside(shape, told, zero, parts)
    w5, w1 = zero["written_5m"], zero["written_1h"]
    return (
        f"SELECT *, {_with(zero['input'], parts, beside_input)} AS all_input,"
        f" {_with(zero['output'], zero['reasoning'], beside_output)} AS all_output,"
        f" {w5} AS w5, {w1} AS w1, {written} AS all_written, {parts} AS parts FROM ({first})"
    )


def _zeros(told: frozenset[str]) -> dict[str, str]:
    """Expression of each count, 0 where it is not told."""
    return {name: _bounded(name) if name in told else "0" for name in COUNTS}


def _bounded(name: str) -> str:
    """Count of a row, 0 where it is not told, within what can be added up many times over.

    A count out of bounds stays out of bounds, for its row to be set aside.
    """
    return f"greatest(least(coalesce({name}, 0), {MOST_COUNT} + 1), -1)"


def _added(one: str, other: str) -> str:
    """Sum of two counts, of which one that is never there is left out."""
    return next((a for a, b in ((one, other), (other, one)) if b == "0"), f"({one} + {other})")


def _with(count: str, more: str, beside: str) -> str:
    """Count with what may stand beside it."""
    if beside == "false" or more == "0":
        return count
    return f"{count} + CASE WHEN {beside} THEN {more} ELSE 0 END"


def _all_written(zero: dict[str, str], told: frozenset[str]) -> str:
    """Written tokens, those of named lifetimes included."""
    by_lifetime = _added(zero["written_5m"], zero["written_1h"])
    if by_lifetime == "0" or "written" not in told:
        return zero["written"] if by_lifetime == "0" else by_lifetime
    return f"greatest({zero['written']}, {by_lifetime})"


def _beside(
    shape: Shape, told: frozenset[str], zero: dict[str, str], parts: str
) -> tuple[str, str]:
    """Whether cached tokens stand beside the input, and reasoning beside the output."""
    by_input = {"inside": "false", "beside": "true", "judged": f"{zero['input']} < {parts}"}[
        shape.cached
    ]
    by_output = "true" if shape.reasoning == "beside" else "false"
    if "total" not in told:
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


def _judged(stood: str, shape: Shape, told: frozenset[str], above: Sequence[str]) -> str:
    """Rows with their fault, where they have one."""
    lowest, highest = _ends(shape, told)
    return (
        "SELECT file, place, time AS moment, day_alone, "
        + ", ".join(f"{name}" for name in TEXTS)
        + ", requests, all_input AS input, coalesce(cached, 0) AS cached,"
        " all_written - w5 - w1 AS written, w5 AS written_5m, w1 AS written_1h,"
        " all_output AS output, coalesce(searches, 0) AS searches,"
        f" {lowest} AS shortest, {highest} AS longest,"
        f" {_of_one('all_output', 'longest_output', shape)} AS longest_output,"
        f" {_of_one('all_input + all_output', 'longest_whole', shape)} AS longest_whole, cost,"
        " CASE WHEN free OR (failed AND all_output = 0) THEN 'free' WHEN failed THEN 'failed'"
        f" ELSE '' END AS standing, {_fault(shape, told, lowest, highest, above)} AS fault"
        f" FROM ({stood})"
    )


def _of_one(count: str, most: str, shape: Shape) -> str:
    """Most that one request of a row has: all of it where the row is one."""
    return count if shape.tells_requests else f"CASE WHEN requests = 1 THEN {count} ELSE {most} END"


def _ends(shape: Shape, told: frozenset[str]) -> tuple[str, str]:
    """Shortest and longest input that one request of a row can have."""
    lowest = "coalesce(shortest, 0)" if "shortest" in told else "0"
    highest = "least(coalesce(longest, all_input), all_input)" if "longest" in told else "all_input"
    if shape.grain == "meter":
        highest = f"coalesce(longest, {MOST_COUNT})"
        return _of_one("all_input", lowest, shape), highest
    return _of_one("all_input", lowest, shape), _of_one("all_input", highest, shape)


def _fault(
    shape: Shape, told: frozenset[str], lowest: str, highest: str, above: Sequence[str]
) -> str:
    """Number of the first reason for which a row is set aside; 0 where there is none."""
    total = "all_input + all_output <> total" if "total" in told else "false"
    named, repeated = _names_told_before(shape, above) if "key" in told else ("false", "false")
    none = "all_input = 0 AND all_output = 0"
    unclear: dict[str, str] = {
        name: f"{name} IS NULL" for name in ("failed", "free") if name in told
    }
    faults: dict[str, str] = {
        "record": "unread",
        **{
            f"count:{name}": f"{name} NOT BETWEEN 0 AND {MOST_COUNT}"
            for name in COUNTS
            if name in told
        },
        "apart": "apart > 0",
        "paid": f"{none} AND {_is_paid(shape)}",
        "empty": f"{none} AND coalesce(requests, 0) <= 0 AND {_is_told_empty(shape)}",
        "usage": _is_not_told(shape, total),
        "uncalled": f"requests = 0 AND NOT ({none})",
        "time": "has_time AND time IS NULL",
        "total": total,
        "parts": "parts > all_input",
        "reasoning": "coalesce(reasoning, 0) > all_output",
        "lengths": f"{lowest} > {highest} AND requests <> 1",
        **unclear,
        "named": named,
        "repeated": repeated,
    }
    cases = " ".join(f"WHEN {when} THEN {fault(name)}" for name, when in faults.items())
    good = _good(shape, told, total, lowest, highest)
    if repeated != "false":
        good = f"{good} AND NOT coalesce({repeated}, false)"
    return f"(CASE WHEN {good} THEN 0 {cases} ELSE 0 END)::TINYINT"


def _is_not_told(shape: Shape, total: str) -> str:
    """Whether a row tells no usage; a total met without a count, or a failure, tells it was 0."""
    if not shape.tells_requests:
        return "input IS NULL AND output IS NULL"
    met = "false" if total == "false" else f"coalesce(input, output) IS NOT NULL AND NOT ({total})"
    return (
        f"(input IS NULL OR output IS NULL) AND NOT coalesce(failed, false) AND ({met}) IS NOT true"
    )


def _is_told_empty(shape: Shape) -> str:
    """Whether a row without tokens says so: a day without use may have empty cells alone."""
    told = "input IS NOT NULL OR output IS NOT NULL"
    return f"({told})" if shape.grain == "meter" else f"({told} OR coalesce(model, '') = '')"


def _is_paid(shape: Shape) -> str:
    """Whether a row costs something without tokens; a tax or a credit of an invoice may."""
    if shape.grain == "meter":
        return "false"
    return "coalesce(cost, 0) <> 0 AND coalesce(searches, 0) = 0 AND NOT coalesce(free, false)"


def _names_told_before(shape: Shape, above: Sequence[str]) -> tuple[str, str]:
    """Whether a row is another request than the one of its name that counts, and whether not."""
    over = "OVER (PARTITION BY key ORDER BY latest DESC NULLS LAST, place DESC)"
    again = [f"row_number() {over} > 1", *(f"key IN (SELECT key FROM ({q}))" for q in above)]
    repeated = f"key <> '' AND ({' OR '.join(again)})"
    if shape.unique_keys:
        return "false", repeated
    other = [f"input <> first_value(input) {over}"]
    other += [
        f"(key IN (SELECT key FROM ({q})) AND (key, input) NOT IN (SELECT (key, input) FROM ({q})))"
        for q in above
    ]
    return f"{repeated} AND input > 0 AND ({' OR '.join(other)})", repeated


def _good(shape: Shape, told: frozenset[str], total: str, lowest: str, highest: str) -> str:
    """Whether a row has no fault: told at once, for most rows have none."""
    counts = [name for name in COUNTS if name in told and name not in ("input", "output")]
    parts = [
        "NOT unread",
        f"input BETWEEN 0 AND {MOST_COUNT}",
        f"output BETWEEN 0 AND {MOST_COUNT}",
        *(f"coalesce({name}, 0) BETWEEN 0 AND {MOST_COUNT}" for name in counts),
        "all_input + all_output > 0",
        "parts <= all_input",
        "(time IS NOT NULL OR NOT has_time)",
    ]
    parts += [f"{name} IS NOT NULL" for name in ("failed", "free") if name in told]
    if "apart" in told:
        parts.append("coalesce(apart, 0) = 0")
    if "total" in told:
        parts.append(f"coalesce(NOT ({total}), true)")
    if "reasoning" in told:
        parts.append("coalesce(reasoning, 0) <= all_output")
    if not shape.tells_requests:
        parts.append(f"coalesce({lowest} <= {highest}, true)")
        parts.append("coalesce(requests, 1) > 0")
    return " AND ".join(parts)
