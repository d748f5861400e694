"""Which loads to measure: those that tell most about the parameters, before anything is measured.

Points are chosen one by one for the largest determinant of what is then known (greedy
D-optimality), after a few that have a job of their own: one alone, one saturated, one out of memory
for context, one with shared prompts, and for a mixture of experts some below full coverage. Then
come those that tell most a second about the capacity for one's own load (c-optimality), until it is
known well enough.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from calibrate.propose.candidates import Candidate, Design, crowding_clients
from tco.kernel.arrays import FloatArray

CLIENTS: Final = (1, 3, 8, 20, 48, 96, 192)
BELOW_COVERAGE: Final = (2, 4, 8, 16)
SHARED: Final = (2048, 256, 0.75)
SHARING_CLIENTS: Final = 48
FIT_POINTS: Final = 9
"""Points for all parameters, before those for capacity."""
FOR_CAPACITY: Final = 8
"""Most points for capacity: chance becomes less with each, and the error of the closed form not."""
NEAR_CAPACITY: Final = (1, 2, 4)
"""Clients that memory holds of the saturated load, over those of a point for capacity."""
CAPACITY_SD: Final = 0.011
"""Relative standard deviation of the capacity for one's own load at which a plan leaves off [1]:
with the error of the closed form, 19 of 20 runs then tell it within 3 %."""
SAME_LOAD: Final = 3
"""Times that a load is measured for capacity at most: what the closed form misses of it is the same
every time (kernels change at some batch sizes, by 5 to 15 %), and other loads tell as much."""
SHORTEST_ANSWER: Final = 64
"""Tokens of an answer to a part of one's own load that is measured for capacity: the time per token
of 8 was up to 28 % off."""
FITS_BEFORE_CAPACITY: Final = 3
LONGEST_S: Final = 240.0
SHARE_SATURATED: Final = 0.6
"""Share of a limited time that the saturated point may take [1]."""
NEARLY_SATURATED_GAIN: Final = 0.08
"""Most that twice the clients may raise the rate of a load measured in the saturated one's place
[1]; from 0.10 on a record says that nothing was saturated."""
FEWER: Final = 0.75


def choose(design: Design) -> tuple[Candidate, ...]:
    """Choose the points to fit, those first that are worth most a second.

    The first is one request alone, the second saturates.
    """
    chosen = list(_with_a_job(design))
    pool = [
        candidate
        for i, o in design.shapes()
        for c in CLIENTS
        if design.at_most(candidate := Candidate(i, o, c)) == candidate
        and design.expected(candidate).seconds <= LONGEST_S
    ]
    information = known_by(design, chosen)
    while pool and len(chosen) < FIT_POINTS:
        best = pool.pop(_most_told(design, information, pool, per_second=False))
        if not any(_same(best, other) for other in chosen):
            chosen.append(best)
            information = information + design.told_by(best)
    chosen += choose_more(design, chosen)
    return (*chosen[:2], *by_worth(design, chosen[2:], known_by(design, chosen[:2])))


def choose_within(design: Design, seconds: float) -> tuple[Candidate, ...]:
    """Choose points to fit that take no longer than a time, worth a second deciding.

    The first is one request alone, the second saturates, or nearly so where the time allows no
    more; both are of the shape that is one's own. Capacity carried there from another shape was up
    to 37 % off in simulated runs.

    Returns
    -------
    tuple of Candidate
        Fewer than four where not even these fit the time.
    """
    own = design.saturated(design.own)
    ways = [
        _filled(design, [design.alone(), full], seconds)
        for full in (own, *_nearly(design, own))
        if design.expected(full).seconds <= SHARE_SATURATED * seconds
    ]
    return min(ways, key=lambda way: design.capacity_sd(known_by(design, way)), default=())


def _filled(design: Design, first: Sequence[Candidate], seconds: float) -> tuple[Candidate, ...]:
    """Fill a time that begins with some points: one that tells most, then those for capacity."""
    chosen = list(first)
    left_s = seconds - sum(design.expected(one).seconds for one in chosen)
    pool = [
        candidate
        for i, o in design.quick_shapes()
        for c in CLIENTS
        if design.at_most(candidate := Candidate(i, o, c)) == candidate
        and not any(_same(candidate, other) for other in chosen)
    ]
    for_capacity, information = 0, known_by(design, chosen)
    while True:
        pool, near = (
            [one for one in some if design.expected(one).seconds <= left_s]
            for some in (pool, _near_capacity(design, chosen))
        )
        is_vague = design.capacity_sd(information) > CAPACITY_SD and for_capacity < FOR_CAPACITY
        if near and is_vague and len(chosen) >= FITS_BEFORE_CAPACITY:
            best = _best_for_capacity(design, information, near)
            for_capacity += 1
        elif pool and len(chosen) - for_capacity < FIT_POINTS:
            best = pool.pop(_most_told(design, information, pool, per_second=True))
        else:
            return tuple(chosen)
        chosen.append(best)
        information = information + design.told_by(best)
        left_s -= design.expected(best).seconds


def choose_more(design: Design, chosen: Sequence[Candidate]) -> Iterator[Candidate]:
    """Points for a time that is left: for capacity, until it should be told well enough."""
    known, information = list(chosen), known_by(design, chosen)
    for _ in range(FOR_CAPACITY):
        near = _near_capacity(design, known)
        if design.capacity_sd(information) <= CAPACITY_SD or not near:
            return
        known.append(_best_for_capacity(design, information, near))
        information = information + design.told_by(known[-1])
        yield known[-1]


def _nearly(design: Design, saturated: Candidate) -> Iterator[Candidate]:
    """The same load with fewer clients, as long as more would hardly raise the rate."""
    clients = saturated.clients
    while (clients := int(clients * FEWER)) > 1:
        candidate = replace(saturated, clients=clients, purpose="nearly saturated: quicker")
        if design.gain_of_twice(candidate) > NEARLY_SATURATED_GAIN:
            return
        yield candidate


def by_worth(
    design: Design, candidates: Sequence[Candidate], information: FloatArray
) -> Iterator[Candidate]:
    """Put points in the order of what each adds a second to those before it."""
    left = list(candidates)
    while left:
        best = left.pop(_most_told(design, information, left, per_second=True))
        information = information + design.told_by(best)
        yield best


def known_by(design: Design, candidates: Sequence[Candidate]) -> FloatArray:
    """Information about the log parameters, of the prior and of points."""
    information: FloatArray = np.diag(design.prior.log_sd**-2.0)
    for candidate in candidates:
        information = information + design.told_by(candidate)
    return information


def _most_told(
    design: Design, information: FloatArray, pool: Sequence[Candidate], *, per_second: bool
) -> int:
    before = float(np.linalg.slogdet(information)[1])
    gains = [float(np.linalg.slogdet(information + design.told_by(one))[1]) for one in pool]
    if per_second:
        gains = [
            (gain - before) / design.expected(one).seconds
            for gain, one in zip(gains, pool, strict=True)
        ]
    return int(np.argmax(gains))


def _near_capacity(design: Design, chosen: Sequence[Candidate]) -> list[Candidate]:
    """One's own load or a part of it, saturated or with fewer clients, each so many times."""
    purpose = "tells most about the capacity for your own load"
    loads = [
        Candidate(*shape, max(clients // fewer, 1), purpose=purpose)
        for shape in design.own_shapes()
        if shape == design.own or shape[1] >= SHORTEST_ANSWER
        for clients in [design.at_most(design.saturated(shape)).clients]
        for fewer in NEAR_CAPACITY
    ]
    return [one for one in loads if sum(_same(one, other) for other in chosen) < SAME_LOAD]


def _best_for_capacity(
    design: Design, information: FloatArray, pool: Sequence[Candidate]
) -> Candidate:
    """Load that adds most a second to what is known of capacity."""
    before = design.capacity_sd(information) ** -2
    gains = [
        (design.capacity_sd(information + design.told_by(one)) ** -2 - before)
        / design.expected(one).seconds
        for one in pool
    ]
    return pool[int(np.argmax(gains))]


def _with_a_job(design: Design) -> Iterator[Candidate]:
    """Points that any plan needs, whatever they tell."""
    yield design.alone()
    yield design.saturated(design.own)
    shapes = design.shapes()
    longest = max(shapes, key=sum)
    crowd = crowding_clients(design.limits, Candidate(*longest, 1).mix)
    if crowd is not None:
        crowded = Candidate(*longest, crowd, purpose="more contexts than memory holds")
        if design.expected(crowded).seconds <= 2 * LONGEST_S:
            yield crowded
    inputs, outputs, share = SHARED
    if inputs + outputs <= sum(longest):
        purpose = "prompts found in the prefix cache"
        yield design.at_most(Candidate(inputs, outputs, SHARING_CLIENTS, share, purpose))
    if design.prior.experts:
        for clients in BELOW_COVERAGE:
            yield Candidate(*shapes[0], clients, purpose="fewer experts touched than there are")


def _same(one: Candidate, other: Candidate) -> bool:
    return replace(one, purpose="") == replace(other, purpose="")
