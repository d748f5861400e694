"""Prices over the months of a horizon: known changes, a yearly decline, and successors.

A three-year plan outlives a model. Each month takes the rate card that holds on its first day,
the successor's once the model has ended, and the assumed decline on top.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from pricing.catalogue import Catalogue
from pricing.errors import InputError, Problem
from pricing.offer import GLOBAL, STANDARD, Offer
from pricing.price_set import night_of
from pricing.rate_card import RateCard
from pricing.refusal import PriceRefusedError

MOST_MONTHS = 120


@dataclass(frozen=True, slots=True)
class PriceOutlook:
    """What is assumed about prices that nobody has published yet."""

    decline_per_year: float = 0.0
    """Share by which every rate falls each year, compounding monthly: 0.2 is 20 % a year."""
    schedule: Mapping[date, float] | None = None
    """Instead of a steady decline: factors on today's rates, each from its day on."""
    successors: tuple[tuple[str, str], ...] = ()
    """(provider, model) to move to, in order, as each model before it ends."""


@dataclass(frozen=True, slots=True)
class MonthRates:
    """Rates of one month of the horizon."""

    month: int
    first_day: date
    offer: Offer
    card: RateCard | None
    """None where nothing is sold any more; `reason` says why."""
    factor: float
    """Assumed price over the card's [1]."""
    reason: str = ""


def outlook(
    catalogue: Catalogue,
    offer: Offer,
    *,
    start: date,
    months: int,
    assumed: PriceOutlook | None = None,
    tier: str = STANDARD,
    residency: str = GLOBAL,
) -> tuple[MonthRates, ...]:
    """Rates of every month from `start` on.

    Raises
    ------
    InputError
        The outlook or the horizon is out of range: everything wrong at once.
    UnknownModelError
        A successor is not on record.
    """
    views = assumed or PriceOutlook()
    _check(views, months)
    line = [offer, *(catalogue.offer(*names) for names in views.successors)]
    found = []
    for month in range(months):
        day = _add_months(start, month)
        sold, card, reason = _sold_on(line, day, tier, residency)
        found.append(MonthRates(month, day, sold, card, _factor(views, day, month), reason))
    return tuple(found)


def _sold_on(
    line: list[Offer], day: date, tier: str, residency: str
) -> tuple[Offer, RateCard | None, str]:
    """First model of the line that is sold on a day, else the last one's refusal."""
    reason = ""
    for offer in line:
        try:
            card = offer.rate_card(tier, on=night_of(day), residency=residency)
        except PriceRefusedError as refusal:
            reason = refusal.problems[0].limit
        else:
            return offer, card, reason
    return line[-1], None, reason


def _factor(assumed: PriceOutlook, day: date, month: int) -> float:
    if assumed.schedule is not None:
        past = [start for start in assumed.schedule if start <= day]
        return assumed.schedule[max(past)] if past else 1.0
    return math.pow(1.0 - assumed.decline_per_year, month / 12)


def _add_months(start: date, months: int) -> date:
    years, month = divmod(start.month - 1 + months, 12)
    first = date(start.year + years, month + 1, 1)
    return start if months == 0 else first


def _check(assumed: PriceOutlook, months: int) -> None:
    problems = []
    if not 1 <= months <= MOST_MONTHS:
        limit = f"must be from 1 to {MOST_MONTHS}"
        problems.append(Problem("months", str(months), limit, "Choose a shorter horizon."))
    if not -1 <= assumed.decline_per_year < 1:
        hint = "Give a share: 0.2 for 20 % a year; a rise is negative."
        problems.append(
            Problem("decline_per_year", str(assumed.decline_per_year), "must be from -1 to 1", hint)
        )
    problems += [
        Problem(
            f"schedule.{day}", str(factor), "must be a factor from 0 to 10", "1.0 is no change."
        )
        for day, factor in (assumed.schedule or {}).items()
        if not 0 <= factor <= 10
    ]
    if assumed.schedule is not None and assumed.decline_per_year:
        limit = "a schedule replaces the yearly decline"
        problems.append(Problem("schedule", "", limit, "Give one of the two."))
    if problems:
        raise InputError(*problems)
