"""Upstream prices in the shape of our own files.

Cells are copied, never computed: a tier's rates are the cells its own variant prints, and where
it prints no cell for cached input the rate is left out, unless the seller says that the standard
cell holds. Bands that a tier's table leaves blank are closed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from genai_prices.types import (
    ClauseEquals,
    ClauseOr,
    MatchLogic,
    ModelInfo,
    ModelPrice,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

from pricing.upstream import READ_ON

_TIERS = {
    ("processing", "batch"): "batch",
    ("service_tier", "flex"): "flex",
    ("service_tier", "priority"): "priority",
    ("speed", "fast"): "fast",
}
_CELLS = {"input_mtok": "input", "cache_read_mtok": "cached", "output_mtok": "output"}
_FEES = {"web_searches_kcount": "web_search", "storage_searches_kcount": "file_search"}


@dataclass(frozen=True, slots=True)
class Reading:
    """How one provider's price list is to be read."""

    default_write_lifetime: str
    inherit_missing_cached: bool
    weekdays: bool


@dataclass(frozen=True, slots=True)
class UpstreamPrices:
    """Every upstream price that holds from one day on, or in one window of hours."""

    since: date | None
    hours: tuple[tuple[str, str], ...]
    prices: Mapping[str, Any]


def aliases(model: ModelInfo) -> list[str]:
    """Names that upstream says are exactly this model."""
    return sorted({name for name in _equals(model.match) if name != model.id.lower()})


def rates(model: ModelInfo, reading: Reading, package_source: str) -> list[dict[str, Any]]:
    """Rate records of every tier of a model, each with the key of its source."""
    base = list(_base_sets(model))
    records = [
        _record("standard", item, _bands(item.prices, reading), package_source, reading)
        for item in base
        if _priced(item.prices)
    ]
    read_on = max(READ_ON.findall(model.price_comments or ""), default="")
    source = f"{package_source}@{read_on}" if read_on else package_source
    for tier, item in _variant_sets(model):
        standard = _in_force(base, item.since)
        prices = dict(item.prices) or dict(standard)
        if reading.inherit_missing_cached and "cache_read_mtok" in standard:
            prices.setdefault("cache_read_mtok", standard["cache_read_mtok"])
        if not _priced(prices):
            continue
        bands = _with_closed_bands(_bands(prices, reading), _bands(standard, reading))
        records.append(_record(tier, item, bands, source, reading))
    return records


def fees(model: ModelInfo, package_source: str) -> list[dict[str, Any]]:
    """Fee records of a model's tools."""
    found: list[dict[str, Any]] = []
    for item in _base_sets(model):
        for key, tool in _FEES.items():
            if key in item.prices and not item.hours:
                entry = {
                    "tool": tool,
                    "usd_per_thousand": str(item.prices[key]),
                    "source": package_source,
                }
                if item.since and not any(fee["tool"] == tool for fee in found):
                    entry["since"] = item.since.isoformat()
                if not any(
                    fee["tool"] == tool and fee["usd_per_thousand"] == entry["usd_per_thousand"]
                    for fee in found
                ):
                    found.append(entry)
    return found


def _equals(clause: MatchLogic) -> Iterator[str]:
    if isinstance(clause, ClauseEquals):
        yield clause.equals.lower()
    elif isinstance(clause, ClauseOr):
        for part in clause.or_:
            yield from _equals(part)


def _base_sets(model: ModelInfo) -> Iterator[UpstreamPrices]:
    if isinstance(model.prices, ModelPrice):
        yield UpstreamPrices(None, (), _cells(model.prices))
        return
    for item in model.prices:
        yield _price_set(item.constraint, item.prices)


def _variant_sets(model: ModelInfo) -> Iterator[tuple[str, UpstreamPrices]]:
    for variant in model.price_variants or ():
        pairs = list(variant.when.items())
        tier = _TIERS.get(pairs[0]) if len(pairs) == 1 else None
        if tier:
            yield tier, _price_set(variant.constraint, variant.prices)


def _price_set(
    constraint: StartDateConstraint | TimeOfDateConstraint | None, prices: ModelPrice
) -> UpstreamPrices:
    if isinstance(constraint, StartDateConstraint):
        return UpstreamPrices(constraint.start_date, (), _cells(prices))
    if isinstance(constraint, TimeOfDateConstraint):
        window = (f"{constraint.start_time:%H:%M}", f"{constraint.end_time:%H:%M}")
        return UpstreamPrices(None, (window,), _cells(prices))
    return UpstreamPrices(None, (), _cells(prices))


def _cells(prices: ModelPrice) -> dict[str, Any]:
    return {key: value for key, value in vars(prices).items() if value is not None}


def _priced(prices: Mapping[str, Any]) -> bool:
    return "input_mtok" in prices and "output_mtok" in prices


def _in_force(base: Iterable[UpstreamPrices], since: date | None) -> Mapping[str, Any]:
    """Find the standard prices that hold on the first day of a variant."""
    day = since or date.max
    return [
        item.prices for item in base if not item.hours and (item.since is None or item.since <= day)
    ][-1]


def _bands(prices: Mapping[str, Any], reading: Reading) -> list[dict[str, Any]]:
    starts = {0}
    for value in prices.values():
        if isinstance(value, TieredPrices):
            starts |= {tier.start for tier in value.tiers}
    return [_band(prices, start, reading) for start in sorted(starts)]


def _band(prices: Mapping[str, Any], start: int, reading: Reading) -> dict[str, Any]:
    # Upstream fires on "more than": a start of 199999 is how it writes "200000 or more".
    inclusive = start % 1_000 == 999
    band: dict[str, Any] = {"above": start + 1 if inclusive else start}
    if inclusive:
        band["inclusive"] = True
    writes = {
        reading.default_write_lifetime: prices.get("cache_write_mtok"),
        "1h": prices.get("cache_write_1h_mtok"),
    }
    for key, name in _CELLS.items():
        if key in prices:
            band[name] = _at(prices[key], start)
    written = {life: _at(value, start) for life, value in writes.items() if value is not None}
    if written:
        band["writes"] = written
    return band


def _at(value: object, start: int) -> str:
    if isinstance(value, TieredPrices):
        return str(([value.base] + [t.price for t in value.tiers if t.start <= start])[-1])
    return str(value)


def _with_closed_bands(
    bands: list[dict[str, Any]], standard: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """Close the bands that the standard table prints and this tier's table leaves blank."""
    printed = {band["above"] for band in bands}
    closed = [
        {"above": band["above"], "offered": False, **_inclusive(band)}
        for band in standard
        if band["above"] not in printed
    ]
    return sorted([*bands, *closed], key=lambda band: int(band["above"]))


def _inclusive(band: Mapping[str, Any]) -> dict[str, bool]:
    return {"inclusive": True} if band.get("inclusive") else {}


def _record(
    tier: str, item: UpstreamPrices, bands: list[dict[str, Any]], source: str, reading: Reading
) -> dict[str, Any]:
    record: dict[str, Any] = {"tier": tier, "source": source, "bands": bands}
    if item.since:
        record["since"] = item.since.isoformat()
        record["basis"] = "upstream" if tier == "standard" else "first_observed"
    if item.hours:
        record |= {"hours": [list(window) for window in item.hours], "weekdays": reading.weekdays}
    return record
