"""What changed between two price catalogues, in words a finance lead reads."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Literal

from pricing.catalogue import Catalogue
from pricing.offer import GLOBAL, Offer
from pricing.rate_card import Band, RateCard
from pricing.refusal import PriceRefusedError

Kind = Literal["added", "removed", "rate", "tier", "date", "limit"]
LARGE_FACTOR = Decimal(3)
"""A rate that moves by more than this is more likely a slip than a price."""
_OFF_PEAK = time(22, tzinfo=UTC)
_LIMITS = ("context_window_tokens", "max_input_tokens", "max_output_tokens")


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the old catalogue and the new one."""

    kind: Kind
    provider: str
    model: str
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
    return Change(kind, offer.provider, offer.model, sentence)


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
        return offer.rate_card(tier, on=datetime.combine(day, _OFF_PEAK), residency=residency)
    except PriceRefusedError:
        return None


def _tier_change(offer: Offer, words: str, card: RateCard) -> Change:
    return Change("tier", offer.provider, offer.model, f"{_name(offer)} {words}.", card=card)


def _band_changes(offer: Offer, place: str, old: RateCard, new: RateCard) -> Iterator[Change]:
    edges = sorted({band.above_input_tokens for card in (old, new) for band in card.bands})
    since = f" since {new.since}" if new.since and new.since != old.since else ""
    for edge in edges:
        where = f"{place}, above {edge:,} input tokens" if edge else place
        was, now = old.band(edge + 1), new.band(edge + 1)
        if was.offered != now.offered:
            words = "is now offered" if now.offered else "is no longer offered"
            yield _tier_change(offer, f"{words} in {where}", new)
        elif now.offered:
            for cell in _cells(was) | _cells(now):
                for change in _cell_change(offer, where, cell, was, now, since):
                    yield replace(change, card=new, above_input_tokens=edge, tokens=cell)


def _cells(band: Band) -> dict[str, Decimal | None]:
    return {
        "input": band.input_usd_per_mtok,
        "cached input": band.cached_input_usd_per_mtok,
        "output": band.output_usd_per_mtok,
        **{f"cache write ({life})": rate for life, rate in band.cache_write_usd_per_mtok.items()},
    }


def _cell_change(
    offer: Offer, where: str, cell: str, was: Band, now: Band, since: str
) -> Iterator[Change]:
    old, new = _cells(was).get(cell), _cells(now).get(cell)
    if old == new:
        return
    start = f"{_name(offer)}, {where}: {cell}"
    if old is None or new is None:
        gained = "now has a rate of its own" if old is None else "no longer has a rate of its own"
        words, factor = f"{start} {gained}{since}.", None
    else:
        factor = new / old if old else None
        move = "rises" if new > old else "falls"
        percent = f" ({(factor - 1) * 100:+.0f} %)" if factor is not None else ""
        words = f"{start} {move} from {old:f} to {new:f} USD per million tokens{percent}{since}."
    yield Change("rate", offer.provider, offer.model, words, _text(old), _text(new), factor)


def _text(rate: Decimal | None) -> str:
    return "" if rate is None else f"{rate:f}"


def _fact_changes(was: Offer, now: Offer) -> Iterator[Change]:
    for name, verb in (("released", "was released"), ("retires", "ends")):
        old, new = getattr(was, name), getattr(now, name)
        if (old and old.on) != (new and new.on):
            says = f"{verb} on {new.on}" if new else f"has no day on record on which it {verb}"
            yield Change(
                "date",
                now.provider,
                now.model,
                f"{_name(now)} {says}.",
                str(old.on) if old else "",
                str(new.on) if new else "",
            )
    for name in _LIMITS:
        old, new = getattr(was, name), getattr(now, name)
        if old != new:
            words = (
                f"{_name(now)}: {name.replace('_', ' ')} is now {_count(new)}, was {_count(old)}."
            )
            yield Change("limit", now.provider, now.model, words, _count(old), _count(new))


def _count(tokens: int | None) -> str:
    return "not known" if tokens is None else f"{tokens:,}"
