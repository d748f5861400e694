"""Which alternative costs least over the horizon, of those that may be chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from tco.answer.worked import Worked
from tco.kernel.arrays import FloatArray
from tco.kernel.cases import first
from tco.results.bill import Alternative

EVEN: Final = 1e-9
"""Costs that differ by no more, over the lower, are the same figure reached in two ways [1]."""
OWN: Final = frozenset({"rented", "owned"})
"""Kinds of alternative that answer every request on your own servers."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The alternatives told of, by key; each has the least present value of its kind."""

    chosen: str
    next_best: str | None
    """The next cheapest that may be chosen; None where nothing else may."""
    best_own: str | None


def may_be_chosen(alternatives: Sequence[Alternative]) -> tuple[str, ...]:
    """Keys of those that may be chosen; staying always may, and comes first."""
    staying, *others = alternatives
    return (staying.key, *(a.key for a in others if a.eligible))


def compared_usd(staying: Worked, other: Worked) -> FloatArray:
    """Present value of an alternative in every case [USD], shape (cases,).

    Where both acceptance rates were measured it is that of as many accepted answers as staying
    gives; where one was not, quality is taken as equal. Infinite where nobody is served.
    """
    return other.present_usd * other.alternative.as_many_accepted(staying.alternative)


def choose(alternatives: Sequence[Alternative], worked: Mapping[str, Worked]) -> Choice:
    """Take the least present value in the first case; of two alike, the one that stands first."""
    keys = may_be_chosen(alternatives)
    staying = worked[keys[0]]
    cost = {key: first(compared_usd(staying, worked[key])) for key in keys}
    chosen = least_of(cost)
    assert chosen is not None
    own = [a.key for a in alternatives if a.kind in OWN and a.eligible]
    return Choice(
        chosen=chosen,
        next_best=least_of({key: usd for key, usd in cost.items() if key != chosen}),
        best_own=least_of({key: cost[key] for key in own}),
    )


def least_of(costs: Mapping[str, float]) -> str | None:
    """Key of the least cost; of those that are alike, the one that stands first."""
    if not costs:
        return None
    return list(costs)[int(first_of_least(np.array(list(costs.values()))))]


def first_of_least(costs: FloatArray) -> NDArray[np.intp]:
    """Place of the least along the first axis; of those that are alike, the first.

    Examples
    --------
    >>> int(first_of_least(np.array([7.0, 3.0 + 1e-12, 3.0])))
    1
    """
    least = np.min(costs, axis=0)
    return np.asarray(np.argmax(costs <= least + EVEN * np.abs(least), axis=0), dtype=np.intp)


def worth_usd(staying: Worked, other: Worked) -> FloatArray:
    """Present value of moving instead of staying, in every case [USD], shape (cases,).

    Minus infinity where the other cannot serve the requests, infinity where only staying cannot.
    """
    return saved_usd(staying.present_usd, compared_usd(staying, other))


def saved_usd(stay_usd: FloatArray, moved_usd: FloatArray) -> FloatArray:
    """What moving saves, from what is compared [USD]; the same where nobody is served."""
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(moved_usd), stay_usd - moved_usd, -np.inf)
