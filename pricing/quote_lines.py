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


@dataclass(frozen=True, slots=True)
class _Tokens:
    """Tokens of one class, at one rate."""

    name: str
    count: int
    usd_per_mtok: Decimal
    source: Source


def token_lines(card: RateCard, band: Band, usage: RequestUsage) -> Iterator[QuoteLine]:
    """Lines of the tokens, every token in exactly one."""
    fresh = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    plain, cached = band.input_usd_per_mtok, band.cached_input_usd_per_mtok
    classes = (
        _Tokens("input", fresh, plain, band.source),
        _Tokens(
            "cached input", usage.cached_tokens, plain if cached is None else cached, band.source
        ),
        *_writes(band, usage),
        _Tokens("output", usage.output_tokens, band.output_usd_per_mtok, band.source),
    )
    for tokens in classes:
        if tokens.count:
            yield QuoteLine(
                name=tokens.name,
                quantity=tokens.count,
                unit="token",
                usd_per_unit=tokens.usd_per_mtok.scaleb(-6, EXACT),
                usd=EXACT.multiply(Decimal(tokens.count), tokens.usd_per_mtok).scaleb(-6, EXACT),
                source=tokens.source,
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


def total_usd(lines: tuple[QuoteLine, ...]) -> Decimal:
    """Exact sum of the lines [USD]."""
    amount = Decimal(0)
    for line in lines:
        amount = EXACT.add(amount, line.usd)
    return amount


def _writes(band: Band, usage: RequestUsage) -> list[_Tokens]:
    """Cache writes by lifetime; billed as input where no write rate is published."""
    if not usage.cache_write_tokens:
        return []
    rates = band.cache_write_usd_per_mtok
    if not rates:
        plain = band.input_usd_per_mtok
        return [_Tokens("cache write", usage.cache_write_tokens, plain, band.source)]
    lifetime = usage.cache_write_lifetime or next(iter(rates))
    asked = usage.cache_writes or {lifetime: usage.cache_write_tokens}
    unknown = [life for life in asked if life not in rates]
    if unknown:
        limit = "no rate for a cache write of this lifetime is on record"
        known = f"On record: {', '.join(rates)}."
        raise NoPriceError(Problem("cache_write_lifetime", ", ".join(unknown), limit, known))
    sources = band.cache_write_source
    return [
        _Tokens(f"cache write, {life}", count, rates[life], sources.get(life, band.source))
        for life, count in asked.items()
    ]
