"""The lines of a request's price: every token class and tool call, with its rate and source."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Final

from pricing.errors import Problem
from pricing.offer import Offer
from pricing.provenance import Source
from pricing.rate_card import Band, RateCard
from pricing.refusal import NoPriceError
from pricing.token_classes import TOKEN, ClassRate, class_rates
from pricing.usage import RequestUsage

EXACT: Final = Context(prec=80, traps=[Inexact, InvalidOperation])
"""Decimal arithmetic that fails rather than round."""


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """One line of a request's price: quantity × rate, and whose rate it is."""

    name: str
    quantity: int
    unit: str
    usd_per_unit: Decimal
    usd: Decimal
    source: Source
    since: date | None


def token_lines(card: RateCard, band: Band, usage: RequestUsage) -> Iterator[QuoteLine]:
    """Lines of the tokens, every token in exactly one.

    Raises
    ------
    NoPriceError
        No rate for cache writes of the lifetime asked for is on record.
    """
    for rate in class_rates(band, usage.write_lifetimes):
        tokens = _count(usage, rate)
        if tokens:
            yield QuoteLine(
                name=rate.name,
                quantity=tokens,
                unit=TOKEN,
                usd_per_unit=rate.usd_per_mtok.scaleb(-6, EXACT),
                usd=EXACT.multiply(Decimal(tokens), rate.usd_per_mtok).scaleb(-6, EXACT),
                source=rate.source,
                since=card.since,
            )


def fee_lines(offer: Offer, usage: RequestUsage, on: date) -> Iterator[QuoteLine]:
    """Lines of the tool calls.

    Raises
    ------
    NoPriceError
        No fee is on record: unknown is not zero.
    """
    for tool, calls in (("web_search", usage.web_searches), ("file_search", usage.file_searches)):
        if not calls:
            continue
        fee = offer.fee(tool, on)
        if fee is None:
            limit = f"no fee for {tool.replace('_', ' ')} is on record for {offer.title}"
            remedy = "Leave the calls out and add their cost by hand."
            raise NoPriceError(Problem(f"{tool}es", str(calls), limit, remedy))
        rate = fee.usd_per_thousand.scaleb(-3, EXACT)
        yield QuoteLine(
            name=tool.replace("_", " "),
            quantity=calls,
            unit="call",
            usd_per_unit=rate,
            usd=EXACT.multiply(Decimal(calls), rate),
            source=fee.source,
            since=fee.since,
        )


def sum_usd(lines: tuple[QuoteLine, ...]) -> Decimal:
    """Exact sum of the lines [USD]."""
    amount = Decimal(0)
    for line in lines:
        amount = EXACT.add(amount, line.usd)
    return amount


def _count(usage: RequestUsage, rate: ClassRate) -> int:
    """Tokens of a class, or those of one lifetime of it."""
    if usage.cache_writes is not None and rate.lifetime in usage.cache_writes:
        return usage.cache_writes[rate.lifetime]
    return int(rate.token_class.count(usage))
