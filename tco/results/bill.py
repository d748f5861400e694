"""A bill of lines: what each costs and grows with, whose price it is, and how it is served."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from pricing.provenance import Confidence
from pricing.units import TOKENS_PER_MTOK

AlternativeKind = Literal["api", "hosted", "rented", "owned", "hybrid"]
Group = Literal["tokens", "machines", "host", "network", "platform", "people", "quality", "one-off"]
Driver = Literal[
    "request", "instance", "fixed", "spilled", "served", "unmoved", "unmoved-instance", "meanwhile"
]


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a figure of an answer comes from: who says so, of which date, how sure.

    A `pricing.provenance.Source` is read from a data file and checked there; a basis is computed.
    It may be a user's own value, of no date, or a source with what was done to its figure noted.
    """

    source: str
    as_of: str
    confidence: Confidence = "high"
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the reader must know: a refusal, a flag or a remark, with its source."""

    severity: Literal["refused", "barred", "flagged", "remark"]
    """refused: there is no bill. barred: there is one, and the alternative may not be chosen."""
    code: str
    message: str
    remedy: str = ""
    source: str = ""


KEPT_OUT: Final = frozenset({"refused", "barred"})
"""Severities of what keeps an alternative out of the choice."""
BarKind = Literal["time", "region", "licence", "length", "speed", "offer", "end", "quality"]
BARS: Final[Mapping[str, BarKind]] = {
    "late": "time",
    "residency": "region",
    "machine-region": "region",
    "licence-eu": "licence",
    "licence-users": "licence",
    "window": "length",
    "slo": "speed",
    "span": "speed",
    "simulation": "speed",
    "not-offered": "offer",
    "no-local": "offer",
    "no-working-replica": "offer",
    "would-leave": "region",
    "meanwhile": "offer",
    "worn-out": "offer",
    "units": "offer",
    "retired": "end",
    "unfit-later": "length",
    "ended": "end",
    "expired": "end",
    "quality": "quality",
}
"""Kind of bar that a finding which keeps an alternative out is, by the finding's code."""


@dataclass(frozen=True, slots=True)
class Bar:
    """One reason why an alternative may not be chosen."""

    kind: BarKind
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class CostLine:
    """One line of a monthly bill: a quantity, its unit, its price, and where the price is from.

    A line whose price or quantity nobody knows says "not estimated" and is not zero.
    """

    key: str
    group: Group
    name: str
    quantity: float | None
    unit: str
    unit_price_usd: float | None
    basis: Basis
    driver: Driver = "fixed"
    """What the line grows with: requests, whole instances, or nothing; in a spill hybrid also the
    requests that the API or the base fleet answers, in a rollout those that have not moved
    (``unmoved``), the instances for those, or nothing until all have (``meanwhile``)."""

    @property
    def cost_usd(self) -> float | None:
        """Quantity times price [USD/month]; None where it is not estimated."""
        if self.quantity is None or self.unit_price_usd is None:
            return None
        return self.quantity * self.unit_price_usd


@dataclass(frozen=True, slots=True)
class Serving:
    """How a self-hosted fleet carries the traffic."""

    calibration: str
    calibration_kind: str
    calibration_label: str
    """Who measured it, when and on what, in one line for people."""
    capacity_per_replica_rps: float
    """Highest request rate at which a replica meets the objective, the median of what the
    calibration holds possible [request/s]."""
    capacity_p10_rps: float
    """Of the same, extrapolation included [request/s]."""
    capacity_p90_rps: float
    unmet_share: float
    """How much of what the calibration holds possible meets the objective at no rate [1]."""
    bound_by: str
    extrapolation: str
    running: float
    """Requests in decode at capacity."""
    mean_ttft_ms: float | None
    """At capacity; None where memory or slots are so full that the closed form does not tell it."""
    mean_tpot_ms: float
    """At capacity."""
    replicas: int
    """Spares included."""
    spare_replicas: int
    instances: int
    gpus: int
    utilisation: float
    """Mean demand over the capacity of all replicas [1]."""
    utilisation_causes: tuple[tuple[str, float], ...]
    """Factors whose product is `utilisation`: daily shape, headroom, spares, whole machines."""
    reachable_utilisation: float
    """Utilisation at which the busiest minute fills every replica but the spares [1]."""
    requests_per_month_capacity: float
    """Requests a month at which the whole fleet would be fully used [request/month]."""
    mean_instances: float | None = None
    """Instances paid on average where they follow the hours; None where all are paid always."""

    @property
    def paid_instances(self) -> float:
        """Instances paid on average [1]."""
        return self.instances if self.mean_instances is None else self.mean_instances


@dataclass(frozen=True, slots=True)
class Alternative:
    """One way to serve the workload: its bill in the first month, or the reason it has none."""

    key: str
    label: str
    kind: AlternativeKind
    model: str
    """Open model it serves, or the provider's own."""
    interactive: bool
    """Answers within seconds; False for batch."""
    lines: tuple[CostLine, ...]
    one_off: tuple[CostLine, ...]
    """Paid once, at the start; not part of the monthly bill."""
    requests_per_month: float
    input_tokens_per_request: float
    """As the baseline counts them."""
    output_tokens_per_request: float
    serving: Serving | None
    findings: tuple[Finding, ...]
    accepted_share: float | None = None
    """Share of requests that end with an accepted answer; None = not measured."""

    @property
    def refused(self) -> Finding | None:
        """Reason why there is no bill, if there is none."""
        return next((f for f in self.findings if f.severity == "refused"), None)

    @property
    def why_not(self) -> tuple[Bar, ...]:
        """What keeps it out of the choice; empty where nothing does."""
        return tuple(
            Bar(BARS[f.code], f.message, f.remedy) for f in self.findings if f.severity in KEPT_OUT
        )

    @property
    def eligible(self) -> bool:
        """Whether it may be chosen."""
        return not self.why_not

    @property
    def moves_in_steps(self) -> bool:
        """Whether its requests move on days of their own; its bill is that of all moved."""
        return any(f.code == "rollout" for f in self.findings)

    def as_many_accepted(self, staying: "Alternative") -> float:
        """Requests here that give as many accepted answers as one of staying; 1 = not measured."""
        ours, theirs = staying.accepted_share, self.accepted_share
        return 1.0 if ours is None or theirs is None else ours / theirs

    @property
    def monthly_usd(self) -> float | None:
        """Sum of the estimated lines [USD/month]; None when refused."""
        if self.refused:
            return None
        return _sum_usd(self.lines)

    @property
    def one_off_usd(self) -> float:
        """Sum of what is paid once [USD]."""
        return _sum_usd(self.one_off)

    @property
    def usd_per_request(self) -> float | None:
        """Monthly bill over requests [USD/request]."""
        monthly = self.monthly_usd
        return None if monthly is None else monthly / self.requests_per_month

    @property
    def usd_per_accepted(self) -> float | None:
        """Monthly bill over accepted answers [USD]; None where acceptance was not measured."""
        per_request = self.usd_per_request
        if per_request is None or self.accepted_share is None:
            return None
        return per_request / self.accepted_share

    @property
    def usd_per_mtok(self) -> float | None:
        """Monthly bill over input and output tokens as the baseline counts them [USD/Mtok]."""
        per_request = self.usd_per_request
        tokens = self.input_tokens_per_request + self.output_tokens_per_request
        return None if per_request is None else per_request / tokens * TOKENS_PER_MTOK


def _sum_usd(lines: Iterable[CostLine]) -> float:
    """Add up what is estimated, whatever the order of the lines [USD]."""
    return math.fsum(line.cost_usd for line in lines if line.cost_usd is not None)
