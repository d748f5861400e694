"""Counts of tokens that stand in a file and that its shape does not read."""

import re
from typing import Final

import duckdb

from tco.own_data.usage.shape import COUNTS, Shape
from tco.own_data.usage.source import COUNT_WORDS, Source, inside_json, opened_records, paths_of
from tco.own_data.usage.tabular import answered

_LOOKED_AT: Final = 2_000
"""Records whose keys are looked at."""
_NO_COUNT: Final = re.compile("max_|limit|window|price|cost|_per_", re.IGNORECASE)
_PLAIN: Final = "[A-Za-z_][A-Za-z0-9_.]*"
_TOLD_AGAIN: Final = frozenset(
    {
        "total_tokens",
        "totalTokens",
        "totalTokenCount",
        "input_uncached_tokens",
        "input_text_tokens",
        "output_text_tokens",
        "input_cached_text_tokens",
        "prompt_cache_miss_tokens",
        "text_tokens",
        "accepted_prediction_tokens",
        "rejected_prediction_tokens",
    }
)
"""Sums and parts of counts that are read, which have no rate of their own."""


def counts_not_read(
    connection: duckdb.DuckDBPyConnection, source: Source, shape: Shape
) -> tuple[str, ...]:
    """Columns, or keys beside those that are read, that count tokens and that nothing reads.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    if source.table is not None:
        found = source.unread(shape)
    else:
        found = _keys_beside(connection, source, shape)
    return tuple(name for name in found if name.rpartition("/")[2] not in _TOLD_AGAIN)


def arrays_not_read(
    connection: duckdb.DuckDBPyConnection, source: Source, shape: Shape
) -> tuple[str, ...]:
    """Names of arrays that stand beside those whose items are the rows, and hold something.

    Raises
    ------
    InputError
        The file cannot be read.
    """
    if source.table is not None or not shape.records:
        return ()
    array = "json_type(record, '$.\"' || replace(key, '\"', '') || '\"') = 'ARRAY'"
    length = "json_array_length(record, '$.\"' || replace(key, '\"', '') || '\"') > 0"
    query = (
        "SELECT DISTINCT key FROM (SELECT record, unnest(json_keys(record)) AS key FROM"
        f" ({opened_records(source.files, (), ())}) WHERE json_type(record) = 'OBJECT'"
        f" AND json_type(record, {inside_json(shape.records[0])}) = 'ARRAY')"
        f" WHERE {array} AND {length} ORDER BY key"
    )
    found = answered(connection, query, source.files[0])
    return tuple(str(key) for (key,) in found if key not in shape.records)


def _keys_beside(
    connection: duckdb.DuckDBPyConnection, source: Source, shape: Shape
) -> tuple[str, ...]:
    """Paths to numbers above 0 beside the counts that are read, in the first records."""
    counts = [path for path in paths_of(shape, COUNTS) if "/" in path or not shape.downwards]
    around = tuple(dict.fromkeys(path.rpartition("/")[0] for path in counts))
    inside = ", ".join(inside_json(path) if path else "'$'" for path in around)
    records = opened_records(source.files, shape.records, shape.carried)
    number = "TRY_CAST(json_extract_string(around, key) AS DOUBLE)"
    query = (
        f"SELECT DISTINCT place, key FROM (SELECT place, around, unnest(json_keys(around)) AS key"
        " FROM (SELECT unnest(found) AS around, generate_subscripts(found, 1) AS place FROM"
        f" (SELECT json_extract(record, [{inside}]) AS found FROM ({records})"
        f" LIMIT {_LOOKED_AT})) WHERE json_type(around) = 'OBJECT')"
        f" WHERE CASE WHEN regexp_full_match(key, '{_PLAIN}') THEN {number} > 0 END ORDER BY ALL"
    )
    found = answered(connection, query, source.files[0])
    read = set(paths_of(shape))
    paths = ("/".join(filter(None, (around[place - 1], key))) for place, key in found)
    return tuple(p for p in paths if p not in read and _is_count(p.rpartition("/")[2]))


def _is_count(name: str) -> bool:
    return bool(COUNT_WORDS.search(name)) and not _NO_COUNT.search(name)
