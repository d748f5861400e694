"""The sheet *Bills*: a block per alternative, each line quantity times unit price.

Quantities follow the requests or the instances, and instances the requests. Hybrids, fleets that
follow the hours, servers of two prices, commitments and provisioned units do not: their totals
stand only as long as no input is changed.
"""

from dataclasses import dataclass
from typing import Final

from pricing.units import SECONDS_PER_HOUR
from tco.exports.sheets import Bold, Book, Cell, Formula, cell_name, cells_name
from tco.exports.workbook_inputs import CHANGED, Inputs
from tco.facts.resolve import ResolvedHost
from tco.kernel.autoscale import AutoscaleRule
from tco.kernel.fleet import FleetRule
from tco.results.bill import Alternative, Basis, CostLine
from tco.words.figures import NOT_ESTIMATED
from tco.words.formats import SHEET_NUMBER, SHEET_WHOLE

BILLS_SHEET: Final = "Bills"
REQUESTS: Final = "requests_per_month"
PER, QUANTITY, PRICE, COST = 2, 3, 5, 6
GROWS: Final = {"request": "requests", "instance": "instances"}
NOT_FOLLOWED: Final = "not followed here"
"""Of a line that grows with something, in a bill whose quantities follow no input."""
_GROWTH: Final = 1
NOT_BY_USE: Final = frozenset({"committed", "provisioned"})
"""Lines, by key, of a bill that is no product of what is used and a price."""


@dataclass(frozen=True, slots=True)
class Host:
    """A self-hosted option and the rule its fleet grows by."""

    number: int
    option: ResolvedHost
    rule: FleetRule | AutoscaleRule


def seconds_of(rule: FleetRule | AutoscaleRule) -> str:
    """Seconds of a month in which a fleet runs, as a formula has them [s]."""
    rule = rule if isinstance(rule, FleetRule) else rule.base
    return repr(rule.hours_per_month * SECONDS_PER_HOUR).removesuffix(".0")


@dataclass(frozen=True, slots=True)
class Block:
    """Where the bill of an alternative stands."""

    alternative: Alternative
    first: int
    """Row of its first line."""
    last: int
    total: int
    instances: int | None = None
    """Row of its instances, where they follow the requests."""
    host: Host | None = None

    def sum_of(self, driver: str) -> str:
        """Formula: sum of the lines that grow with something [money of the scenario/month]."""
        grows = cells_name(self.first, self.last, _GROWTH, BILLS_SHEET)
        return f'SUMIF({grows},"{driver}",{cells_name(self.first, self.last, COST, BILLS_SHEET)})'

    @property
    def total_cell(self) -> str:
        """Cell of the total."""
        return cell_name(self.total, COST, BILLS_SHEET)


def start(book: Book) -> None:
    """Write the head of the sheet."""
    book.widths(BILLS_SHEET, 52, 11, 18, 18, 14, 16, 18, 44, 12, 12)


def write_bill(book: Book, inputs: Inputs, alternative: Alternative, host: Host | None) -> Block:
    """Write the block of one alternative that has a bill."""
    live = _follows_inputs(alternative, host)
    book.row(BILLS_SHEET, Bold(alternative.label, title=True), None, alternative.key)
    instances = None
    if live and host is not None and isinstance(host.rule, FleetRule):
        instances = _write_fleet(book, inputs, alternative, host, host.rule)
    code = inputs.money.code
    heads = ("Line", "Grows with", "Quantity per", "Quantity", "Unit", f"{code} per unit")
    book.heading(BILLS_SHEET, *heads, f"{code} a month", "Source", "As of", "Confidence")
    first = book.next_row(BILLS_SHEET)
    for line in alternative.lines:
        paid = None if instances is None else cell_name(instances, QUANTITY)
        _write_line(book, inputs, alternative, line, host if live else None, paid, live=live)
    last = book.next_row(BILLS_SHEET) - 1
    added = f"SUM({cells_name(first, last, COST)})"
    shown = added if live else f"IF({CHANGED}=0,{added},NA())"
    assert alternative.monthly_usd is not None
    sum_shown = Formula(shown, inputs.money.amount(alternative.monthly_usd))
    total = book.row(BILLS_SHEET, "Total", None, None, None, None, None, sum_shown)
    if not live:
        book.row(BILLS_SHEET, "Its quantities follow no input: no total once an input is changed.")
    book.row(BILLS_SHEET)
    return Block(alternative, first, last, total, instances, host if live else None)


def _follows_inputs(alternative: Alternative, host: Host | None) -> bool:
    """Whether quantities and prices follow requests and instances, line by line."""
    if alternative.kind == "hybrid" or any(line.key in NOT_BY_USE for line in alternative.lines):
        return False
    if host is None:
        return True
    return host.option.option.already_owned is None and not isinstance(host.rule, AutoscaleRule)


def _write_fleet(
    book: Book, inputs: Inputs, alternative: Alternative, host: Host, rule: FleetRule
) -> int:
    """Write how many instances the peak needs, and give their row."""
    serving = alternative.serving
    assert serving is not None
    capacity = inputs.add(
        f"capacity_{host.number}",
        f"{alternative.label}: capacity of a replica under the objective",
        float(rule.capacity_rps),
        "request/s",
        Basis(serving.calibration_label, "", "medium"),
    )
    usable = f"{capacity}*{seconds_of(rule)}*allowed_load*{rule.availability!r}/peak_to_mean"
    replicas = Formula(
        f"MAX(min_replicas,ROUNDUP({REQUESTS}/({usable}),0))",
        float(rule.needed_replicas(alternative.requests_per_month)),
        SHEET_WHOLE,
    )
    row = book.row(BILLS_SHEET, "Replicas for the busiest minute", None, None, replicas)
    text = f"ROUNDUP(({cell_name(row, QUANTITY)}+spare_replicas)/{cell_name(row + 1, PER)},0)"
    packed, whole = (
        float(rule.replicas_per_instance),
        Formula(text, float(serving.instances), SHEET_WHOLE),
    )
    return book.row(
        BILLS_SHEET, "Instances, spares included; replicas in each", None, packed, whole
    )


def _write_line(
    book: Book,
    inputs: Inputs,
    alternative: Alternative,
    line: CostLine,
    host: Host | None,
    instances: str | None,
    *,
    live: bool,
) -> None:
    grows, per, driver = _driver(alternative, line, instances, live=live)
    row = book.next_row(BILLS_SHEET)
    quantity: Cell = NOT_ESTIMATED if line.quantity is None else line.quantity
    if line.quantity is not None and driver:
        quantity = Formula(f"{cell_name(row, PER)}*{driver}", line.quantity, SHEET_NUMBER)
    product = f"{cell_name(row, QUANTITY)}*{cell_name(row, PRICE)}"
    both = f"COUNT({cell_name(row, QUANTITY)},{cell_name(row, PRICE)})=2"
    cost = NOT_ESTIMATED if line.cost_usd is None else inputs.money.amount(line.cost_usd)
    book.row(
        BILLS_SHEET,
        line.name,
        grows,
        per,
        quantity,
        line.unit,
        _price(inputs, alternative, line, host, live=live),
        Formula(f'IF({both},{product},"{NOT_ESTIMATED}")', cost),
        line.basis.source,
        line.basis.as_of,
        line.basis.confidence,
    )


def _driver(
    alternative: Alternative, line: CostLine, instances: str | None, *, live: bool
) -> tuple[str, float | None, str]:
    """What a line grows with, its quantity per one of that, and the cell that counts them."""
    if live and line.quantity is not None and line.driver == "request":
        return GROWS["request"], line.quantity / alternative.requests_per_month, REQUESTS
    if live and line.driver == "instance" and instances is not None:
        assert alternative.serving is not None
        paid = alternative.serving.paid_instances
        each = None if line.quantity is None else line.quantity / paid
        return GROWS["instance"], each, instances
    if live or line.driver == "fixed":
        return GROWS.get(line.driver, "nothing"), None, ""
    return NOT_FOLLOWED, None, ""


def _price(
    inputs: Inputs, alternative: Alternative, line: CostLine, host: Host | None, *, live: bool
) -> Cell:
    listed, converted = line.unit_price_usd, inputs.converted
    value = NOT_ESTIMATED if listed is None else inputs.money.amount(listed)
    if not live:
        return value
    if line.key in {"rent", "commitment"} and host is not None and listed is not None:
        return _rent(inputs, alternative, line, host, listed)
    name = inputs.price(alternative.label, line)
    text = f"{name}{converted}"
    if listed is None:
        text = f'IF(ISNUMBER({name}),{text},"{NOT_ESTIMATED}")'
    return Formula(text, value, SHEET_NUMBER)


def _rent(
    inputs: Inputs, alternative: Alternative, line: CostLine, host: Host, listed_usd: float
) -> Formula:
    """Rent of an instance, or what a commitment costs beside it: a share of the rent."""
    rent = next(one for one in alternative.lines if one.key == "rent")
    assert rent.unit_price_usd is not None
    gpus = host.option.machine.gpus
    name = inputs.add(
        f"gpu_price_{host.number}",
        f"{alternative.label}: rent of a GPU",
        rent.unit_price_usd / gpus,
        "USD/GPU-h",
        rent.basis,
    )
    share = "" if line is rent else f"*{listed_usd / rent.unit_price_usd!r}"
    value = inputs.money.amount(listed_usd)
    return Formula(f"{name}*{gpus}{share}{inputs.converted}", value, SHEET_NUMBER)
