"""What usage cost, exactly or between bounds: every row priced, bounded, or set aside."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final

from pricing.errors import InputError, Problem, did_you_mean
from pricing.offer import GLOBAL, Offer
from pricing.price_set import day_of
from pricing.provenance import is_to_come
from pricing.quote_lines import EXACT
from pricing.refusal import PriceRefusedError, UsageError
from pricing.usage_sum import SumPrice
from tco.own_data.usage.bill_lines import SetAside, UsageBill, UsageLine
from tco.own_data.usage.bill_terms import DIMENSIONS, BillTerms
from tco.own_data.usage.bucket_price import bucket_price
from tco.own_data.usage.buckets import Bucket
from tco.own_data.usage.edges import Edges
from tco.own_data.usage.log_remarks import said_of_files, said_of_part, said_of_rates
from tco.own_data.usage.row_sql import QUIET, REASONS
from tco.own_data.usage.sellers import Sellers, tier_word
from tco.own_data.usage.usage_log import MOST_EXAMPLES, Example, UsageLog, UsagePart

NO_ROW: Final = "its line is no row of the table: other cells than the header, or no UTF-8"
SEPARATED: Final = "Quote cells that hold the separator, and save the file as UTF-8."
_ELSEWHERE: Final = (
    "The tokens are those of the models that served them: {} may count the same text otherwise."
)
_QUIET_REMEDY: Final = "Nothing is to be done."


def usage_bill(log: UsageLog, sellers: Sellers, terms: BillTerms) -> UsageBill:
    """Price every row of usage files.

    Raises
    ------
    InputError
        A dimension is unknown, or a file tells costs and no usage.
    """
    _check(log, terms)
    work = _Work(log, sellers, terms)
    if terms.at is not None:
        work.remarks[_ELSEWHERE.format(terms.at.offer.title)] = None
    for part in log.parts:
        work.read(part)
    shapes = tuple(dict.fromkeys(part.shape.key for part in log.parts))
    work.remarks |= dict.fromkeys(said_of_rates(work.flags))
    work.remarks |= dict.fromkeys(said_of_files(log, shapes, work.future))
    return UsageBill(
        terms=terms,
        files=log.files,
        shapes=shapes,
        lines=tuple(sorted(work.lines.values(), key=_order(terms))),
        set_aside=work.aside(),
        unpriced_days=frozenset(work.unpriced_days),
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
    unpriced_days: set[str] = field(default_factory=set)
    remarks: dict[str, None] = field(default_factory=dict)
    flags: dict[tuple[str, str], str] = field(default_factory=dict)
    """What to know of rates, by the offer and the kind of it."""
    future: Counter[str] = field(default_factory=Counter)
    """Rows by their days, where those are yet to come."""

    def read(self, part: UsagePart) -> None:
        """Price the rows of one part."""
        projects = "project" in self.terms.by
        edges = self._edges(part, projects=projects)
        refused: dict[tuple[str, str, str, str], tuple[tuple[str, str], Bucket]] = {}
        reasons: Counter[str] = Counter()
        rows = 0
        for bucket in self.log.buckets(part, edges, projects=projects):
            rows += bucket.rows
            if bucket.at and is_to_come(day_of(bucket.at)):
                self.future[day_of(bucket.at).isoformat()] += bucket.rows
            if bucket.reason:
                reasons[bucket.reason] += bucket.rows
                if bucket.reason not in QUIET:
                    self.unpriced_days.add(_day(bucket))
                continue
            why = self._take(part, bucket)
            if why is not None:
                self.counts[why] += bucket.rows
                self.unpriced_days.add(_day(bucket))
                key = (bucket.provider, bucket.model, bucket.tier, bucket.residency)
                refused.setdefault(key, (why, bucket))
        rejected = self.log.rejected(part)
        rows += len(rejected)
        self._set_aside(part, reasons, rejected)
        for why, bucket in list(refused.values())[:MOST_EXAMPLES]:
            if (example := self.log.first_of(part, bucket)) is not None:
                self.found.setdefault(why, []).append(example)
        self.remarks |= dict.fromkeys(said_of_part(self.log, part, has_rows=bool(rows)))

    def _edges(self, part: UsagePart, *, projects: bool) -> Edges:
        """Edges of every name in a part, as the first rows have them or, if not, as all have."""
        first = Edges.of(self._offers(self.log.first_names(part)))
        every = Edges.of(self._offers(self.log.names(part, first, projects=projects)))
        return first if first.covers(every) else every

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
            price = bucket_price(bucket, part.shape, self.terms, offer, tier, residency)
        except (PriceRefusedError, UsageError) as refusal:
            limits = "; ".join(
                f"{p.limit} (got {p.value})" if p.field == "model" and p.value else p.limit
                for p in refusal.problems
            )
            return limits, " ".join(dict.fromkeys(p.remedy for p in refusal.problems))
        for flag in price.flags:
            # Days move the age of a rate: the last one said of it is that of the latest day.
            self.flags[f"{offer.provider}/{offer.model}", flag.partition(":")[0]] = flag
        charged = None
        if bucket.cost is not None:
            charged = EXACT.multiply(bucket.cost, part.shape.cost_unit_usd)
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

    def _group(
        self,
        part: UsagePart,
        bucket: Bucket,
        offer: Offer,
        tier: str,
        residency: str,
        price: SumPrice,
    ) -> tuple[str, ...]:
        day = _day(bucket)
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
            self.counts[NO_ROW, SEPARATED] += len(rejected)
            self.found.setdefault((NO_ROW, SEPARATED), []).extend(rejected[:MOST_EXAMPLES])
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


def _day(bucket: Bucket) -> str:
    return day_of(bucket.at).isoformat() if bucket.at else ""


def _remedy(reason: str) -> str:
    if reason in QUIET:
        return _QUIET_REMEDY
    if reason in ("failed", "free"):
        return "Name a column with true or false for it, or leave it out of --map."
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
