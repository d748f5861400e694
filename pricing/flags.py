"""What a reader must know beside a price: its age, a promotion, the reading of a doubtful rule."""

from collections.abc import Iterator
from datetime import date
from typing import Final

from pricing.errors import Problem
from pricing.offer import STANDARD, Offer
from pricing.price_set import day_of
from pricing.rate_card import Band, RateCard
from pricing.refusal import ExpiredPriceError
from pricing.token_classes import class_rates
from pricing.usage import RequestUsage

STALE_AFTER_DAYS: Final = 90
"""Age of a rate beyond which every answer carries a flag."""
STALE: Final = "stale"
"""First word of the flag of such a rate."""
NO_DAY: Final = "undated: on which day this rate was seen is not stated"
"""Flag of a rate whose source names no day."""
EXPIRED_AFTER_DAYS: Final = 730
"""Age of a rate beyond which it is no answer any more."""


def age_flags(card: RateCard, on: date) -> tuple[str, ...]:
    """Say what a reader must know of the age of these rates on the day they are used for.

    Raises
    ------
    ExpiredPriceError
        The rate was last seen so long before `on` that it is no answer.
    """
    day = day_of(on)
    checked = card.source.day
    if checked is None:
        return (NO_DAY, *_card_flags(card, day, day))
    age = (day - checked).days
    if age > EXPIRED_AFTER_DAYS:
        limit = f"the rate was last seen {checked}, {age} days before"
        remedy = "Refresh the catalogue, or model future prices with a price path."
        raise ExpiredPriceError(Problem("on", str(day), limit, remedy))
    return tuple(_card_flags(card, day, checked))


def usage_flags(offer: Offer, card: RateCard, band: Band, usage: RequestUsage) -> Iterator[str]:
    """Say which readings a quote of this request rests on."""
    yield from (note for note in (offer.note, band.note) if note)
    if band.source.undated:
        listed = band.source.as_of
        yield f"undated: when this rate was last checked is not stated; its list is of {listed}"
    yield from (
        rate.note for rate in class_rates(band) if rate.note and rate.token_class.count(usage)
    )
    if (usage.web_searches or usage.file_searches) and card.tier != STANDARD:
        yield f"no {card.tier} rate for tool calls is published: they are billed in full"


def _card_flags(card: RateCard, day: date, checked: date) -> Iterator[str]:
    age = (day - checked).days
    if age > STALE_AFTER_DAYS:
        yield f"{STALE}: the rate was last seen {checked}, {age} days before {day}"
    if card.since is None and age < -STALE_AFTER_DAYS:
        yield f"history: since when this rate holds is not on record; it was seen {checked}"
    if card.promotion_until and day > card.promotion_until:
        yield (
            f"promotion: announced through {card.promotion_until}; what follows is not "
            "published, the promotional rate is carried on"
        )
    if card.since == day and card.date_basis == "upstream":
        yield f"the price changed on {day}, counted by UTC; the seller gave no hour"
    if card.note:
        yield card.note
