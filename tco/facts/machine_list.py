"""Every machine on record with its price, its source and the age of both; yours among them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from hardware_profiles.library import Library
from hardware_profiles.offer import PurchaseOffer, RentalOffer
from pricing.flags import STALE_AFTER_DAYS
from tco.facts.ages import day_in

Held = Literal["rent", "purchase"]


@dataclass(frozen=True, slots=True)
class ListedMachine:
    """One machine as it is rented or sold."""

    id: str
    held: Held
    accelerator: str
    gpus: int
    seller: str
    region: str
    """Empty for what is bought."""
    term: str
    """Empty for what is bought."""
    usd_per_gpu_hour: float | None
    """None for what is bought."""
    usd_per_gpu: float | None
    """None for what is rented."""
    source: str
    url: str
    as_of: str
    """As the source has it."""
    age_days: int | None
    """None where the source names no day."""

    @property
    def is_stale(self) -> bool:
        """Whether nobody saw its price lately, or nobody says when."""
        return self.age_days is None or self.age_days > STALE_AFTER_DAYS


def listed_machines(library: Library, on: date) -> tuple[ListedMachine, ...]:
    """List what is rented, then what is sold, each by accelerator and price."""
    return (
        *sorted(_rented(library, on), key=lambda m: (m.accelerator, m.usd_per_gpu_hour, m.id)),
        *sorted(_sold(library, on), key=lambda m: (m.accelerator, m.usd_per_gpu, m.id)),
    )


def _rented(library: Library, on: date) -> Iterator[ListedMachine]:
    for offer in library.rentals.values():
        yield ListedMachine(
            id=offer.id,
            held="rent",
            accelerator=offer.accelerator,
            gpus=offer.gpus,
            seller=offer.provider,
            region=offer.region,
            term=offer.term,
            usd_per_gpu_hour=offer.usd_per_gpu_hour,
            usd_per_gpu=None,
            source=offer.source.name,
            url=offer.source.url,
            as_of=offer.source.as_of,
            age_days=_age(offer, on),
        )


def _sold(library: Library, on: date) -> Iterator[ListedMachine]:
    for server in library.purchases.values():
        yield ListedMachine(
            id=server.id,
            held="purchase",
            accelerator=server.accelerator,
            gpus=server.gpus,
            seller=server.system,
            region="",
            term="",
            usd_per_gpu_hour=None,
            usd_per_gpu=server.price_usd / server.gpus,
            source=server.source.name,
            url=server.source.url,
            as_of=server.source.as_of,
            age_days=_age(server, on),
        )


def _age(machine: RentalOffer | PurchaseOffer, on: date) -> int | None:
    seen = day_in(machine.source.as_of)
    return None if seen is None else (on - seen).days
