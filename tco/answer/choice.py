"""Which alternative costs least over the horizon, of those that may be chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tco.answer.worked import Worked
from tco.kernel.arrays import FloatArray
from tco.kernel.cases import first
from tco.results.bill import Alternative

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
    return other.present_usd * as_many_accepted(staying.alternative, other.alternative)


def as_many_accepted(staying: Alternative, other: Alternative) -> float:
    """Requests that give as many accepted answers as one does today; 1 where not measured [1]."""
    ours, theirs = staying.accepted_share, other.accepted_share
    return 1.0 if ours is None or theirs is None else ours / theirs


def choose(alternatives: Sequence[Alternative], worked: Mapping[str, Worked]) -> Choice:
    """Take the least present value in the first case; of two alike, the one that stands first."""
    keys = may_be_chosen(alternatives)
    staying = worked[keys[0]]
    cost = {key: first(compared_usd(staying, worked[key])) for key in keys}
    chosen = min(keys, key=cost.__getitem__)
    others = [key for key in keys if key != chosen]
    own = [a.key for a in alternatives if a.kind in OWN and a.eligible]
    return Choice(
        chosen=chosen,
        next_best=min(others, key=cost.__getitem__, default=None),
        best_own=min(own, key=cost.__getitem__, default=None),
    )


def worth_usd(staying: Worked, other: Worked) -> FloatArray:
    """Present value of moving instead of staying, in every case [USD], shape (cases,).

    Minus infinity where the other cannot serve the requests, infinity where only staying cannot.
    """
    stay, moved = compared_usd(staying, staying), compared_usd(staying, other)
    stay, moved = np.broadcast_arrays(stay, moved)
    with np.errstate(invalid="ignore"):
        return np.where(np.isfinite(moved), stay - moved, -np.inf)
