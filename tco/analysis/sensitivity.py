"""What moves the answer most: each input over its range, and where along it the winner flips."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tco.analysis.decision import Decision, Of, Question, decide, once_simulated
from tco.analysis.factor import Factor, decide_at, simulated_anew
from tco.analysis.factors import factors, with_ranges
from tco.analysis.flips import CLOSEST, Flip, Flips, find_flips
from tco.kernel.simulate_capacity import CLOSE
from tco.words.shown_money import ShownMoney

TORNADO_POINTS: Final = 9
"""Values tried over each range in search of a flip."""
SIMULATED_POINTS: Final = 2
"""The same where replicas are simulated at each value: the ends, which the bar needs anyway."""


@dataclass(frozen=True, slots=True)
class Swing:
    """One bar of the tornado: an input from its low to its high, all else as given."""

    factor: Factor
    at_low: Decision
    at_high: Decision
    swing_usd: float | None
    """Width of the gap over low, given and high [USD]; None where an end has no answer."""
    threshold_low: float | None
    """Lowest u* over the same three [1]."""
    threshold_high: float | None
    flips: Flips

    @property
    def flip(self) -> Flip | None:
        """The change of the winner nearest to the value as given."""
        return self.flips.nearest(self.factor.value)


@dataclass(frozen=True, slots=True)
class Tornado:
    """Every input with a range, widest swing first."""

    of: Of
    money: ShownMoney
    """Writes dollars in the currency of the scenario."""
    given: Decision
    swings: tuple[Swing, ...]
    """Those without a width last, for they end the answer."""


def tornado(
    question: Question,
    *,
    of: Of = "choice",
    ranges: Mapping[str, tuple[float, float]] | None = None,
    only: frozenset[str] | None = None,
) -> Tornado:
    """Move each input over its range and sort by what that does to the decision.

    A replica whose load no closed form tells is simulated once, at the question as given; what that
    takes off its capacity is taken off at every other value alike.

    Parameters
    ----------
    of
        Staying against everything that may be chosen instead, or against own GPUs alone.
    ranges
        Your own ranges, by the input's key.
    only
        Keys to vary; all when left out.

    Raises
    ------
    InputError
        If a range is of no input, or a name in the scenario is unknown.
    """
    question = once_simulated(question)
    given = decide(question, of)
    varied = with_ranges(factors(question), ranges or {})
    swings = [
        _swing(question, factor, given, of)
        for factor in varied
        if only is None or factor.key in only
    ]
    money = question.scenario.currency.money
    return Tornado(of, money, given, tuple(sorted(swings, key=_width, reverse=True)))


def _swing(question: Question, factor: Factor, given: Decision, of: Of) -> Swing:
    known: dict[float, Decision] = {factor.value: given}

    def answer(value: float) -> Decision:
        if value not in known:
            known[value] = decide_at(question, factor, value, of)
        return known[value]

    ends = answer(factor.low), answer(factor.high)
    trio = (given, *ends)
    gaps = [decision.gap_usd for decision in trio if decision.gap_usd is not None]
    thresholds = [decision.threshold for decision in trio if decision.threshold is not None]
    swing = max(gaps) - min(gaps) if len(gaps) == len(trio) else None
    anew = simulated_anew(question, factor)
    return Swing(
        factor=factor,
        at_low=ends[0],
        at_high=ends[1],
        swing_usd=swing,
        threshold_low=min(thresholds, default=None),
        threshold_high=max(thresholds, default=None),
        flips=find_flips(
            answer,
            (factor.low, factor.high),
            through=factor.value,
            tolerance=CLOSE if anew else CLOSEST,
            points=SIMULATED_POINTS if anew else TORNADO_POINTS,
            money=question.scenario.currency.money,
        )
        if swing != 0
        else Flips((), "does not move the answer"),
    )


def _width(swing: Swing) -> tuple[float, float]:
    if swing.swing_usd is None:
        return -1.0, 0.0
    thresholds = swing.threshold_high, swing.threshold_low
    return swing.swing_usd, (thresholds[0] or 0.0) - (thresholds[1] or 0.0)
