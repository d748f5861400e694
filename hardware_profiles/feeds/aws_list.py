"""AWS's price list for EC2, as its CSV of one region: standard reservations, nothing upfront.

Lines above its header say what it is and when it was published.
"""

from typing import Final

from hardware_profiles.feeds.listed import CURRENCY, ListedRent, Listing, price_in, table_of
from hardware_profiles.feeds.machines import FeedMachine
from hardware_profiles.feeds.recorded import Recorded
from hardware_profiles.offer import Term
from pricing.errors import InputError

_COLUMNS: Final = (
    "TermType", "Unit", "PricePerUnit", "Currency", "LeaseContractLength", "PurchaseOption",
    "OfferingClass", "Instance Type", "Tenancy", "Operating System", "Pre Installed S/W",
    "Region Code",
)  # fmt: skip
_TAKEN: Final = {
    "TermType": "Reserved",
    "Unit": "Hrs",
    "PurchaseOption": "No Upfront",
    "OfferingClass": "standard",
    "Operating System": "Linux",
    "Tenancy": "Shared",
    "Pre Installed S/W": "NA",
}
_TERMS: Final[dict[str, Term]] = {"1yr": "1-year", "3yr": "3-year"}
_NOTE: Final = "standard reservation, nothing upfront"


def read_aws_list(recorded: Recorded, machines: dict[str, FeedMachine]) -> Listing:
    """Read reservations of one and three years of the machines that are taken.

    Raises
    ------
    InputError
        If it is no such list, is of another day than `sources.toml` says, or a price is none.
    """
    head, body = _parted(recorded)
    _check_day(recorded, head)
    table = table_of(recorded, body, _COLUMNS)
    rents = []
    for line, row in table.rows:
        machine = machines.get(row["Instance Type"])
        term = _TERMS.get(row["LeaseContractLength"].replace(" ", ""))
        taken = all(row[column] == word for column, word in _TAKEN.items())
        if machine and term and taken and row["Region Code"] in machine.regions:
            where = f"line {line + len(head)}"
            if row["Currency"] != CURRENCY:
                limit = f"must be {CURRENCY}"
                raise InputError(recorded.problem(f"{where}: Currency", row["Currency"], limit))
            price = price_in(recorded, f"{where}: PricePerUnit", row["PricePerUnit"])
            rents.append(ListedRent(machine, row["Region Code"], term, price, "high", _NOTE))
    told = [row for _, row in table.rows if row["TermType"] == _TAKEN["TermType"]]
    regions = frozenset(row["Region Code"] for row in told)
    named = {row["Instance Type"] for row in told} & {*machines}
    instances = frozenset(machines[name].instance for name in named)
    return Listing(recorded, tuple(rents), frozenset(_TERMS.values()), regions, instances)


def _parted(recorded: Recorded) -> tuple[dict[str, str], str]:
    """Lines above the header by their name, and the table."""
    lines = recorded.text.splitlines(keepends=True)
    head: dict[str, str] = {}
    for number, line in enumerate(lines):
        if line.startswith('"SKU"'):
            return head, "".join(lines[number:])
        name, _, value = line.strip().partition(",")
        head[name.strip('"')] = value.strip('"')
    limit = "is no price list of AWS: no line starts with SKU"
    raise InputError(recorded.problem("header", "", limit))


def _check_day(recorded: Recorded, head: dict[str, str]) -> None:
    published = head.get("Publication Date", "")
    if published[:10] != recorded.source.as_of:
        limit = f"is not the {recorded.source.as_of} of sources.toml"
        raise InputError(
            recorded.problem("Publication Date", published, limit, "Correct as_of, or the file.")
        )
