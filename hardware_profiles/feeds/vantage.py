"""Vantage's copy of AWS's price list, `instances.json`: standard reservations, nothing upfront.

It is a list of machines; of each it has the prices by region and system, and those of a term
under names such as ``yrTerm3Standard.noUpfront``. A whole term without a fee has one of its own.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, TypeVar

from pydantic import BaseModel, ConfigDict, Field, Strict, TypeAdapter, ValidationError

from hardware_profiles.feeds.listed import ListedRent, Listing, price_in
from hardware_profiles.feeds.machines import FeedMachine
from hardware_profiles.feeds.recorded import Recorded
from hardware_profiles.offer import Term
from pricing.errors import InputError
from pricing.faults import problems_in
from pricing.parsing import parse_json

_TERMS: Final[dict[str, Term]] = {
    "yrTerm1Standard.noUpfront": "1-year",
    "yrTerm3Standard.noUpfront": "3-year",
}
_SYSTEM: Final = "linux"
_NOTE: Final = "standard reservation, nothing upfront; of AWS's list as Vantage copied it"

Text = Annotated[str, Strict()]
Read = TypeVar("Read")


class _Prices(BaseModel):
    """What a machine costs in one region with one system; of a term by its name."""

    model_config = ConfigDict(frozen=True)

    reserved: dict[Text, Text] = Field(default_factory=dict)


class _Machine(BaseModel):
    """A machine as the list has it; what else it says of it is not read."""

    model_config = ConfigDict(frozen=True)

    instance_type: Text
    gpus: Annotated[float, Strict()] = Field(alias="GPU")
    pricing: dict[Text, dict[Text, Any]]


def read_vantage(recorded: Recorded, machines: dict[str, FeedMachine]) -> Listing:
    """Read reservations of one and three years of the machines that are taken.

    Raises
    ------
    InputError
        If it is no such list, names another number of accelerators, or a price that is none.
    """
    try:
        listed = parse_json(recorded.text)
    except ValueError as error:
        raise InputError(recorded.problem("", "", f"is not JSON: {error}")) from error
    if not isinstance(listed, list):
        raise InputError(recorded.problem("", "", "is no list of machines"))
    found: dict[str, _Machine] = {}
    for place, entry in enumerate(listed):
        name = entry.get("instance_type") if isinstance(entry, Mapping) else None
        if name not in machines:
            continue
        if name in found:
            raise InputError(recorded.problem(f"{place}: instance_type", name, "is listed twice"))
        found[name] = _machine(recorded, place, entry, machines[name])
    rents = [rent for name, one in found.items() for rent in _rents(recorded, one, machines[name])]
    regions = frozenset(region for one in found.values() for region in one.pricing)
    instances = frozenset(machines[name].instance for name in found)
    return Listing(recorded, tuple(rents), frozenset(_TERMS.values()), regions, instances)


def _machine(
    recorded: Recorded, place: int, entry: Mapping[str, Any], machine: FeedMachine
) -> _Machine:
    one = _checked(recorded, f"{place}", TypeAdapter(_Machine), entry)
    if one.gpus != machine.gpus:
        limit = f"must be {machine.gpus} for {machine.instance}, as in feeds.toml"
        raise InputError(recorded.problem(f"{place}: GPU", f"{one.gpus:g}", limit))
    return one


def _rents(recorded: Recorded, one: _Machine, machine: FeedMachine) -> Iterator[ListedRent]:
    for region in machine.regions:
        told = one.pricing.get(region, {}).get(_SYSTEM)
        if told is None:
            continue
        where = f"{one.instance_type}: {region}: {_SYSTEM}"
        prices = _checked(recorded, where, TypeAdapter(_Prices), told)
        for name, term in _TERMS.items():
            if name in prices.reserved:
                price = price_in(recorded, f"{where}: {name}", prices.reserved[name])
                yield ListedRent(machine, region, term, price, "medium", _NOTE)


def _checked(recorded: Recorded, where: str, kind: TypeAdapter[Read], given: object) -> Read:
    try:
        return kind.validate_python(given)
    except ValidationError as error:
        (first, *_) = problems_in(error, where, "")
        raise InputError(recorded.problem(first.field, first.value, first.limit)) from error
