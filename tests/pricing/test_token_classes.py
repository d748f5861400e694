"""The one list of token classes: whoever bills tokens reads it, and reads all of it."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings

from pricing import token_classes
from pricing.diff import diff
from pricing.refusal import NoPriceError
from pricing.rules import price
from pricing.token_classes import TOKEN_CLASSES, TokenClass, class_rates, published_rates, rate_name
from pricing.usage import RequestUsage
from pricing.vectorised import Requests, prices_usd, total_usd
from tests.pricing.catalogues import edited, offer_in
from tests.pricing.law_book import CATALOGUE, DAY, usages

SOL = CATALOGUE.offer("openai", "gpt-6.1-sol")
BAND = SOL.rate_card(on=DAY).bands[0]


@given(usages())
@settings(database=None)
def test_every_token_is_in_exactly_one_class(usage):
    counts = [token_class.count(usage) for token_class in TOKEN_CLASSES]
    assert min(counts) >= 0
    assert sum(counts) == usage.input_tokens + usage.output_tokens


def test_the_lines_of_a_quote_are_the_classes_with_tokens_in_their_order():
    usage = RequestUsage(100_000, 50_000, 20_000, 1_000)
    lines = price(CATALOGUE, SOL, usage, on=DAY).lines
    assert [line.name for line in lines] == ["input", "cached input", "cache write, 30m", "output"]
    rates = {rate.name: rate.usd_per_mtok for rate in class_rates(BAND)}
    assert {line.name: line.usd_per_unit * 1_000_000 for line in lines} == rates


def test_each_lifetime_asked_for_has_its_own_rate_and_an_unknown_one_none():
    rates = {rate.lifetime: rate.usd_per_mtok for rate in class_rates(BAND, ("12h", "30m"))}
    assert (rates["30m"], rates["12h"]) == (Decimal("2.5"), Decimal(5))
    with pytest.raises(NoPriceError, match="30m, 12h"):
        list(class_rates(BAND, ("1y",)))


@pytest.mark.parametrize("key", [c.key for c in TOKEN_CLASSES if c.billed_as])
def test_a_class_without_a_published_rate_is_billed_as_another_and_says_so(key):
    bare = replace(BAND, cached_input_usd_per_mtok=None, cache_write_usd_per_mtok={})
    (rate,) = (rate for rate in class_rates(bare) if rate.token_class.key == key)
    assert rate.usd_per_mtok == BAND.input_usd_per_mtok
    assert "billed as input" in rate.note
    assert [token_class.key for token_class, _ in published_rates(bare)] == ["input", "output"]


def test_a_new_class_is_one_entry_and_every_bill_of_the_package_has_it(monkeypatch):
    started = TokenClass(
        key="started",
        name="started block of input",
        cells=lambda band: {"": 3 * band.input_usd_per_mtok},
        count=lambda of: of.input_tokens // 1_000,
    )
    usage = RequestUsage(100_000, 50_000, 20_000, 1_000)
    requests = Requests.of([100_000], [50_000], [20_000], [1_000])
    card = SOL.rate_card(on=DAY)
    was = price(CATALOGUE, SOL, usage, on=DAY).usd
    dearer = 100 * 3 * BAND.input_usd_per_mtok / 1_000_000
    monkeypatch.setattr(token_classes, "TOKEN_CLASSES", (*TOKEN_CLASSES, started))
    quoted = price(CATALOGUE, SOL, usage, on=DAY)
    assert quoted.lines[-1].name == "started block of input"
    assert quoted.usd == was + dearer
    assert total_usd(card, requests) == quoted.usd
    np.testing.assert_allclose(prices_usd(card, requests), [float(quoted.usd)])
    assert (started, "") in published_rates(BAND)


def test_a_difference_between_catalogues_is_told_for_every_class(tmp_path):
    def double(document):
        for rate in offer_in(document, "gpt-6.1-sol")["rates"]:
            for band in rate["bands"]:
                band |= {
                    cell: str(2 * Decimal(band[cell])) for cell in ("input", "cached", "output")
                }
                writes = band.get("writes", {})
                band["writes"] = {life: str(2 * Decimal(cell)) for life, cell in writes.items()}

    new = edited(tmp_path, "openai", double)
    told = {change.tokens for change in diff(CATALOGUE, new) if change.kind == "rate"}
    assert {rate_name(*cell) for cell in published_rates(BAND)} <= told
