"""A bill of usage: what each group used and cost, and which rows have no price."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pricing.quote_lines import EXACT
from pricing.usage_sum import SumPrice
from tco.own_data.usage.bill_terms import BillTerms
from tco.own_data.usage.buckets import Bucket
from tco.own_data.usage.usage_log import Example

_ZERO: Final = Decimal(0)
LINE_COUNTS: Final = (
    "rows",
    "bounded_rows",
    "requests",
    "uncounted_rows",
    "charged_rows",
    "input_tokens",
    "cached_tokens",
    "written_tokens",
    "output_tokens",
)
"""Whole numbers of a line of a bill."""


@dataclass(slots=True)
class UsageLine:
    """What the rows of one group of a bill used and cost."""

    group: tuple[str, ...]
    """Values of the dimensions asked for."""
    rows: int = 0
    bounded_rows: int = 0
    requests: int = 0
    uncounted_rows: int = 0
    """Rows that do not say how many requests they hold."""
    charged_rows: int = 0
    """Rows that say themselves what they cost."""
    input_tokens: int = 0
    cached_tokens: int = 0
    written_tokens: int = 0
    output_tokens: int = 0
    lower_usd: Decimal = _ZERO
    upper_usd: Decimal = _ZERO
    charged_usd: Decimal | None = None
    """What the file itself says they cost; None where it says nothing."""

    def add(self, bucket: Bucket, price: SumPrice, charged: Decimal | None) -> None:
        """Take a bucket in; one that a cache of the gateway answered used nothing."""
        self.rows += bucket.rows
        self.charged_rows += bucket.charged_rows
        if bucket.standing == "free":
            return
        self.bounded_rows += 0 if price.is_exact else bucket.rows
        self.requests += bucket.requests or 0
        self.uncounted_rows += bucket.rows if bucket.requests is None else 0
        self.input_tokens += bucket.input
        self.cached_tokens += bucket.cached
        self.written_tokens += bucket.written + bucket.written_5m + bucket.written_1h
        self.output_tokens += bucket.output
        self.lower_usd = EXACT.add(self.lower_usd, price.lower_usd)
        self.upper_usd = EXACT.add(self.upper_usd, price.upper_usd)
        if charged is not None:
            self.charged_usd = EXACT.add(self.charged_usd or _ZERO, charged)


@dataclass(frozen=True, slots=True)
class SetAside:
    """Rows that have no price, for one reason."""

    reason: str
    remedy: str
    rows: int
    examples: tuple[Example, ...]
    is_quiet: bool
    """Whether nothing is lost by it: rows that repeat another or tell of nothing."""


@dataclass(frozen=True, slots=True)
class UsageBill:
    """A bill of usage files."""

    terms: BillTerms
    files: tuple[str, ...]
    shapes: tuple[str, ...]
    lines: tuple[UsageLine, ...]
    """Dearest first, days in order."""
    set_aside: tuple[SetAside, ...]
    unpriced_days: frozenset[str]
    """Days of rows without a price that may have cost something, where they tell one."""
    remarks: tuple[str, ...]

    @property
    def total(self) -> UsageLine:
        """Sum of the lines."""
        return total_of(self.lines)

    @property
    def set_aside_rows(self) -> int:
        """Rows without a price."""
        return sum(aside.rows for aside in self.set_aside)

    @property
    def unpriced_rows(self) -> int:
        """Those of them that may have cost something."""
        return sum(aside.rows for aside in self.set_aside if not aside.is_quiet)

    @property
    def rows(self) -> int:
        """Rows in: priced, bounded and set aside."""
        return self.total.rows + self.set_aside_rows


def total_of(lines: Iterable[UsageLine]) -> UsageLine:
    """Sum of some lines, of no group."""
    whole = UsageLine(())
    for line in lines:
        for name in LINE_COUNTS:
            setattr(whole, name, getattr(whole, name) + getattr(line, name))
        whole.lower_usd = EXACT.add(whole.lower_usd, line.lower_usd)
        whole.upper_usd = EXACT.add(whole.upper_usd, line.upper_usd)
        if line.charged_usd is not None:
            whole.charged_usd = EXACT.add(whole.charged_usd or _ZERO, line.charged_usd)
    return whole
