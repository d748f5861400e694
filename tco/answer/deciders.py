"""Which inputs would turn the answer, each alone, and at which value.

Every input is moved over what is drawn of it, all else as asked; each value is a case of the same
engine. Where the cheaper of the two alternatives changes nearest to the value given, the input
turns the answer.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final

import numpy as np

from tco.answer.choice import worth_usd
from tco.answer.spreads import INPUTS, P90_DEVIATE, Spreads, drawn_inputs
from tco.answer.working import Working, work_out
from tco.facts.resolve import Resolved
from tco.kernel.arrays import FloatArray, read_only
from tco.kernel.cases import Cases
from tco.question.keys import own_key
from tco.question.scenario import Scenario
from tco.question.terms import Finance
from tco.question.traffic import mean_tokens
from tco.results.answer import Decider
from tco.serving.replica import ReplicaCapacity

FARTHEST: Final = 3.0
"""Standard deviations up to which an input is moved [1]."""
STEPS: Final = 24
FINER: Final = 32
MOST_DECIDERS: Final = 2
SPEED: Final = "speed"


@dataclass(frozen=True, slots=True)
class _Said:
    """How an input is told: its key, label and unit, and its value from a case."""

    key: str
    label: str
    unit: str
    given: float
    by_year: bool = False

    def at(self, factor: float) -> float:
        """Value of the input where its case is `factor` over the one given."""
        return (1 + self.given) * factor - 1 if self.by_year else self.given * factor


@dataclass(frozen=True, slots=True, eq=False)
class _Turn:
    """Two neighbouring deviates between which the answer turns, the nearer one first."""

    name: str
    near: float
    far: float


@dataclass(frozen=True, slots=True, eq=False)
class _Two:
    """Two alternatives worked out alone, and how far each input is moved."""

    alone: Working
    chosen: str
    rival: str
    spreads: Spreads

    @property
    def replica(self) -> ReplicaCapacity | None:
        """What a replica of the one carries, or of the other; None where neither has machines."""
        return self.alone.worked[self.chosen].replica or self.alone.worked[self.rival].replica


def deciders(
    asked: Working, chosen: str, rival: str, spreads: Spreads, only: Sequence[str] = ()
) -> tuple[Decider, ...]:
    """Find the inputs that turn the choice between two soonest, counted in their own spreads.

    Parameters
    ----------
    asked
        The question worked out as it was asked.
    only
        Inputs to try; all when left out.
    """
    pair = replace(asked.asked, resolved=_only(asked.asked.resolved, asked, (chosen, rival)))
    two = _Two(replace(asked, asked=pair), chosen, rival, spreads)
    names = only or ((*INPUTS, SPEED) if two.replica is not None else INPUTS)
    grid = np.linspace(-FARTHEST, FARTHEST, 2 * STEPS + 1)
    turns = [
        turn
        for name, values in _leads(two, dict.fromkeys(names, grid)).items()
        if (turn := _nearest(name, grid, values)) is not None
    ]
    soonest = sorted(turns, key=lambda turn: abs(turn.far))[:MOST_DECIDERS]
    if not soonest:
        return ()
    finer = {turn.name: np.linspace(turn.near, turn.far, FINER + 1) for turn in soonest}
    found = []
    for name, values in _leads(two, finer).items():
        turn = _nearest(name, finer[name], values)
        deviate = finer[name][-1] if turn is None else turn.far
        factor = _factors(two, {name: np.array([deviate])})[name].item()
        said = _said(name, asked.asked.scenario)
        found.append(
            Decider(said.key, said.label, said.unit, said.given, said.at(factor), abs(deviate))
        )
    return tuple(found)


def _only(resolved: Resolved, asked: Working, keys: tuple[str, str]) -> Resolved:
    """Leave out every alternative but staying and two, with what a hybrid is made of."""
    pair = [asked.worked[key] for key in keys]
    apis, hosts = [w.api for w in pair], [w.host for w in pair]
    hybrids = [w.hybrid for w in pair]
    until = {h.option.rollout.meanwhile for h in hosts if h is not None and h.option.rollout}
    return replace(
        resolved,
        apis=tuple(api for api in resolved.apis if any(api is one for one in apis)),
        hosts=tuple(
            host
            for host in resolved.hosts
            if own_key(host.option) in until or any(host is one for one in hosts)
        ),
        hybrids=tuple(mixed for mixed in resolved.hybrids if any(mixed is one for one in hybrids)),
    )


def _nearest(name: str, deviates: FloatArray, lead: FloatArray) -> _Turn | None:
    """Neighbours between which the lead changes its sign, the nearest to the middle.

    Where neither of the two can serve the requests there is no lead, and no turn.
    """
    pays, known = lead > 0, ~np.isnan(lead)
    places = np.flatnonzero((pays[1:] != pays[:-1]) & known[1:] & known[:-1])
    if not len(places):
        return None
    ends = [(deviates[place], deviates[place + 1]) for place in places]
    one, other = min(ends, key=lambda pair: min(abs(pair[0]), abs(pair[1])))
    near, far = sorted((float(one), float(other)), key=abs)
    return _Turn(name, near, far)


def _leads(two: _Two, deviates: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """What the rival costs more while each input moves alone [USD], by its name.

    Infinite where one of the two cannot serve the requests, not a number where neither can.
    """
    count = 1 + sum(len(values) for values in deviates.values())
    columns: dict[str, Any] = {}
    places, start = {}, 1
    for name, factors in _factors(two, deviates).items():
        places[name] = slice(start, start + len(factors))
        column = np.ones(count)
        column[places[name]] = factors
        columns[_FIELDS[name]] = column[:, None]
        start += len(factors)
    asked = two.alone.asked
    found = work_out(replace(asked, cases=Cases(**columns)), two.alone)
    staying = next(iter(found.worked.values()))
    chosen, rival = (worth_usd(staying, found.worked[key]) for key in (two.chosen, two.rival))
    with np.errstate(invalid="ignore"):
        lead = chosen - rival
    return {name: np.broadcast_to(lead, (count,))[place] for name, place in places.items()}


_FIELDS: Final = {
    "volume": "requests",
    "api_price": "api_drift",
    "gpu_price": "gpu_price",
    "output": "output",
    "staff": "engineers",
    SPEED: "capacity",
}
"""Field of a case that each input is."""


def _factors(two: _Two, deviates: Mapping[str, FloatArray]) -> dict[str, FloatArray]:
    """Values of each input so many standard deviations away, over the one given [1], by its name.

    Every other input stays as given, however they move together when they are drawn.
    """
    finance = two.alone.asked.scenario.finance
    return {
        name: _speeds(two, values)
        if name == SPEED
        else _alone(finance, two.spreads, name, tuple(values.tolist()))
        for name, values in deviates.items()
    }


@lru_cache(maxsize=256)  # every question is asked at the same deviates first
def _alone(
    finance: Finance, spreads: Spreads, name: str, deviates: tuple[float, ...]
) -> FloatArray:
    """Values of one input over the one given while all others stay [1]."""
    normals = np.zeros((len(deviates), len(INPUTS)))
    normals[:, INPUTS.index(name)] = deviates
    return read_only(
        drawn_inputs(finance, replace(spreads, correlation={}), normals)[_FIELDS[name]]
    )


def _speeds(two: _Two, deviates: FloatArray) -> FloatArray:
    """Request rate a replica carries so many standard deviations away, over the planned one [1]."""
    assert two.replica is not None
    spread = np.log(two.replica.p90 / two.replica.slow_end) / (2 * P90_DEVIATE)
    return np.asarray(np.exp(spread * deviates))


def _said(name: str, scenario: Scenario) -> _Said:
    workload = scenario.workload
    if name == "volume":
        given = workload.requests_per_month
        return _Said("workload.requests_per_month", "requests", "request/month", given)
    if name == "output":
        given = mean_tokens(workload.classes, "output")
        return _Said("workload.output_tokens", "mean output", "token", given)
    if name == "api_price":
        change = scenario.finance.api_price_change_per_year
        label = "change of API prices"
        return _Said("finance.api_price_change_per_year", label, "1/year", change, by_year=True)
    label, unit = {
        "gpu_price": ("GPU prices", "× list"),
        "staff": ("engineers for own servers", "× planned"),
        SPEED: ("capacity of a replica", "× planned"),
    }[name]
    return _Said(name, label, unit, 1.0)
