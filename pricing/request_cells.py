"""Cells of a table of requests as counts, moments and usage, or the reason why they are none."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Final

from pricing.errors import Problem
from pricing.refusal import UsageError
from pricing.request_table import MOST_COUNT_DIGITS
from pricing.usage import RequestUsage

BAD: Final = -1
"""Stands for a cell that is no count."""
_WHOLE: Final = re.compile(rf"[0-9]{{1,{MOST_COUNT_DIGITS}}}", re.ASCII)
_LIFETIMES: Final = re.compile(r"(\d+[mh]):(\d{1,18})", re.ASCII)


def counts_in(cells: Sequence[str], default: str = "") -> list[int]:
    """Counts of a column; `BAD` where a cell is none, the default where it is empty."""
    given = [cell or default for cell in cells] if "" in cells else cells
    joined = "".join(given)
    short = "" not in given and max(map(len, given)) <= MOST_COUNT_DIGITS
    if short and joined.isdecimal() and joined.isascii():
        return list(map(int, given))
    return [int(cell) if _WHOLE.fullmatch(cell) else BAD for cell in given]


def usage_in(row: Mapping[str, str]) -> RequestUsage:
    """What the request of a row consumed.

    Raises
    ------
    UsageError
        A cell is no count.
    """
    lifetime = row["cache_write_ttl"] or None
    split = dict(_LIFETIMES.findall(lifetime)) if lifetime and ":" in lifetime else None
    if split is not None and _LIFETIMES.sub("", lifetime or "").strip(" ,;"):
        raise UsageError(_problem("cache_write_ttl", lifetime or "", "such as 5m:20000,1h:10000"))
    return RequestUsage(
        input_tokens=whole_in(row, "input_tokens"),
        cached_tokens=whole_in(row, "cached_tokens", 0),
        cache_write_tokens=whole_in(row, "cache_write_tokens", 0),
        output_tokens=whole_in(row, "output_tokens"),
        reasoning_tokens=whole_in(row, "reasoning_tokens", 0),
        cache_write_lifetime=None if split else lifetime,
        cache_writes=None if split is None else {k: int(n) for k, n in split.items()},
        web_searches=whole_in(row, "web_searches", 0),
        file_searches=whole_in(row, "file_searches", 0),
        refused=_yes(row["refused"]),
    )


def whole_in(row: Mapping[str, str], name: str, default: int | None = None) -> int:
    """Whole number in a cell; an empty one is the default, if there is one."""
    text = row[name]
    if text == "" and default is not None:
        return default
    if not _WHOLE.fullmatch(text):
        raise UsageError(_problem(name, text, "a whole number without sign or separators"))
    return int(text)


def _yes(text: str) -> bool:
    words = {"": False, "0": False, "no": False, "false": False, "1": True, "yes": True}
    found = (words | {"true": True}).get(text.lower())
    if found is None:
        raise UsageError(_problem("refused", text, "yes or no"))
    return found


def moment_in(text: str) -> date:
    """Day, or a moment with its time zone, as ISO 8601 writes it."""
    try:
        if "T" not in text:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(_problem("as_of", text, "a day such as 2026-11-20")) from None
    if moment.tzinfo is None:
        raise UsageError(_problem("as_of", text, "a moment with its time zone, such as …T03:00Z"))
    return moment.astimezone(UTC)


def _problem(field: str, value: str, wanted: str) -> Problem:
    return Problem(field, value[:80], f"must be {wanted}", "Correct the cell.")
