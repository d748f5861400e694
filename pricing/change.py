"""One difference between two states of the prices, in words a finance lead reads."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final, Literal

from pricing.offer import Offer
from pricing.rate_card import RateCard

Kind = Literal["added", "removed", "name", "rate", "tier", "fee", "date", "limit"]
LARGE_FACTOR: Final = Decimal(3)
"""A price that moves by more than this, up or down, is more likely a slip than a price."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the old prices and the new ones."""

    kind: Kind
    provider: str
    model: str
    title: str
    provider_title: str
    words: str
    """The change in one sentence."""
    old: str = ""
    new: str = ""
    factor: Decimal | None = None
    """New price over old; None where either is none of its own."""
    far: bool = False
    """Whether it moved by more than `LARGE_FACTOR`, up or down."""
    takes_away: bool = False
    """Whether requests that had a price have none any more."""
    card: RateCard | None = None
    """Rates it is about, the new ones where there are any; None where it is no rate's change."""
    above_input_tokens: int = 0
    """Length of prompt above which it holds [token]."""
    tokens: str = ""
    """Class of tokens whose rate moved; empty where none did."""

    @property
    def large(self) -> bool:
        """Whether someone must look at it: a price is gone, or moved very far."""
        return self.takes_away or self.far

    def moving(self, old: Decimal | None, new: Decimal | None) -> "Change":
        """Build the same change, of a price from old to new; None where it is refused."""
        if old is None or new is None:
            return replace(self, takes_away=old is not None and new is None)
        return replace(self, factor=new / old if old else None, far=is_far(old, new))


def is_far(old: Decimal, new: Decimal) -> bool:
    """Whether a price moves by more than `LARGE_FACTOR`, up or down."""
    return new > old * LARGE_FACTOR or new * LARGE_FACTOR < old


def change_of(kind: Kind, offer: Offer, words: str, old: str = "", new: str = "") -> Change:
    """Say something of an offer."""
    names = (offer.provider, offer.model, offer.title, offer.provider_title)
    return Change(kind, *names, words, old, new)


def offer_name(offer: Offer) -> str:
    """Model and seller, as a sentence names them."""
    return f"{offer.title} at {offer.provider_title}"
