"""What changed between two states of one offer, on every day on which either changes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from itertools import groupby, pairwise
from typing import Final

from pricing.card_changes import card_changes, place_of
from pricing.change import Change, change_of, offer_name
from pricing.figures import exact, grouped
from pricing.offer import GLOBAL, PEAK, Fee, Offer
from pricing.price_set import PriceSet, holds
from pricing.rate_card import RateCard

_FACTS: Final = (
    ("released", "was released"),
    ("first_seen", "was first seen"),
    ("retires", "ends"),
)
_LIMITS: Final = ("context_window_tokens", "max_input_tokens", "max_output_tokens")


Timing = tuple[str, str, tuple[tuple[time, time], ...], bool]
"""Tier, region, hours, and whether they are of weekdays alone."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days between two changes of either state; an end of None is open."""

    first: date | None
    after: date | None

    @property
    def day(self) -> date:
        """One of its days: nothing changes within it."""
        if self.first is not None:
            return self.first
        return self.after - timedelta(days=1) if self.after else date.max

    def words(self) -> str:
        """Which days, as the end of a sentence."""
        last = self.after - timedelta(days=1) if self.after else None
        if self.first is None:
            return f" until {last}" if last else ""
        return f" from {self.first} to {last}" if last else f" from {self.first} on"


def offer_changes(was: Offer, now: Offer) -> Iterator[Change]:
    """Every change of a rate, fee, day or limit, with the days it is about."""
    spans = _spans(was, now)
    both = [span for span in spans if was.is_sold(span.day) and now.is_sold(span.day)]
    lost = any(was.is_sold(span.day) and not now.is_sold(span.day) for span in spans)
    for tier in _tiers(was, now):
        for residency in dict.fromkeys([GLOBAL, *was.residencies, *now.residencies]):
            yield from _rate_changes(was, now, tier, residency, both)
    for tool in dict.fromkeys(fee.tool for fee in (*was.fees, *now.fees)):
        yield from _fee_changes(was, now, tool, both)
    yield from _timed_changes(was, now, both)
    yield from _hour_changes(was, now)
    yield from _day_changes(was, now, lost=lost)
    yield from _limit_changes(was, now)


def _tiers(was: Offer, now: Offer) -> list[str]:
    """Tiers of either state, and words that mean another tier than before."""
    words = (*was.tier_words, *now.tier_words)
    moved = [word for word in words if was.tier_of(word) != now.tier_of(word)]
    tiers = dict.fromkeys([*was.tiers, *now.tiers, *moved])
    return [tier for tier in tiers if tier != PEAK]  # told hour by hour


def _spans(was: Offer, now: Offer) -> list[Span]:
    days = sorted({day for offer in (was, now) for day in _boundaries(offer) if day})
    return [Span(*ends) for ends in pairwise([None, *days, None])]


def _boundaries(offer: Offer) -> Iterator[date | None]:
    yield offer.first_day
    yield offer.retires.on if offer.retires else None
    for item in offer.price_sets:
        yield from (item.card.since, item.card.until)
    for fee in offer.fees:
        yield from (fee.since, fee.until)


def _rate_changes(
    was: Offer, now: Offer, tier: str, residency: str, spans: Iterable[Span]
) -> Iterator[Change]:
    found: list[tuple[Span, list[Change]]] = []
    for span in spans:
        old, new = (offer.card_of(tier, span.day, residency) for offer in (was, now))
        if old is not None or new is not None:
            changes = card_changes(now, tier, residency, old, new)
            windows = _window_change(was, now, place_of(tier, residency), old, new)
            found.append((span, [*changes, *windows]))
    yield from _joined(found)


def _timed_changes(was: Offer, now: Offer, spans: Iterable[Span]) -> Iterator[Change]:
    """Rates that hold in some hours only: those of a plain day are of the night."""
    timed = [item for offer in (was, now) for item in offer.price_sets if item.hours]
    for timing in dict.fromkeys(map(_timing, timed)):
        tier, residency, hours, _ = timing
        windows = " and ".join(f"{start:%H:%M} to {end:%H:%M}" for start, end in hours)
        found = [
            (span, list(card_changes(now, f"{tier} ({windows} UTC)", residency, *cards)))
            for span in spans
            for cards in [[_timed_card(offer, timing, span.day) for offer in (was, now)]]
        ]
        yield from _joined(found)


def _timing(item: PriceSet) -> Timing:
    return (item.card.tier, item.card.residency, item.hours, item.weekdays)


def _timed_card(offer: Offer, timing: Timing, day: date) -> RateCard | None:
    sets = [item for item in offer.price_sets if _timing(item) == timing]
    held = [item.card for item in sets if holds(item.card.since, item.card.until, day)]
    return held[-1] if held else None


def _window_change(
    was: Offer, now: Offer, place: str, old: RateCard | None, new: RateCard | None
) -> Iterator[Change]:
    """Window of these rates alone; that of the whole offer is told once."""
    if old is None or new is None:
        return
    own = (old.context_window_tokens, new.context_window_tokens)
    before, after = own[0] or was.context_window_tokens, own[1] or now.context_window_tokens
    if own != (None, None) and before != after:
        told = [_limit(before), _limit(after)]
        words = f"{offer_name(now)}, {place}: context window is now {told[1]}, was {told[0]}."
        change = change_of("limit", now, words, *told)
        yield replace(change, takes_away=_shrinks(before, after), card=new)


def _fee_changes(was: Offer, now: Offer, tool: str, spans: Iterable[Span]) -> Iterator[Change]:
    found = []
    for span in spans:
        old, new = was.fee(tool, span.day), now.fee(tool, span.day)
        if old is not None or new is not None:
            found.append((span, list(_fee_change(now, tool.replace("_", " "), old, new))))
    yield from _joined(found)


def _fee_change(offer: Offer, tool: str, old: Fee | None, new: Fee | None) -> Iterator[Change]:
    usd = [None if fee is None else fee.usd_per_thousand for fee in (old, new)]
    if usd[0] == usd[1]:
        return
    told = ["" if rate is None else exact(rate) for rate in usd]
    moved = " to ".join(f"{rate} USD per thousand calls" if rate else "no fee" for rate in told)
    change = change_of("fee", offer, f"{offer_name(offer)}: {tool} moves from {moved}.", *told)
    yield change.moving(*usd)


def _joined(found: list[tuple[Span, list[Change]]]) -> Iterator[Change]:
    """Changes of spans that follow each other, told once; with their days if not on all."""
    for words in dict.fromkeys(change.words for _, changes in found for change in changes):
        told = [next((c for c in changes if c.words == words), None) for _, changes in found]
        for change, run in groupby(range(len(found)), key=lambda number: told[number]):
            numbers = list(run)
            if change is not None:
                first = found[numbers[0]][0].first if numbers[0] else None
                after = found[numbers[-1]][0].after if numbers[-1] < len(found) - 1 else None
                yield _dated(change, Span(first, after))


def _dated(change: Change, days: Span) -> Change:
    return replace(change, words=f"{change.words.removesuffix('.')}{days.words()}.")


def _hour_changes(was: Offer, now: Offer) -> Iterator[Change]:
    old, new = (
        {(item.card.tier, item.hours, item.weekdays) for item in offer.price_sets if item.hours}
        for offer in (was, now)
    )
    if old != new:
        words = f"{offer_name(now)}: the hours in which its rates hold have changed."
        yield replace(change_of("rate", now, words), takes_away=True)


def _day_changes(was: Offer, now: Offer, *, lost: bool) -> Iterator[Change]:
    for name, verb in _FACTS:
        old, new = getattr(was, name), getattr(now, name)
        if (old and old.on) != (new and new.on):
            says = f"{verb} on {new.on}" if new else f"has no day on record on which it {verb}"
            days = (str(old.on) if old else "", str(new.on) if new else "")
            words = f"{offer_name(now)} {says}."
            yield replace(change_of("date", now, words, *days), takes_away=lost)


def _limit_changes(was: Offer, now: Offer) -> Iterator[Change]:
    for name in _LIMITS:
        old, new = getattr(was, name), getattr(now, name)
        if old != new:
            told = [_limit(old), _limit(new)]
            words = f"{offer_name(now)}: {name.replace('_', ' ')} is now {told[1]}, was {told[0]}."
            change = change_of("limit", now, words, *told)
            yield replace(change, takes_away=_shrinks(old, new))


def _limit(tokens: int | None) -> str:
    return "not known" if tokens is None else grouped(tokens)


def _shrinks(old: int | None, new: int | None) -> bool:
    return new is not None and (old is None or new < old)
