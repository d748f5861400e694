"""What was charged, by day and model: added up, with every charge that is left out said."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from pricing.quote_lines import EXACT
from pricing.refusal import PriceRefusedError
from tco.own_data.usage.bill_lines import SetAside
from tco.own_data.usage.engine import quoted
from tco.own_data.usage.row_sql import FAULTS, QUIET, REASONS, fault
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.shape import Shape
from tco.own_data.usage.tabular import answered
from tco.own_data.usage.usage_bill import NO_ROW, SEPARATED
from tco.own_data.usage.usage_log import MOST_EXAMPLES, Example, UsageLog, UsagePart

BY_MODEL: Final = ("day", "provider", "model")
BY_DAY: Final = ("day",)
Key = tuple[str, ...]
_NO_AMOUNT: Final = "tells no charge in USD"
_NO_DAY: Final = "tells a charge and no day that can be read"
_REMEDY: Final = "Correct the row, or hold its amount against the bill by hand."


@dataclass(frozen=True, slots=True)
class Charges:
    """What was charged, and what of it is left out."""

    by: tuple[str, ...]
    """What the groups are: days, or days with provider and model where every row names them."""
    amounts: dict[Key, Decimal]
    """By group [USD]."""
    refunds: frozenset[Key]
    """Groups with a negative amount."""
    days_lacking: frozenset[str]
    """Days on which a charge stands that tells no amount in USD."""
    set_aside: tuple[SetAside, ...]


@dataclass(slots=True)
class _Left:
    """Rows left out, by their reason."""

    rows: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: dict[tuple[str, str], list[Example]] = field(default_factory=dict)

    def add(self, why: tuple[str, str], rows: int, examples: list[Example]) -> None:
        self.rows[why] += rows
        self.examples.setdefault(why, []).extend(examples)

    def told(self) -> Iterator[SetAside]:
        for (reason, remedy), rows in self.rows.most_common():
            first = tuple(self.examples[reason, remedy][:MOST_EXAMPLES])
            yield SetAside(reason, remedy, rows, first, is_quiet=False)


def charges_of(costs: UsageLog, sellers: Sellers) -> Charges:
    """Add up what files say was charged.

    Raises
    ------
    InputError
        A file cannot be read to its end.
    """
    rows: list[tuple[str, str, str, Decimal]] = []
    left = _Left()
    for part in costs.parts:
        rows += _amounts(costs, part)
        _leave_out(costs, part, left)
    named = bool(rows) and all(model for _, _, model, _ in rows)
    amounts: dict[Key, Decimal] = defaultdict(Decimal)
    refunds = set()
    for day, provider, model, cost in rows:
        key = (day, *_names(sellers, provider, model)) if named else (day,)
        amounts[key] = EXACT.add(amounts[key], cost)
        if cost < 0:
            refunds.add(key)
    by = BY_MODEL if named else BY_DAY
    lacking = frozenset(day for part in costs.parts for day in _days_lacking(costs, part))
    return Charges(by, dict(amounts), frozenset(refunds), lacking, tuple(left.told()))


def _amounts(costs: UsageLog, part: UsagePart) -> list[tuple[str, str, str, Decimal]]:
    """Day, provider, model and amount [USD] of the charges, refunds apart."""
    query = (
        "SELECT CAST(moment AS DATE)::VARCHAR, coalesce(provider, ''), coalesce(model, ''),"
        f" cost < 0, sum(cost) FROM ({part.rows}) WHERE cost IS NOT NULL"
        f" AND {_why(part.shape)} IS NULL GROUP BY ALL ORDER BY ALL"
    )
    found = answered(costs.connection, query, part.source.files[0])
    unit = part.shape.cost_unit_usd
    return [(d, p, m, EXACT.multiply(Decimal(cost), unit)) for d, p, m, _, cost in found]


def _days_lacking(costs: UsageLog, part: UsagePart) -> list[str]:
    """Days of a part's rows that should tell a charge and tell no amount."""
    found = costs.connection.execute(
        f"SELECT DISTINCT CAST(moment AS DATE)::VARCHAR FROM ({part.rows}) WHERE moment IS NOT NULL"
        f" AND standing <> 'free' AND {_why(part.shape)} = 'amount'"
    ).fetchall()
    return [day for (day,) in found]


def _leave_out(costs: UsageLog, part: UsagePart, left: _Left) -> None:
    """Note the rows of a part that are no charge, those that cost nothing left aside."""
    told = f"SELECT file, place, {_why(part.shape)} AS why FROM ({part.rows})"
    found = costs.connection.execute(
        f"SELECT why, count(*), list([file, place::VARCHAR] ORDER BY file, place)[:{MOST_EXAMPLES}]"
        f" FROM ({told} WHERE standing <> 'free') WHERE why IS NOT NULL GROUP BY why ORDER BY why"
    ).fetchall()
    for why, rows, places in found:
        if why in QUIET:
            continue
        said = {"amount": _NO_AMOUNT, "day": _NO_DAY, **REASONS}[why]
        examples = [costs.example(part, path, int(place), why) for path, place in places]
        left.add((said, _REMEDY), int(rows), examples)
    if rejected := costs.rejected(part):
        left.add((NO_ROW, SEPARATED), len(rejected), rejected)


def _why(shape: Shape) -> str:
    """Why a row that should tell a charge of a day tells none; that it has no tokens is no matter.

    A row of usage that used nothing need tell no charge.
    """
    should = "true" if shape.is_cost else "fault = 0"
    no_matter = ", ".join(str(fault(reason)) for reason in ("", "usage", "empty", "paid"))
    return (
        f"CASE WHEN fault NOT IN ({no_matter}) THEN {_reason()}"
        f" WHEN cost IS NULL AND {should} THEN 'amount'"
        " WHEN cost IS NOT NULL AND moment IS NULL THEN 'day' END"
    )


def _reason() -> str:
    """Word for a row's fault, as an expression."""
    words = ", ".join(quoted(reason) for reason in FAULTS[1:])
    return f"[{words}][fault]"


def _names(sellers: Sellers, provider: str, model: str) -> tuple[str, str]:
    try:
        offer = sellers.offer(provider, model)
    except PriceRefusedError:
        return provider, model
    return offer.provider, offer.model
