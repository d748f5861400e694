"""A price list as it stood on a day: nothing that began, changed or ended after it is known."""

from dataclasses import replace
from datetime import date

from pricing.catalogue import Catalogue
from pricing.offer import Offer
from pricing.price_set import holds


def as_known(catalogue: Catalogue, day: date) -> Catalogue:
    """Take away what was not yet so on a day; what held then is taken to hold for good.

    A price without a first day on record is taken to have held since the model's own first day,
    and an end is taken to be unknown until it comes. An offer of which no day is on record was not
    known.
    """
    return catalogue.with_offers([_known(offer, day) for offer in catalogue.offers()])


def was_sold(offer: Offer, day: date) -> bool:
    """Whether an offer is on record as sold on a day."""
    return offer.first_day is not None and offer.is_sold(day)


def _known(offer: Offer, day: date) -> Offer:
    held = tuple(
        replace(item, card=replace(item.card, until=None))
        for item in offer.price_sets
        if was_sold(offer, day) and holds(item.card.since, item.card.until, day)
    )
    return replace(offer, price_sets=held, retires=None, _cards={})
