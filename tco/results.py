"""The answer: bills of lines, serving figures, break-even in three coordinates, a verdict."""

from dataclasses import dataclass
from typing import Literal

from pricing.provenance import Confidence
from pricing.units import TOKENS_PER_MTOK

Kind = Literal["api", "hosted", "rented", "owned", "hybrid"]
Group = Literal["tokens", "machines", "host", "network", "platform", "people", "one-off"]
Driver = Literal["request", "instance", "fixed", "spilled", "served"]
Direction = Literal["self-hosting", "api"]


@dataclass(frozen=True, slots=True)
class Basis:
    """Where a figure comes from: who says so, of which date, how sure."""

    source: str
    as_of: str
    confidence: Confidence = "high"
    url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something the reader must know: a refusal, a flag or a remark, with its source."""

    severity: Literal["refused", "flagged", "remark"]
    code: str
    message: str
    remedy: str = ""
    source: str = ""


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
    requests that the API or the base fleet answers."""

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
    """Highest request rate at which a replica meets the objective [request/s]."""
    capacity_sd: float
    """Relative standard deviation of that capacity, extrapolation included [1]."""
    bound_by: str
    extrapolation: str
    running: float
    """Requests in decode at capacity."""
    mean_ttft_ms: float
    """At capacity."""
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
    kind: Kind
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
    def monthly_usd(self) -> float | None:
        """Sum of the estimated lines [USD/month]; None when refused."""
        if self.refused:
            return None
        return sum(line.cost_usd for line in self.lines if line.cost_usd is not None)

    @property
    def one_off_usd(self) -> float:
        """Sum of what is paid once [USD]."""
        return sum(line.cost_usd for line in self.one_off if line.cost_usd is not None)

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


@dataclass(frozen=True, slots=True)
class UtilisationAnswer:
    """Utilisation of the planned fleet from which self-hosting costs less than staying."""

    value: float | None
    low: float | None
    """P10 over the calibration's error."""
    high: float | None
    """P90 over the calibration's error; above 1 means out of reach."""
    own: float
    """Utilisation your traffic gives the planned fleet."""
    reachable: float
    """Highest utilisation that the daily shape, headroom and spares allow this fleet."""
    reason: str
    """Why there is no value, or what limits it; empty where nothing does."""


@dataclass(frozen=True, slots=True)
class Crossing:
    """A monthly volume at which the cheaper side changes."""

    requests_per_month: float
    direction: Direction
    """Who is cheaper just above."""
    kind: Literal["continuous", "step"]


@dataclass(frozen=True, slots=True)
class VolumeAnswer:
    """Monthly volumes at which self-hosting costs less than staying."""

    spans: tuple[tuple[float, float | None], ...]
    """Lower and upper end of each span [request/month]; None = without end."""
    crossings: tuple[Crossing, ...]
    cheaper_for_good_from: float | None
    searched_up_to: float
    """Highest volume searched [request/month]."""
    reason: str


@dataclass(frozen=True, slots=True)
class MonthAnswer:
    """When self-hosting pays within the horizon."""

    bill_from: int | None
    """First month from which the monthly bill stays lower to the end of the horizon."""
    payback: int | None
    """First month from which the discounted cumulative saving stays positive."""
    npv_usd: float
    """Present value of moving instead of staying, over the horizon [USD]."""
    cumulative_usd: tuple[float, ...]
    """Discounted cumulative saving at the end of months 0 to horizon [USD]."""
    monthly_saving_usd: tuple[float, ...]
    """Saving in the bill of months 1 to horizon, undiscounted [USD/month]."""
    reason: str


@dataclass(frozen=True, slots=True)
class Turn:
    """A month in which a cumulative saving turns positive or stops being so."""

    month: int
    direction: Literal["saving", "costing"]


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What an alternative costs over the horizon, and what moving to it is worth."""

    alternative: str
    total_usd: float
    """All money out less what machines bring back, undiscounted [USD]."""
    present_usd: float
    """Its present value [USD]."""
    npv_usd: float
    """Present value of moving instead of staying [USD]; 0 for staying itself."""
    irr: float | None
    """Annual internal rate of moving, where exactly one exists [1]."""
    irr_roots: tuple[float, ...]
    """Every internal rate [1]."""
    irr_reason: str
    """Why `irr` is None."""
    payback: int | None
    """First month from which the cumulative saving stays positive."""
    discounted_payback: int | None
    """The same with the saving discounted."""
    turns: tuple[Turn, ...]
    """Every crossing of the cumulative saving."""
    discounted_turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class BreakEven:
    """One self-hosted option or hybrid against staying, in three coordinates."""

    alternative: str
    utilisation: UtilisationAnswer
    volume: VolumeAnswer
    month: MonthAnswer


@dataclass(frozen=True, slots=True)
class Assumption:
    """A value the answer rests on, with its source."""

    field: str
    label: str
    value: float | str | None
    unit: str
    low: float | None
    high: float | None
    basis: Basis
    yours: bool
    """Set in the scenario, not taken from the library."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The answer in words."""

    action: Literal["stay", "self-host", "hosted", "unanswered"]
    headline: str
    sentence: str
    """Threshold, where you are, and when you get there."""
    also: str
    """What else the reader must know before acting."""
    best: str | None
    """Key of the self-hosted option the sentence speaks of."""
    usd_per_year: float | None
    """What the move is worth in the first year [USD/year]; negative when it costs more."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the answer was computed with."""

    model_version: str
    catalogue_version: str
    catalogue_sha256: str
    prices_on: str
    oldest_price: str
    hours_per_month: float
    mean_ttft_ms: float
    mean_tpot_ms: float
    calibrations: tuple[str, ...]
    p95_ttft_ms: float | None = None
    p95_tpot_ms: float | None = None


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Unit cost of a fleet at one utilisation."""

    utilisation: float
    usd_per_mtok: float


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything the planner says about one scenario."""

    alternatives: tuple[Alternative, ...]
    """The baseline first."""
    break_evens: tuple[BreakEven, ...]
    curves: tuple[tuple[str, tuple[CurvePoint, ...]], ...]
    """Unit cost over utilisation of each self-hosted option, by key.

    Net of the people and platform that the baseline costs too, so that a curve meets the
    baseline's level line exactly at its break-even utilisation.
    """
    level_lines: tuple[tuple[str, float], ...]
    """Cost of the tokens alone of each API and hosted option, by key [USD/Mtok]."""
    verdict: Verdict
    assumptions: tuple[Assumption, ...]
    findings: tuple[Finding, ...]
    stamp: Stamp
    hybrid_break_evens: tuple[BreakEven, ...] = ()
    appraisals: tuple[Appraisal, ...] = ()
    """Of every alternative that is not refused, the baseline first."""
    conventions: tuple[str, ...] = ()
    """How money at different times was compared."""

    def alternative(self, key: str) -> Alternative:
        """Look up an alternative by its key."""
        return next(a for a in self.alternatives if a.key == key)

    def break_even(self, key: str) -> BreakEven | None:
        """Look up the break-even of a self-hosted option or hybrid; None when it was refused."""
        answers = (*self.break_evens, *self.hybrid_break_evens)
        return next((b for b in answers if b.alternative == key), None)

    def appraisal(self, key: str) -> Appraisal | None:
        """Look up what an alternative costs over the horizon; None when it was refused."""
        return next((a for a in self.appraisals if a.alternative == key), None)
