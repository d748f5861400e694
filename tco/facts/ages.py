"""How old the figures behind machines are: rents, purchases and records age as token prices do."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from hardware_profiles.calibration import UNMEASURED, CalibrationRecord
from pricing.flags import EXPIRED_AFTER_DAYS, STALE_AFTER_DAYS
from tco.facts.resolve import Resolved, ResolvedHost
from tco.results.bill import Finding
from tco.words.figures import plural

_DAY: Final = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


@dataclass(frozen=True, slots=True)
class Dated:
    """One figure the answer rests on, and the day it is of."""

    what: str
    on: date | None
    """None where its source has no date."""


def day_in(text: str) -> date | None:
    """First day that a source's date can mean; None where it names none, or no day there is.

    Examples
    --------
    >>> day_in("2026-09"), day_in("2026-09-25..2026-10-19"), day_in("2026-02-31")
    (datetime.date(2026, 9, 1), datetime.date(2026, 9, 25), None)
    """
    found = _DAY.search(text)
    if found is None:
        return None
    year, month, day = found.groups()
    try:
        return date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None


def machine_age(host: ResolvedHost, on: date) -> tuple[Finding, ...]:
    """Flag a rent or price that is stale, refuse one that is too old to be an answer."""
    if host.option.usd_per_gpu_hour is not None:
        return ()
    what = "rent" if host.option.rent else "purchase price"
    seen = day_in(host.machine.source.as_of)
    if seen is None:
        return (_undated(f"The {what} of {host.machine.id}"),)
    age = (on - seen).days
    said = f"The {what} of {host.machine.id} was last seen {seen}, {plural(age, 'day')} before {on}"
    remedy = "Ask for an offer and give its price, or choose a machine with a newer one."
    if age > EXPIRED_AFTER_DAYS:
        return (Finding("refused", "expired", f"{said}: too old.", remedy),)
    if age > STALE_AFTER_DAYS:
        return (Finding("flagged", "stale", f"{said}.", remedy, host.machine.source.name),)
    return ()


def record_age(record: CalibrationRecord, on: date) -> tuple[Finding, ...]:
    """Flag a record that was measured long ago: engines have become quicker since."""
    if record.kind in UNMEASURED:
        return ()
    measured = day_in(record.measured_on)
    if measured is None:
        return (_undated(f"The record {record.id}"),)
    age = (on - measured).days
    if age <= STALE_AFTER_DAYS:
        return ()
    message = f"The record {record.id} was measured {measured}, {plural(age, 'day')} before {on}."
    return (Finding("flagged", "stale", message, "Run a calibration with today's engine."),)


def dated(resolved: Resolved) -> Iterator[Dated]:
    """Every price and record the answer rests on."""
    for api in resolved.sellers:
        yield Dated(f"price of {api.offer.title}", day_in(api.card.source.as_of))
    for host in resolved.hosts:
        if host.option.usd_per_gpu_hour is None:
            yield Dated(f"price of {host.machine.id}", day_in(host.machine.source.as_of))
        yield Dated(f"record {host.record.id}", day_in(host.record.measured_on))


def oldest(resolved: Resolved) -> Dated:
    """The oldest of them that has a date."""
    known = [one for one in dated(resolved) if one.on is not None]
    return min(known, key=lambda one: one.on or date.max)


def _undated(what: str) -> Finding:
    return Finding("remark", "undated", f"{what} carries no date: its age is not known.")
