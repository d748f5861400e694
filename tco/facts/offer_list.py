"""What a scenario could be compared with: every offer on record, its price and how old that is."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from hardware_profiles.library import Library
from hardware_profiles.region import ANYWHERE, lies_in
from pricing.catalogue import Catalogue
from pricing.offer import Offer
from pricing.rate_card import RateCard
from tco.facts.ages import day_in
from tco.facts.data import Data
from tco.facts.machine_list import ListedMachine, listed_machines
from tco.question.options import ApiOption
from tco.question.scenario import Scenario
from tco.words.figures import plural
from tco.words.money import unit_price


@dataclass(frozen=True, slots=True)
class ListedOption:
    """One offer as a list shows it, and what stands for it in a scenario."""

    title: str
    price: str
    age: str
    of: ApiOption | ListedMachine

    def __str__(self) -> str:
        return f"{self.title} · {self.price} · {self.age}"


def offer_list(scenario: Scenario, data: Data) -> tuple[ListedOption, ...]:
    """List APIs that are sold and not in the scenario, then machines, each with price and age."""
    return (*_apis(scenario, data), *_machines(scenario, data.library))


def _apis(scenario: Scenario, data: Data) -> Iterator[ListedOption]:
    day = scenario.prices_on
    for offer in data.catalogue.offers():
        if offer.availability(day) == "ended":
            continue
        region = _region(offer, scenario, data.library)
        for tier in offer.tiers:
            option = ApiOption(
                provider=offer.provider, model=offer.model, tier=tier, residency=region
            )
            card = offer.card_of(tier, day, region)
            if card is not None and option not in scenario.bought:
                yield ListedOption(
                    _api_title(offer, option),
                    card_price(card),
                    age_of(card.source.as_of, day),
                    option,
                )


def _region(offer: Offer, scenario: Scenario, library: Library) -> str:
    """Region in which data may stay, where the seller has one."""
    wanted = scenario.company.data_region
    if wanted is None:
        return ANYWHERE
    inside = (r for r in offer.residencies if lies_in(r, wanted, library.regions))
    return next(inside, ANYWHERE)


def _api_title(offer: Offer, option: ApiOption) -> str:
    tier = "" if option.tier == "standard" else f", {option.tier}"
    region = "" if option.residency == ANYWHERE else f", {option.residency.upper()}"
    return f"{offer.title}{tier}{region} at {offer.provider_title} ({option.model})"


def card_price(card: RateCard) -> str:
    """Rates of short prompts, in and out."""
    band = card.bands[0]
    sent, answered = float(band.input_usd_per_mtok), float(band.output_usd_per_mtok)
    return f"${unit_price(sent)} in, ${unit_price(answered)} out per Mtok"


def api_price(option: ApiOption, catalogue: Catalogue, day: date) -> tuple[str, str]:
    """Price of an option of a scenario, and how old that is; empty where it has none."""
    offer = catalogue.offer(option.provider, option.model)
    card = offer.card_of(option.tier, day, option.residency)
    return ("", "") if card is None else (card_price(card), age_of(card.source.as_of, day))


def age_of(as_of: str, on: date) -> str:
    """Say how old a price is, by the day its source has.

    Examples
    --------
    >>> age_of("2026-11-20", date(2026, 11, 24)), age_of("undated", date(2026, 11, 24))
    ('4 days old', 'undated')
    """
    seen = day_in(as_of)
    return "undated" if seen is None else f"{plural((on - seen).days, 'day')} old"


def _machines(scenario: Scenario, library: Library) -> Iterator[ListedOption]:
    for machine in listed_machines(library, scenario.prices_on):
        yield ListedOption(
            machine_title(machine),
            machine_price(machine),
            age_of(machine.as_of, scenario.prices_on),
            machine,
        )


def machine_title(machine: ListedMachine) -> str:
    """What is in it, and who rents it out or sells it."""
    held = f"{machine.term}, {machine.region}" if machine.held == "rent" else "bought"
    return f"{machine.gpus} × {machine.accelerator}, {held}, {machine.seller}"


def machine_price(machine: ListedMachine) -> str:
    """Rent of a GPU for an hour, or price of the server."""
    if machine.usd_per_gpu_hour is not None:
        return f"${unit_price(machine.usd_per_gpu_hour)} per GPU-hour"
    return f"${unit_price((machine.usd_per_gpu or 0.0) * machine.gpus)} a server"
