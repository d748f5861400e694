"""What a run may cost: a price before each request, and none is sent that could go beyond.

Before a request its highest price is set aside: as many input tokens as its text has bytes, for no
token is shorter, and as many output tokens as it may give. Afterwards the exact price of what it
used takes that place. So the sum never goes beyond the budget, however many are under way.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final

from pricing.catalogue import Catalogue
from pricing.rules import price
from pricing.usage import RequestUsage
from tco.quality.endpoints import Endpoint

BYTES_AROUND: Final = 64
"""Of a message, for what a chat template puts around it."""


@dataclass(slots=True)
class Budget:
    """What was spent, and what is set aside for requests under way."""

    limit_usd: Decimal | None
    """None: no limit."""
    spent_usd: Decimal = Decimal(0)
    _aside: dict[object, Decimal] = field(default_factory=dict)

    def set_aside(self, request: object, most_usd: Decimal) -> bool:
        """Set a request's highest price aside; False where the budget does not hold it."""
        others = sum((usd for key, usd in self._aside.items() if key != request), Decimal(0))
        if self.limit_usd is not None and self.spent_usd + others + most_usd > self.limit_usd:
            return False
        self._aside[request] = most_usd
        return True

    def spend(self, request: object, usd: Decimal) -> None:
        """Put what a request cost in place of what was set aside for it."""
        self._aside.pop(request, None)
        self.spent_usd += usd


def usage_usd(
    endpoint: Endpoint, usage: RequestUsage, catalogue: Catalogue, on: date
) -> Decimal | None:
    """Exact price of one request [USD]; None on a server of your own.

    Raises
    ------
    PriceError
        If the seller does not sell it on this day.
    """
    if endpoint.offer is None:
        return None
    return price(catalogue, endpoint.offer, usage, on=on, tier=endpoint.tier).usd


def most_usd(
    endpoint: Endpoint, texts: Sequence[str], most_output: int, catalogue: Catalogue, on: date
) -> Decimal:
    """Highest price of a request of these texts [USD]; 0 on a server of your own.

    Raises
    ------
    PriceError
        If the seller does not sell it on this day.
    """
    offer = endpoint.offer
    if offer is None:
        return Decimal(0)
    window = offer.context_window_tokens
    fits = [
        sum(len(text.encode()) + BYTES_AROUND for text in texts),
        *((offer.max_input_tokens,) if offer.max_input_tokens else ()),
        *((max(window - most_output, 0),) if window else ()),
    ]
    usage = RequestUsage(input_tokens=min(fits), output_tokens=most_output)
    return price(catalogue, offer, usage, on=on, tier=endpoint.tier).usd or Decimal(0)
