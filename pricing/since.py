"""How the prices of one catalogue moved between two days, as far as it knows their days."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

from pricing.card_changes import card_changes
from pricing.catalogue import Catalogue
from pricing.change import Change
from pricing.offer import GLOBAL, Offer


def changes_between(catalogue: Catalogue, was: date, now: date) -> tuple[Change, ...]:
    """Every rate and tier whose price differs between two days."""
    offers = sorted(catalogue.offers(), key=lambda offer: (offer.provider, offer.model))
    return tuple(change for offer in offers for change in _moves(offer, was, now))


def _moves(offer: Offer, was: date, now: date) -> Iterator[Change]:
    for tier in offer.tiers:
        for residency in dict.fromkeys([GLOBAL, *offer.residencies]):
            old, new = (offer.card_of(tier, day, residency) for day in (was, now))
            begun = new is not None and old is not None and new.since not in (None, old.since)
            for change in card_changes(offer, tier, residency, old, new):
                if begun and new is not None and change.kind == "rate":
                    words = f"{change.words.removesuffix('.')} since {new.since}."
                    yield replace(change, words=words)
                else:
                    yield change
