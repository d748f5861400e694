"""Oracle: the genai-prices package, on every offer × tier × length × cached share.

Where the two disagree, ``docs/price-ledger.md`` says who is right and by which source. A
disagreement that no entry explains fails, and so does an entry that explains none.
"""

import re
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from genai_prices import Usage
from genai_prices.data import providers as upstream_providers

from pricing.catalogue import Catalogue
from pricing.offer import Offer
from pricing.rules import Quote, quote
from pricing.usage import RequestUsage

CATALOGUE = Catalogue.load()
UPSTREAM = {provider.id: provider for provider in upstream_providers}
CHANNELS = {"nebius": "huggingface_nebius", "sambanova": "huggingface_sambanova"}
CONTEXTS = {
    "standard": None,
    "batch": {"processing": "batch"},
    "flex": {"service_tier": "flex"},
    "priority": {"service_tier": "priority"},
    "fast": {"speed": "fast"},
    "ultrafast": {"service_tier": "ultrafast"},
}
FRIDAY_NIGHT = datetime(2026, 11, 20, 22, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 2, tzinfo=UTC)
LEDGER = Path(__file__).parents[2] / "docs" / "price-ledger.md"
OUTPUT = 1_000


@dataclass(frozen=True)
class Case:
    """One request, priced by both."""

    offer: Offer
    tier: str
    usage: RequestUsage
    ours: Quote
    theirs: Decimal | None
    """None: the package does not know the model."""
    their_standard: Decimal | None


def their_price(offer: Offer, usage: RequestUsage, tier: str, when: datetime) -> Decimal | None:
    provider = UPSTREAM.get(CHANNELS.get(offer.provider, offer.provider))
    model = provider and provider.find_model(offer.model, all_providers=upstream_providers)
    if not provider or not model:
        return None
    counts = {
        "input_tokens": usage.input_tokens,
        "output_tokens": usage.output_tokens,
        "cache_read_tokens": usage.cached_tokens or None,
        "cache_write_tokens": usage.cache_write_tokens or None,
        "web_searches": usage.web_searches or None,
    }
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = model.calc_price(
            Usage(**counts),
            provider,
            genai_request_timestamp=when,
            price_context=CONTEXTS[tier],
        )
    return found.total_price


def lengths(offer: Offer) -> list[int]:
    edges = {band.above_input_tokens for item in offer.price_sets for band in item.card.bands}
    limits = {limit for limit in (offer.max_input_tokens, offer.context_window_tokens) if limit}
    around = {size + step for size in edges | limits for step in (-1, 0, 1)}
    return sorted(size for size in around | {1, 1_000, 100_000} if size > 0)


def tiers(offer: Offer) -> list[str]:
    other = "priority" if offer.provider == "anthropic" else "fast"
    return [tier for tier in CONTEXTS if tier != other]


def usages(size: int) -> list[RequestUsage]:
    shares = ((0, 0), (size // 2, size // 4), (size, 0))
    found = [RequestUsage(size, cached, written, OUTPUT) for cached, written in shares]
    searching = [RequestUsage(size, output_tokens=OUTPUT, web_searches=3)] if size == 1_000 else []
    return found + searching


def cases(when: datetime) -> list[Case]:
    found = []
    for offer in CATALOGUE.offers():
        for size in lengths(offer):
            for usage in usages(size):
                standard = their_price(offer, usage, "standard", when)
                for tier in tiers(offer):
                    theirs = (
                        standard if tier == "standard" else their_price(offer, usage, tier, when)
                    )
                    ours = quote(CATALOGUE, offer.provider, offer.model, usage, on=when, tier=tier)
                    found.append(Case(offer, tier, usage, ours, theirs, standard))
    return found


def silently_standard(case: Case) -> bool:
    return case.tier != "standard" and case.theirs == case.their_standard


def no_cached_cell(case: Case) -> bool:
    band = case.ours.band
    return bool(case.usage.cached_tokens) and band is not None and (
        band.cached_input_usd_per_mtok is None
    )  # fmt: skip


EXPLANATIONS: dict[str, Callable[[Case], bool]] = {
    "D11": lambda case: case.theirs is None,
    "D02": lambda case: case.ours.status == "reject_context",
    "D03": lambda case: "ended on" in case.ours.reason or "released on" in case.ours.reason,
    "D17": lambda case: "no fee for web search" in case.ours.reason,
    "D18": lambda case: "was first seen on" in case.ours.reason,
    "D09": lambda case: "takes no more than" in case.ours.reason,
    "D01": lambda case: "not offered in this tier" in case.ours.reason and silently_standard(case),
    "D05": lambda case: (case.offer.provider, case.offer.model) == ("azure", "gpt-oss-120b"),
    "D04": lambda case: case.offer.provider == "azure" and silently_standard(case),
    "D16": lambda case: (
        case.offer.provider in {"google", "aws"}
        and case.ours.usd is not None
        and silently_standard(case)
    ),
    "D07": lambda case: case.tier == "ultrafast" and silently_standard(case),
    "D08": lambda case: (
        case.offer.model == "meta-llama/Llama-3.3-70B-Instruct-Turbo"
        and case.offer.provider == "together"
    ),
    "D06": lambda case: case.tier == "batch" and no_cached_cell(case),
}
"""Entries of the ledger, in the order in which they are tried."""


def explanation(case: Case) -> str | None:
    """Entry of the ledger that explains a disagreement; None: none does."""
    return next((entry for entry, holds in EXPLANATIONS.items() if holds(case)), None)


def ledger_entries() -> set[str]:
    return set(re.findall(r"^\| (D\d\d) \|", LEDGER.read_text("utf-8"), re.MULTILINE))


@pytest.fixture(scope="module")
def compared():
    return cases(FRIDAY_NIGHT)


def test_every_disagreement_is_explained_by_the_ledger(compared):
    unexplained = [
        (case.offer.provider, case.offer.model, case.tier, case.usage, case.ours.usd, case.theirs)
        for case in compared
        if case.ours.usd != case.theirs and explanation(case) not in ledger_entries()
    ]
    assert unexplained == []


def test_outside_the_ledger_thousands_of_prices_agree_to_the_last_digit(compared):
    agreed = [
        case for case in compared if case.ours.usd is not None and case.ours.usd == case.theirs
    ]
    assert len(agreed) > 3_500
    assert {case.tier for case in agreed} == {"standard", "batch", "flex", "priority", "fast"}


def test_every_entry_of_the_ledger_explains_something(compared):
    used = {explanation(case) for case in compared if case.ours.usd != case.theirs}
    elsewhere = {"D10", "D12", "D13", "D14", "D15", "D18"}  # tested one by one below
    assert used | elsewhere == ledger_entries()


def test_d10_a_tier_has_no_price_before_it_was_first_seen():
    usage = RequestUsage(100_000, output_tokens=OUTPUT)
    gpt = CATALOGUE.offer("openai", "gpt-5.4")
    early = datetime(2026, 6, 1, tzinfo=UTC)
    ours = quote(CATALOGUE, "openai", "gpt-5.4", usage, on=early, tier="batch")
    assert (ours.status, ours.usd) == ("not_offered", None)
    assert their_price(gpt, usage, "batch", early) == Decimal("0.265")  # the standard price


def test_d12_residency_is_not_upstream():
    usage = RequestUsage(100_000, output_tokens=OUTPUT)
    ours = quote(CATALOGUE, "openai", "gpt-5.4", usage, on=date(2026, 11, 20), residency="eu")
    theirs = their_price(CATALOGUE.offer("openai", "gpt-5.4"), usage, "standard", FRIDAY_NIGHT)
    assert ours.usd == theirs * Decimal("1.1")


def test_d13_a_twelve_hour_write_is_not_upstream():
    usage = RequestUsage(100_000, 50_000, 20_000, OUTPUT, cache_write_lifetime="12h")
    ours = quote(CATALOGUE, "openai", "gpt-6.1-sol", usage, on=date(2026, 11, 20))
    theirs = their_price(CATALOGUE.offer("openai", "gpt-6.1-sol"), usage, "standard", FRIDAY_NIGHT)
    assert (ours.usd, theirs) == (Decimal("0.175"), Decimal("0.125"))


def test_d14_a_plain_day_has_no_price_where_the_hour_counts():
    usage = RequestUsage(100_000, output_tokens=OUTPUT)
    ours = quote(CATALOGUE, "deepseek", "deepseek-flash", usage, on=date(2026, 11, 20))
    assert (ours.status, ours.usd) == ("not_offered", None)


def test_d15_saturday_morning_is_off_peak():
    usage = RequestUsage(1_000_000 - OUTPUT, output_tokens=OUTPUT)
    flash = CATALOGUE.offer("deepseek", "deepseek-flash")
    ours = quote(CATALOGUE, "deepseek", "deepseek-flash", usage, on=SATURDAY)
    theirs = their_price(flash, usage, "standard", SATURDAY)
    assert ours.usd * 2 == theirs


def test_d18_a_model_has_no_price_before_it_was_first_seen():
    usage = RequestUsage(1_000, output_tokens=OUTPUT)
    grok = CATALOGUE.offer("x-ai", "grok-4.3")
    early = datetime(2023, 1, 1, tzinfo=UTC)
    ours = quote(CATALOGUE, "x-ai", "grok-4.3", usage, on=early)
    assert (ours.status, ours.usd) == ("not_offered", None)
    assert "was first seen on 2026-05-01" in ours.reason
    assert their_price(grok, usage, "standard", early) is not None
