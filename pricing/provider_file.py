"""One provider's price file, read into offers: every price set is parsed once, here.

The file was checked against `pricing.schema` when it was built, and its digest when it was read.
"""

from collections.abc import Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

from pricing.offer import GLOBAL, Fact, Fee, Offer
from pricing.price_set import PriceSet
from pricing.provenance import Source
from pricing.rate_card import NOT_SOLD, Band, RateCard
from pricing.residency import ResidencyRule

Entry = Mapping[str, Any]
"""A part of the file, as its JSON gives it."""
Sources = Mapping[str, Source]


def read_offers(document: Entry) -> tuple[Offer, ...]:
    """Offers of one provider's file, in its order."""
    sources = {key: Source.model_construct(**value) for key, value in document["sources"].items()}
    rules = tuple(_residency_rule(entry, sources) for entry in document.get("residency", ()))
    return tuple(_offer(document, entry, sources, rules) for entry in document["offers"])


def read_price_set(entry: Entry, sources: Sources) -> PriceSet:
    """Read one price set: `pricing.schema.RateRecord`, after it was checked."""
    card = RateCard(
        tier=entry["tier"],
        residency=entry.get("residency", GLOBAL),
        bands=tuple(_band(entry, band, sources) for band in entry["bands"]),
        since=_day(entry, "since"),
        until=_day(entry, "until"),
        date_basis=entry.get("basis", "unknown"),
        source=sources[entry["source"]],
        promotion_until=_day(entry, "promotion_until"),
        note=entry.get("note", ""),
        context_window_tokens=entry.get("context_window_tokens"),
    )
    hours = tuple(
        (time.fromisoformat(start), time.fromisoformat(end))
        for start, end in entry.get("hours", ())
    )
    return PriceSet(card, hours, entry.get("weekdays", False))


def _offer(
    document: Entry, entry: Entry, sources: Sources, rules: tuple[ResidencyRule, ...]
) -> Offer:
    return Offer(
        provider=document["provider"],
        provider_title=document["title"],
        model=entry["model"],
        title=entry["title"],
        aliases=tuple(entry.get("aliases", ())),
        open_weights=entry.get("open_weights"),
        released=_fact(entry.get("released"), sources),
        first_seen=_fact(entry.get("first_seen"), sources),
        retires=_fact(entry.get("retires"), sources),
        served=entry.get("served", False),
        context_window_tokens=entry.get("context_window_tokens"),
        max_input_tokens=entry.get("max_input_tokens"),
        max_output_tokens=entry.get("max_output_tokens"),
        quantisation=entry.get("quantisation"),
        note=entry.get("note", ""),
        fees=tuple(_fee(fee, sources) for fee in entry.get("fees", ())),
        price_sets=tuple(read_price_set(item, sources) for item in entry["rates"]),
        residency_rules=tuple(rule for rule in rules if rule.covers(entry["model"])),
        tier_words=document.get("tier_words", {}),
        tiers_not_sold=document.get("tiers_not_sold", {}),
    )


def _band(entry: Entry, band: Entry, sources: Sources) -> Band:
    source = sources[band.get("source", entry["source"])]
    edge, inclusive = int(band["above"]), bool(band.get("inclusive", False))
    note = band.get("note", "")
    if not band.get("offered", True):
        return Band(edge, inclusive, False, NOT_SOLD, None, {}, NOT_SOLD, source, note)
    cached = band.get("cached")
    return Band(
        above_input_tokens=edge,
        inclusive=inclusive,
        offered=True,
        input_usd_per_mtok=Decimal(band["input"]),
        cached_input_usd_per_mtok=None if cached is None else Decimal(cached),
        cache_write_usd_per_mtok={
            life: Decimal(rate) for life, rate in band.get("writes", {}).items()
        },
        output_usd_per_mtok=Decimal(band["output"]),
        source=source,
        note=note,
        cache_write_source={
            life: sources[key] for life, key in band.get("writes_source", {}).items()
        },
    )


def _residency_rule(entry: Entry, sources: Sources) -> ResidencyRule:
    return ResidencyRule(
        regions=tuple(entry["regions"]),
        multiplier=Decimal(entry["multiplier"]),
        released_from=_day(entry, "released_from"),
        newer_models=frozenset(entry.get("newer_models", ())),
        models=frozenset(entry.get("models", ())),
        source=sources[entry["source"]],
    )


def _fact(entry: Entry | None, sources: Sources) -> Fact | None:
    return Fact(date.fromisoformat(entry["on"]), sources[entry["source"]]) if entry else None


def _fee(entry: Entry, sources: Sources) -> Fee:
    return Fee(
        tool=entry["tool"],
        usd_per_thousand=Decimal(entry["usd_per_thousand"]),
        since=_day(entry, "since"),
        until=_day(entry, "until"),
        source=sources[entry["source"]],
    )


def _day(entry: Entry, key: str) -> date | None:
    text = entry.get(key)
    return date.fromisoformat(text) if text else None
