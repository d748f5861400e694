"""How a bill of usage is asked for: grouped how, at whose prices, on which day."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from pricing.errors import InputError, PriceError, Problem, did_you_mean
from pricing.offer import GLOBAL, STANDARD, Offer
from tco.own_data.usage.sellers import Sellers

DIMENSIONS: Final = (
    "day",
    "month",
    "provider",
    "model",
    "tier",
    "residency",
    "band",
    "project",
    "shape",
)
BY_DEFAULT: Final = ("provider", "model", "tier")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An offer at which all usage is priced instead of its own."""

    offer: Offer
    tier: str = STANDARD
    residency: str = GLOBAL


@dataclass(frozen=True, slots=True)
class BillTerms:
    """How a bill is asked for."""

    by: tuple[str, ...] = BY_DEFAULT
    prices_on: date | None = None
    """Day whose prices hold for everything; None: each day its own."""
    at: Elsewhere | None = None
    tier: str = ""
    """Tier of every row instead of its own; empty: its own."""
    cached: Literal["told", "as input", "twice"] = "told"
    """Whether cached tokens are billed as the files tell them, as plain input, or as both."""


def elsewhere(sellers: Sellers, text: str) -> Elsewhere:
    """Offer that ``provider/model`` or ``provider/model/tier`` names.

    Raises
    ------
    InputError
        It names no provider and model.
    PriceRefusedError
        There is no such offer.
    """
    provider, _, rest = text.partition("/")
    if not rest:
        hint = "Write it as openai/gpt-5.4 or openai/gpt-5.4/batch."
        raise InputError(Problem("--at", text, "is not provider/model", hint))
    names = sellers.catalogue.names(provider)
    if rest.lower() in names:
        return Elsewhere(names[rest.lower()])
    model, _, tier = rest.rpartition("/")
    offer = sellers.catalogue.offer(provider, model or rest)
    known = offer.tier_of(tier)
    if known is None:
        limit = f"{offer.title} is not offered in this tier"
        raise PriceError(Problem("--at", tier, limit, did_you_mean(tier, offer.tiers)))
    return Elsewhere(offer, known)
