"""Put every provider's price document together: upstream, our overrides last, and sources."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pydantic import ValidationError

from pricing import overrides, upstream, upstream_rates
from pricing.errors import InputError, Problem
from pricing.faults import problems_in
from pricing.schema import SCHEMA, ProviderRecord

Scope = Mapping[str, Any]
"""What is taken from upstream, and under which name: ``data/scope.toml``."""
Overrides = Mapping[str, overrides.OverrideFile]
UPSTREAM: Final = "upstream"
"""Key of the source of upstream's rates; with the day a page was read where it says so."""


def assemble(
    scope: Scope,
    ours: Overrides,
    prices: upstream.Package,
) -> dict[str, dict[str, Any]]:
    """Every provider's document, checked; all that is wrong at once."""
    documents: dict[str, dict[str, Any]] = {}
    problems: list[Problem] = []
    for key in sorted(scope["providers"]):
        document = _document(key, scope, ours, prices)
        try:
            record = ProviderRecord.model_validate(document)
        except ValidationError as error:
            remedy = "Correct the override, or narrow scope.toml."
            problems += problems_in(error, key, remedy)
            continue
        documents[key] = record.model_dump(mode="json", by_alias=True, exclude_defaults=True) | {
            "schema": SCHEMA
        }
    if problems:
        raise InputError(*problems)
    return documents


def _document(
    key: str,
    scope: Scope,
    ours: Overrides,
    prices: upstream.Package,
) -> dict[str, Any]:
    settings = scope["providers"][key]
    offers = _upstream_offers(key, scope, settings, prices)
    sources: dict[str, Any] = {}
    residency = []
    for name, file in ours.items():
        for override in file.offers:
            if override.provider == key:
                offers[override.model] = overrides.amend(offers.get(override.model), override)
        residency += [
            rule.model_dump(mode="json", exclude_unset=True, exclude={"provider", "reason"})
            for rule in file.residency
            if rule.provider == key
        ]
        clash = sources.keys() & file.sources.keys()
        if clash:
            raise InputError(
                Problem(name, ", ".join(clash), "source key given twice", "Rename it.")
            )
        sources |= {k: source.model_dump(mode="json") for k, source in file.sources.items()}
    # An override without rates has nothing to amend once upstream drops its model.
    offers = {model: offer for model, offer in offers.items() if offer["rates"]}
    for offer in offers.values():
        _label(offer, scope)
        offer["rates"] = overrides.close_spans(offer["rates"])
    _amend_rates(key, ours, offers)
    document = {
        "schema": SCHEMA,
        "provider": key,
        "title": settings["title"],
        "tier_words": settings.get("tier_words", {}),
        "tiers_not_sold": settings.get("tiers_not_sold", {}),
        "residency": residency,
        "offers": [offers[model] for model in sorted(offers)],
    }
    named = scope["release_sources"] | sources
    used = _used_sources(document, named, key, settings, prices)
    for offer in offers.values():
        if "released" not in offer:
            offer.setdefault("first_seen", _first_seen(offer, used))
    return document | {"sources": used}


def _amend_rates(key: str, ours: Overrides, offers: Mapping[str, dict[str, Any]]) -> None:
    for file in ours.values():
        for amendment in file.amendments:
            if amendment.provider == key:
                for model in amendment.models:
                    if model in offers:
                        overrides.apply(amendment, offers[model])


def _upstream_offers(
    key: str, scope: Scope, settings: Mapping[str, Any], prices: upstream.Package
) -> dict[str, dict[str, Any]]:
    name = settings.get("upstream", key)
    if not name:
        return {}
    reading = upstream_rates.Reading(
        default_write_lifetime=settings.get("default_write_lifetime", "default"),
        inherit_missing_cached=settings.get("missing_cached_cell") == "inherit",
        weekdays=settings.get("weekdays", False),
    )
    offers = {}
    for model in prices.provider(name).models:
        rates = upstream_rates.rates(model, reading, UPSTREAM)
        if not rates or not _in_scope(model.id, scope, settings):
            continue
        offer: dict[str, Any] = {
            "model": model.id,
            "title": _title(model.name or model.id),
            "aliases": upstream_rates.aliases(model),
            "served": bool(settings.get("served", False)) and not model.deprecated,
            "context_window_tokens": model.context_window,
            "fees": upstream_rates.fees(model, UPSTREAM),
            "rates": rates,
        }
        if model.deprecated:
            offer["note"] = "Marked as deprecated by its seller: check that it is still served."
        offers[model.id] = offer
    return offers


def _title(name: str) -> str:
    """Name as the seller writes it: 'GPT-5 pro' for 'gpt-5-pro'."""
    return re.sub(r"^gpt[ -]([\d.]+\w?)-?", r"GPT-\1 ", name).replace("  ", " ").strip()


def _in_scope(model: str, scope: Scope, settings: Mapping[str, Any]) -> bool:
    if settings.get("host"):
        if re.fullmatch(scope["hosts"]["exclude"], model.lower()):
            return False
        if _first(scope["open_weights"], model) is None:
            return False
    include = settings.get("include", ".*")
    exclude = settings.get("exclude", "")
    return bool(re.fullmatch(include, model)) and not (exclude and re.fullmatch(exclude, model))


def _first(patterns: Mapping[str, str], model: str) -> str | None:
    return next(
        (name for pattern, name in patterns.items() if re.search(pattern, model.lower())), None
    )


def _label(offer: dict[str, Any], scope: Scope) -> None:
    """Name the open model behind an offer, its release, and the quantisation its id states."""
    model = _first(scope["open_weights"], offer["model"])
    if model is None:
        return
    offer.setdefault("open_weights", model)
    suffix = next((word for word in ("Turbo", "Ultra") if word in offer["model"]), "")
    offer["title"] = f"{model} {suffix}".strip()
    release = scope["releases"][offer["open_weights"]]
    day = scope["release_sources"][release]["as_of"]
    offer.setdefault("released", {"on": day, "source": release})
    stated = _first(scope["quantisation"], offer["model"])
    if stated:
        offer.setdefault("quantisation", stated)


def _first_seen(offer: Mapping[str, Any], sources: Mapping[str, Any]) -> dict[str, Any] | None:
    """First day a rate of the offer holds, or was read where that is not on record."""
    days = [
        (rate.get("since") or sources[rate["source"]]["as_of"], rate["source"])
        for rate in offer["rates"]
        if rate["source"] in sources
    ]
    day, source = min(days, default=("", ""))
    return {"on": day, "source": source} if day else None


def _used_sources(
    document: Mapping[str, Any],
    ours: Mapping[str, Any],
    key: str,
    settings: Mapping[str, Any],
    prices: upstream.Package,
) -> dict[str, Any]:
    found = {}
    for name in sorted(set(_source_keys(document))):
        if name in ours:
            found[name] = ours[name]
        elif name.partition("@")[0] == UPSTREAM:
            found[name] = _upstream_source(name, key, settings, prices)
    return found


def _source_keys(part: object) -> Iterator[str]:
    """Every source key named anywhere in a document."""
    if isinstance(part, list):
        for item in part:
            yield from _source_keys(item)
    elif isinstance(part, dict):
        for key, value in part.items():
            if key == "source" and isinstance(value, str):
                yield value
            elif key == "writes_source":
                yield from value.values()
            else:
                yield from _source_keys(value)


def _upstream_source(
    name: str, key: str, settings: Mapping[str, Any], prices: upstream.Package
) -> dict[str, Any]:
    """Source of upstream's rates: the seller's page, as that package read it."""
    urls = prices.provider(settings.get("upstream", key)).pricing_urls or [""]
    read_on = name.partition("@")[2]
    page = f"{settings['title']} price list, as read by {upstream.NAME} {prices.version}"
    source: dict[str, Any] = {
        "name": page,
        "url": settings.get("url", urls[0]),
        "as_of": read_on or prices.newest_reading().isoformat(),
        "confidence": "high" if read_on else "medium",
    }
    if not read_on:
        source["undated"] = True
        source["note"] = "Newest day in that package; when this row was last checked is not stated."
    return source
