"""The break-even volumes of a line against a stair, in exact rational arithmetic.

Slow and obvious on purpose: an oracle for tests, written apart from the engine it judges. Volumes
are requests per month, bills USD per month, all `fractions.Fraction`. At the volume ``v >= 0``::

    A(v)         = api_fixed + api_per_request v
    S(v)         = host_fixed + host_per_request v + instance_usd instances(v)
    instances(v) = ceil(replicas(v) / replicas_per_instance)
    replicas(v)  = max(min_replicas, ceil(v / replica_capacity)) + spare_replicas

S is left-continuous: at ``v = k replica_capacity`` it is still the bill of k replicas.
Self-hosting is *cheaper* at v where ``D(v) = A(v) - S(v) > 0``; a tie is "not cheaper".

crossing
    A volume in ``[0, max_volume]`` where *cheaper* differs just below and just above: D turns from
    <= 0 to > 0 (direction "self-hosting") or from > 0 to <= 0 (direction "api"). At 0 the volume
    itself stands for "just below", at max_volume for "just above". Its kind is "step" where S
    jumps just above that volume, even if D is already zero there, and else "continuous" (A = S).
span
    A longest interval on which self-hosting is cheaper at every volume. A border at and just above
    which D > 0 does not end a span, even if D falls to a limit of zero there.
tie
    A longest interval on which A = S, or a single volume with A = S that is no crossing.
cheaper for good from
    The lowest volume above which D > 0 for *all* larger volumes, max_volume or not; None if never.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields
from fractions import Fraction
from itertools import groupby, pairwise
from typing import Any, Literal, NamedTuple


class Crossing(NamedTuple):
    """A volume at which the cheaper side changes."""

    volume: Fraction
    direction: Literal["self-hosting", "api"]
    kind: Literal["continuous", "step"]


class Span(NamedTuple):
    """An interval of volume; a single volume has ``low == high`` and includes both."""

    low: Fraction
    high: Fraction
    includes_low: bool
    includes_high: bool


class BreakEven(NamedTuple):
    """Everything there is to say; tuples ascend in volume."""

    crossings: tuple[Crossing, ...]
    self_hosting_cheaper: tuple[Span, ...]
    ties: tuple[Span, ...]
    cheaper_for_good_from: Fraction | None
    never_because: Literal["price", "range"] | None
    """With None above "price", no volume helps; "range" where that volume exceeds max_volume."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bills:
    """The question: both bills, and the range to search. Floats count at their exact value."""

    api_fixed: Fraction
    api_per_request: Fraction
    host_fixed: Fraction
    host_per_request: Fraction
    instance_usd: Fraction
    replica_capacity: Fraction
    max_volume: Fraction
    replicas_per_instance: int = 1
    min_replicas: int = 1
    spare_replicas: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            if field.type is Fraction:
                object.__setattr__(self, field.name, Fraction(getattr(self, field.name)))
        amounts_fit = self.replica_capacity > 0 and min(self.instance_usd, self.max_volume) >= 0
        counts_fit = (
            self.replicas_per_instance > 0 and min(self.min_replicas, self.spare_replicas) >= 0
        )
        if not (amounts_fit and counts_fit):
            raise ValueError(f"not a question this reference can answer: {self}")

    def instances(self, loaded_replicas: int) -> int:
        """Instances that run when so many replicas are needed for the load."""
        replicas = max(self.min_replicas, loaded_replicas) + self.spare_replicas
        return math.ceil(Fraction(replicas, self.replicas_per_instance))

    def difference(self, volume: Fraction) -> Fraction:
        """D, the API's bill less the self-hosted one [USD/month]."""
        instances = self.instances(math.ceil(volume / self.replica_capacity))
        api = self.api_fixed + self.api_per_request * volume
        return api - (
            self.host_fixed + self.host_per_request * volume + self.instance_usd * instances
        )

    def kind(self, volume: Fraction) -> Literal["continuous", "step"]:
        """Whether the self-hosted bill jumps just above `volume`."""
        loaded = math.floor(volume / self.replica_capacity)
        full = loaded * self.replica_capacity == volume and self.instance_usd > 0
        return (
            "step" if full and self.instances(loaded + 1) > self.instances(loaded) else "continuous"
        )

    @property
    def slope(self) -> Fraction:
        """dD/dv between two borders, the same everywhere [USD/request]."""
        return self.api_per_request - self.host_per_request

    def start(self, instances: int) -> Fraction:
        """Where the straight line that D follows with so many instances meets v = 0."""
        return self.api_fixed - self.host_fixed - self.instance_usd * instances

    def pieces(self) -> Iterator[tuple[Fraction, Fraction, Fraction]]:
        """Yield low, high and start of each straight piece of D, which holds on (low, high]."""
        loaded, low = 1, Fraction(0)
        while low < self.max_volume:
            instances = self.instances(loaded)
            while self.instances(loaded + 1) == instances:
                loaded += 1
            high = min(loaded * self.replica_capacity, self.max_volume)
            yield low, high, self.start(instances)
            loaded, low = loaded + 1, high


def break_even(**question: Any) -> BreakEven:
    """Solve each straight piece of D for its sign, then join the pieces; arguments as `Bills`."""
    bills = Bills(**question)
    at_zero, zero = bills.difference(Fraction(0)), Span(Fraction(0), Fraction(0), True, True)
    cheaper, ties = [zero] * (at_zero > 0), [zero] * (at_zero == 0)
    for low, high, start in bills.pieces():
        if bills.slope == 0:
            cheaper += [Span(low, high, False, True)] * (start > 0)
            ties += [Span(low, high, False, True)] * (start == 0)
            continue
        root = -start / bills.slope
        if bills.slope > 0 and root < high:
            cheaper.append(Span(max(low, root), high, False, True))
        if bills.slope < 0 and root > low:
            cheaper.append(Span(low, min(root, high), False, root > high))
        if low < root <= high:
            ties.append(Span(root, root, True, True))
    spans = _joined(cheaper)
    crossings = tuple(_ends(spans, bills))
    for_good = cheaper_for_good_from(bills)
    never: Literal["price", "range"] | None = None
    if for_good is None or for_good > bills.max_volume:
        never = "price" if for_good is None else "range"
    return BreakEven(crossings, spans, _no_crossing(_joined(ties), crossings), for_good, never)


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    """Join neighbours that share an end which one of them includes."""
    joined: list[Span] = []
    for span in spans:
        last = joined[-1] if joined else None
        if last and last.high == span.low and (last.includes_high or span.includes_low):
            joined[-1] = Span(last.low, span.high, last.includes_low, span.includes_high)
        else:
            joined.append(span)
    return tuple(joined)


def _ends(spans: tuple[Span, ...], bills: Bills) -> Iterator[Crossing]:
    for span in spans:
        if not span.includes_low:
            yield Crossing(span.low, "self-hosting", bills.kind(span.low))
        if span.high < bills.max_volume or not span.includes_high:
            yield Crossing(span.high, "api", bills.kind(span.high))


def _no_crossing(ties: tuple[Span, ...], crossings: tuple[Crossing, ...]) -> tuple[Span, ...]:
    crossed = {crossing.volume for crossing in crossings}
    return tuple(tie for tie in ties if tie.low < tie.high or tie.low not in crossed)


def cheaper_for_good_from(bills: Bills) -> Fraction | None:
    """Find the end of the last piece that is not cheaper all along, however far out it lies.

    With n instances, n above the fewest, D is <= 0 on its piece up to the root
    ``(instance_usd n - api_fixed + host_fixed) / slope`` if that lies above the piece's low end
    ``replica_capacity ((n - 1) replicas_per_instance - spare_replicas)``. The root leads by
    ``lead - loss n``: positive up to one last n, or for every n where nothing is lost.
    """
    fewest, width = bills.instances(1), bills.replica_capacity * bills.replicas_per_instance
    if bills.slope * width < bills.instance_usd:  # the API costs less than the asymptotic request
        return None
    if bills.slope == 0:
        return Fraction(0) if bills.start(fewest) > 0 else None
    lead = width + bills.replica_capacity * bills.spare_replicas - bills.start(0) / bills.slope
    loss = width - bills.instance_usd / bills.slope
    if loss == 0 and lead > 0:
        return None
    last = fewest if loss == 0 else max(fewest, math.ceil(lead / loss) - 1)
    return max(-bills.start(last) / bills.slope, Fraction(0))


def brute(
    *, exchanged: bool = False, **question: Any
) -> tuple[tuple[Crossing, ...], tuple[Span, ...], tuple[Span, ...]]:
    """Find crossings, spans and ties by evaluating D only: at points and between neighbours.

    The points are zero, every replica's border, the largest volume, and where the line through
    two volumes inside each gap reaches zero. `exchanged` lets the two options trade places, so
    that "self-hosting" stands for the API; only then can D be > 0 on both sides of a tie.
    """
    bills = Bills(**question)
    full_replicas = math.ceil(bills.max_volume / bills.replica_capacity)
    borders = [k * bills.replica_capacity for k in range(full_replicas)] + [bills.max_volume]
    points = sorted({*borders, *_zeros(bills, borders)})
    stretches = [Span(points[0], points[0], True, True)]
    for low, high in pairwise(points):
        stretches += [Span(low, high, False, False), Span(high, high, True, True)]
    signs = []
    for stretch in stretches:
        difference = bills.difference((stretch.low + stretch.high) / 2) * (-1 if exchanged else 1)
        signs.append((difference > 0) - (difference < 0))

    crossings = []
    for place in range(0, len(stretches), 2):
        below, above = signs[max(place - 1, 0)] > 0, signs[min(place + 1, len(signs) - 1)] > 0
        if below != above:
            volume = stretches[place].low
            kind = bills.kind(volume)
            crossings.append(Crossing(volume, "self-hosting" if above else "api", kind))
    runs: dict[int, list[Span]] = {-1: [], 0: [], 1: []}
    for sign, members in groupby(zip(signs, stretches, strict=True), key=lambda pair: pair[0]):
        run = [stretch for _, stretch in members]
        runs[sign].append(
            Span(run[0].low, run[-1].high, run[0].includes_low, run[-1].includes_high)
        )
    return tuple(crossings), tuple(runs[1]), _no_crossing(tuple(runs[0]), tuple(crossings))


def _zeros(bills: Bills, borders: list[Fraction]) -> Iterator[Fraction]:
    for low, high in pairwise(borders):
        third = (high - low) / 3
        at_left, at_right = bills.difference(low + third), bills.difference(high - third)
        if at_left != at_right:
            zero = low + third + third * at_left / (at_left - at_right)
            if low < zero < high:
                yield zero
