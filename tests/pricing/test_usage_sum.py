"""What several requests cost together: exact where no edge can divide them, else bounded."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pricing.catalogue import Catalogue
from pricing.refusal import ContextError, NotOfferedError, PriceRefusedError
from pricing.rules import quote
from pricing.usage import RequestUsage
from pricing.usage_sum import UsageSum, price_sum

CATALOGUE = Catalogue.load()
DAY = date(2026, 11, 20)
LENGTHS = st.one_of(
    st.integers(1, 900_000), st.sampled_from([99_999, 100_001, 200_000, 200_001, 272_000, 272_001])
)
OFFERS = [
    ("openai", "gpt-5.4"),
    ("openai", "gpt-5.6-luna"),
    ("google", "gemini-2.5-pro"),
    ("x-ai", "grok-4.3"),
    ("anthropic", "claude-haiku-5-5"),
]


def offer(model="gpt-5.4", provider="openai"):
    return CATALOGUE.offer(provider, model)


def usd(price):
    return price.lower_usd.normalize(), price.upper_usd.normalize()


def test_a_hundred_requests_that_an_edge_may_divide_are_bounded():
    price = price_sum(offer(), UsageSum(100, 500_000, 200_000, {}, 50_000), on=DAY)
    assert usd(price) == (Decimal("1.55"), Decimal("2.725"))
    assert not price.is_exact
    assert price.band_name == "short to long"


def test_requests_with_no_more_input_together_than_the_edge_are_exact():
    price = price_sum(offer(), UsageSum(100, 250_000, 100_000, {}, 50_000), on=DAY)
    assert usd(price) == (Decimal("1.15"), Decimal("1.15"))
    assert price.band_name == "short"


def test_thoughts_of_gemini_are_output():
    price = price_sum(
        offer("gemini-2.5-pro", "google"), UsageSum(1, 7_477, 0, {}, 2_060 + 1_939), on=DAY
    )
    assert usd(price) == (Decimal("0.04933625"),) * 2


def test_requests_that_must_be_long_raise_the_lower_bound():
    """Two of 600,000 hold at least one beyond 272,000, with at least 328,000 tokens."""
    price = price_sum(offer(), UsageSum(2, 600_000, 0, {}, 0), on=DAY)
    assert price.lower_usd == Decimal("1.5") + Decimal("328000") * Decimal("2.5") / 1_000_000


def test_nobody_counted_the_requests():
    price = price_sum(offer(), UsageSum(None, 300_000, 0, {}, 0), on=DAY)
    assert usd(price) == (Decimal("0.75"), Decimal("1.5"))


def test_a_tier_without_long_requests_has_none():
    price = price_sum(offer(), UsageSum(3, 500_000, 0, {}, 0), on=DAY, tier="priority")
    assert usd(price) == (Decimal("2.5"), Decimal("2.5"))
    with pytest.raises(NotOfferedError):
        price_sum(offer(), UsageSum(1, 500_000, 0, {}, 0), on=DAY, tier="priority")


@pytest.mark.parametrize(
    "usage",
    [
        UsageSum(2, 2_000_000, 0, {}, 0),
        UsageSum(1, 1_000, 0, {}, 130_000),
        UsageSum(5, 1_000, 0, {}, 1_000, longest_output_tokens=130_000),
        UsageSum(5, 1_000, 0, {}, 1_000, longest_whole_tokens=2_000_000),
        UsageSum(0, 1_000, 0, {}, 0),
    ],
)
def test_more_than_so_few_requests_can_hold_is_refused(usage):
    with pytest.raises(ContextError):
        price_sum(offer(), usage, on=DAY)


@pytest.mark.parametrize(("provider", "model"), OFFERS)
@given(data=st.data())
def test_the_bounds_hold_the_sum_of_the_requests_one_by_one(provider, model, data):
    sold = offer(model, provider)
    requests = data.draw(st.lists(_request(), min_size=1, max_size=6))
    quotes = [quote(CATALOGUE, provider, model, one, on=DAY) for one in requests]
    assume(all(found.usd is not None for found in quotes))
    told = data.draw(st.booleans())
    lengths = [one.input_tokens for one in requests]
    knows = data.draw(st.booleans())
    whole = UsageSum(
        len(requests) if told else None,
        sum(lengths),
        sum(one.cached_tokens for one in requests),
        {"": sum(one.cache_write_tokens for one in requests)},
        sum(one.output_tokens for one in requests),
        shortest_input_tokens=min(lengths) if knows else 0,
        longest_input_tokens=max(lengths) if knows else None,
    )
    price, truth = price_sum(sold, whole, on=DAY), sum(found.usd for found in quotes)
    assert price.lower_usd <= truth <= price.upper_usd
    bands = {found.band_name for found in quotes}
    if (len(requests) == 1 and told) or (knows and len(bands) == 1):
        assert price.is_exact
        assert price.lower_usd == truth


@given(data=st.data())
def test_a_meter_is_bounded_by_what_its_tokens_cost_in_each_band(data):
    requests = data.draw(st.lists(_request(), min_size=1, max_size=6))
    quotes = [quote(CATALOGUE, "openai", "gpt-5.4", one, on=DAY) for one in requests]
    assume(all(found.usd is not None for found in quotes))
    fresh = sum(one.input_tokens - one.cached_tokens for one in requests)
    parts = [
        UsageSum(None, fresh, 0, {}, 0, is_part=True),
        UsageSum(
            None,
            sum(one.cached_tokens for one in requests),
            sum(one.cached_tokens for one in requests),
            {},
            0,
            is_part=True,
        ),
        UsageSum(None, 0, 0, {}, sum(one.output_tokens for one in requests), is_part=True),
    ]
    prices = [price_sum(offer(), part, on=DAY) for part in parts]
    truth = sum(found.usd for found in quotes)
    assert sum(p.lower_usd for p in prices) <= truth <= sum(p.upper_usd for p in prices)


@given(st.sampled_from(OFFERS), st.integers(1, 10**6), st.integers(1, 10**6))
def test_a_sum_of_one_request_is_its_quote(sold, into, out):
    usage = RequestUsage(input_tokens=into, cached_tokens=into // 3, output_tokens=out)
    quoted = quote(CATALOGUE, *sold, usage, on=DAY)
    one = UsageSum(1, into, into // 3, {}, out)
    if quoted.usd is None:
        with pytest.raises(PriceRefusedError):
            price_sum(CATALOGUE.offer(*sold), one, on=DAY)
    else:
        price = price_sum(CATALOGUE.offer(*sold), one, on=DAY)
        assert (price.lower_usd, price.upper_usd) == (quoted.usd, quoted.usd)


@st.composite
def _request(draw):
    whole = draw(LENGTHS)
    cached = draw(st.integers(0, whole))
    written = draw(st.integers(0, whole - cached))
    return RequestUsage(
        input_tokens=whole,
        cached_tokens=cached,
        cache_write_tokens=written,
        output_tokens=draw(st.integers(0, 60_000)),
    )
