"""From the tokens of one request to its price, or to the reason why there is none.

Whole-request bands: the total input, cached and cache-written tokens included and output not,
picks one band, and every token pays that band's rate. Reasoning tokens are output and already
inside the output count. Amounts are exact decimals; nothing is rounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Context, Decimal, Inexact, InvalidOperation
from typing import Final

from pricing.catalogue import EXPIRED_AFTER_DAYS, STALE_AFTER_DAYS, Catalogue
from pricing.errors import Problem
from pricing.offer import GLOBAL, STANDARD, Offer
from pricing.provenance import Source
from pricing.rate_card import Band, RateCard
from pricing.refusal import (
    ContextError,
    ExpiredPriceError,
    NoPriceError,
    NotOfferedError,
    PriceRefusedError,
    Status,
    UsageError,
)

EXACT: Final = Context(prec=80, traps=[Inexact, InvalidOperation])
"""Decimal arithmetic that fails rather than round."""
MOST_TOKENS: Final = 10**18
"""Largest token count taken; above it a unit slip is likelier than a request."""


@dataclass(frozen=True, slots=True)
class RequestUsage:
    """What one request consumed; `input_tokens` includes cached and cache-written tokens."""

    input_tokens: int
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    """Includes reasoning tokens."""
    reasoning_tokens: int = 0
    """Of the output tokens; reported, never charged twice."""
    cache_write_lifetime: str | None = None
    """Lifetime of the writes, such as '12h'; None: the seller's default."""
    cache_writes: Mapping[str, int] | None = None
    """Writes by lifetime, where one request has several; they sum to `cache_write_tokens`."""
    web_searches: int = 0
    file_searches: int = 0
    refused: bool = False
    """The seller answered 429 and did no work; such a request costs nothing."""


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
class Quote:
    """The price of one request, or the reason why there is none."""

    status: Status
    usd: Decimal | None
    """Exact sum of the lines [USD]; None unless `status` is priced or zero_cost."""
    provider: str
    model: str
    tier: str
    """Tier that was billed: the one that served the request."""
    residency: str
    on: date
    band: Band | None
    band_name: str
    lines: tuple[QuoteLine, ...]
    reason: str
    remedy: str
    flags: tuple[str, ...]
    """What a reader must know beside the number: age, promotion, reading of a doubtful rule."""
    sources: tuple[Source, ...]
    catalogue_version: str
    catalogue_sha256: str


def quote(
    catalogue: Catalogue,
    provider: str,
    model: str,
    usage: RequestUsage,
    *,
    on: date,
    tier: str = STANDARD,
    residency: str = GLOBAL,
    served_tier: str | None = None,
) -> Quote:
    """Price one request; a refusal is a `Quote` too, with its status, reason and remedy.

    Parameters
    ----------
    tier, served_tier
        Tier asked for, and the one the response reports. A downgraded request is billed as
        served, so `served_tier` decides where it is given.
    """
    billed = served_tier or tier
    try:
        return price(
            catalogue, catalogue.offer(provider, model), usage,
            on=on, tier=billed, residency=residency,
        )  # fmt: skip
    except (PriceRefusedError, UsageError) as refusal:
        return Quote(
            status=refusal.status,
            usd=None,
            provider=provider,
            model=model,
            tier=billed,
            residency=residency,
            on=on,
            band=None,
            band_name="",
            lines=(),
            reason="; ".join(problem.limit for problem in refusal.problems),
            remedy=" ".join(problem.remedy for problem in refusal.problems),
            flags=(),
            sources=(),
            catalogue_version=catalogue.version,
            catalogue_sha256=catalogue.sha256,
        )


def price(
    catalogue: Catalogue,
    offer: Offer,
    usage: RequestUsage,
    *,
    on: date,
    tier: str = STANDARD,
    residency: str = GLOBAL,
) -> Quote:
    """Price one request of a known offer, or raise the refusal."""
    check_usage(usage)
    card = offer.rate_card(tier, on=on, residency=residency)
    check_context(offer, usage)
    band = card.band(usage.input_tokens)
    flags = (*age_flags(card, on), *_usage_flags(offer, band, usage))
    if not band.offered:
        raise NotOfferedError(
            Problem(
                "input_tokens",
                f"{usage.input_tokens}",
                f"{offer.title} takes no more than {band.above_input_tokens} input tokens "
                f"in tier {card.tier}",
                "Shorten the request, or use a tier that takes it: standard usually does.",
            )
        )
    lines = (
        () if usage.refused else (*_token_lines(card, band, usage), *_fee_lines(offer, usage, on))
    )
    return Quote(
        status="zero_cost" if usage.refused else "priced",
        usd=total(lines),
        provider=offer.provider,
        model=offer.model,
        tier=card.tier,
        residency=residency,
        on=on,
        band=band,
        band_name=card.band_name(band),
        lines=lines,
        reason="refused requests are not charged" if usage.refused else "",
        remedy="",
        flags=flags,
        sources=tuple(dict.fromkeys(line.source for line in lines)),
        catalogue_version=catalogue.version,
        catalogue_sha256=catalogue.sha256,
    )


def total(lines: tuple[QuoteLine, ...]) -> Decimal:
    """Exact sum of the lines [USD]."""
    amount = Decimal(0)
    for line in lines:
        amount = EXACT.add(amount, line.usd)
    return amount


def check_usage(usage: RequestUsage) -> None:
    """Refuse counts that cannot belong to one request, all of them at once."""
    problems = [
        Problem(name, str(count), f"must be a whole number from 0 to {MOST_TOKENS}", "")
        for name in (
            "input_tokens",
            "cached_tokens",
            "cache_write_tokens",
            "output_tokens",
            "reasoning_tokens",
            "web_searches",
            "file_searches",
        )
        if type(count := getattr(usage, name)) is not int or not 0 <= count <= MOST_TOKENS
    ]
    if problems:
        raise UsageError(*problems)
    parts = usage.cached_tokens + usage.cache_write_tokens
    if parts > usage.input_tokens:
        problems.append(
            Problem(
                "cached_tokens",
                str(parts),
                f"cached and written tokens are part of the {usage.input_tokens} input tokens",
                "Give the total input, cached tokens included.",
            )
        )
    if usage.reasoning_tokens > usage.output_tokens:
        problems.append(
            Problem(
                "reasoning_tokens",
                str(usage.reasoning_tokens),
                f"reasoning is part of the {usage.output_tokens} output tokens",
                "Give the output count as the seller reports it.",
            )
        )
    if usage.cache_writes is not None and sum(usage.cache_writes.values()) != (
        usage.cache_write_tokens
    ):
        problems.append(
            Problem(
                "cache_writes",
                str(dict(usage.cache_writes)),
                f"must sum to cache_write_tokens, {usage.cache_write_tokens}",
                "",
            )
        )
    if problems:
        raise UsageError(*problems)


def check_context(offer: Offer, usage: RequestUsage) -> None:
    """Refuse a request the model cannot take; a limit that is not known is not checked."""
    whole = usage.input_tokens + usage.output_tokens
    limits = (
        ("input_tokens", usage.input_tokens, offer.max_input_tokens, "input tokens"),
        ("output_tokens", usage.output_tokens, offer.max_output_tokens, "output tokens"),
        ("input_tokens", whole, offer.context_window_tokens, "tokens of input and output together"),
    )
    problems = [
        Problem(field, str(given), f"{offer.title} takes at most {most} {what}", "Shorten it.")
        for field, given, most, what in limits
        if most is not None and given > most
    ]
    if problems:
        raise ContextError(*problems)


def age_flags(card: RateCard, on: date) -> tuple[str, ...]:
    """Say what a reader must know of the age of these rates on the day they are used for.

    Raises
    ------
    ExpiredPriceError
        The rate was last seen so long before `on` that it is no answer.
    """
    day = on.date() if isinstance(on, datetime) else on
    flags = []
    checked = card.source.as_of[:10]
    age = (day - date.fromisoformat(checked)).days
    if age > EXPIRED_AFTER_DAYS:
        raise ExpiredPriceError(
            Problem(
                "on",
                str(day),
                f"the rate was last seen {checked}, {age} days before",
                "Refresh the catalogue, or model future prices with a price path.",
            )
        )
    if age > STALE_AFTER_DAYS:
        flags.append(f"stale: the rate was last seen {checked}, {age} days before {day}")
    if card.promotion_until and day > card.promotion_until:
        flags.append(
            f"promotion: announced through {card.promotion_until}; what follows is not published, "
            "the promotional rate is carried on"
        )
    if card.note:
        flags.append(card.note)
    return tuple(flags)


def _usage_flags(offer: Offer, band: Band, usage: RequestUsage) -> tuple[str, ...]:
    flags = [note for note in (offer.note, band.note) if note]
    if usage.cached_tokens and band.cached_input_usd_per_mtok is None:
        flags.append("no cached-input rate is published: cached tokens are billed as input")
    if usage.cache_write_tokens and not band.cache_write_usd_per_mtok:
        flags.append("no cache-write rate is published: written tokens are billed as input")
    return tuple(flags)


def _token_lines(card: RateCard, band: Band, usage: RequestUsage) -> tuple[QuoteLine, ...]:
    fresh = usage.input_tokens - usage.cached_tokens - usage.cache_write_tokens
    plain = band.input_usd_per_mtok
    cached = band.cached_input_usd_per_mtok
    counts = [
        ("input", fresh, plain, band.source),
        ("cached input", usage.cached_tokens, plain if cached is None else cached, band.source),
        *_writes(band, usage),
        ("output", usage.output_tokens, band.output_usd_per_mtok, band.source),
    ]
    return tuple(
        QuoteLine(
            name=name,
            quantity=tokens,
            unit="token",
            usd_per_unit=rate.scaleb(-6, EXACT),
            usd=EXACT.multiply(Decimal(tokens), rate).scaleb(-6, EXACT),
            source=source,
            since=card.since,
        )
        for name, tokens, rate, source in counts
        if tokens
    )


def _writes(band: Band, usage: RequestUsage) -> list[tuple[str, int, Decimal, Source]]:
    """(name, tokens, rate, source) of each cache write."""
    if not usage.cache_write_tokens:
        return []
    rates = band.cache_write_usd_per_mtok
    if not rates:
        return [("cache write", usage.cache_write_tokens, band.input_usd_per_mtok, band.source)]
    default = next(iter(rates))
    asked = usage.cache_writes or {usage.cache_write_lifetime or default: usage.cache_write_tokens}
    unknown = [life for life in asked if life not in rates]
    if unknown:
        raise NoPriceError(
            Problem(
                "cache_write_lifetime",
                ", ".join(unknown),
                "no rate for a cache write of this lifetime is on record",
                f"On record: {', '.join(rates)}.",
            )
        )
    return [
        (
            f"cache write, {life}",
            tokens,
            rates[life],
            band.cache_write_source.get(life, band.source),
        )
        for life, tokens in asked.items()
    ]


def _fee_lines(offer: Offer, usage: RequestUsage, on: date) -> tuple[QuoteLine, ...]:
    lines = []
    for tool, calls in (("web_search", usage.web_searches), ("file_search", usage.file_searches)):
        if not calls:
            continue
        fee = offer.fee(tool, on)
        if fee is None:
            raise NoPriceError(
                Problem(
                    f"{tool}es",
                    str(calls),
                    f"no fee for {tool.replace('_', ' ')} is on record for {offer.title}",
                    "Leave the calls out and add their cost by hand.",
                )
            )
        rate = fee.usd_per_thousand.scaleb(-3)
        lines.append(
            QuoteLine(
                name=tool.replace("_", " "),
                quantity=calls,
                unit="call",
                usd_per_unit=rate,
                usd=EXACT.multiply(Decimal(calls), rate),
                source=fee.source,
                since=fee.since,
            )
        )
    return tuple(lines)
