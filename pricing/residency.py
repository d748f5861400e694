"""What a seller asks on top of every token rate for requests that stay in a region."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pricing.provenance import Source


@dataclass(frozen=True, slots=True)
class ResidencyRule:
    """An uplift on every token rate of some models, in some regions."""

    regions: tuple[str, ...]
    multiplier: Decimal
    """Rate in the region over the rate anywhere [1]."""
    released_from: date | None
    """Only models released on or after this day pay it; None: all do."""
    newer_models: frozenset[str]
    """Models newer than that day whose own release day is not on record."""
    models: frozenset[str]
    """Only these models are sold in the regions; empty: all."""
    source: Source

    def covers(self, model: str) -> bool:
        """Whether the rule is about a model."""
        return not self.models or model in self.models

    def factor(self, model: str, released: date | None) -> Decimal | None:
        """Multiplier of a model [1]; None where it hangs on a release day that is not known."""
        if self.released_from is None or model in self.newer_models:
            return self.multiplier
        if released is None:
            return None
        return self.multiplier if released >= self.released_from else Decimal(1)
