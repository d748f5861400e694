"""SkyPilot's catalogue files: one row an instance, region and zone, on demand and spot.

A spot price that equals the price on demand says that there is no spot market in that zone; of the
others the dearest is taken, for a fleet cannot choose its zone on the day it is interrupted.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from hardware_profiles.feeds.listed import ListedRent, Listing, price_in, table_of
from hardware_profiles.feeds.machines import FeedMachine
from hardware_profiles.feeds.recorded import Recorded
from hardware_profiles.offer import Term
from pricing.csv_table import number_in
from pricing.errors import InputError
from pricing.figures import exact

_COLUMNS: Final = ("InstanceType", "AcceleratorCount", "Price", "SpotPrice", "Region")
_TERMS: Final[frozenset[Term]] = frozenset(("on-demand", "spot"))

Row = tuple[int, dict[str, str]]


def read_skypilot(recorded: Recorded, machines: dict[str, FeedMachine]) -> Listing:
    """Read prices on demand and spot of the machines that are taken.

    Raises
    ------
    InputError
        If it is no such file, names another number of accelerators, or a price that is none.
    """
    table = table_of(recorded, recorded.text, _COLUMNS)
    places: dict[tuple[str, str], list[Row]] = {}
    for line, row in table.rows:
        machine = machines.get(row["InstanceType"])
        if machine is not None and row["Region"] in machine.regions:
            _check_count(recorded, line, row, machine)
            places.setdefault((machine.listed, row["Region"]), []).append((line, row))
    rents = [
        rent
        for (name, region), rows in places.items()
        for rent in _rents(recorded, machines[name], region, rows)
    ]
    regions = {region for machine in machines.values() for region in machine.regions}
    instances = frozenset(machine.instance for machine in machines.values())
    return Listing(recorded, tuple(rents), _TERMS, frozenset(regions), instances)


def _check_count(recorded: Recorded, line: int, row: dict[str, str], machine: FeedMachine) -> None:
    if number_in(row["AcceleratorCount"]) != machine.gpus:
        limit = f"must be {machine.gpus} for {machine.instance}, as in feeds.toml"
        where = f"line {line}: AcceleratorCount"
        raise InputError(recorded.problem(where, row["AcceleratorCount"], limit))


def _rents(
    recorded: Recorded, machine: FeedMachine, region: str, rows: list[Row]
) -> Iterator[ListedRent]:
    listed = {
        column: [
            price_in(recorded, f"line {line}: {column}", row[column])
            for line, row in rows
            if row[column]
        ]
        for column in ("Price", "SpotPrice")
    }
    plain = set(listed["Price"])
    if len(plain) > 1:
        given = " and ".join(str(price) for price in sorted(plain))
        limit = "is one price on demand in every zone of a region"
        raise InputError(recorded.problem(f"{machine.instance} in {region}: Price", given, limit))
    for price in plain:
        yield ListedRent(machine, region, "on-demand", price, "high", "")
    spot = [price for price in listed["SpotPrice"] if price not in plain]
    if spot:
        yield _spot(machine, region, spot)


def _spot(machine: FeedMachine, region: str, prices: list[Decimal]) -> ListedRent:
    among = f"the dearest of {len(prices)} zones, {exact(min(prices))} in the cheapest"
    note = f"{among if prices[1:] else 'in one zone'}; moves daily"
    return ListedRent(machine, region, "spot", max(prices), "medium", note)
