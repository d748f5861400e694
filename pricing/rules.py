"""From the tokens of one request to its price, or to the reason why there is none.

Whole-request bands: the total input, cached and cache-written tokens included and output not,
picks one band, and every token pays that band's rate. Reasoning tokens are output and already
inside the output count. Amounts are exact decimals; nothing is rounded.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from pricing.catalogue import Catalogue
from pricing.errors import Problem
from pricing.flags import age_flags, usage_flags
from pricing.offer import GLOBAL, STANDARD, Offer
from pricing.provenance import Source
from pricing.quote_lines import QuoteLine, fee_lines, sum_usd, token_lines
from pricing.rate_card import Band
from pricing.refusal import NotOfferedError, PriceRefusedError, Status, UsageError
from pricing.usage import RequestUsage, check_context, check_usage


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
    on
        Day of the request by UTC, or its moment with time zone.
    tier, served_tier
        Tier asked for, and the one the response reports. A downgraded request is billed as
        served, so `served_tier` decides where it is given.
    """
    billed = served_tier or tier
    try:
        offer = catalogue.offer(provider, model)
        return price(catalogue, offer, usage, on=on, tier=billed, residency=residency)
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
            remedy=" ".join(dict.fromkeys(problem.remedy for problem in refusal.problems)),
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
    check_context(offer, card, usage)
    longest = usage.session_input_tokens
    band = card.band(usage.input_tokens if longest is None else longest)
    flags = (*age_flags(card, on), *usage_flags(offer, card, band, usage))
    if not band.offered:
        raise _length_not_offered(offer, card.tier, band, usage)
    lines: tuple[QuoteLine, ...] = ()
    if not usage.refused:
        lines = (*token_lines(card, band, usage), *fee_lines(offer, usage, on))
    return Quote(
        status="zero_cost" if usage.refused else "priced",
        usd=sum_usd(lines),
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


def _length_not_offered(
    offer: Offer, tier: str, band: Band, usage: RequestUsage
) -> NotOfferedError:
    limit = (
        f"{offer.title} takes no more than {band.above_input_tokens} input tokens in tier {tier}"
    )
    remedy = f"Shorten the request, or price it in another tier. {band.note}".strip()
    return NotOfferedError(Problem("input_tokens", str(usage.input_tokens), limit, remedy))
