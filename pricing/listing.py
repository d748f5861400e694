"""The catalogue as a list of rates: one line per offer, tier, region and band."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from pricing.catalogue import Catalogue
from pricing.offer import GLOBAL, Availability, Offer
from pricing.price_set import day_of, night_of
from pricing.rate_card import RateCard
from pricing.refusal import PriceRefusedError


@dataclass(frozen=True, slots=True)
class ListedRate:
    """One line of the list; rates in USD per million tokens."""

    provider: str
    model: str
    title: str
    open_weights: str | None
    availability: Availability
    tier: str
    residency: str
    band: str
    above_input_tokens: int
    offered: bool
    input_usd_per_mtok: Decimal | None
    cached_input_usd_per_mtok: Decimal | None
    cache_write_usd_per_mtok: dict[str, Decimal]
    output_usd_per_mtok: Decimal | None
    since: date | None
    source: str
    url: str
    as_of: str
    """Day the rate was last seen; of its list, where that of the row is not stated."""
    undated: bool
    """Whether it is not stated when the row was last checked."""
    age_days: int | None
    """Days since then; where undated, the row was last checked so long ago or longer."""
    note: str


def list_offers(
    catalogue: Catalogue,
    *,
    on: date | None = None,
    provider: str | None = None,
    open_weights: str | None = None,
    availability: Availability | None = None,
    tier: str | None = None,
    residency: str | None = GLOBAL,
    text: str = "",
) -> list[ListedRate]:
    """Rates that hold on a day and meet every filter.

    Parameters
    ----------
    on
        Day or moment; None: the day the catalogue was made. A price by the hour is listed at
        22:00 UTC of a plain day.
    residency
        One region; None: every one on record.
    """
    moment = on or catalogue.generated_on
    if not isinstance(moment, datetime):
        moment = night_of(moment)
    found = catalogue.offers(
        provider=provider,
        open_weights=open_weights,
        availability=availability,
        tier=tier,
        on=day_of(moment),
        text=text,
    )
    return [
        line
        for offer in found
        for name in ((tier,) if tier else offer.tiers)
        for region in ((residency,) if residency else offer.residencies)
        for line in _lines(offer, name, region, moment)
    ]


def _lines(offer: Offer, tier: str, residency: str, moment: datetime) -> Iterator[ListedRate]:
    try:
        card = offer.rate_card(tier, on=moment, residency=residency)
    except PriceRefusedError:
        return
    yield from _bands(offer, card, day_of(moment))


def _bands(offer: Offer, card: RateCard, day: date) -> Iterator[ListedRate]:
    for band in card.bands:
        checked = band.source.day
        yield ListedRate(
            provider=offer.provider,
            model=offer.model,
            title=offer.title,
            open_weights=offer.open_weights,
            availability=offer.availability(day),
            tier=card.tier,
            residency=card.residency,
            band=card.band_name(band),
            above_input_tokens=band.above_input_tokens,
            offered=band.offered,
            input_usd_per_mtok=band.input_usd_per_mtok if band.offered else None,
            cached_input_usd_per_mtok=band.cached_input_usd_per_mtok,
            cache_write_usd_per_mtok=dict(band.cache_write_usd_per_mtok),
            output_usd_per_mtok=band.output_usd_per_mtok if band.offered else None,
            since=card.since,
            source=band.source.name,
            url=band.source.url,
            as_of=band.source.as_of,
            undated=band.source.undated,
            age_days=None if checked is None else (day - checked).days,
            note=" ".join(note for note in (offer.note, card.note, band.note) if note),
        )
