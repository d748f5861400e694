"""Azure's retail prices, as its service answers: reservations, whose price is of the whole term."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Strict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from hardware_profiles.feeds.listed import CURRENCY, ListedRent, Listing, price_in
from hardware_profiles.feeds.machines import FeedMachine
from hardware_profiles.feeds.recorded import Recorded
from hardware_profiles.offer import Term
from pricing.errors import InputError
from pricing.faults import problems_in
from pricing.parsing import parse_json

_YEARS: Final[dict[str, int]] = {"1 Year": 1, "3 Years": 3, "5 Years": 5}
_TERMS: Final[dict[int, Term]] = {1: "1-year", 3: "3-year", 5: "5-year"}
_HOURS_PER_YEAR: Final = 8_760
_SHOWN: Final = Decimal("0.000001")


class _Item(BaseModel):
    """One price; what it says besides is left out."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel)

    currency_code: str
    retail_price: Annotated[float, Strict()]
    arm_region_name: str
    arm_sku_name: str
    product_name: str
    type: str
    reservation_term: str = ""

    @property
    def is_taken(self) -> bool:
        """Whether it reserves a machine, and not a licence for it."""
        return self.type == "Reservation" and "Windows" not in self.product_name


def read_azure_list(recorded: Recorded, machines: dict[str, FeedMachine]) -> Listing:
    """Read reservations of one, three and five years of the machines that are taken.

    Raises
    ------
    InputError
        If it is no such answer, is one of several pages, or a price is none.
    """
    items = _items(recorded)
    rents = []
    for number, item in enumerate(items):
        machine = machines.get(item.arm_sku_name)
        years = _YEARS.get(item.reservation_term)
        if machine and years and item.is_taken and item.arm_region_name in machine.regions:
            where = f"Items.{number}"
            if item.currency_code != CURRENCY:
                field, limit = f"{where}.currencyCode", f"must be {CURRENCY}"
                raise InputError(recorded.problem(field, item.currency_code, limit))
            whole = price_in(recorded, f"{where}.retailPrice", str(item.retail_price))
            rents.append(_rent(machine, item.arm_region_name, years, whole))
    told = [item for item in items if item.is_taken]
    regions = frozenset(item.arm_region_name for item in told)
    named = {item.arm_sku_name for item in told} & {*machines}
    instances = frozenset(machines[name].instance for name in named)
    return Listing(recorded, tuple(rents), frozenset(_TERMS.values()), regions, instances)


def _rent(machine: FeedMachine, region: str, years: int, whole: Decimal) -> ListedRent:
    hourly = (whole / (years * _HOURS_PER_YEAR)).quantize(_SHOWN)
    note = f"reservation, {whole} USD for its whole term"
    return ListedRent(machine, region, _TERMS[years], hourly, "high", note)


def _items(recorded: Recorded) -> tuple[_Item, ...]:
    try:
        answer: Any = parse_json(recorded.text)
    except ValueError as error:
        raise InputError(recorded.problem("", "", f"is not JSON: {error}")) from error
    if not isinstance(answer, Mapping) or "Items" not in answer:
        raise InputError(recorded.problem("Items", "", "is no answer of Azure's retail prices"))
    try:
        items = TypeAdapter(tuple[_Item, ...]).validate_python(answer["Items"])
    except ValidationError as error:
        (first, *_) = problems_in(error, "", "")
        field = f"Items.{first.field}"
        raise InputError(recorded.problem(field, first.value, first.limit)) from error
    if answer.get("NextPageLink") or answer.get("Count") != len(items):
        told = str(answer.get("Count", ""))
        limit = f"must be the {len(items)} items of one whole page, with no NextPageLink"
        raise InputError(recorded.problem("Count", told, limit, "Narrow its $filter."))
    return items
