"""What changed between two price catalogues, in words a finance lead reads."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Literal

from pricing.catalogue import Catalogue
from pricing.figures import exact, grouped, rise
from pricing.offer import GLOBAL, Offer
from pricing.price_set import night_of
from pricing.rate_card import Band, RateCard
from pricing.refusal import PriceRefusedError
from pricing.token_classes import published_rates

Kind = Literal["added", "removed", "rate", "tier", "date", "limit"]
LARGE_FACTOR = Decimal(3)
"""A rate that moves by more than this is more likely a slip than a price."""
_LIMITS = ("context_window_tokens", "max_input_tokens", "max_output_tokens")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the old catalogue and the new one."""

    kind: Kind
    provider: str
    model: str
    title: str
    provider_title: str
    words: str
    """The change in one sentence."""
    old: str = ""
    new: str = ""
    factor: Decimal | None = None
    """New rate over old; None where there is no ratio."""
    card: RateCard | None = None
    """Rates it is about, the new ones where there are any; None where it is no rate's change."""
    above_input_tokens: int = 0
    """Length of prompt above which it holds [token]."""
    tokens: str = ""
    """Class of tokens whose rate moved; empty where none did."""

    @property
    def large(self) -> bool:
        """Whether a rate moved so far that someone must look at it."""
        if self.factor is None:
            return False
        return self.factor > LARGE_FACTOR or self.factor * LARGE_FACTOR < 1


def diff(
    old: Catalogue, new: Catalogue, *, on: date | None = None, old_on: date | None = None
) -> tuple[Change, ...]:
    """Every change of an offer, tier, rate, date or limit, as it holds on one day or on two.

    Parameters
    ----------
    on
        Day to compare; None: the day the new catalogue was made.
    old_on
        Day whose rates are taken from the old catalogue; None: the same day. One catalogue on
        two days tells how prices moved in between, as far as it knows their days.
    """
    day = on or new.generated_on
    days = (old_on or day, day)
    before = {(offer.provider, offer.model): offer for offer in old.offers()}
    after = {(offer.provider, offer.model): offer for offer in new.offers()}
    found: list[Change] = []
    for key in sorted(before.keys() | after.keys()):
        was, now = before.get(key), after.get(key)
        if was is None and now is not None:
            found.append(_whole("added", now, "is new"))
        elif now is None and was is not None:
            found.append(_whole("removed", was, "is no longer listed"))
        elif was is not None and now is not None:
            found += [*_rate_changes(was, now, days), *_fact_changes(was, now)]
    return tuple(found)


def _whole(kind: Kind, offer: Offer, words: str) -> Change:
    sentence = f"{_name(offer)} {words}."
    return _change(kind, offer, sentence)


def _change(kind: Kind, offer: Offer, words: str, old: str = "", new: str = "") -> Change:
    names = (offer.provider, offer.model, offer.title, offer.provider_title)
    return Change(kind, *names, words, old, new)


def _name(offer: Offer) -> str:
    return f"{offer.title} at {offer.provider_title}"


def _rate_changes(was: Offer, now: Offer, days: tuple[date, date]) -> Iterator[Change]:
    for tier in dict.fromkeys([*was.tiers, *now.tiers]):
        for residency in dict.fromkeys([GLOBAL, *was.residencies, *now.residencies]):
            old, new = _card(was, tier, residency, days[0]), _card(now, tier, residency, days[1])
            place = tier if residency == GLOBAL else f"{tier}, {residency}"
            if old is None and new is not None:
                yield _tier_change(now, f"now has a price in {place}", new)
            elif new is None and old is not None:
                yield _tier_change(now, f"no longer has a price in {place}", old)
            elif old is not None and new is not None:
                yield from _band_changes(now, place, old, new)


def _card(offer: Offer, tier: str, residency: str, day: date) -> RateCard | None:
    try:
        return offer.rate_card(tier, on=night_of(day), residency=residency)
    except PriceRefusedError:
        return None


def _tier_change(offer: Offer, words: str, card: RateCard) -> Change:
    return replace(_change("tier", offer, f"{_name(offer)} {words}."), card=card)


def _band_changes(offer: Offer, place: str, old: RateCard, new: RateCard) -> Iterator[Change]:
    edges = sorted({band.above_input_tokens for card in (old, new) for band in card.bands})
    since = f" since {new.since}" if new.since and new.since != old.since else ""
    for edge in edges:
        where = f"{place}, above {grouped(edge)} input tokens" if edge else place
        was, now = old.band(edge + 1), new.band(edge + 1)
        if was.offered != now.offered:
            words = "is now offered" if now.offered else "is no longer offered"
            yield _tier_change(offer, f"{words} in {where}", new)
        elif now.offered:
            for cell in published_rates(was) | published_rates(now):
                for change in _cell_change(offer, where, cell, was, now, since):
                    yield replace(change, card=new, above_input_tokens=edge, tokens=cell)


def _cell_change(
    offer: Offer, where: str, cell: str, was: Band, now: Band, since: str
) -> Iterator[Change]:
    old, new = published_rates(was).get(cell), published_rates(now).get(cell)
    if old == new:
        return
    start = f"{_name(offer)}, {where}: {cell}"
    if old is None or new is None:
        gained = "now has a rate of its own" if old is None else "no longer has a rate of its own"
        words, factor = f"{start} {gained}{since}.", None
    else:
        factor = new / old if old else None
        move = "rises" if new > old else "falls"
        percent = f" ({rise(factor)})" if factor is not None else ""
        rates = f"from {exact(old)} to {exact(new)} USD per million tokens"
        words = f"{start} {move} {rates}{percent}{since}."
    yield replace(_change("rate", offer, words, _text(old), _text(new)), factor=factor)


def _text(rate: Decimal | None) -> str:
    return "" if rate is None else exact(rate)


def _fact_changes(was: Offer, now: Offer) -> Iterator[Change]:
    for name, verb in (("released", "was released"), ("retires", "ends")):
        old, new = getattr(was, name), getattr(now, name)
        if (old and old.on) != (new and new.on):
            says = f"{verb} on {new.on}" if new else f"has no day on record on which it {verb}"
            words = f"{_name(now)} {says}."
            days = (str(old.on) if old else "", str(new.on) if new else "")
            yield _change("date", now, words, *days)
    for name in _LIMITS:
        old, new = getattr(was, name), getattr(now, name)
        if old != new:
            words = (
                f"{_name(now)}: {name.replace('_', ' ')} is now {_count(new)}, was {_count(old)}."
            )
            yield _change("limit", now, words, _count(old), _count(new))


def _count(tokens: int | None) -> str:
    return "not known" if tokens is None else grouped(tokens)
