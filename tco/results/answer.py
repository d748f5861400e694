"""The answer: break-even in three coordinates, appraisals, a verdict, and all of it together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tco.kernel.break_even import Crossing
from tco.results.bill import Basis

ReasonKind = Literal[
    "price", "acceptance", "idle", "until", "dear", "capacity", "routing", "unproven", "horizon"
]
"""What bound a figure. price: a request saves nothing. acceptance: it saves nothing because of
answers that are not accepted. idle: cheaper even when idle. until: cheaper at low load alone.
dear: the machines cost more than they save when full. capacity: the load that would pay is out of
reach for this fleet. routing: a hybrid that has no such figure. unproven: not proven within what
was searched. horizon: not paid back."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a figure is missing, or what limits it."""

    kind: ReasonKind
    text: str

    def __str__(self) -> str:
        """Say it in words."""
        return self.text


@dataclass(frozen=True, slots=True)
class Band:
    """P10, P50 and P90 over the draws; infinite where so many draws have no answer."""

    p10: float
    p50: float
    p90: float


@dataclass(frozen=True, slots=True)
class UtilisationAnswer:
    """Utilisation of the planned fleet from which self-hosting costs less than staying."""

    value: float | None
    """None where none up to 1 is enough."""
    own: float
    """Utilisation your traffic gives the planned fleet."""
    reachable: float
    """Highest utilisation that the daily shape, headroom and spares allow this fleet."""
    reason: Reason | None
    """Why there is no value, or what limits it."""
    p10: float | None = None
    """Of the draws; above 1 is out of reach, None or infinite where nothing is enough."""
    p50: float | None = None
    p90: float | None = None

    @property
    def instead(self) -> str:
        """What stands where there is no value."""
        kind = None if self.reason is None else self.reason.kind
        return {"routing": "not defined", "until": "at low load"}.get(kind or "", "at no load")

    @property
    def why_none(self) -> str:
        """Why there is no value, in a clause."""
        if self.reason is not None and self.reason.kind == "routing":
            return str(self.reason)
        return f"{self.instead} of this fleet: {self.reason}"


@dataclass(frozen=True, slots=True)
class VolumeAnswer:
    """Monthly volumes at which self-hosting costs less than staying."""

    spans: tuple[tuple[float, float | None], ...]
    """Lower and upper end of each span [request/month]; None = without end."""
    crossings: tuple[Crossing, ...]
    cheaper_for_good_from: float | None
    searched_up_to: float
    """Highest volume searched [request/month]."""
    reason: Reason | None
    """Why it is not cheaper for good from any volume on."""

    @property
    def is_defined(self) -> bool:
        """Whether there are such volumes at all: of some hybrids there are none to speak of."""
        return self.reason is None or self.reason.kind != "routing"

    @property
    def up_to(self) -> tuple[str, ...]:
        """What stands before the upper end of each span: where the search ends, nothing turns."""
        return tuple("at least " if high == self.searched_up_to else "" for _, high in self.spans)


@dataclass(frozen=True, slots=True)
class MonthAnswer:
    """When self-hosting pays within the horizon."""

    bill_from: int | None
    """First month from which the monthly bill stays lower to the end of the horizon."""
    discounted_payback: int | None
    """First month from which the discounted cumulative saving stays positive."""
    npv_usd: float
    """Present value of moving instead of staying, over the horizon and for as many accepted
    answers where both were measured [USD]; so are the savings below."""
    cumulative_usd: tuple[float, ...]
    """Discounted cumulative saving at the end of months 0 to horizon [USD]."""
    monthly_saving_usd: tuple[float, ...]
    """Saving in the bill of months 1 to horizon, undiscounted [USD/month]."""
    reason: Reason | None
    """Why it is not paid back."""


@dataclass(frozen=True, slots=True)
class Move:
    """Moving to one alternative, month by month against staying."""

    alternative: str
    month: MonthAnswer


@dataclass(frozen=True, slots=True)
class Turn:
    """A month in which a cumulative saving turns positive or stops being so."""

    month: int
    direction: Literal["saving", "costing"]


@dataclass(frozen=True, slots=True)
class CapitalPayment:
    """Money paid ahead in one month: one-offs, machines bought, terms paid upfront."""

    month: int
    """0 is the start."""
    usd: float


@dataclass(frozen=True, slots=True)
class Appraisal:
    """What an alternative costs over the horizon, and what moving to it is worth."""

    alternative: str
    total_usd: float
    """All money out less what machines bring back, undiscounted [USD]."""
    present_usd: float
    """Its present value [USD]."""
    compared_usd: float
    """The same for as many accepted answers as staying gives, where both were measured [USD]."""
    npv_usd: float
    """Present value of moving instead of staying, for as many accepted answers where both were
    measured [USD]; 0 for staying itself."""
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
    capital: tuple[CapitalPayment, ...] = ()
    """What is paid ahead, at the start and wherever machines are bought or a term paid upfront is
    booked; resale is not deducted, tax not counted."""
    rest_of_terms_usd: float = 0.0
    """Part of the total for months of a term beyond the horizon [USD]."""
    borrowed_usd: float = 0.0
    """What loans bring for servers within the horizon, so that it is no capital [USD]."""
    repaid_usd: float = 0.0
    """Part of the total that pays it back, with interest [USD]."""

    @property
    def capital_usd(self) -> float:
        """What is paid at month 0 [USD]."""
        return sum(payment.usd for payment in self.capital if payment.month == 0)

    @property
    def later_capital_usd(self) -> float:
        """What is paid ahead after month 0: renewals, replacements and growth [USD]."""
        return sum(payment.usd for payment in self.capital if payment.month > 0)


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


Action = Literal["stay", "api", "hosted", "self-host", "hybrid", "too-close", "unanswered"]
"""What to do. unanswered: nothing but staying may be chosen."""


@dataclass(frozen=True, slots=True)
class Decider:
    """An input that would turn the answer, and the value at which it does, all else as asked."""

    key: str
    label: str
    unit: str
    given: float
    turns_at: float
    spreads_away: float
    """Distance from the value given, in standard deviations of what is drawn [1]."""


@dataclass(frozen=True, slots=True)
class RunnerUp:
    """The choice against the next cheapest alternative, over the draws."""

    alternative: str
    cheaper: float
    """Share of the draws in which the choice costs less than it [1]."""
    expected_loss_usd: float
    """Mean over the draws that the choice serves of what it costs more, 0 where it costs less
    [USD]."""


@dataclass(frozen=True, slots=True)
class PriceDrift:
    """How API prices are taken to move, and how far own GPUs rest on that."""

    given: float | None
    """Yearly change that is assumed [1/year]; None where prices follow steps."""
    low: float
    high: float
    """Lowest and highest yearly change that was tried [1/year]."""
    own_turns_at: float | None
    """Yearly change, nearest to the one given, at which own GPUs and staying cost alike over the
    horizon [1/year]; None where none that was tried does, and without own GPUs."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Staying for some months before moving to the choice, or before deciding again."""

    months: int
    costs_usd: float
    """What the move would have saved by then, in present value [USD]; negative where waiting
    saves; 0 where staying is the choice."""
    learnt_usd: float | None = None
    """What deciding by what is known by then saves, on average over the draws [USD]; None where
    there are too few of them to tell."""

    @property
    def net_usd(self) -> float:
        """What is learnt less what waiting costs; above 0 it may pay to wait [USD]."""
        return (self.learnt_usd or 0.0) - self.costs_usd


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, with whom, what it is worth, how sure that is, and what would change it."""

    action: Action
    chosen: str
    """Key of the alternative with the least present value of all that may be chosen."""
    rival: str | None
    """Whom the choice is told against: staying, or whoever is the cheapest most often where the
    choice is not, or the next cheapest where staying is chosen. None where nothing else may be."""
    best_own: str | None
    """Key of the own servers with the least present value of those that may be chosen."""
    worth_of: str | None
    """Key of the alternative whose worth is told: the one chosen, or staying's rival."""
    worth_usd: float | None
    """Present value of moving to it instead of staying, over the horizon [USD]; negative where
    it costs more. Where acceptance was measured, for as many accepted answers as staying gives."""
    worth_usd_per_year: float | None
    """Level payment with that present value [USD/year]."""
    worth: Band | None
    """Of `worth_usd` over the draws [USD]."""
    probability_cheaper_than_staying: float | None
    """Share of the draws in which it costs less than staying over the horizon [1]."""
    expected_loss_usd: float | None
    """Mean over the draws it serves of what it costs more than staying, 0 where it costs less
    [USD]."""
    probability_best: float
    """Share of the draws in which the alternative chosen is the cheapest of all [1]."""
    regret_usd: float
    """Mean over the draws it serves of what it costs more than whichever is the cheapest [USD]."""
    runner_up: RunnerUp | None
    """None where nothing else may be chosen."""
    drift: PriceDrift
    waiting: tuple[Waiting, ...]
    """What putting off the move costs; empty where staying is chosen."""
    deciders: tuple[Decider, ...]
    """Inputs that turn the answer soonest, each alone; at most two."""
    headline: str
    sentence: str
    """What the choice costs and is worth, and how sure that is."""
    own: str
    """Own GPUs: from which load on, where you are, and how sure."""
    also: str
    """What else the reader must know before acting."""

    def first_of(self, keys: Sequence[str]) -> str | None:
        """Take whom the verdict speaks of first: the move it tells, else own servers, else any."""
        told = (key for key in (self.worth_of, self.best_own) if key in keys)
        return next(told, next(iter(keys), None))


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the answer was computed with."""

    model_version: str
    catalogue_version: str
    catalogue_sha256: str
    prices_on: str
    oldest: str
    """Day of the oldest price, rent, purchase or record it rests on."""
    oldest_of: str
    """Which of them that is."""
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
