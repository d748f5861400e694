"""What changed between two price catalogues: everything that moves the price of some request.

They are compared on every day on which either of them changes, not on one day: a price that
moves tomorrow, or moved for last year's requests, is told as one that moves today.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from operator import attrgetter

from pricing.catalogue import Catalogue
from pricing.change import Change, change_of, offer_name
from pricing.offer import Offer
from pricing.offer_changes import offer_changes


def diff(old: Catalogue, new: Catalogue) -> tuple[Change, ...]:
    """Every change of a name, tier, rate, fee, day or limit, with the days it is about."""
    found: list[Change] = []
    for provider in sorted({*old.providers, *new.providers}):
        was, now = (_names(catalogue, provider) for catalogue in (old, new))
        changes = [*_changes_of_old(was, now), *_new_offers(was, now)]
        found += sorted(changes, key=attrgetter("model"))
    return (*found, *_provider_names(old, new))


def _names(catalogue: Catalogue, provider: str) -> Mapping[str, Offer]:
    return catalogue.names(provider) if provider in catalogue.providers else {}


def _changes_of_old(was: Mapping[str, Offer], now: Mapping[str, Offer]) -> Iterator[Change]:
    for old in _offers(was):
        new = now.get(old.model.lower())
        if new is None:
            gone = change_of("removed", old, f"{offer_name(old)} is no longer listed.")
            yield replace(gone, takes_away=True)
            new = next((now[name] for name in _aliases(old, was) if name in now), None)
        else:
            if new.model != old.model:
                yield change_of("name", new, f"{offer_name(new)} is now listed as {new.model}.")
            yield from offer_changes(old, new)
        if new is not None:
            yield from _alias_changes(old, new, was, now)


def _alias_changes(
    old: Offer, new: Offer, was: Mapping[str, Offer], now: Mapping[str, Offer]
) -> Iterator[Change]:
    """Other names of an offer: gained, lost, or moved to an offer with its own price."""
    for name in _aliases(old, was):
        target = now.get(name)
        if target is None:
            words = f"{offer_name(old)} no longer goes by the name {name}."
            yield replace(change_of("name", old, words, name), takes_away=True)
        elif target is not new:
            words = f"The name {name} of {offer_name(old)} now means {offer_name(target)}."
            moved = change_of("name", old, words, old.model, target.model)
            changes = list(offer_changes(old, target))
            yield replace(
                moved,
                far=any(change.far for change in changes),
                takes_away=any(change.takes_away for change in changes),
            )
    for name in _aliases(new, now):
        if name not in was:
            yield change_of("name", new, f"{offer_name(new)} now also goes by the name {name}.")


def _new_offers(was: Mapping[str, Offer], now: Mapping[str, Offer]) -> Iterator[Change]:
    """Offers that are no old one under a new id."""
    ids = {offer.model.lower() for offer in was.values()}
    for new in _offers(now):
        if not ids & {new.model.lower(), *_aliases(new, now)}:
            yield change_of("added", new, f"{offer_name(new)} is new.")


def _provider_names(old: Catalogue, new: Catalogue) -> Iterator[Change]:
    for name in sorted(old.provider_aliases.keys() | new.provider_aliases.keys()):
        was, now = old.provider_aliases.get(name, ""), new.provider_aliases.get(name, "")
        if was != now:
            words = f"The provider name {name} now means {now or 'nothing'}, was {was or 'unused'}."
            yield Change("name", now or was, "", "", "", words, was, now, takes_away=bool(was))


def _offers(names: Mapping[str, Offer]) -> list[Offer]:
    return sorted(set(names.values()), key=attrgetter("model"))


def _aliases(offer: Offer, names: Mapping[str, Offer]) -> list[str]:
    """Names that lead to an offer, its own id aside."""
    own = offer.model.lower()
    return [name for name, found in names.items() if found is offer and name != own]
