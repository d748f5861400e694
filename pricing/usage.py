"""What one request consumed, and whether such a request can be."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pricing.errors import Problem
from pricing.offer import Offer
from pricing.rate_card import RateCard
from pricing.refusal import ContextError, UsageError

MOST_TOKENS: Final = 10**18
"""Largest count taken; above it a slip is likelier than a request."""


@dataclass(frozen=True, slots=True)
class RequestUsage:
    """What one request consumed; `input_tokens` includes cached and cache-written tokens."""

    input_tokens: int
    cached_tokens: int = 0
    cache_write_tokens: int = 0
    output_tokens: int = 0
    """Includes reasoning tokens."""
    reasoning_tokens: int = 0
    """Of the output tokens; reported, never charged twice."""
    cache_write_lifetime: str | None = None
    """Lifetime of the writes, such as '12h'; None: the seller's default."""
    cache_writes: Mapping[str, int] | None = None
    """Writes by lifetime, where one request has several; they sum to `cache_write_tokens`."""
    session_input_tokens: int | None = None
    """Longest prompt of the session, where its band is to hold for every request of it; None:
    each request has its own band, as sellers' later pages say."""
    web_searches: int = 0
    file_searches: int = 0
    refused: bool = False
    """The seller answered 429 and did no work; such a request costs nothing."""

    @property
    def write_lifetimes(self) -> tuple[str, ...]:
        """Lifetimes of the cache writes there are; empty: the seller's default, or no writes."""
        if not self.cache_write_tokens:
            return ()
        if self.cache_writes is not None:
            return tuple(self.cache_writes)
        return (self.cache_write_lifetime,) if self.cache_write_lifetime else ()


_COUNTS: Final = (
    "input_tokens",
    "cached_tokens",
    "cache_write_tokens",
    "output_tokens",
    "reasoning_tokens",
    "web_searches",
    "file_searches",
)


def check_usage(usage: RequestUsage) -> None:
    """Refuse counts that cannot belong to one request, all of them at once."""
    limit = f"must be a whole number from 0 to {MOST_TOKENS}"
    session = () if usage.session_input_tokens is None else ("session_input_tokens",)
    problems = [
        Problem(name, str(count), limit, "Give the count as the seller reports it.")
        for name in (*_COUNTS, *session)
        if type(count := getattr(usage, name)) is not int or not 0 <= count <= MOST_TOKENS
    ]
    if problems:
        raise UsageError(*problems)
    problems = list(_contradictions(usage))
    if problems:
        raise UsageError(*problems)


def _contradictions(usage: RequestUsage) -> Iterator[Problem]:
    parts = usage.cached_tokens + usage.cache_write_tokens
    if parts > usage.input_tokens:
        limit = f"cached and written tokens are part of the {usage.input_tokens} input tokens"
        remedy = "Give the total input, cached tokens included."
        yield Problem("cached_tokens", str(parts), limit, remedy)
    if usage.reasoning_tokens > usage.output_tokens:
        limit = f"reasoning is part of the {usage.output_tokens} output tokens"
        remedy = "Give the output count as the seller reports it."
        yield Problem("reasoning_tokens", str(usage.reasoning_tokens), limit, remedy)
    session = usage.session_input_tokens
    if session is not None and session < usage.input_tokens:
        limit = f"the longest prompt of the session is at least this one, {usage.input_tokens}"
        yield Problem("session_input_tokens", str(session), limit, "Give the longest prompt.")
    writes = usage.cache_writes
    if writes is not None and sum(writes.values()) != usage.cache_write_tokens:
        limit = f"must sum to cache_write_tokens, {usage.cache_write_tokens}"
        yield Problem("cache_writes", str(dict(writes)), limit, "Correct the parts or the sum.")


def check_context(offer: Offer, card: RateCard, usage: RequestUsage) -> None:
    """Refuse a request the model cannot take; a limit that is not known is not checked."""
    window = card.context_window_tokens or offer.context_window_tokens
    whole = usage.input_tokens + usage.output_tokens
    limits = (
        ("input_tokens", usage.input_tokens, offer.max_input_tokens, "input tokens"),
        ("output_tokens", usage.output_tokens, offer.max_output_tokens, "output tokens"),
        ("input_tokens", whole, window, "tokens of input and output together"),
    )
    problems = [
        Problem(field, str(given), f"{offer.title} takes at most {most} {what}", _shorten(offer))
        for field, given, most, what in limits
        if most is not None and given > most
    ]
    if problems:
        raise ContextError(*problems)


def _shorten(offer: Offer) -> str:
    window, reserved = offer.context_window_tokens, offer.max_output_tokens
    if window and reserved and offer.max_input_tokens == window - reserved:
        return (
            f"Shorten it. The input limit is the window of {window} less the {reserved} that the "
            "output reserves; whether less output admits more input is not documented."
        )
    return "Shorten it, or choose a model with a longer window."
