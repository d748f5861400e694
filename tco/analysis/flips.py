"""Where along an input the winner changes: a scan of the range, then bisection."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from tco.analysis.decision import Decision
from tco.words.figures import number
from tco.words.shown_money import IN_DOLLARS, ShownMoney

SCAN_POINTS: Final = 17
"""Values tried over a range; two changes between neighbours cancel out and stay unseen."""
CLOSEST: Final = 1e-6
"""Width at which a bisection stops, as a share of the value [1]."""
_ROUNDS: Final = 60

Cheaper = Literal["staying", "moving"]


@dataclass(frozen=True, slots=True)
class Flip:
    """A value of an input at which the winner changes."""

    value: float
    cheaper_above: Cheaper
    """What costs less just above."""


def flip_between(
    answer: Callable[[float], Decision],
    ends: tuple[float, float],
    *,
    moves_above: bool,
    tolerance: float,
) -> Flip:
    """Close in on the one change of the winner between two values."""
    value = _close_in(answer, *ends, not moves_above, tolerance)
    return Flip(value, "moving" if moves_above else "staying")


@dataclass(frozen=True, slots=True)
class Flips:
    """Every change of the winner found along a range, or the reason why there is none."""

    found: tuple[Flip, ...]
    reason: str

    def nearest(self, value: float) -> Flip | None:
        """The change closest to a value, if there is one."""
        return min(self.found, key=lambda flip: abs(flip.value - value), default=None)


def find_flips(
    answer: Callable[[float], Decision],
    ends: tuple[float, float],
    *,
    through: float | None = None,
    tolerance: float = CLOSEST,
    points: int = SCAN_POINTS,
    money: ShownMoney = IN_DOLLARS,
) -> Flips:
    """Scan a range and close in on every change of the winner.

    Parameters
    ----------
    answer
        Decision at a value of the input.
    ends
        Lowest and highest value tried.
    through
        A value inside the range to scan as well.
    tolerance
        Width at which the bisection stops, as a share of the value [1].
    """
    values = scan(ends, points, through)
    answers = [answer(value) for value in values]
    found = tuple(
        flip_between(answer, (a, b), moves_above=bool(second.moves), tolerance=tolerance)
        for (a, b), (first, second) in zip(pairwise(values), pairwise(answers), strict=True)
        if first.moves is not None and second.moves is not None and first.moves != second.moves
    )
    return Flips(found, "" if found else _why_none(answers, ends, money))


def scan(ends: tuple[float, float], points: int, through: float | None) -> list[float]:
    """Values from low to high, in equal steps or, over a wide positive range, equal ratios."""
    low, high = ends
    steps = [i / (points - 1) for i in range(points)]
    if low > 0 and high / low > 10:
        values = {low * (high / low) ** step for step in steps}
    else:
        values = {low + (high - low) * step for step in steps}
    inside = {through} if through is not None and low <= through <= high else set()
    return sorted({min(max(value, low), high) for value in values} | {low, high} | inside)


def _close_in(
    answer: Callable[[float], Decision], low: float, high: float, moves: bool, tolerance: float
) -> float:
    """Value at which the winner stops being the one at `low`."""
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        if high - low <= tolerance * max(abs(middle), 1e-12) or middle in (low, high):
            break
        if answer(middle).moves == moves:
            low = middle
        else:
            high = middle
    return high


def _why_none(answers: list[Decision], ends: tuple[float, float], money: ShownMoney) -> str:
    gaps = [decision.gap_usd for decision in answers if decision.gap_usd is not None]
    span = f"from {number(ends[0])} to {number(ends[1])}"
    if not gaps:
        return f"no answer {span}: {answers[0].reason}"
    winner = "moving" if gaps[0] < 0 else "staying"
    least = min(abs(gap) for gap in gaps)
    unanswered = "" if len(gaps) == len(answers) else "; part of the range has no answer"
    return f"{winner} costs less by at least {money(least)} {span}{unanswered}"
