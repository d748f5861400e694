"""Many requests at once agree with one at a time, and their total is exact."""

from decimal import Decimal

import numpy as np
import pytest

from pricing.refusal import NoPriceError, NotOfferedError, UsageError
from pricing.rules import price
from pricing.usage import RequestUsage
from pricing.vectorised import Requests, band_index, length_curve, prices_usd, total_usd

CARDS = [
    ("openai", "gpt-5.4", "standard"),
    ("openai", "gpt-5.4", "batch"),
    ("openai", "gpt-5.4-pro", "standard"),
    ("openai", "gpt-6.1-sol", "standard"),
    ("x-ai", "grok-4.3", "standard"),
    ("anthropic", "claude-haiku-5-5", "batch"),
    ("aws", "meta.llama4-scout-17b-instruct-v1:0", "standard"),
]


def random_requests(size, seed=3):
    rng = np.random.default_rng(seed)
    tokens = rng.integers(1, 420_000, size)
    tokens[: size // 4] = rng.choice([200_000, 200_001, 272_000, 272_001, 199_999], size // 4)
    cached = (tokens * rng.random(size)).astype(np.int64)
    written = ((tokens - cached) * rng.random(size)).astype(np.int64)
    return Requests.of(tokens, cached, written, rng.integers(0, 8_000, size))


@pytest.mark.parametrize(("provider", "model", "tier"), CARDS)
def test_arrays_price_as_single_requests_do(catalogue, today, provider, model, tier):
    offer = catalogue.offer(provider, model)
    card = offer.rate_card(tier, on=today)
    many = random_requests(400)
    columns = (
        many.input_tokens,
        many.cached_tokens,
        many.cache_write_tokens,
        many.output_tokens,
    )
    usages = [RequestUsage(*map(int, row)) for row in zip(*columns, strict=True)]
    single = [price(catalogue, offer, usage, on=today, tier=tier).usd for usage in usages]
    np.testing.assert_allclose(prices_usd(card, many), np.array(single, dtype=float), rtol=1e-12)
    assert total_usd(card, many) == sum(single, Decimal(0))


def test_a_total_of_a_million_requests_is_exact(catalogue, today):
    card = catalogue.offer("openai", "gpt-5.4-mini").rate_card(on=today)
    many = Requests.of(np.full(1_000_000, 2_000), 1_920, 0, 100)
    assert total_usd(card, many) == 654


def test_a_total_beyond_64_bits_does_not_overflow(catalogue, today):
    card = catalogue.offer("openai", "gpt-4.1").rate_card(on=today)
    many = Requests.of(np.full(100, 10**18))
    assert total_usd(card, many) == Decimal(10**20) * 2 / 10**6


def test_a_band_that_is_not_offered_is_nan_alone_and_refused_in_a_total(catalogue, today):
    card = catalogue.offer("openai", "gpt-5.4").rate_card("priority", on=today)
    many = Requests.of([272_000, 272_001, 300_000])
    assert list(band_index(card, many.input_tokens)) == [0, 1, 1]
    assert list(np.isnan(prices_usd(card, many))) == [False, True, True]
    with pytest.raises(NotOfferedError, match="2 requests"):
        total_usd(card, many)


def test_a_lifetime_picks_its_write_rate_and_an_unknown_one_is_refused(catalogue, today):
    card = catalogue.offer("openai", "gpt-6.1-sol").rate_card(on=today)
    many = Requests.of([100_000], [50_000], [20_000], [1_000])
    assert total_usd(card, many) == Decimal("0.125")
    assert total_usd(card, many, lifetime="12h") == Decimal("0.175")
    with pytest.raises(NoPriceError, match="lifetime"):
        total_usd(card, many, lifetime="1y")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (([10, 20], [5, 21]), r"cached_tokens\[1\]"),
        (([10, 20], [5, 15], [0, 6]), "1 rows"),
        (([-1, 5],), r"input_tokens\[0\]"),
        (([1.5, 2.0],), "whole numbers"),
        (([True],), "whole numbers"),
        (([10**18 + 1],), "must be from 0"),
    ],
)
def test_rows_that_are_no_requests_are_refused_with_the_first_of_them(columns, words):
    with pytest.raises(UsageError, match=words):
        Requests.of(*columns)


def test_the_curve_by_length_shows_both_sides_of_the_cliff(catalogue, today):
    card = catalogue.offer("openai", "gpt-5.4").rate_card(on=today)
    lengths, usd = length_curve(card, longest_input_tokens=400_000, output_tokens=1_000)
    at = dict(zip(lengths.tolist(), usd.tolist(), strict=True))
    assert at[272_000] == pytest.approx(0.695)
    assert at[272_001] == pytest.approx(1.382505)
    assert (lengths[0], lengths[-1]) == (1, 400_000)
    assert np.all(np.diff(usd) > 0)
    _, cached = length_curve(card, longest_input_tokens=400_000, cached_share=0.5)
    assert np.all(cached[1:] < usd[1:])


def test_counts_left_out_are_nothing(catalogue, today):
    card = catalogue.offer("openai", "gpt-6.1-sol").rate_card(on=today)
    assert total_usd(card, Requests.of([0])) == 0
    assert total_usd(card, Requests.of([1_000_000])) == 4
    assert prices_usd(card, Requests.of(0, output_tokens=[1_000_000])).tolist() == [10.0]
