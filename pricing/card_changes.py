"""What changed between two rate cards: bands that open or close, and rates that move."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from pricing.change import Change, change_of, offer_name
from pricing.figures import exact, grouped, rise
from pricing.offer import GLOBAL, Offer
from pricing.rate_card import Band, RateCard
from pricing.token_classes import billed_rate, published_rates, rate_name


def card_changes(
    offer: Offer, tier: str, residency: str, old: RateCard | None, new: RateCard | None
) -> Iterator[Change]:
    """Every difference between the rates of an offer, in one tier and region.

    Parameters
    ----------
    old, new
        Rates before and after; None where the tier or region has none.
    """
    place = place_of(tier, residency)
    if old is None and new is not None:
        yield _tier_change(offer, f"now has a price in {place}", new)
    elif new is None and old is not None:
        gone = _tier_change(offer, f"no longer has a price in {place}", old)
        yield replace(gone, takes_away=True)
    elif old is not None and new is not None:
        for length in _lengths(old, new):
            yield from _band_changes(offer, place, length, old, new)


def _lengths(*cards: RateCard) -> list[int]:
    """Shortest request of every band of the cards: between them nothing changes [token]."""
    return sorted({band.most_input_tokens_below + 1 for card in cards for band in card.bands})


def _tier_change(offer: Offer, words: str, card: RateCard) -> Change:
    return replace(change_of("tier", offer, f"{offer_name(offer)} {words}."), card=card)


def _band_changes(
    offer: Offer, place: str, length: int, old: RateCard, new: RateCard
) -> Iterator[Change]:
    was, now = old.band(length), new.band(length)
    edge = _edge(length, was, now)
    where = f"{place}, above {grouped(edge)} input tokens" if edge else place
    if was.offered != now.offered:
        words = "is now offered" if now.offered else "is no longer offered"
        change = _tier_change(offer, f"{words} in {where}", new)
        yield replace(change, takes_away=was.offered)
    elif now.offered:
        for token_class, life in published_rates(was) | published_rates(now):
            cell = rate_name(token_class, life)
            before, after = (billed_rate(token_class, life, band) for band in (was, now))
            cells = tuple(published_rates(band).get((token_class, life)) for band in (was, now))
            if cells[0] != cells[1]:
                change = _cell_change(offer, f"{offer_name(offer)}, {where}: {cell}", cells)
                change = replace(change, card=new, above_input_tokens=edge, tokens=cell)
                change = change.moving(before, after)
                yield change if None not in cells else replace(change, factor=None)


def _edge(length: int, was: Band, now: Band) -> int:
    """Edge of the band that starts at a length, as its seller writes it [token]."""
    starting = [b for b in (now, was) if b.most_input_tokens_below + 1 == length]
    return starting[0].above_input_tokens


def _cell_change(offer: Offer, start: str, cells: tuple[Decimal | None, ...]) -> Change:
    old, new = cells
    if old is None or new is None:
        gained = "now has a rate of its own" if old is None else "no longer has a rate of its own"
        words = f"{start} {gained}."
    else:
        move = "rises" if new > old else "falls"
        percent = f" ({rise(new / old)})" if old else ""
        rates = f"from {exact(old)} to {exact(new)} USD per million tokens"
        words = f"{start} {move} {rates}{percent}."
    return change_of("rate", offer, words, *("" if cell is None else exact(cell) for cell in cells))


def place_of(tier: str, residency: str) -> str:
    """Tier, and region where it is one, as a sentence names them."""
    return tier if residency == GLOBAL else f"{tier}, {residency}"
