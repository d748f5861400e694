"""Price sets on record: the rates of one tier over a span of days, and when they hold."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Final

from pricing.errors import Problem
from pricing.rate_card import RateCard
from pricing.refusal import ExpiredPriceError, NoPriceError, PriceRefusedError

_NIGHT: Final = time(22, tzinfo=UTC)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class PriceSet:
    """Rates of one tier and region over one span of days, and in which hours they hold."""

    card: RateCard
    hours: tuple[tuple[time, time], ...] = ()
    """UTC windows in which these rates replace the untimed ones; empty: at any hour."""
    weekdays: bool = False
    """Whether those windows are open from Monday to Friday only."""

    def times(self, factor: Decimal) -> "PriceSet":
        """Build the same set with every rate multiplied."""
        return replace(self, card=self.card.times(factor))

    def open_at(self, moment: datetime) -> bool:
        """Whether one of the windows is open at a moment."""
        utc = moment.astimezone(UTC)
        if self.weekdays and utc.weekday() >= _SATURDAY:
            return False
        return any(start <= utc.time() < end for start, end in self.hours)


def day_of(on: date) -> date:
    """UTC day of a day or a moment."""
    if isinstance(on, datetime):
        return (on.astimezone(UTC) if on.tzinfo else on).date()
    return on


def night_of(day: date) -> datetime:
    """Moment of a plain day at which a price by the hour is the off-peak one: 22:00 UTC."""
    return datetime.combine(day, _NIGHT)


def holds(since: date | None, until: date | None, day: date) -> bool:
    """Half-open: the first day is in, the day it ends is not."""
    return (since is None or since <= day) and (until is None or day < until)


def set_on(sets: Sequence[PriceSet], on: date, title: str) -> PriceSet:
    """Price set that holds at a moment.

    Raises
    ------
    NoPriceError
        The day lies before the first set, or the price depends on an hour that is not given.
    ExpiredPriceError
        The last set ended, and nothing follows it.
    """
    day = day_of(on)
    holding = [item for item in sets if holds(item.card.since, item.card.until, day)]
    if not holding:
        raise _no_price(sets, day, title)
    timed = [item for item in holding if item.hours]
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
    return next((item for item in reversed(timed) if item.open_at(on)), holding[0])


def _no_price(sets: Sequence[PriceSet], day: date, title: str) -> PriceRefusedError:
    starts = [item.card.since for item in sets if item.card.since]
    ends = [item.card.until for item in sets if item.card.until]
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
