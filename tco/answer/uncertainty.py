"""How sure an answer is, as it is told: the bands of every figure, and who is cheaper how often."""

from collections.abc import Mapping
from dataclasses import dataclass

from tco.answer.spreads import Spreads
from tco.results.answer import Band, RunnerUp


@dataclass(frozen=True, slots=True)
class BillBand:
    """How sure the bill of one alternative is."""

    alternative: str
    label: str
    first_month: Band
    """In money of the first month [USD/month]."""
    by_month: tuple[Band, ...]
    """In the terms of the scenario, real or nominal [USD/month]; empty where not asked for."""
    unserved: float
    """Share of the draws in which it cannot serve the load in its first month [1]."""


@dataclass(frozen=True, slots=True)
class Odds:
    """How often an alternative costs less than staying."""

    alternative: str
    threshold: Band | None
    """Utilisation u* of the machines planned for the question as asked [1]; None where none is
    defined, as of an API."""
    utilisation: Band | None
    """Utilisation the traffic gives the fleet planned for it [1]; None without own machines."""
    cheaper_first_month: float
    """Share of the draws in which its first bill is lower [1]."""
    cheaper_by_month: tuple[float, ...]
    """Of the bill of each month [1]; empty where not asked for."""
    cheaper_over_horizon: float
    """Share in which moving to it is worth something: all its money over the horizon [1]."""
    worth: Band
    """Present value of moving to it instead of staying [USD]."""
    expected_loss_usd: float
    """Mean over the draws it serves of what it costs more than staying, 0 where less [USD];
    infinite where it serves none."""
    unserved: float
    """Share of the draws in which it cannot serve the load [1]."""
    standard_error: float
    """Of the first month's share, from the number of draws [1]."""


@dataclass(frozen=True, slots=True)
class Uncertainty:
    """What all draws say together."""

    draws: int
    seed: int
    spreads: Spreads
    bills: tuple[BillBand, ...]
    """The baseline first."""
    odds: tuple[Odds, ...]
    """Of every other alternative that can be priced."""
    cheapest: tuple[tuple[str, float], ...]
    """Share of the draws in which each alternative that may be chosen costs least [1]."""
    regret: tuple[tuple[str, float], ...]
    """Mean over the draws it serves of what each costs more than the cheapest of the draw [USD];
    infinite where it serves none."""
    runner_up: RunnerUp | None
    """Of the choice; None where nothing else may be chosen."""
    learnt: Mapping[int, float]
    """What deciding with what is known by then saves on average, by the months that the decision
    is put off [USD]; empty where there are too few draws to tell."""
    carried: tuple[str, ...]
    """What is not drawn, but carried over from the question as asked."""

    def bill_of(self, key: str) -> BillBand | None:
        """Look up the bill of an alternative; None where it has none."""
        return next((bill for bill in self.bills if bill.alternative == key), None)

    def odds_of(self, key: str) -> Odds | None:
        """Look up the odds of an alternative; None for staying, and where it has no bill."""
        return next((odds for odds in self.odds if odds.alternative == key), None)
