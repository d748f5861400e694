"""Monthly volumes at which self-hosting costs less than staying, exactly.

Staying costs a line; self-hosting climbs a stair, one step per instance. The line can cross every
step, so the answer is a list of spans. Arithmetic is rational: a float stands for its exact value
(a `Fraction` may be given instead), and a tie on a step border is a tie, no rounding error.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Literal

Direction = Literal["self-hosting", "api"]


@dataclass(frozen=True, slots=True)
class LineBill:
    """A monthly bill that grows with each request."""

    fixed_usd: float
    usd_per_request: float


@dataclass(frozen=True, slots=True)
class StairBill:
    """A monthly bill that grows with each request and with each whole instance."""

    fixed_usd: float
    usd_per_request: float
    instance_usd: float
    replica_requests: float
    """Monthly volume one replica may carry [request/month]."""
    replicas_per_instance: int
    min_replicas: int
    spare_replicas: int

    @property
    def first_instances(self) -> int:
        """Instances at no volume at all."""
        return math.ceil(
            Fraction(self.min_replicas + self.spare_replicas, self.replicas_per_instance)
        )

    def carries_up_to(self, instances: int) -> Fraction:
        """Highest volume that so many instances carry [request/month]."""
        working = instances * self.replicas_per_instance - self.spare_replicas
        return working * Fraction(self.replica_requests)


@dataclass(frozen=True, slots=True)
class Crossing:
    """A volume at which the cheaper side changes, and who is cheaper just above."""

    requests: Fraction
    direction: Direction
    kind: Literal["continuous", "step"]


@dataclass(frozen=True, slots=True)
class VolumeBreakEven:
    """Where self-hosting is strictly cheaper, over all volumes up to a limit."""

    spans: tuple[tuple[Fraction, Fraction], ...]
    """Ends of each span, ascending; the last may end at the limit."""
    crossings: tuple[Crossing, ...]
    cheaper_for_good_from: Fraction | None
    """Volume above which self-hosting stays cheaper without end; None = never."""


def volume_break_even(stay: LineBill, host: StairBill, up_to: float) -> VolumeBreakEven:
    """Compare the two bills over all volumes from 0 to `up_to` [request/month].

    A crossing is a volume at which "self-hosting costs strictly less" changes: at a tie it does
    not cost less. The stair is closed above: a full fleet is not yet the next one.
    """
    limit = Fraction(up_to)
    crossings: list[Crossing] = []
    spans: list[tuple[Fraction, Fraction]] = []
    opened: Fraction | None = None
    for at, cheaper_above, kind in _pieces(stay, host, limit):
        if cheaper_above == (opened is not None):
            continue
        requests = Fraction(*at)
        if opened is None:
            opened = requests
        else:
            spans.append((opened, requests))
            opened = None
        if kind is not None:
            crossings.append(Crossing(requests, "self-hosting" if cheaper_above else "api", kind))
    if opened is not None:
        spans.append((opened, limit))
    return VolumeBreakEven(tuple(spans), tuple(crossings), cheaper_for_good_from(stay, host))


@lru_cache(maxsize=256)
def cheaper_for_good_from(stay: LineBill, host: StairBill) -> Fraction | None:
    """Volume above which self-hosting stays strictly cheaper without end [request/month].

    On the step of n instances the gap is smallest just above its lower border, and there it is
    linear in n: it grows without end exactly if an instance costs less than the API bill of the
    volume it carries. Then the last step that starts at a loss holds the answer.

    Returns
    -------
    Fraction or None
        None when no such volume exists.
    """
    slope = Fraction(stay.usd_per_request) - Fraction(host.usd_per_request)
    instance = Fraction(host.instance_usd)
    fixed = Fraction(stay.fixed_usd) - Fraction(host.fixed_usd)
    per_instance = host.replicas_per_instance * Fraction(host.replica_requests)
    growth = slope * per_instance - instance
    if slope < 0 or growth < 0 or (slope == 0 and (instance > 0 or fixed <= 0)):
        return None
    first = host.first_instances
    if slope == 0:
        return Fraction(0)
    # gap just above the lower border of step n > first: level + growth * n
    level = fixed - slope * (per_instance - host.carries_up_to(0))
    if growth == 0:
        if level < 0:
            return None
        last_at_loss = first
    else:
        last_at_loss = max(first, math.ceil(-level / growth) - 1)
    root = (instance * last_at_loss - fixed) / slope
    low = Fraction(0) if last_at_loss == first else host.carries_up_to(last_at_loss - 1)
    return min(max(root, low), host.carries_up_to(last_at_loss))


def _pieces(
    stay: LineBill, host: StairBill, limit: Fraction
) -> Iterator[tuple[tuple[int, int], bool, Literal["continuous", "step"] | None]]:
    """Start of each piece of constant sign, and whether self-hosting is cheaper just above it.

    A piece starts at volume 0 (whose own sign comes first, without a kind), at the border of a
    step, where the two bills meet within a step, and at the limit. Its start is a numerator and a
    denominator [request/month]: volumes and money are counted in whole parts of a request and of a
    dollar, so small that nothing is rounded, and a step takes a few products of integers.
    """
    replica = Fraction(host.replica_requests)
    parts = math.lcm(replica.denominator, limit.denominator)
    money = (
        Fraction(stay.usd_per_request) - Fraction(host.usd_per_request),
        Fraction(stay.fixed_usd) - Fraction(host.fixed_usd),
        Fraction(host.instance_usd),
    )
    dollar = math.lcm(*(amount.denominator for amount in money))
    slope, fixed, instance = (int(amount * dollar) for amount in money)
    fixed, instance = fixed * parts, instance * parts
    carries, end = int(replica * parts), int(limit * parts)
    kind: Literal["continuous", "step"]
    border: Literal["continuous", "step"] = "step" if instance > 0 else "continuous"
    first = host.first_instances
    low, instances = 0, first
    yield (low, parts), fixed > instance * instances, None
    while True:
        working = instances * host.replicas_per_instance - host.spare_replicas
        high = min(working * carries, end)
        gap = fixed - instance * instances  # stay minus self-hosting, without the slope
        at_low, at_high = gap + slope * low, gap + slope * high
        if low < high:
            kind = "continuous" if instances == first else border
            yield (low, parts), at_low > 0 or (at_low == 0 < slope), kind
            if at_low * at_high < 0:
                yield (-gap, slope * parts), slope > 0, "continuous"
        if high == end:
            yield (end, parts), at_high > 0, "continuous"
            return
        low, instances = high, instances + 1
