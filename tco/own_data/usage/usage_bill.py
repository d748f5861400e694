"""What usage cost, exactly or between bounds: every row priced, bounded, or set aside."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from pricing.errors import InputError, PriceError, Problem, did_you_mean
from pricing.offer import GLOBAL, STANDARD, Offer
from pricing.price_set import day_of
from pricing.quote_lines import EXACT
from pricing.refusal import PriceRefusedError, UsageError
from pricing.usage_sum import DEFAULT_LIFETIME, SumPrice, UsageSum, price_sum
from tco.own_data.usage.buckets import Bucket, Edges
from tco.own_data.usage.row_sql import QUIET, REASONS
from tco.own_data.usage.sellers import Sellers, tier_word
from tco.own_data.usage.shape import Shape
from tco.own_data.usage.usage_log import MOST_EXAMPLES, Example, UsageLog, UsagePart

DIMENSIONS: Final = (
    "day",
    "month",
    "provider",
    "model",
    "tier",
    "residency",
    "band",
    "project",
    "shape",
)
BY_DEFAULT: Final = ("provider", "model", "tier")
NO_ROW: Final = "its line is no row of the table: other cells than the header, or no UTF-8"
_SEPARATED: Final = "Quote cells that hold the separator, and save the file as UTF-8."
_QUIET_REMEDY: Final = "Nothing is to be done."
_ZERO: Final = Decimal(0)
_NOTHING: Final = SumPrice(_ZERO, _ZERO, "")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An offer at which all usage is priced instead of its own."""

    offer: Offer
    tier: str = STANDARD
    residency: str = GLOBAL


@dataclass(frozen=True, slots=True)
class BillTerms:
    """How a bill is asked for."""

    by: tuple[str, ...] = BY_DEFAULT
    prices_on: date | None = None
    """Day whose prices hold for everything; None: each day its own."""
    at: Elsewhere | None = None
    tier: str = ""
    """Tier of every row instead of its own; empty: its own."""
    cached: Literal["told", "as input", "twice"] = "told"
    """Whether cached tokens are billed as the files tell them, as plain input, or as both."""


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
    remarks: tuple[str, ...]

    @property
    def total(self) -> UsageLine:
        """Sum of the lines."""
        whole = UsageLine(())
        for line in self.lines:
            for name in _COUNTED:
                setattr(whole, name, getattr(whole, name) + getattr(line, name))
            whole.lower_usd = EXACT.add(whole.lower_usd, line.lower_usd)
            whole.upper_usd = EXACT.add(whole.upper_usd, line.upper_usd)
            if line.charged_usd is not None:
                whole.charged_usd = EXACT.add(whole.charged_usd or _ZERO, line.charged_usd)
        return whole

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


_COUNTED: Final = (
    "rows",
    "bounded_rows",
    "requests",
    "uncounted_rows",
    "input_tokens",
    "cached_tokens",
    "written_tokens",
    "output_tokens",
)


def usage_bill(log: UsageLog, sellers: Sellers, terms: BillTerms) -> UsageBill:
    """Price every row of usage files.

    Raises
    ------
    InputError
        A dimension is unknown, or a file tells costs and no usage.
    """
    _check(log, terms)
    work = _Work(log, sellers, terms)
    for part in log.parts:
        work.read(part)
    return UsageBill(
        terms=terms,
        files=log.files,
        shapes=tuple(dict.fromkeys(part.shape.key for part in log.parts)),
        lines=tuple(sorted(work.lines.values(), key=_order(terms))),
        set_aside=work.aside(),
        remarks=tuple(work.remarks),
    )


@dataclass(slots=True)
class _Work:
    """A bill in the making."""

    log: UsageLog
    sellers: Sellers
    terms: BillTerms
    lines: dict[tuple[str, ...], UsageLine] = field(default_factory=dict)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: dict[tuple[str, str], list[Example]] = field(default_factory=dict)
    remarks: dict[str, None] = field(default_factory=dict)

    def read(self, part: UsagePart) -> None:
        """Price the rows of one part."""
        edges = Edges.of(self._offers(self.log.names()[part.rows]))
        refused: dict[tuple[str, str, str, str], tuple[tuple[str, str], Bucket]] = {}
        reasons: Counter[str] = Counter()
        projects = "project" in self.terms.by
        for bucket in self.log.buckets(part, edges, projects=projects):
            if bucket.reason:
                reasons[bucket.reason] += bucket.rows
                continue
            why = self._take(part, bucket)
            if why is not None:
                self.counts[why] += bucket.rows
                key = (bucket.provider, bucket.model, bucket.tier, bucket.residency)
                refused.setdefault(key, (why, bucket))
        rejected = self.log.rejected(part)
        self._set_aside(part, reasons, rejected)
        for why, bucket in list(refused.values())[:MOST_EXAMPLES]:
            if (example := self.log.first_of(part, bucket)) is not None:
                self.found.setdefault(why, []).append(example)
        if part.shape.note:
            self.remarks[f"{part.shape.key}: {part.shape.note}"] = None

    def _offers(self, names: Sequence[tuple[str, str]]) -> list[Offer]:
        """Offers whose edges matter for these names."""
        if self.terms.at is not None:
            return [self.terms.at.offer]
        offers = []
        for provider, model in names:
            try:
                offers.append(self.sellers.offer(provider, model))
            except PriceRefusedError:
                continue
            if not provider and not self.sellers.provider and "/" not in model:
                said = "Rows that name no seller have the prices of the model's maker."
                self.remarks[said] = None
        return offers

    def _take(self, part: UsagePart, bucket: Bucket) -> tuple[str, str] | None:
        """Price a bucket into its line, or answer why not and what to do."""
        try:
            offer, tier, residency = self._sale(bucket)
            price = self._price(part, bucket, offer, tier, residency)
        except (PriceRefusedError, UsageError) as refusal:
            limits = "; ".join(
                f"{p.limit} (got {p.value})" if p.field == "model" and p.value else p.limit
                for p in refusal.problems
            )
            return limits, " ".join(dict.fromkeys(p.remedy for p in refusal.problems))
        unit = part.shape.cost_unit_usd
        charged = None
        if bucket.cost is not None and unit is not None:
            charged = EXACT.multiply(bucket.cost, unit)
        group = self._group(part, bucket, offer, tier, residency, price)
        self.lines.setdefault(group, UsageLine(group)).add(bucket, price, charged)
        return None

    def _sale(self, bucket: Bucket) -> tuple[Offer, str, str]:
        at = self.terms.at
        if at is not None:
            return at.offer, at.tier, at.residency
        offer = self.sellers.offer(bucket.provider, bucket.model)
        word = self.terms.tier or tier_word(bucket.tier)
        return offer, offer.tier_of(word) or word, bucket.residency or GLOBAL

    def _price(
        self, part: UsagePart, bucket: Bucket, offer: Offer, tier: str, residency: str
    ) -> SumPrice:
        if bucket.standing == "free":
            return _NOTHING
        on = self.terms.prices_on or bucket.at
        if on is None:
            remedy = "Say the day with --prices."
            raise UsageError(Problem("time", "", "the row tells no day", remedy))
        usage = sum_of(bucket, part.shape)
        if self.terms.cached == "as input":
            usage = replace(usage, cached_tokens=0)
        price = price_sum(offer, usage, on=on, tier=tier, residency=residency)
        if self.terms.cached == "twice" and bucket.cached:
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

    def _group(
        self,
        part: UsagePart,
        bucket: Bucket,
        offer: Offer,
        tier: str,
        residency: str,
        price: SumPrice,
    ) -> tuple[str, ...]:
        day = day_of(bucket.at).isoformat() if bucket.at else ""
        values = {
            "day": day,
            "month": day[:7],
            "provider": offer.provider,
            "model": offer.model,
            "tier": tier,
            "residency": residency,
            "band": price.band_name,
            "project": bucket.project,
            "shape": part.shape.key,
        }
        return tuple(values[name] for name in self.terms.by)

    def _set_aside(
        self, part: UsagePart, reasons: Counter[str], rejected: Sequence[Example]
    ) -> None:
        for reason, rows in reasons.items():
            self.counts[(REASONS[reason], _remedy(reason))] += rows
        if rejected:
            self.counts[NO_ROW, _SEPARATED] += len(rejected)
            self.found.setdefault((NO_ROW, _SEPARATED), []).extend(rejected[:MOST_EXAMPLES])
        if set(reasons) - QUIET:
            for example in self.log.examples(part):
                why = (REASONS[example.reason], _remedy(example.reason))
                self.found.setdefault(why, []).append(example)

    def aside(self) -> tuple[SetAside, ...]:
        """Rows without a price, the most first."""
        return tuple(
            SetAside(
                reason,
                remedy,
                rows,
                tuple(self.found.get((reason, remedy), ()))[:MOST_EXAMPLES],
                remedy == _QUIET_REMEDY,
            )
            for (reason, remedy), rows in self.counts.most_common()
        )


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
        shortest_input_tokens=bucket.shortest,
        longest_input_tokens=bucket.longest,
        longest_output_tokens=bucket.longest_output,
        longest_whole_tokens=bucket.longest_whole,
        web_searches=bucket.searches,
        is_part=shape.grain == "meter",
    )


def _remedy(reason: str) -> str:
    if reason in QUIET:
        return _QUIET_REMEDY
    return "Correct the row, or leave it out."


def _order(terms: BillTerms) -> Callable[[UsageLine], tuple[object, ...]]:
    days = [place for place, name in enumerate(terms.by) if name in ("day", "month")]

    def key(line: UsageLine) -> tuple[object, ...]:
        when = tuple(line.group[place] for place in days)
        return (when, -line.upper_usd, line.group)

    return key


def _check(log: UsageLog, terms: BillTerms) -> None:
    problems = [
        Problem("--by", name, "is no dimension of a bill", did_you_mean(name, DIMENSIONS))
        for name in terms.by
        if name not in DIMENSIONS
    ]
    problems += [
        Problem(
            part.source.files[0].path.name,
            part.shape.key,
            "tells what was charged and no usage",
            "Give it to `tco usage reconcile` with --costs.",
        )
        for part in log.parts
        if part.shape.is_cost
    ]
    if problems:
        raise InputError(*problems)


def elsewhere(sellers: Sellers, text: str) -> Elsewhere:
    """Offer that ``provider/model`` or ``provider/model/tier`` names.

    Raises
    ------
    InputError
        It names no provider and model.
    PriceRefusedError
        There is no such offer.
    """
    provider, _, rest = text.partition("/")
    if not rest:
        hint = "Write it as openai/gpt-5.4 or openai/gpt-5.4/batch."
        raise InputError(Problem("--at", text, "is not provider/model", hint))
    names = sellers.catalogue.names(provider)
    if rest.lower() in names:
        return Elsewhere(names[rest.lower()])
    model, _, tier = rest.rpartition("/")
    offer = sellers.catalogue.offer(provider, model or rest)
    known = offer.tier_of(tier)
    if known is None:
        limit = f"{offer.title} is not offered in this tier"
        raise PriceError(Problem("--at", tier, limit, did_you_mean(tier, offer.tiers)))
    return Elsewhere(offer, known)
