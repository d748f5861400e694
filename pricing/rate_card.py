"""What one model costs in one tier, region and day: bands of rates, ascending."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from pricing.provenance import Source

NOT_SOLD = Decimal("NaN")
"""Rate of a band that is not offered: poisons whatever is computed with it."""


@dataclass(frozen=True, slots=True)
class Band:
    """Rates for every token of a request whose total input lies in one span of lengths.

    The whole request is re-rated, never only the tokens above the edge. Total input counts
    cached and cache-written tokens; output does not count.
    """

    above_input_tokens: int
    """Where the band starts [token]; 0 for the first."""
    inclusive: bool
    """True: total input >= the edge is in the band. False: strictly above it."""
    offered: bool
    """False where the seller accepts no request of that length in this tier."""
    input_usd_per_mtok: Decimal
    """NaN where not offered."""
    cached_input_usd_per_mtok: Decimal | None
    """None: no cell is published, and cached tokens are billed as input."""
    cache_write_usd_per_mtok: Mapping[str, Decimal]
    """By lifetime, such as '30m' or '12h', the default first; empty: writes are billed as input."""
    output_usd_per_mtok: Decimal
    """NaN where not offered; reasoning tokens are output."""
    source: Source
    note: str = ""
    cache_write_source: Mapping[str, Source] = field(default_factory=dict)
    """Sources of single cache-write rates, where they are not `source`."""

    @property
    def most_input_tokens_below(self) -> int:
        """Longest total input that is not yet in the band [token]."""
        return self.above_input_tokens - (1 if self.inclusive else 0)

    def contains(self, input_tokens: int) -> bool:
        """Whether a request of `input_tokens` total input reaches this band."""
        if self.inclusive:
            return input_tokens >= self.above_input_tokens
        return input_tokens > self.above_input_tokens or self.above_input_tokens == 0

    def times(self, factor: Decimal) -> "Band":
        """Build the same band with every rate multiplied."""
        cached, writes = self.cached_input_usd_per_mtok, self.cache_write_usd_per_mtok
        return replace(
            self,
            input_usd_per_mtok=self.input_usd_per_mtok * factor,
            cached_input_usd_per_mtok=None if cached is None else cached * factor,
            cache_write_usd_per_mtok={life: rate * factor for life, rate in writes.items()},
            output_usd_per_mtok=self.output_usd_per_mtok * factor,
        )


@dataclass(frozen=True, slots=True)
class RateCard:
    """All bands of one offer in one tier and region on one day."""

    tier: str
    residency: str
    bands: tuple[Band, ...]
    """Ascending; the first starts at 0."""
    since: date | None
    """First day of these rates; None: not known how far back they go."""
    until: date | None
    """First day they no longer hold; None: open."""
    date_basis: str
    """documented, first_observed, upstream or unknown: what `since` rests on."""
    source: Source
    promotion_until: date | None = None
    """Last day the seller promised a promotional rate for; None: not a promotion."""
    note: str = ""
    context_window_tokens: int | None = None
    """Window while these rates held, where it was another than the offer's."""

    def band(self, input_tokens: int) -> Band:
        """Band that rates a request of `input_tokens` total input."""
        return next(band for band in reversed(self.bands) if band.contains(input_tokens))

    def band_name(self, band: Band) -> str:
        """'flat', 'short', 'long', or 'over N' between them."""
        if len(self.bands) == 1:
            return "flat"
        if band is self.bands[0]:
            return "short"
        return "long" if band is self.bands[-1] else f"over {band.above_input_tokens}"

    def times(self, factor: Decimal) -> "RateCard":
        """Build the same card with every rate multiplied."""
        return replace(self, bands=tuple(band.times(factor) for band in self.bands))
