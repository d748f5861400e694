"""What several requests cost together, exactly or between bounds.

A band re-rates whole requests by their own length, and a sum over requests does not say how long
each was. What is known of the lengths bounds how many of them, and how many of their tokens, lie
beyond each edge; the bill is exact where no edge can fall between the requests.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Final, Self

from pricing.errors import Problem
from pricing.flags import age_flags, usage_flags
from pricing.offer import GLOBAL, STANDARD, Offer
from pricing.quote_lines import EXACT, QuoteLine, fee_lines, sum_usd, token_lines
from pricing.rate_card import Band, RateCard
from pricing.refusal import ContextError, NotOfferedError
from pricing.token_classes import TOKEN_CLASSES
from pricing.usage import MOST_TOKENS, RequestUsage, check_usage

DEFAULT_LIFETIME: Final = ""
"""Stands for the seller's default lifetime among cache writes."""
_CHECK: Final = "Check model, tier and counts."
_OUTPUTS: Final = frozenset(of.name for of in TOKEN_CLASSES if of.is_output)


@dataclass(frozen=True, slots=True)
class UsageSum:
    """Tokens of some requests of one offer, tier, region and day, added up [token]."""

    requests: int | None
    """How many they were; None where nobody counted."""
    input_tokens: int
    """Cached and cache-written tokens included."""
    cached_tokens: int
    cache_writes: Mapping[str, int]
    """By lifetime; `DEFAULT_LIFETIME` for those whose lifetime is not told apart."""
    output_tokens: int
    """Reasoning tokens included."""
    shortest_input_tokens: int = 0
    """No request of them had less input."""
    longest_input_tokens: int | None = None
    """None had more; None where that is not known."""
    longest_output_tokens: int | None = None
    """Most output of one of them; None where that is not known."""
    longest_whole_tokens: int | None = None
    """Most input and output of one of them together; None where that is not known."""
    web_searches: int = 0
    is_part: bool = False
    """Whether other tokens of the same requests stand elsewhere, as on the meters of an invoice:
    then the sum says nothing of a request's length."""


@dataclass(frozen=True, slots=True)
class SumPrice:
    """Between which amounts requests cost together [USD]."""

    lower_usd: Decimal
    upper_usd: Decimal
    band_name: str
    """Band of all of them; 'short to long' where they may lie in several."""
    flags: tuple[str, ...] = ()
    """What to know of the rates, as a quote says it."""

    @property
    def is_exact(self) -> bool:
        """Whether the price is one amount."""
        return self.lower_usd == self.upper_usd


def price_sum(
    offer: Offer,
    usage: UsageSum,
    *,
    on: date,
    tier: str = STANDARD,
    residency: str = GLOBAL,
) -> SumPrice:
    """Price requests that were added up.

    Raises
    ------
    PriceRefusedError
        They cannot have been served as said, or a rate is not on record.
    UsageError
        The counts contradict each other.
    """
    card = offer.rate_card(tier, on=on, residency=residency)
    aged = age_flags(card, on)
    request = _as_one(card, usage)
    check_usage(request)
    if usage.is_part:
        bands = _bands_of_part(offer, card, usage)
        amounts = [sum_usd(tuple(token_lines(card, band, request))) for band in bands]
        return _sum_price(offer, card, bands, request, aged, (min(amounts), max(amounts)))
    lengths = _Lengths.of(offer, card, usage)
    first = card.band(lengths.shortest)
    further = [b for b in card.bands if b.above_input_tokens > first.above_input_tokens]
    reached = [b for b in further if lengths.most_requests(b)]
    steps = [tuple(token_lines(card, band, request)) for band in (first, *reached)]
    lower = upper = EXACT.add(sum_usd(steps[0]), sum_usd(tuple(fee_lines(offer, request, on))))
    for band, below, beyond in zip(reached, steps, steps[1:], strict=False):
        least, most = _dearer_beyond(lengths, band, below, beyond)
        lower, upper = EXACT.add(lower, least), EXACT.add(upper, most)
    return _sum_price(offer, card, (first, *reached), request, aged, (lower, upper))


def _sum_price(
    offer: Offer,
    card: RateCard,
    bands: Sequence[Band],
    request: RequestUsage,
    aged: Sequence[str],
    between: tuple[Decimal, Decimal],
) -> SumPrice:
    """Bounds with the bands they come from, and what to know of their rates."""
    names = dict.fromkeys(card.band_name(band) for band in (bands[0], bands[-1]))
    said = (flag for band in bands for flag in usage_flags(offer, card, band, request))
    return SumPrice(*between, " to ".join(names), tuple(dict.fromkeys((*aged, *said))))


def _bands_of_part(offer: Offer, card: RateCard, usage: UsageSum) -> list[Band]:
    """Bands that the requests of tokens can reach, which may then all lie in any of them."""
    limits = (usage.longest_input_tokens, offer.max_input_tokens, offer.context_window_tokens)
    longest = min((limit for limit in limits if limit is not None), default=MOST_TOKENS)
    low, high = card.band(usage.shortest_input_tokens), card.band(longest)
    bands = [band for band in card.bands if low.above_input_tokens <= band.above_input_tokens]
    bands = [b for b in bands if b.offered and b.above_input_tokens <= high.above_input_tokens]
    if not bands:
        raise _cannot_be(offer, card, usage, longest, is_sold=False)
    return bands


@dataclass(frozen=True, slots=True)
class _Lengths:
    """What is known of the single requests of a sum."""

    usage: UsageSum
    shortest: int
    longest: int
    most_output: int

    @classmethod
    def of(cls, offer: Offer, card: RateCard, usage: UsageSum) -> Self:
        """Take the limits of the offer into account.

        Raises
        ------
        ContextError
            So many tokens do not fit into so few requests.
        NotOfferedError
            No request of that length is sold.
        """
        window = card.context_window_tokens or offer.context_window_tokens
        sold = [band for band in card.bands if band.offered]
        unsold = [band for band in card.bands if not band.offered]
        limits = [usage.longest_input_tokens, offer.max_input_tokens, window, usage.input_tokens]
        if unsold:
            limits.append(unsold[0].most_input_tokens_below)
        longest = min(limit for limit in limits if limit is not None)
        known = usage.requests
        shortest = usage.shortest_input_tokens
        if known == 1:
            shortest = max(shortest, usage.input_tokens)
        elif known is not None:
            longest = min(longest, max(usage.input_tokens - (known - 1) * shortest, 0))
        if not sold or shortest > longest or _overfull(known, usage.input_tokens, longest):
            raise _cannot_be(offer, card, usage, longest, is_sold=not unsold)
        _refuse_long_answers(offer, usage, window)
        return cls(usage, shortest, longest, offer.max_output_tokens or MOST_TOKENS)

    def most_requests(self, band: Band) -> int:
        """Most requests that can lie beyond the edge of a band."""
        start = band.most_input_tokens_below + 1
        if self.longest < start:
            return 0
        known = self.usage.requests
        if self.shortest >= start:
            return known if known is not None else MOST_TOKENS
        spare = self.usage.input_tokens - (known or 0) * self.shortest
        fit = spare // (start - (self.shortest if known is not None else 0))
        return fit if known is None else min(known, fit)

    def least_requests(self, band: Band) -> int:
        """Fewest that must lie beyond it."""
        edge, known = band.most_input_tokens_below, self.usage.requests
        if self.shortest > edge:
            return known or 0
        over = 0 if known is None else self.usage.input_tokens - edge * known
        return -(-over // (self.longest - edge)) if over > 0 else 0

    def input_beyond(self, band: Band) -> tuple[int, int]:
        """Least and most input tokens of the requests beyond the edge."""
        whole, known = self.usage.input_tokens, self.usage.requests
        edge = band.most_input_tokens_below
        if self.shortest > edge:
            return whole, whole
        most = self.most_requests(band)
        rest = (known - most) * self.shortest if known is not None else 0
        least = self.least_requests(band)
        held = max(least * (edge + 1), whole - edge * ((known or 0) - least)) if least else 0
        return held, min(whole - rest, most * self.longest)

    def output_beyond(self, band: Band) -> tuple[int, int]:
        """Least and most output tokens of the requests beyond the edge."""
        whole, known = self.usage.output_tokens, self.usage.requests
        if self.shortest > band.most_input_tokens_below:
            return whole, whole
        least = 0
        if known is not None:
            least = max(0, whole - (known - self.least_requests(band)) * self.most_output)
        return least, max(least, min(whole, self.most_requests(band) * self.most_output))


def _dearer_beyond(
    lengths: _Lengths, band: Band, below: Sequence[QuoteLine], beyond: Sequence[QuoteLine]
) -> tuple[Decimal, Decimal]:
    """Least and most that lying beyond an edge adds to the bill [USD]."""
    added = [
        (a.name in _OUTPUTS, EXACT.subtract(b.usd_per_unit, a.usd_per_unit), a.quantity)
        for a, b in zip(below, beyond, strict=True)
    ]
    inputs = [(rate, tokens) for is_output, rate, tokens in added if not is_output]
    outputs = [(rate, tokens) for is_output, rate, tokens in added if is_output]
    into, out = lengths.input_beyond(band), lengths.output_beyond(band)
    least = EXACT.add(_filled(inputs, into, dear=False), _filled(outputs, out, dear=False))
    most = EXACT.add(_filled(inputs, into, dear=True), _filled(outputs, out, dear=True))
    return least, most


def _filled(
    classes: Iterable[tuple[Decimal, int]], between: tuple[int, int], *, dear: bool
) -> Decimal:
    """Cheapest or dearest choice of so many tokens from classes of them [USD]."""
    least, most = between
    amount, taken = Decimal(0), 0
    for rate, tokens in sorted(classes, reverse=dear):
        pays = rate > 0 if dear else rate < 0
        chosen = max(0, min(tokens, (most if pays else least) - taken))
        amount = EXACT.add(amount, EXACT.multiply(Decimal(chosen), rate))
        taken += chosen
    return amount


def _overfull(requests: int | None, input_tokens: int, longest: int) -> bool:
    """Whether so many requests, none longer than that, cannot hold the tokens."""
    return requests is not None and input_tokens > requests * longest


def _refuse_long_answers(offer: Offer, usage: UsageSum, window: int | None) -> None:
    """Refuse output, or input and output together, beyond what one request can have."""
    one = usage.requests == 1
    output = usage.output_tokens if one else usage.longest_output_tokens
    whole = usage.input_tokens + usage.output_tokens if one else usage.longest_whole_tokens
    limits = (
        ("output_tokens", output, offer.max_output_tokens, "output tokens a request"),
        ("input_tokens", whole, window, "tokens of input and output together"),
    )
    problems = [
        Problem(field, str(given), f"{offer.title} takes at most {most} {what}", _CHECK)
        for field, given, most, what in limits
        if given is not None and most is not None and given > most
    ]
    if problems:
        raise ContextError(*problems)


def _as_one(card: RateCard, usage: UsageSum) -> RequestUsage:
    """The sum as the lines of a bill count it, its writes by the seller's lifetimes."""
    cells = next((b.cache_write_usd_per_mtok for b in card.bands if b.offered), {})
    writes: dict[str, int] = {}
    for lifetime, tokens in usage.cache_writes.items():
        key = lifetime or next(iter(cells), "")
        writes[key] = writes.get(key, 0) + tokens
    by_lifetime = {life: tokens for life, tokens in writes.items() if tokens} if cells else {}
    return RequestUsage(
        input_tokens=usage.input_tokens,
        cached_tokens=usage.cached_tokens,
        cache_write_tokens=sum(writes.values()),
        cache_writes=by_lifetime or None,
        output_tokens=usage.output_tokens,
        web_searches=usage.web_searches,
    )


def _cannot_be(
    offer: Offer, card: RateCard, usage: UsageSum, longest: int, *, is_sold: bool
) -> ContextError | NotOfferedError:
    count = "so few" if usage.requests is None else str(usage.requests)
    limit = f"{offer.title} takes at most {longest} input tokens a request in tier {card.tier}"
    problem = Problem("input_tokens", f"{usage.input_tokens} in {count}", limit, _CHECK)
    return ContextError(problem) if is_sold else NotOfferedError(problem)
