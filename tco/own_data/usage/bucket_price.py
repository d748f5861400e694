"""The price of a bucket: free, bounded by what may have failed, or that of its sum."""

from dataclasses import replace
from decimal import Decimal
from typing import Final

from pricing.errors import Problem
from pricing.offer import Offer
from pricing.quote_lines import EXACT
from pricing.refusal import UsageError
from pricing.usage_sum import DEFAULT_LIFETIME, SumPrice, UsageSum, price_sum
from tco.own_data.usage.bill_terms import BillTerms
from tco.own_data.usage.buckets import Bucket
from tco.own_data.usage.shape import Shape

_ZERO: Final = Decimal(0)
_NOTHING: Final = SumPrice(_ZERO, _ZERO, "")


def bucket_price(
    bucket: Bucket, shape: Shape, terms: BillTerms, offer: Offer, tier: str, residency: str
) -> SumPrice:
    """Price a bucket at an offer.

    Raises
    ------
    PriceRefusedError
        It cannot have been served so, or a rate is not on record.
    UsageError
        It tells no day, or its counts contradict each other.
    """
    if bucket.standing == "free":
        return _NOTHING
    on = terms.prices_on or bucket.at
    if on is None:
        remedy = "Say the day with --prices."
        raise UsageError(Problem("time", "", "the row tells no day", remedy))
    usage = sum_of(bucket, shape)
    if terms.cached == "as input":
        usage = replace(usage, cached_tokens=0)
    price = price_sum(offer, usage, on=on, tier=tier, residency=residency)
    if terms.cached == "twice" and bucket.cached:
        again = replace(
            usage,
            input_tokens=bucket.cached,
            cached_tokens=0,
            cache_writes={},
            output_tokens=0,
            web_searches=0,
            is_part=True,
        )
        more = price_sum(offer, again, on=on, tier=tier, residency=residency)
        price = replace(
            price,
            lower_usd=EXACT.add(price.lower_usd, more.lower_usd),
            upper_usd=EXACT.add(price.upper_usd, more.upper_usd),
        )
    return replace(price, lower_usd=_ZERO) if bucket.standing == "failed" else price


def sum_of(bucket: Bucket, shape: Shape) -> UsageSum:
    """Tokens of a bucket, as the price engine takes them."""
    writes = {
        DEFAULT_LIFETIME: bucket.written,
        "5m": bucket.written_5m,
        "1h": bucket.written_1h,
    }
    return UsageSum(
        requests=bucket.requests,
        input_tokens=bucket.input,
        cached_tokens=bucket.cached,
        cache_writes={lifetime: tokens for lifetime, tokens in writes.items() if tokens},
        output_tokens=bucket.output,
        shortest_input_tokens=bucket.ends.shortest,
        longest_input_tokens=bucket.ends.longest,
        longest_output_tokens=bucket.ends.longest_output,
        longest_whole_tokens=bucket.ends.longest_whole,
        web_searches=bucket.searches,
        is_part=shape.grain == "meter",
    )
