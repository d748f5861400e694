"""Stored price sets: which one holds at a moment, and its rates as numbers."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from pricing.errors import Problem
from pricing.provenance import Source
from pricing.rate_card import NOT_SOLD, Band
from pricing.refusal import ExpiredPriceError, NoPriceError, PriceRefusedError

Row = Mapping[str, Any]
"""One price set as stored: `pricing.schema.RateRecord`, after it was checked."""
_SATURDAY = 5


def day_of(on: date) -> date:
    """UTC day of a day or a moment."""
    if isinstance(on, datetime):
        return (on.astimezone(UTC) if on.tzinfo else on).date()
    return on


def day_in(row: Row, key: str) -> date | None:
    """Day stored under a key; None where there is none."""
    text = row.get(key)
    return date.fromisoformat(text) if text else None


def holds(since: date | None, until: date | None, day: date) -> bool:
    """Half-open: the first day is in, the day it ends is not."""
    return (since is None or since <= day) and (until is None or day < until)


def row_on(rows: Sequence[Row], on: date, title: str) -> Row:
    """Price set that holds at a moment.

    Raises
    ------
    NoPriceError
        The day lies before the first set, or the price depends on an hour that is not given.
    ExpiredPriceError
        The last set ended, and nothing follows it.
    """
    day = day_of(on)
    holding = [row for row in rows if holds(day_in(row, "since"), day_in(row, "until"), day)]
    if not holding:
        raise _no_price(rows, day, title)
    timed = [row for row in holding if row.get("hours")]
    if not timed:
        return holding[-1]
    if not isinstance(on, datetime) or on.tzinfo is None:
        raise NoPriceError(
            Problem(
                "on",
                str(on),
                f"the price of {title} depends on the hour of the day",
                "Give the moment with its time zone, such as 2026-11-20T03:00:00Z, "
                "or tier 'off-peak' or 'peak'.",
            )
        )
    return next((row for row in reversed(timed) if _within(row, on)), holding[0])


def read_band(row: Row, band: Row, factor: Decimal, sources: Mapping[str, Source]) -> Band:
    """One band of a price set, every token rate multiplied by `factor`."""
    source = sources[band.get("source", row["source"])]
    edge, inclusive = int(band["above"]), bool(band.get("inclusive", False))
    note = str(band.get("note", ""))
    if not band.get("offered", True):
        return Band(edge, inclusive, False, NOT_SOLD, None, {}, NOT_SOLD, source, note)
    cached = band.get("cached")
    writes = band.get("writes", {})
    return Band(
        above_input_tokens=edge,
        inclusive=inclusive,
        offered=True,
        input_usd_per_mtok=Decimal(band["input"]) * factor,
        cached_input_usd_per_mtok=None if cached is None else Decimal(cached) * factor,
        cache_write_usd_per_mtok={life: Decimal(rate) * factor for life, rate in writes.items()},
        output_usd_per_mtok=Decimal(band["output"]) * factor,
        source=source,
        note=note,
        cache_write_source={
            life: sources[key] for life, key in band.get("writes_source", {}).items()
        },
    )


def _no_price(rows: Sequence[Row], day: date, title: str) -> PriceRefusedError:
    starts = [start for row in rows if (start := day_in(row, "since"))]
    ends = [end for row in rows if (end := day_in(row, "until"))]
    if ends and day >= max(ends):
        limit = f"the last rate of {title} on record ended {max(ends)}, and nothing follows it"
        remedy = "Refresh the catalogue, or choose an earlier day."
        return ExpiredPriceError(Problem("on", str(day), limit, remedy))
    if starts:
        limit = f"the earliest rate of {title} on record for this tier starts {min(starts)}"
        remedy = "Choose that day or a later one."
    else:
        limit, remedy = f"no rate of {title} is on record", "Choose another tier or region."
    return NoPriceError(Problem("on", str(day), limit, remedy))


def _within(row: Row, on: datetime) -> bool:
    moment = on.astimezone(UTC)
    if row.get("weekdays") and moment.weekday() >= _SATURDAY:
        return False
    return any(
        time.fromisoformat(start) <= moment.time() < time.fromisoformat(end)
        for start, end in row["hours"]
    )
