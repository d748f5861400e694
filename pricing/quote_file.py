"""Quote a CSV file of requests: each row its exact price, or the reason why it has none."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from pricing.catalogue import Catalogue
from pricing.errors import Problem
from pricing.figures import exact
from pricing.quote_lines import EXACT
from pricing.refusal import Status, UsageError
from pricing.request_table import rows
from pricing.rules import Quote, quote
from pricing.usage import RequestUsage

_WHOLE = re.compile(r"[0-9]{1,18}", re.ASCII)
_LIFETIMES = re.compile(r"(\d+[mh]):(\d{1,18})", re.ASCII)


@dataclass(frozen=True, slots=True)
class QuotedRow:
    """One row of the file and its price; `quote` is for one request of `requests`."""

    id: str
    row: int
    """Line of the file; the header is line 1."""
    status: Status
    usd: Decimal | None
    """For all `requests` together [USD], exact."""
    requests: int
    reason: str
    remedy: str
    quote: Quote | None

    def document(self) -> dict[str, object]:
        """Shape for JSON; amounts are decimal strings."""
        lines = self.quote.lines if self.quote else ()
        return {
            "id": self.id,
            "status": self.status,
            "usd": None if self.usd is None else exact(self.usd),
            "requests": self.requests,
            "band": self.quote.band_name or None if self.quote else None,
            "reason": self.reason,
            "remedy": self.remedy,
            "flags": list(self.quote.flags) if self.quote else [],
            "lines": [
                {
                    "name": line.name,
                    "quantity": line.quantity,
                    "unit": line.unit,
                    "usd_per_unit": exact(line.usd_per_unit),
                    "usd": exact(line.usd),
                    "source": line.source.name,
                    "url": line.source.url,
                    "as_of": line.source.as_of,
                    "since": line.since.isoformat() if line.since else None,
                }
                for line in lines
            ],
        }


def quote_file(path: Path | str, catalogue: Catalogue | None = None) -> list[QuotedRow]:
    """Quote every row of a CSV file.

    Parameters
    ----------
    path
        CSV with the columns `REQUIRED` and any of `OPTIONAL`, separated by comma, semicolon
        or tab, in UTF-8. Counts are whole numbers without separators. Other columns are left
        out, unless their name says that they may carry cost: those are refused.
    catalogue
        Prices to use; None: the packaged ones.

    Raises
    ------
    InputError
        The file as a whole cannot be read: every fault of its header at once.
    StorageError
        There is no such file.
    """
    prices = catalogue or Catalogue.load()
    return [_quoted(prices, line, row) for line, row in rows(Path(path))]


def _quoted(catalogue: Catalogue, line: int, row: Mapping[str, str]) -> QuotedRow:
    try:
        requests = _whole(row, "requests", 1)
        usage, on = _usage(row), _moment(row["as_of"])
    except UsageError as error:
        return QuotedRow(
            id=row["id"],
            row=line,
            status=error.status,
            usd=None,
            requests=0,
            reason=str(error),
            remedy=" ".join(problem.remedy for problem in error.problems),
            quote=None,
        )
    quoted = quote(
        catalogue,
        row["provider"],
        row["model"],
        usage,
        on=on,
        tier=row.get("tier") or "standard",
        residency=row.get("residency") or "global",
        served_tier=row.get("served_tier") or None,
    )
    return QuotedRow(
        id=row["id"],
        row=line,
        status=quoted.status,
        usd=None if quoted.usd is None else EXACT.multiply(quoted.usd, Decimal(requests)),
        requests=requests,
        reason=quoted.reason,
        remedy=quoted.remedy,
        quote=quoted,
    )


def _usage(row: Mapping[str, str]) -> RequestUsage:
    lifetime = row.get("cache_write_ttl") or None
    split = dict(_LIFETIMES.findall(lifetime)) if lifetime and ":" in lifetime else None
    if split is not None and _LIFETIMES.sub("", lifetime or "").strip(" ,;"):
        raise UsageError(_problem("cache_write_ttl", lifetime or "", "such as 5m:20000,1h:10000"))
    return RequestUsage(
        input_tokens=_whole(row, "input_tokens"),
        cached_tokens=_whole(row, "cached_tokens", 0),
        cache_write_tokens=_whole(row, "cache_write_tokens", 0),
        output_tokens=_whole(row, "output_tokens"),
        reasoning_tokens=_whole(row, "reasoning_tokens", 0),
        cache_write_lifetime=None if split else lifetime,
        cache_writes=None if split is None else {k: int(n) for k, n in split.items()},
        web_searches=_whole(row, "web_searches", 0),
        file_searches=_whole(row, "file_searches", 0),
        refused=_yes(row.get("refused", "")),
    )


def _whole(row: Mapping[str, str], name: str, default: int | None = None) -> int:
    text = row.get(name, "")
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


def _moment(text: str) -> date:
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
