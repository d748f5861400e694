"""What sellers ask for tokens that are written to a cache: cells of their tables, with sources."""

from datetime import date
from decimal import Decimal

import pytest

from pricing.rules import price
from pricing.usage import RequestUsage
from tests.pricing.law_book import CATALOGUE

DAY = date(2026, 11, 20)
CHARGED = {
    "openai": ("gpt-5.6-", "gpt-6"),
    "anthropic": ("claude-",),
}
MULTIPLES = {"openai": {"30m": "1.25", "12h": "2.5"}, "anthropic": {"5m": "1.25", "1h": "2"}}
"""Documented: write over input, by lifetime; the first is the default and always published."""


def bands():
    for provider, starts in CHARGED.items():
        for offer in CATALOGUE.offers(provider=provider):
            if offer.model.startswith(starts):
                for item in offer.price_sets:
                    for band in item.card.bands:
                        if band.offered:
                            yield pytest.param(
                                provider,
                                band,
                                id=f"{offer.model}-{item.card.tier}-{band.above_input_tokens}",
                            )


@pytest.mark.parametrize(("provider", "band"), list(bands()))
def test_every_band_has_the_write_rates_that_its_seller_documents(provider, band):
    cells, documented = band.cache_write_usd_per_mtok, MULTIPLES[provider]
    assert next(iter(cells)) == next(iter(documented))
    assert set(cells) <= set(documented)
    for life, usd in cells.items():
        assert usd == Decimal(documented[life]) * band.input_usd_per_mtok
        source = band.cache_write_source.get(life, band.source)
        assert source.name
        assert source.url
        assert date.fromisoformat(source.as_of)


@pytest.mark.parametrize("model", ["gpt-5.4", "gpt-5.5", "gpt-5", "gpt-4.1"])
def test_older_models_of_openai_ask_nothing_more_for_what_is_written(model):
    offer = CATALOGUE.offer("openai", model)
    plain, written = RequestUsage(60_000), RequestUsage(60_000, 0, 60_000)
    paid = [price(CATALOGUE, offer, usage, on=DAY).usd for usage in (plain, written)]
    assert paid[0] == paid[1]


def test_a_prompt_whose_uncached_part_is_written_costs_what_it_was_worked_out_to_by_hand():
    terra = CATALOGUE.offer("openai", "gpt-5.6-terra")
    written = RequestUsage(60_000, 55_800, 4_200, 600)
    unwritten = RequestUsage(60_000, 55_800, 0, 600)
    paid = [price(CATALOGUE, terra, usage, on=DAY).usd for usage in (written, unwritten)]
    assert [usd * 1_000_000 for usd in paid] == [28_860, 26_760]


@pytest.mark.parametrize(("reads", "multiple"), [(1, "1.35"), (9, "2.15")])
def test_one_write_and_its_reads_cost_what_the_documentation_says(reads, multiple):
    haiku = CATALOGUE.offer("anthropic", "claude-haiku-4-5")
    write, read = RequestUsage(100_000, 0, 100_000), RequestUsage(100_000, 100_000)
    paid = [price(CATALOGUE, haiku, usage, on=DAY).usd for usage in (write, read)]
    plain = price(CATALOGUE, haiku, RequestUsage(100_000), on=DAY).usd
    assert paid[0] + reads * paid[1] == Decimal(multiple) * plain
