"""The rows of an exported CSV that hold its scenario: written, read back, and held to a digest.

Each row has the value twice: as it is now, for whoever edits the file, and as it was exported. A
last row holds the digest of the scenario and one word: ``as exported``, or ``edited`` once somebody
changed the file on purpose. So a file that was cut, or damaged on its way, is never another
scenario.
"""

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pricing.parsing import MOST_KEY_PARTS, parse_json

EXPORTED_COLUMNS: Final = (
    "record",
    "path",
    "value",
    "unit",
    "alternative",
    "quantity",
    "unit_price_usd",
    "cost_usd_per_month",
    "source",
    "source_date",
    "as_exported",
)
AS_EXPORTED: Final = "as exported"
EDITED: Final = "edited"
MOST_LINE_CHARACTERS: Final = 100_000
"""Longest line of a file that is read [character]."""
_SCENARIO: Final = "scenario"
_DIGEST: Final = "digest"
_STATE_PATH: Final = "scenario"


@dataclass(frozen=True, slots=True)
class Exported:
    """What the scenario rows of a file say."""

    values: dict[str, Any]
    """Document as the file has it now."""
    before: dict[str, Any]
    """Document as it was exported."""
    edited: bool
    """Whether the file says that somebody changed it on purpose."""
    digest: str
    """SHA-256 of the scenario that was exported."""


def scenario_rows(flat: Mapping[str, Any], digest: str) -> Iterator[dict[str, object]]:
    """Write the rows of a scenario.

    Parameters
    ----------
    flat
        Plain values by dotted path.
    digest
        SHA-256 of the scenario.
    """
    for path, value in flat.items():
        text = json.dumps(value)
        yield {"record": _SCENARIO, "path": path, "value": text, "as_exported": text}
    place = {"record": _DIGEST, "path": _STATE_PATH}
    yield {**place, "value": AS_EXPORTED, "as_exported": digest}


def read_exported(text: str) -> Exported:
    """Read the rows of a scenario back.

    Raises
    ------
    ValueError
        If the file is not laid out as it was written.
    """
    values: dict[str, Any] = {}
    before: dict[str, Any] = {}
    states = []
    for number, row in _rows(text):
        if row["record"] == _SCENARIO:
            try:
                _put(values, row["path"], row["value"])
                _put(before, row["path"], row["as_exported"])
            except ValueError as error:
                msg = f"line {number}, {row['path'][:80]}: {error}"
                raise ValueError(msg) from error
        elif row["record"] == _DIGEST:
            states.append(row)
    if len(states) != 1:
        msg = "its digest row is missing or stands twice: it was cut short, or an older planner's"
        raise ValueError(msg)
    (state,) = states
    if state["value"] not in (AS_EXPORTED, EDITED) or state["path"] != _STATE_PATH:
        msg = f"the value of its digest row is neither {AS_EXPORTED!r} nor {EDITED!r}"
        raise ValueError(msg)
    edited = state["value"] == EDITED
    return Exported(_lists(values), _lists(before), edited, state["as_exported"])


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows by column, with their line; every row has a cell for every column."""
    if any(len(line) > MOST_LINE_CHARACTERS for line in text.splitlines()):
        msg = f"a line has more than {MOST_LINE_CHARACTERS} characters"
        raise ValueError(msg)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        if tuple(next(reader, ())) != EXPORTED_COLUMNS:
            msg = f"an exported result has the columns {', '.join(EXPORTED_COLUMNS)}"
            raise ValueError(msg)
        for cells in reader:
            if len(cells) != len(EXPORTED_COLUMNS):
                msg = f"line {reader.line_num} has {len(cells)} cells, not {len(EXPORTED_COLUMNS)}"
                raise ValueError(msg)
            yield reader.line_num, dict(zip(EXPORTED_COLUMNS, cells, strict=True))
    except csv.Error as error:
        msg = f"line {reader.line_num}: {error}"
        raise ValueError(msg) from error


def _put(document: dict[str, Any], path: str, text: str) -> None:
    """Put one value into a document; an empty cell is a value that is left out."""
    if not text:
        return
    place, (*parents, last) = document, path.split(".")
    if not (last and all(parents)) or len(parents) >= MOST_KEY_PARTS:
        msg = "is no path of a scenario"
        raise ValueError(msg)
    for key in parents:
        place = place.setdefault(key, {})
        if not isinstance(place, dict):
            msg = "stands below a value"
            raise ValueError(msg)  # noqa: TRY004 - the file is at fault, not a type
    if last in place:
        msg = "stands twice"
        raise ValueError(msg)
    place[last] = parse_json(text)


def _lists(value: Any) -> Any:  # noqa: ANN401 - a parsed document is any plain value
    """Turn tables with the keys 0, 1, 2, … back into lists."""
    if not isinstance(value, dict):
        return value
    items = {key: _lists(item) for key, item in value.items()}
    if items and list(items) == [str(i) for i in range(len(items))]:
        return list(items.values())
    return items


def edits(before: Mapping[str, Any], now: Mapping[str, Any]) -> Sequence[str]:
    """Say what differs between two documents, by dotted path."""
    return [
        f"{path} is {_told(now.get(path))}, was {_told(before.get(path))}"
        for path in dict.fromkeys([*before, *now])
        if before.get(path) != now.get(path)
    ]


def _told(value: object) -> str:
    return "left out" if value is None else json.dumps(value)[:80]
