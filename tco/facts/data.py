"""Prices and machines an answer is drawn from, handed down once."""

from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from hardware_profiles.library import Library
from hardware_profiles.own_records import library_folders, own_records
from pricing.catalogue import Catalogue
from pricing.sizing_facts import SizingFacts, load_sizing
from tco.facts.own_facts import together
from tco.facts.unmeasured import with_unmeasured
from tco.question.own_facts import OwnFacts
from tco.question.own_libraries import read_libraries
from tco.question.scenario import Scenario
from tco.words.figures import plural


@dataclass(frozen=True, slots=True, repr=False)
class Data:
    """Prices and machines an answer is drawn from."""

    catalogue: Catalogue
    library: Library
    sizing: SizingFacts = field(default_factory=load_sizing)
    own: OwnFacts | None = None
    """Facts of the scenario that are among them already."""
    shadowed: tuple[str, ...] = ()
    """Facts that ship and have one of yours in their place."""

    def __repr__(self) -> str:
        """Say in a line which facts these are."""
        records = plural(len(self.library.calibrations), "calibration record")
        return f"<Data: prices of {self.catalogue.version}, {records}>"

    @classmethod
    def shipped(cls) -> "Data":
        """Load what comes with the package, and what is in your library; read once."""
        return _shipped(library_folders())

    def with_facts_of(self, scenario: Scenario) -> "Data":
        """Add the scenario's own facts, and the records of options that nobody measured.

        Each is added once: prices and times that were moved since stay moved.

        Raises
        ------
        InputError
            If a fact cannot be, or names what nothing explains.
        """
        own, data = scenario.library, self
        if own is not None and own != self.own:
            held = tuple(option.calibration for option in scenario.self_hosted)
            data = replace(self._with(own, held), own=own)
        library = with_unmeasured(data.library, scenario.self_hosted)
        return data if library is data.library else replace(data, library=library)

    def _with(self, own: OwnFacts, held: tuple[str, ...] = ()) -> "Data":
        both = together(self.catalogue, self.library, own, held)
        shadowed = (*self.shadowed, *both.shadowed)
        return replace(self, catalogue=both.catalogue, library=both.library, shadowed=shadowed)


@lru_cache(maxsize=1)
def _shipped(folders: tuple[Path, ...]) -> Data:
    data = Data(Catalogue.load(), Library.load())
    for own in read_libraries(folders):
        data = data._with(own)
    return replace(data, library=data.library.with_own(own_records()))
