"""Our bill against what was charged, day by day: what differs, and why as far as it shows."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from pricing.errors import InputError, Problem
from pricing.quote_lines import EXACT
from tco.own_data.usage.bill_lines import SetAside, UsageBill, UsageLine
from tco.own_data.usage.bill_terms import BillTerms
from tco.own_data.usage.charges import Charges, Key, charges_of
from tco.own_data.usage.log_remarks import said_of_charges
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.usage_bill import usage_bill
from tco.own_data.usage.usage_log import UsageLog
from tco.words.figures import share

_NEAR_USD: Final = Decimal("0.005")
_NEAR: Final = Decimal("0.0001")
"""Share of an amount up to which two are taken for one: sellers round and use floats."""
_ZERO: Final = Decimal(0)
_TIERS: Final = ("standard", "batch", "flex", "priority")

DIFFERENCE_KINDS: Final = {
    "agrees": "the amounts agree",
    "within bounds": "the charge lies between the bounds of the bill, which cannot tell it closer",
    "tier": "it was charged as another tier",
    "cached as input": "cached tokens were charged as plain input",
    "cached twice": "cached tokens were charged again as plain input",
    "day shifted": "it was charged on the day before or after",
    "credits": "credits or refunds stand in the charge",
    "set aside": "rows of that day have no price, and what they cost may stand in the charge",
    "charge set aside": "a charge of that day tells no amount in USD",
    "not on record": "it was charged, and the usage files tell no priced row of it",
    "not charged": "no charge of it is told",
    "unexplained": "none of the known reasons explains it",
}


@dataclass(frozen=True, slots=True)
class Difference:
    """One day, or one model on one day, in both books; what was moved and what was not apart."""

    group: Key
    """Day, then provider and model where the charges name them."""
    lower_usd: Decimal
    upper_usd: Decimal
    charged_usd: Decimal
    kind: str
    """Key of `DIFFERENCE_KINDS`."""
    detail: str

    @property
    def gap_usd(self) -> Decimal:
        """What was charged beyond the nearer bound of our bill [USD]; 0 between them."""
        if self.charged_usd > self.upper_usd:
            return EXACT.subtract(self.charged_usd, self.upper_usd)
        if self.charged_usd < self.lower_usd:
            return EXACT.subtract(self.charged_usd, self.lower_usd)
        return Decimal(0)


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """Both books, side by side."""

    by: tuple[str, ...]
    bill: UsageBill
    differences: tuple[Difference, ...]
    set_aside: tuple[SetAside, ...]
    """Rows that may tell a charge and stand in no group."""
    remarks: tuple[str, ...]
    """What to know of both books."""

    @property
    def gap_by_kind(self) -> dict[str, Decimal]:
        """Sum of the gaps by their kind [USD]."""
        sums: dict[str, Decimal] = {}
        for one in self.differences:
            sums[one.kind] = EXACT.add(sums.get(one.kind, Decimal(0)), one.gap_usd)
        return sums


def reconcile(log: UsageLog, costs: UsageLog | None, sellers: Sellers) -> Reconciliation:
    """Compare the bill of usage files with what was charged.

    Parameters
    ----------
    costs
        Files that tell what was charged; None: the usage files' own costs.

    Raises
    ------
    InputError
        Nothing tells a charge.
    """
    charges = charges_of(costs or log, sellers)
    charged = charges.amounts
    if not charged:
        files = ", ".join((costs or log).files)
        remedy = "Give --costs: OpenAI or Anthropic costs, Azure, AWS or FOCUS rows."
        raise InputError(Problem(files, "", "tells no charge in USD", remedy))
    terms = BillTerms(by=charges.by)
    bill = usage_bill(log, sellers, terms)
    ours = {line.group: line for line in bill.lines}
    others = list(_other_bills(log, sellers, terms, ours, charged))
    found = [
        _with_rows_set_aside(one, bill.unpriced_days, charges.days_lacking)
        for one in _differences(ours, charges, others)
    ]
    of_charges = said_of_charges(costs) if costs is not None else ()
    remarks = (*bill.remarks, *of_charges)
    return Reconciliation(charges.by, bill, tuple(found), charges.set_aside, remarks)


def _other_bills(
    log: UsageLog,
    sellers: Sellers,
    terms: BillTerms,
    ours: Mapping[Key, UsageLine],
    charged: Mapping[Key, Decimal],
) -> Iterable[tuple[str, str, dict[Key, UsageLine]]]:
    """The same usage billed as it may have been by mistake, where anything differs."""
    if all(key in ours and _near(ours[key], amount) for key, amount in charged.items()):
        return
    asked = [("cached as input", replace(terms, cached="as input"), "")]
    asked.append(("cached twice", replace(terms, cached="twice"), ""))
    asked += [("tier", replace(terms, tier=tier), tier) for tier in _TIERS]
    for kind, otherwise, detail in asked:
        found = usage_bill(log, sellers, otherwise)
        yield kind, detail, {line.group: line for line in found.lines}


def _differences(
    ours: Mapping[Key, UsageLine],
    charges: Charges,
    others: Sequence[tuple[str, str, dict[Key, UsageLine]]],
) -> Iterable[Difference]:
    """Every group, by its kind; one of which only one side was moved stands twice."""
    charged, refunds = charges.amounts, charges.refunds
    moved = _moves(ours, charged, charges.days_lacking)
    used_on = {other: key for key, other in moved.items()}
    for key in sorted({*ours, *charged}):
        line, amount = ours.get(key, UsageLine(key)), charged.get(key, Decimal(0))
        is_there = (key in ours, key in charged)
        is_moved = (key in moved, key in used_on)
        if not any(is_moved):
            kind, detail = _reason(key, line, amount, ours, charged, refunds, others)
            yield _between(key, line, amount, kind, detail)
            continue
        told = [f"charged on {moved[key][0]}"] if key in moved else []
        told += [f"used on {used_on[key][0]}"] if key in used_on else []
        explained = line if key in moved else UsageLine(key), amount if key in used_on else _ZERO
        yield _between(key, *explained, "day shifted", ", ".join(told))
        if is_there != is_moved:
            left = UsageLine(key) if key in moved else line, _ZERO if key in used_on else amount
            alone = "not charged" if key in used_on else "not on record"
            kind = "credits" if key in refunds and key not in used_on else alone
            yield _between(key, *left, kind, "")


def _between(key: Key, line: UsageLine, amount: Decimal, kind: str, detail: str) -> Difference:
    return Difference(key, line.lower_usd, line.upper_usd, amount, kind, detail)


def _moves(
    ours: Mapping[Key, UsageLine], charged: Mapping[Key, Decimal], lacking: frozenset[str]
) -> dict[Key, Key]:
    """Groups whose amount was charged on a day beside theirs, each charge taken once.

    What was charged on its own day, may have been, and a day without use or charge, is no part of a
    move: then the same amount on a day beside it is chance.
    """
    settled = {key for key in ours if key in charged and _near(ours[key], charged[key])}
    open_ = {key for key, amount in charged.items() if key not in settled and amount}
    moves: dict[Key, Key] = {}
    for step in (1, -1):
        for key in sorted(ours):
            other = _moved(key, step)
            is_open = key not in settled and key not in moves and ours[key].upper_usd > 0
            is_open &= key[0] not in lacking
            if is_open and other in open_ and _is_billed(ours[key], charged[other]):
                moves[key] = other
                open_.discard(other)
    return moves


def _with_rows_set_aside(
    one: Difference, unpriced: frozenset[str], lacking: frozenset[str]
) -> Difference:
    """What nothing else explains may be what rows without a price cost, or charges without amount.

    Where a charge lacks, that less was charged is no sign of another tier.
    """
    day = one.group[0]
    if one.kind in ("unexplained", "not on record") and one.gap_usd > 0 and day in unpriced:
        return replace(one, kind="set aside")
    if one.kind in ("unexplained", "not charged", "tier") and one.gap_usd < 0 and day in lacking:
        return replace(one, kind="charge set aside", detail="")
    return one


def _reason(
    key: Key,
    line: UsageLine,
    amount: Decimal,
    ours: Mapping[Key, UsageLine],
    charged: Mapping[Key, Decimal],
    refunds: frozenset[Key],
    others: Iterable[tuple[str, str, dict[Key, UsageLine]]],
) -> tuple[str, str]:
    if key in ours and _near(line, amount):
        return _agreement(line)
    if key in refunds:
        return "credits", ""
    if key not in ours:
        return "not on record", ""
    for kind, detail, lines in others:
        if key in lines and key in charged and _is_billed(lines[key], amount):
            return kind, detail
    return ("unexplained", "") if key in charged else ("not charged", "")


def _is_billed(line: UsageLine, amount: Decimal) -> bool:
    """Whether an amount is a bill's and hardly another would be: wide bounds hold any charge."""
    return _near(line, amount) and _agreement(line)[0] == "agrees"


def _agreement(line: UsageLine) -> tuple[str, str]:
    """That a charge is the bill's, or lies between its bounds, and how far those lie apart."""
    apart = EXACT.subtract(line.upper_usd, line.lower_usd)
    if apart <= _slack(line.upper_usd):
        return "agrees", ""
    if not line.lower_usd:
        return "within bounds", "from nothing"
    return "within bounds", f"{share(float(apart / line.lower_usd))} apart"


def _moved(key: Key, days: int) -> Key:
    moved = date.fromisoformat(key[0]) + timedelta(days=days)
    return (moved.isoformat(), *key[1:])


def _near(line: UsageLine, amount: Decimal) -> bool:
    """Whether an amount is a bill's, up to the rounding of who wrote it down."""
    slack = _slack(amount)
    return line.lower_usd - slack <= amount <= line.upper_usd + slack


def _slack(amount: Decimal) -> Decimal:
    """How far two amounts may lie apart that are taken for one [USD]."""
    return max(_NEAR_USD if amount >= 1 else Decimal(0), abs(amount) * _NEAR)
