"""Which lines of a log's bill a scenario is about, and the rows that tell each."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from pricing.errors import InputError, PriceError, Problem
from pricing.offer import GLOBAL, STANDARD
from pricing.refusal import PriceRefusedError
from tco.own_data.usage.bill_lines import UsageBill, UsageLine
from tco.own_data.usage.sellers import Sellers, tier_word
from tco.own_data.usage.traffic_of_log import names_told, those_of
from tco.own_data.usage.usage_log import UsageLog, UsagePart
from tco.question.options import ApiOption

OFFERED_AS: Final = ("provider", "model", "tier", "residency")
Names = dict[tuple[str, ...], list[tuple[str, str, str, str]]]
_MOST_NAMED: Final = 20
"""Names in a list that has an end."""


@dataclass(frozen=True, slots=True)
class TodaysLine:
    """What one API answers today, by the log."""

    line: UsageLine
    part: UsagePart
    rows: str
    """Query of its rows, while the log is open."""

    @property
    def option(self) -> ApiOption:
        """The API."""
        return ApiOption(**dict(zip(OFFERED_AS, self.line.group, strict=True)))


def todays_lines(
    log: UsageLog, sellers: Sellers, bill: UsageBill, asked: Sequence[str]
) -> tuple[TodaysLine, ...]:
    """Lines that a scenario can be about, the dearest first: those that are asked for, else all.

    Parameters
    ----------
    bill
        Of the whole log, by `OFFERED_AS`.
    asked
        ``provider/model/tier`` or ``provider/model/tier/residency`` each; the dearest of its
        regions where none is said.

    Raises
    ------
    InputError
        Nothing in it has a price, it does not hold what is asked for, or files that are not alike
        tell of one line.
    PriceError
        The price of the dearest, or of one that is asked for, changes with the hour.
    """
    _require_lines(bill)
    chosen = [_line_named(bill, name) for name in dict.fromkeys(asked)]
    if not chosen:
        first, *others = sorted(bill.lines, key=lambda line: line.upper_usd, reverse=True)
        chosen = [first, *(line for line in others if not _by_the_hour(sellers, line))]
    for line in chosen:
        if _by_the_hour(sellers, line):
            _refuse_by_the_hour(sellers, bill, line)
    chosen.sort(key=lambda line: line.upper_usd, reverse=True)
    parts = [(part, _names_of(log, part, sellers)) for part in log.parts]
    return tuple(_told_by(parts, line) for line in chosen)


def sold_on(lines: Sequence[TodaysLine], sellers: Sellers, on: date) -> tuple[TodaysLine, ...]:
    """Those that are still sold on a day; the first stays, for a scenario is refused without it."""
    return (*lines[:1], *(line for line in lines[1:] if _is_sold(line, sellers, on)))


def some(names: Iterable[str]) -> str:
    """First of some names, and how many more there are: a note has an end."""
    known = tuple(names)
    more = len(known) - _MOST_NAMED
    return "; ".join(known[:_MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")


def _is_sold(line: TodaysLine, sellers: Sellers, on: date) -> bool:
    provider, model, tier, residency = line.line.group
    try:
        sellers.catalogue.offer(provider, model).rate_card(tier, on=on, residency=residency)
    except PriceRefusedError:
        return False
    return True


def _require_lines(bill: UsageBill) -> None:
    if bill.lines:
        return
    why = bill.set_aside[0] if bill.set_aside else None
    limit = f"no row has a price: {why.reason}" if why else "holds no rows"
    remedy = why.remedy if why else "Give a file with rows."
    raise InputError(Problem(", ".join(bill.files), "", limit, remedy))


def _line_named(bill: UsageBill, asked: str) -> UsageLine:
    # Lines stand with the dearest first: of several regions, the last one told here holds.
    known = {"/".join(line.group[:3]): line for line in reversed(bill.lines)}
    exact = {"/".join(line.group): line for line in bill.lines}
    if asked in exact:
        return exact[asked]
    if asked not in known:
        raise InputError(
            Problem("--model", asked, "is not in the log", f"In it: {', '.join(exact)}.")
        )
    return known[asked]


def _by_the_hour(sellers: Sellers, line: UsageLine) -> bool:
    """Whether its price changes with the hour: a scenario has one price all day."""
    provider, model, tier, _ = line.group
    return sellers.catalogue.offer(provider, model).priced_by_hour and tier == STANDARD


def _refuse_by_the_hour(sellers: Sellers, bill: UsageBill, line: UsageLine) -> None:
    offer = sellers.catalogue.offer(*line.group[:2])
    others = some("/".join(other.group[:3]) for other in bill.lines if other is not line)
    limit = f"{offer.title} costs more in some hours than in others; a scenario has one price"
    ask = f"Ask with --model about another model of the log ({others}). " if others else ""
    remedy = f"{ask}`tco usage bill` prices each request by its hour."
    raise PriceError(Problem("--model", "/".join(line.group), limit, remedy))


def _told_by(parts: Sequence[tuple[UsagePart, Names]], line: UsageLine) -> TodaysLine:
    """Part that tells of a line of the bill, and the query of its rows."""
    telling = [(part, names[line.group]) for part, names in parts if line.group in names]
    if len(telling) > 1:
        shapes = ", ".join(part.shape.key for part, _ in telling)
        limit = "is told by files that are not alike, and they may tell the same requests"
        raise InputError(Problem("/".join(line.group), shapes, limit, "Give those of one kind."))
    part, names = telling[0]
    return TodaysLine(line, part, those_of(part, names))


def _names_of(log: UsageLog, part: UsagePart, sellers: Sellers) -> Names:
    """Names in the files by the offer, tier and region they mean."""
    meant: Names = {}
    for names in names_told(log.connection, part):
        provider, model, tier, residency = names
        try:
            offer = sellers.offer(provider, model)
        except PriceRefusedError:
            continue
        word = tier_word(tier)
        sale = (offer.provider, offer.model, offer.tier_of(word) or word, residency or GLOBAL)
        meant.setdefault(sale, []).append(names)
    return meant
