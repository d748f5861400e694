"""Own facts beside those that ship: one catalogue, one library, and what was replaced."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from hardware_profiles.calibration import CalibrationRecord, read_record
from hardware_profiles.language_model import model_name
from hardware_profiles.library import Library, OwnFact
from pricing.catalogue import Catalogue
from pricing.errors import InputError, Problem
from pricing.offer import Offer
from tco.question.own_facts import OwnApiPrice, OwnFacts

LEAST_OF_LIST: Final = Decimal("0.01")
"""Least share of the list price that a contract may ask; below it, it is of 1,000 tokens."""


@dataclass(frozen=True, slots=True)
class Together:
    """Prices and machines, own ones among them."""

    catalogue: Catalogue
    library: Library
    shadowed: tuple[str, ...]
    """Facts that ship and have one of yours in their place, such as ``model Llama 3.1 8B``."""


def together(
    catalogue: Catalogue, library: Library, own: OwnFacts, held: tuple[str, ...] = ()
) -> Together:
    """Put own facts beside those that ship.

    Parameters
    ----------
    held
        Ids of records that a scenario names, which must agree with its own models and machines.

    Raises
    ------
    InputError
        Naming every record that is none or cannot be, every name that nothing explains, and every
        price that is of another number of tokens.
    """
    records = _records(own)
    facts: tuple[OwnFact, ...] = (*own.models, *own.accelerators, *own.rentals, *own.purchases)
    offers = _offers(own, catalogue)
    return Together(
        catalogue.with_offers(offers),
        library.with_own(records, *facts, held=held),
        tuple(_shadowed(catalogue, library, own, offers)),
    )


def _records(own: OwnFacts) -> dict[str, CalibrationRecord]:
    records: dict[str, CalibrationRecord] = {}
    problems: list[Problem] = []
    for number, text in enumerate(own.calibrations):
        place = f"library.calibrations.{number}"
        try:
            record = read_record(text, place)
        except InputError as refusal:
            problems += refusal.problems
            continue
        if record.id in records:
            limit = "is the id of another record of yours"
            problems.append(Problem(f"{place}: id", record.id, limit, "Remove or rename one."))
        records[record.id] = record.model_copy(update={"own": True})
    if problems:
        raise InputError(*problems)
    return records


def _offers(own: OwnFacts, catalogue: Catalogue) -> tuple[Offer, ...]:
    """Own contracts, sold by a seller on record or by one that the user names."""
    offers = tuple(_offer(price, catalogue) for price in own.api_prices)
    problems = [
        problem
        for number, offer in enumerate(offers)
        for problem in _of_thousands(offer, catalogue, f"library.api_prices.{number}")
    ]
    if problems:
        raise InputError(*problems)
    return offers


def _offer(price: OwnApiPrice, catalogue: Catalogue) -> Offer:
    key = price.provider.strip().lower()
    key = catalogue.provider_aliases.get(key, key)
    if key not in catalogue.providers:
        return price.offer(key, price.provider)
    return price.offer(key, catalogue.offers(provider=key)[0].provider_title)


def _of_thousands(offer: Offer, catalogue: Catalogue, place: str) -> Iterator[Problem]:
    """Input prices below a hundredth of the least that the model costs at list in that tier."""
    listed = [r for o in catalogue.offers() if _same_model(offer, o) for r in _inputs(o)]
    for tier, asked in _inputs(offer):
        least = min((price for other, price in listed if other == tier), default=None)
        if least is not None and asked < LEAST_OF_LIST * least:
            limit = f"is less than a hundredth of the least list price, {least} USD/Mtok"
            remedy = "Multiply a price of 1,000 tokens by 1,000."
            yield Problem(f"{place}: input", str(asked), limit, remedy)
            return


def _inputs(offer: Offer) -> Iterator[tuple[str, Decimal]]:
    """Input price of short prompts in every price set, with its tier."""
    for card in (item.card for item in offer.price_sets):
        if card.bands[0].offered:
            yield card.tier, card.bands[0].input_usd_per_mtok


def _same_model(mine: Offer, known: Offer) -> bool:
    if mine.open_weights is not None and mine.open_weights == known.open_weights:
        return True
    return model_name(mine.model) == model_name(known.model)


def _shadowed(
    catalogue: Catalogue, library: Library, own: OwnFacts, offers: tuple[Offer, ...]
) -> Iterator[str]:
    for what, named, known in (
        ("model", (fact.name for fact in own.models), library.models),
        ("accelerator", (fact.name for fact in own.accelerators), library.accelerators),
        ("rental offer", (fact.id for fact in own.rentals), library.rentals),
        ("purchase offer", (fact.id for fact in own.purchases), library.purchases),
    ):
        yield from (f"{what} {name}" for name in named if name in known)
    for offer in offers:
        listed = catalogue.names(offer.provider) if offer.provider in catalogue.providers else {}
        if offer.model.lower() in listed:
            yield f"price of {offer.model} at {offer.provider_title}"
