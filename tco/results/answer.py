"""The answer: break-even in three coordinates, appraisals, a verdict, and all of it together."""

from dataclasses import dataclass
from typing import Literal

from tco.kernel.break_even import Crossing
from tco.results.bill import Basis


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
    capital: tuple[CapitalPayment, ...] = ()
    """What is paid ahead, at the start and wherever machines are bought or a term paid upfront is
    booked; resale is not deducted, tax not counted."""
    rest_of_terms_usd: float = 0.0
    """Part of the total for months of a term beyond the horizon [USD]."""

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
    worth_of: str | None = None
    """Key of the alternative that the move would be to."""


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
