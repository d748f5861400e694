"""Ways in which a price list can change, and what they do to every request that can be asked.

The oracle knows nothing of differences: it prices requests by every name, on every day on which
either list changes, in every tier, region and band, with both lists, and compares.
"""

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from pricing.catalogue import Catalogue
from pricing.rules import quote
from pricing.usage import RequestUsage

Document = dict[str, Any]
EDGE = 200_000
SOURCE = {"name": "a price list", "url": "https://example.org", "as_of": "2026-11-01"}


def rate(tier: str, scale: str = "1", **more: Any) -> Document:
    """Rates of one tier: a short and a long band."""
    cells = {"input": "2", "cached": "0.2", "output": "10"}
    k = Decimal(scale)

    def band(above: int, factor: Decimal) -> Document:
        scaled = {name: str(Decimal(cell) * factor) for name, cell in cells.items()}
        writes = {"30m": str(Decimal("2.5") * factor), "1h": str(4 * factor)}
        return {"above": above, **scaled, "writes": writes}

    bands = [band(0, k), band(EDGE, 2 * k)]
    return {"tier": tier, "source": "list", "bands": bands, **more}


BASE: Document = {
    "schema": "pricing.provider/1",
    "provider": "maker",
    "title": "Maker",
    "sources": {"list": SOURCE},
    "tier_words": {"fast": "priority"},
    "residency": [{"regions": ["eu"], "multiplier": "1.1", "source": "list"}],
    "offers": [
        {
            "model": "big",
            "title": "Big",
            "aliases": ["big-1", "newest"],
            "released": {"on": "2025-03-01", "source": "list"},
            "retires": {"on": "2028-01-01", "source": "list"},
            "context_window_tokens": 400_000,
            "fees": [{"tool": "web_search", "usd_per_thousand": "10", "source": "list"}],
            "rates": [
                rate("standard", "2", until="2026-03-01"),
                rate("standard", "1", since="2026-03-01"),
                rate("batch", "0.5", since="2026-01-01"),
                rate("priority", "2", since="2026-01-01"),
            ],
        },
        {
            "model": "small",
            "title": "Small",
            "released": {"on": "2025-03-01", "source": "list"},
            "context_window_tokens": 400_000,
            "rates": [rate("standard", "0.125")],
        },
        {
            "model": "clocked",
            "title": "Clocked",
            "released": {"on": "2025-03-01", "source": "list"},
            "context_window_tokens": 400_000,
            "rates": [
                rate("standard", "1"),
                rate("standard", "2", hours=[["01:00", "04:00"]], weekdays=True),
                rate("standard", "2", hours=[["06:00", "10:00"]], weekdays=True),
            ],
        },
    ],
}


def big(document: Document) -> Document:
    found: Document = document["offers"][0]
    return found


def now(document: Document) -> Document:
    """Standard rates in force."""
    found: Document = big(document)["rates"][1]
    return found


def times(
    cell: str, factor: str, band: int = 0, row: int = 1, offer: int = 0
) -> Callable[[Document], None]:
    def edit(document: Document) -> None:
        cells = document["offers"][offer]["rates"][row]["bands"][band]
        cells = cells["writes"] if cell in cells["writes"] else cells
        cells[cell] = str(Decimal(cells[cell]) * Decimal(factor))

    return edit


def from_day(factor: str, day: str) -> Callable[[Document], None]:
    """All standard rates multiplied from a day on."""

    def edit(document: Document) -> None:
        now(document)["until"] = day
        big(document)["rates"].append(rate("standard", factor, since=day))

    return edit


def merge(**changes: Any) -> Callable[[Document], None]:
    return lambda document: big(document).update(changes)


def day(key: str, on: str) -> Callable[[Document], None]:
    return merge(**{key: {"on": on, "source": "list"}})


def fee(usd: str, **more: str) -> Callable[[Document], None]:
    return merge(fees=[fee_entry(usd, **more)])


def fee_entry(usd: str, **more: str) -> Document:
    return {"tool": "web_search", "usd_per_thousand": usd, "source": "list", **more}


def fee_of_a_month(usd: str) -> Callable[[Document], None]:
    """Another fee in March 2026 alone."""
    start, end = "2026-03-01", "2026-04-01"
    days = fee_entry("10", until=start), fee_entry(usd, since=start, until=end)
    return merge(fees=[*days, fee_entry("10", since=end)])


def drop(key: str, *path: Any) -> Callable[[Document], None]:
    def edit(document: Document) -> None:
        part: Any = document
        for step in path:
            part = part[step]
        del part[key]

    return edit


def set_in(value: Any, *path: Any) -> Callable[[Document], None]:
    def edit(document: Document) -> None:
        part: Any = document
        for step in path[:-1]:
            part = part[step]
        part[path[-1]] = value

    return edit


def alias_to_small(document: Document) -> None:
    big(document)["aliases"].remove("newest")
    document["offers"][1]["aliases"] = ["newest"]


def newer_takes_alias(document: Document) -> None:
    big(document)["aliases"].remove("newest")
    newer = copy.deepcopy(big(document)) | {"model": "bigger", "aliases": ["newest"]}
    for row in newer["rates"]:
        row["bands"] = rate("x", "10")["bands"]
    document["offers"].append(newer)


def dearer_hours(document: Document) -> None:
    rates = document["offers"][2]["rates"]
    rates[1]["until"] = "2026-12-06"
    rates.append(rate("standard", "3", since="2026-12-06", hours=rates[1]["hours"], weekdays=True))


BANDS = ("offers", 0, "rates", 1, "bands")
EDITS: dict[str, Callable[[Document], None]] = {
    "nothing": lambda document: None,
    "another source": set_in("another list", "sources", "list", "name"),
    **{
        f"{cell} times {factor}": times(cell, factor)
        for cell in ("input", "cached", "output", "30m", "1h")
        for factor in ("1.5", "3", "3.1", "10", "0.5", "0.3", "0.1")
    },
    "long output times 10": times("output", "10", band=1),
    "rates of a past day divided": times("input", "0.1", row=0),
    "batch output times 10": times("output", "10", row=2),
    "all rates divided from tomorrow": from_day("0.1", "2026-12-06"),
    "all rates halved from tomorrow": from_day("0.5", "2026-12-06"),
    "all rates tenfold from next year": from_day("10", "2027-06-01"),
    "a change of price on another day": lambda d: (
        big(d)["rates"][0].update(until="2026-05-01"),
        now(d).update(since="2026-05-01"),
    )[0],
    "no cached rate": drop("cached", *BANDS, 0),
    "no write rates": drop("writes", *BANDS, 0),
    "one write rate fewer": drop("1h", *BANDS, 0, "writes"),
    "long band closed": set_in({"above": EDGE, "offered": False}, *BANDS, 1),
    "long band gone": drop(1, *BANDS),
    "edge moved": set_in(250_000, *BANDS, 1, "above"),
    "edge inclusive": set_in(True, *BANDS, 1, "inclusive"),
    "tier gone": drop(2, "offers", 0, "rates"),
    "tier later": set_in("2026-06-01", "offers", 0, "rates", 2, "since"),
    "tier by another word": set_in({"fast": "batch"}, "tier_words"),
    "word gone": set_in({}, "tier_words"),
    "standard ends": set_in("2027-01-01", "offers", 0, "rates", 1, "until"),
    "search fee times 10": fee("100"),
    "search fee a tenth": fee("1"),
    "search fee from a day": fee("10", since="2026-01-01"),
    "search fee times 10 for a month": fee_of_a_month("100"),
    "search fee gone": merge(fees=[]),
    "alias to a model far cheaper": alias_to_small,
    "alias to a model far dearer": newer_takes_alias,
    "alias gone": merge(aliases=["big-1"]),
    "alias new": merge(aliases=["big-1", "newest", "big-latest"]),
    "id renamed": merge(model="big-2"),
    "id renamed, the old one kept": merge(model="big-2", aliases=["big", "big-1", "newest"]),
    "offer gone": drop(0, "offers"),
    "released later": day("released", "2025-09-01"),
    "released earlier": day("released", "2024-09-01"),
    "ends earlier": day("retires", "2026-12-24"),
    "never ends": drop("retires", "offers", 0),
    "window shorter": merge(context_window_tokens=250_000),
    "window of past days longer": set_in(900_000, "offers", 0, "rates", 0, "context_window_tokens"),
    "input limit": merge(max_input_tokens=100_000),
    "output limit": merge(max_output_tokens=100),
    "region times 4": set_in("4.4", "residency", 0, "multiplier"),
    "region gone": set_in([], "residency"),
    "region only for another": set_in(["small"], "residency", 0, "models"),
    **{
        f"by day, {cell} times {factor}": times(cell, factor, offer=2)
        for cell in ("input", "cached", "output")
        for factor in ("1.5", "10", "0.1")
    },
    "by day, dearer in the long band": times("output", "10", band=1, offer=2),
    "the hours are dearer from tomorrow": dearer_hours,
    "dear by the hour": set_in([["01:00", "04:00"]], "offers", 0, "rates", 1, "hours"),
}


def catalogue(folder: Path, document: Document, **listed: Any) -> Catalogue:
    """Catalogue of one provider, written to a folder; `listed` stands in its manifest instead."""
    folder.mkdir(parents=True, exist_ok=True)
    content = json.dumps(document).encode()
    (folder / "maker.json").write_bytes(content)
    entry = {"title": "Maker", "file": "maker.json", "sha256": hashlib.sha256(content).hexdigest()}
    manifest = {
        "version": "2026.12.05",
        "generated_on": "2026-12-05",
        "upstream": {"name": "a list", "version": "1"},
        "oldest_retrieved": "2026-11-01",
        "newest_retrieved": "2026-11-01",
        "providers": {"maker": entry},
        "provider_aliases": {},
        **listed,
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    return Catalogue.load(folder)


def changed(*edits: Callable[[Document], object]) -> Document:
    document = copy.deepcopy(BASE)
    for edit in edits:
        edit(document)
    return document


@dataclass(frozen=True)
class Verdict:
    """What a change of lists does to requests."""

    moved: bool
    """Some price moved, came or went."""
    far: bool
    """A class of tokens or calls moved more than threefold, or a price went."""


def verdicts(old: Catalogue, new: Catalogue) -> tuple[Verdict, Verdict]:
    """Price everything with both lists and compare: from old to new, and back."""
    cases = list(_cases(old, new))
    pairs = [(_prices(old, case), _prices(new, case)) for case in cases]
    moved = any(was != is_now for was, is_now in pairs)
    there = Verdict(moved, any(_is_far(was, is_now) for was, is_now in pairs))
    return there, Verdict(moved, any(_is_far(is_now, was) for was, is_now in pairs))


def _is_far(was: dict[str, Decimal] | None, is_now: dict[str, Decimal] | None) -> bool:
    if was is None or is_now is None:
        return is_now is None and was is not None
    shared = was.keys() & is_now.keys()
    return any(not 1 <= 3 * is_now[line] / was[line] <= 9 for line in shared)


@dataclass(frozen=True)
class Case:
    name: str
    on: date | datetime
    tier: str
    residency: str
    usage: RequestUsage


def _cases(*lists: Catalogue) -> Iterator[Case]:
    offers = {offer for each in lists for offer in each.offers()}
    names = sorted({name for each in lists for name in each.names("maker")})
    tiers = sorted({"fast"} | {tier for offer in offers for tier in offer.tiers})
    for name in names:
        for on in (*_days(offers), *_hours(offers)):
            for tier in tiers:
                for residency in ("global", "eu"):
                    for usage in _usages(offers):
                        yield Case(name, on, tier, residency, usage)


def _days(offers: Any) -> list[date]:
    """One day of every span in which nothing changes."""
    days = {date(2024, 1, 1)}
    for offer in offers:
        days |= {offer.first_day, *([offer.retires.on] if offer.retires else [])}
        for item in (*(price.card for price in offer.price_sets), *offer.fees):
            days |= {found for found in (item.since, item.until) if found}
    return sorted(days)


def _hours(offers: Any) -> set[datetime]:
    """A weekday's moment in every window in which other rates hold."""
    sets = [item for offer in offers for item in offer.price_sets]
    starts = {start for item in sets for start, _ in item.hours}
    return {datetime.combine(date(2026, 12, 2), start, UTC) for start in starts}


def _usages(offers: Any) -> Iterator[RequestUsage]:
    cards = [item.card for offer in offers for item in offer.price_sets]
    edges = {band.above_input_tokens for card in cards for band in card.bands}
    limits = {card.context_window_tokens for card in cards}
    for offer in offers:
        limits |= {offer.context_window_tokens, offer.max_input_tokens}
    lengths = {edge + step for edge in edges if edge for step in (0, 1)}
    for length in sorted({1_000} | lengths | {limit - 20 for limit in limits if limit}):
        quarter = length // 4
        yield RequestUsage(length, quarter, quarter, 20)
        if length == 1_000 or length - 1 in edges:
            yield RequestUsage(length, quarter, quarter, 20, cache_write_lifetime="1h")
    yield RequestUsage(1_000, web_searches=1)
    yield RequestUsage(1_000, output_tokens=200)


def _prices(each: Catalogue, case: Case) -> dict[str, Decimal] | None:
    """Cost of every class of a request; None where the request has no price."""
    found = quote(
        each, "maker", case.name, case.usage, on=case.on, tier=case.tier, residency=case.residency
    )
    if found.usd is None:
        return None
    return {line.name.partition(",")[0]: line.usd for line in found.lines}
