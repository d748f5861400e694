"""Which machines a refresh takes from the lists: each seller's instances, and where they stand."""

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Annotated, Final

from annotated_types import MinLen
from pydantic import TypeAdapter, ValidationError

from hardware_profiles.quantities import Gpus
from pricing.errors import InputError
from pricing.faults import problems_in
from pricing.package_files import read_toml
from pricing.provenance import Name, Record

MACHINES_FILE: Final = "feeds.toml"


class FeedMachine(Record):
    """One instance of one seller, as its lists call it."""

    provider: Name
    instance: Name
    """Its name here, as in the ids of rents."""
    listed_as: Name = ""
    """Its name in the lists where that is another one."""
    accelerator: Name
    gpus: Gpus
    """Accelerators in it."""
    regions: Annotated[tuple[Name, ...], MinLen(1)]
    """Regions whose prices are taken."""

    @property
    def listed(self) -> str:
        """Its name in the lists."""
        return self.listed_as or self.instance


@dataclass(frozen=True, slots=True)
class FeedMachines:
    """Every machine that is taken, by seller and the name in its lists."""

    known: Mapping[tuple[str, str], FeedMachine]

    def of(self, provider: str) -> Mapping[str, FeedMachine]:
        """Machines of a seller by the name in its lists."""
        return {name: one for (seller, name), one in self.known.items() if seller == provider}


def feed_machines() -> FeedMachines:
    """Read which machines are taken.

    Raises
    ------
    InputError
        Naming what is wrong with an entry.
    """
    document = read_toml(files("hardware_profiles") / "data" / MACHINES_FILE)
    try:
        read = TypeAdapter(tuple[FeedMachine, ...]).validate_python(document["machines"])
    except ValidationError as error:
        raise InputError(*problems_in(error, MACHINES_FILE, "Correct the entry.")) from error
    return FeedMachines({(one.provider, one.listed): one for one in read})
