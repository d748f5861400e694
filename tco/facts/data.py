"""Prices and machines an answer is drawn from, handed down once."""

from dataclasses import dataclass, field
from functools import lru_cache

from hardware_profiles.library import Library
from hardware_profiles.own_records import own_records
from pricing.catalogue import Catalogue
from pricing.sizing_facts import SizingFacts, load_sizing


@dataclass(frozen=True, slots=True)
class Data:
    """Prices and machines an answer is drawn from."""

    catalogue: Catalogue
    library: Library
    sizing: SizingFacts = field(default_factory=load_sizing)

    @classmethod
    def shipped(cls) -> "Data":
        """Load what comes with the package; read once per process."""
        return _shipped()


@lru_cache(maxsize=1)
def _shipped() -> Data:
    return Data(Catalogue.load(), Library.load().with_own(own_records()))
