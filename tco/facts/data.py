"""Prices and machines an answer is drawn from, handed down once."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from hardware_profiles.library import Library
from hardware_profiles.own_records import library_folders, own_records
from pricing.catalogue import Catalogue
from pricing.sizing_facts import SizingFacts, load_sizing
from tco.words.figures import plural


@dataclass(frozen=True, slots=True, repr=False)
class Data:
    """Prices and machines an answer is drawn from."""

    catalogue: Catalogue
    library: Library
    sizing: SizingFacts = field(default_factory=load_sizing)

    def __repr__(self) -> str:
        """Say in a line which facts these are."""
        records = plural(len(self.library.calibrations), "calibration record")
        return f"<Data: prices of {self.catalogue.version}, {records}>"

    @classmethod
    def shipped(cls) -> "Data":
        """Load what comes with the package, and the records of your library; read once."""
        return _shipped(library_folders())


@lru_cache(maxsize=1)
def _shipped(_folders: tuple[Path, ...]) -> Data:
    return Data(Catalogue.load(), Library.load().with_own(own_records()))
