"""Expressions that read one field of a record: a whole number, a moment, a flag, a name, a cost."""

from typing import Final

from tco.own_data.usage.engine import named, quoted
from tco.own_data.usage.shape import COUNTS, ROW_FIELDS, Shape
from tco.own_data.usage.source import WHOLE_TYPES, Source

MOST_COUNT: Final = 10**18
_BAD: Final = -1
_EARLIEST: Final = "2019-01-01"
_LATEST: Final = "2100-01-01"
_MOMENTS: Final = frozenset({"TIMESTAMP", "DATE", "TIMESTAMP_NS", "TIMESTAMP_MS"})


def fields_of(source: Source, shape: Shape, told: frozenset[str]) -> str:
    """Expressions of all fields of a row, named; for one that is not told, what stands for it.

    The time is three columns: ``time``; ``has_time``, whether anything is said of it;
    ``day_alone``, whether no hour stands in it.
    """
    return ", ".join(
        _read(source, shape, name) + ("" if name == "time" else f" AS {name}")
        if name in told
        else _missing(shape, name)
        for name in ROW_FIELDS
    )


def _read(source: Source, shape: Shape, name: str) -> str:
    spec = shape.fields[name]
    column = source.typed(spec)
    if name in COUNTS:
        return _whole(source, spec, column)
    if name == "time":
        return _moment(source, spec, column)
    if name in ("failed", "free"):
        return _flag(source.field(spec))
    if name == "cost":
        return f"TRY_CAST({source.field(spec)} AS DECIMAL(38, 12))"
    if name == "latest":
        return f"TRY_CAST({source.field(spec)} AS DECIMAL(38, 3))"
    if column is not None and column[1] == "VARCHAR":
        return named(column[0])
    return source.field(spec)


def _flag(said: str) -> str:
    """Whether a flag is set: true where it says so, NULL where it says neither yes nor no."""
    text = f"lower(trim(CAST({said} AS VARCHAR)))"
    yes, no = ("true", "1", "yes", "t", "y"), ("false", "0", "no", "f", "n", "")
    cases = (f"{text} IN ({', '.join(map(quoted, words))})" for words in (yes, no))
    return f"CASE WHEN {next(cases)} THEN true WHEN {text} IS NULL OR {next(cases)} THEN false END"


def _missing(shape: Shape, name: str) -> str:
    """What stands for a field that nothing tells."""
    if name == "time":
        return "NULL::TIMESTAMP AS time, false AS has_time, true AS day_alone"
    if name == "requests" and shape.tells_requests:
        return "1::BIGINT AS requests"
    if name in COUNTS:
        return f"NULL::BIGINT AS {name}"
    if name in ("cost", "latest"):
        return f"NULL::DECIMAL(38, 12) AS {name}"
    if name in ("failed", "free"):
        return f"false AS {name}"
    return f"NULL::VARCHAR AS {name}"


def _whole(source: Source, spec: str, column: tuple[str, str] | None) -> str:
    """Whole number, from 0 to `MOST_COUNT` where it is right; NULL where there is nothing.

    Text such as 1.000 is none: some write a thousand so.
    """
    if column is not None and column[1] in WHOLE_TYPES:
        cell = named(column[0])
        if column[1] == "UBIGINT":
            return f"CASE WHEN {cell} > {MOST_COUNT} THEN {_BAD} ELSE {cell} END::BIGINT"
        return f"CAST({cell} AS BIGINT)"
    text = f"trim({source.field(spec)})"
    parsed = f"TRY_CAST({text} AS DECIMAL(38, 6))"
    good = f"{parsed} BETWEEN 0 AND {MOST_COUNT} AND {parsed} = trunc({parsed})"
    if column is None or column[1] == "VARCHAR":
        good += f" AND NOT ({text} LIKE '%.000' AND length({text}) <= {len('999.000')})"
    return (
        f"CASE WHEN nullif({text}, '') IS NULL THEN NULL WHEN {good}"
        f" THEN CAST({parsed} AS BIGINT) ELSE {_BAD} END"
    )


def _moment(source: Source, spec: str, column: tuple[str, str] | None) -> str:
    """Moment in UTC of a day, a moment with or without offset, or Unix seconds and their parts."""
    kind = column[1] if column else ""
    day_alone = "true" if kind == "DATE" else "false"
    if column is not None and kind in _MOMENTS:
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
