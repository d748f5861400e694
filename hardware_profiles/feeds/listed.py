"""A rent as a list has it: whose machine, where, on which term, for how much."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Final

from hardware_profiles.feeds.machines import FeedMachine
from hardware_profiles.feeds.recorded import Recorded
from hardware_profiles.offer import RentalOffer, Term
from pricing.csv_table import CsvTable, number_in
from pricing.errors import InputError
from pricing.provenance import Confidence

CURRENCY: Final = "USD"
MOST_USD: Final = 100_000_000
"""Beyond the price of any machine, for an hour or for a whole term."""


@dataclass(frozen=True, slots=True)
class ListedRent:
    """One price of one machine in one list."""

    machine: FeedMachine
    region: str
    term: Term
    usd_per_instance_hour: Decimal
    confidence: Confidence
    note: str
    """What a reader must know of it."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What one list says of the machines that are taken, and how far it speaks."""

    recorded: Recorded
    rents: tuple[ListedRent, ...]
    terms: frozenset[Term]
    """Terms it would name."""
    regions: frozenset[str]
    """Regions it speaks of, whether or not a machine is offered there."""
    instances: frozenset[str]
    """Machines it speaks of, as they are called here: of one that it leaves out it says nothing."""

    def speaks_of(self, offer: RentalOffer) -> bool:
        """Whether it would name this rent if there was such a one."""
        return (
            offer.provider == self.recorded.source.provider
            and offer.instance in self.instances
            and offer.region in self.regions
            and offer.term in self.terms
        )


Reader = Callable[[Recorded, "dict[str, FeedMachine]"], Listing]
"""Reads a list: machines of its seller by their name in it, in."""


def table_of(recorded: Recorded, text: str, columns: Iterable[str]) -> CsvTable:
    """Read a list that is a table.

    Raises
    ------
    InputError
        If it is no table, is empty, or lacks one of the columns.
    """
    table = CsvTable.read(recorded.source.file, text)
    missing = [name for name in columns if name not in table.columns]
    if missing:
        limit = "has no such column"
        raise InputError(*(recorded.problem("header", name, limit) for name in missing))
    if not table.rows:
        raise InputError(recorded.problem("", "", "has no rows"))
    return table


def price_in(recorded: Recorded, where: str, cell: str) -> Decimal:
    """Read a price above nothing, and of this world.

    Raises
    ------
    InputError
        If it is none.
    """
    known = number_in(cell)
    try:
        price = Decimal(cell.strip()) if known else Decimal(0)
    except InvalidOperation:
        price = Decimal(0)
    if not 0 < price <= MOST_USD:
        limit = f"must be a price above 0 and up to {MOST_USD} USD"
        raise InputError(recorded.problem(where, cell, limit))
    return price
