r"""Which loads to try: those that tell most about the parameters, before anything is measured.

What is known beforehand is the prior. A load point would tell its rate and its time per token,
within the noise of one point, so it adds :math:`J^T J / s^2` to that, with :math:`J` the slopes of
both logarithms in the log parameters, taken at the prior. Points are chosen one by one for the
largest determinant (greedy D-optimality), after a few that have a job of their own: one saturated,
one out of memory for context, one with shared prompts, and for a mixture of experts some below full
coverage.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from calibrate.fitting.fit import POINT_NOISE
from calibrate.fitting.priors import Prior
from tco.kernel.speed import (
    EngineLimits,
    FloatArray,
    RequestMix,
    StepTime,
    closed_loop,
    requests_per_second,
)

SHAPES: Final = ((128, 512), (1024, 512), (2048, 128), (8192, 64), (6144, 1024))
CLIENTS: Final = (1, 3, 8, 20, 48, 96, 192)
BELOW_COVERAGE: Final = (2, 4, 8, 16)
SHARED: Final = (2048, 256, 0.75)
FIT_POINTS: Final = 12
SATURATED_GAIN: Final = 0.05
CROWDING: Final = 1.3
LONGEST_S: Final = 240.0
WAVES: Final = 8
WINDOW_S: Final = 35.0
FEWEST_REQUESTS: Final = 12
OVERHEAD_S: Final = 10.0
_NUDGE: Final = 1e-4


@dataclass(frozen=True, slots=True)
class Candidate:
    """A load that could be measured."""

    input_tokens: int
    output_tokens: int
    clients: int
    cached_share: float = 0.0
    purpose: str = "tells most about the parameters"

    @property
    def mix(self) -> RequestMix:
        """Means that decide its speed."""
        return RequestMix.of_lengths(
            float(self.input_tokens), float(self.output_tokens), self.cached_share
        )


@dataclass(frozen=True, slots=True)
class Expected:
    """What the prior says of a load."""

    requests_per_second: float
    residence_s: float
    requests: int
    """To be sent, so that the window holds enough."""

    @property
    def seconds(self) -> float:
        """Duration of the point [s]."""
        return self.requests / self.requests_per_second + self.residence_s + OVERHEAD_S


def choose(
    prior: Prior,
    limits: EngineLimits,
    *,
    longest_context: int,
    own: tuple[int, int],
    points: int = FIT_POINTS,
) -> tuple[Candidate, ...]:
    """Choose the points to fit.

    Parameters
    ----------
    longest_context
        Tokens that one request may have.
    own
        Mean input and output of the load that is planned for.
    """
    step = step_of(prior, np.log(prior.centre))
    shapes = [s for s in (*SHAPES, own) if sum(s) <= longest_context]
    chosen = list(_with_a_job(step, limits, shapes, own, points))
    pool = [
        Candidate(i, o, c)
        for i, o in shapes
        for c in CLIENTS
        if c <= limits.max_num_seqs
        and expected(step, limits, Candidate(i, o, c)).seconds <= LONGEST_S
    ]
    tells = {candidate: told_by(prior, limits, candidate) for candidate in (*chosen, *pool)}
    information: FloatArray = np.diag(prior.log_sd**-2.0)
    for candidate in chosen:
        information = information + tells[candidate]
    while pool and len(chosen) < points:
        gains = [float(np.linalg.slogdet(information + tells[one])[1]) for one in pool]
        best = pool.pop(int(np.argmax(gains)))
        if not any(_same(best, other) for other in chosen):
            chosen.append(best)
            information = information + tells[best]
    return tuple(chosen)


def expected(step: StepTime, limits: EngineLimits, candidate: Candidate) -> Expected:
    """Rate, residence and the requests that fill a window."""
    _, rate, tpot_ms, ttft_ms = closed_loop(step, limits, candidate.mix, float(candidate.clients))
    residence_s = float(ttft_ms + tpot_ms * candidate.mix.token_intervals) / 1_000
    waves = WAVES * candidate.clients
    window = candidate.clients + math.ceil(float(rate) * WINDOW_S)
    return Expected(float(rate), residence_s, max(min(waves, window), FEWEST_REQUESTS))


def saturating_clients(step: StepTime, limits: EngineLimits, mix: RequestMix) -> int:
    """Clients from which on twice as many raise the rate by less than a twentieth."""
    clients = 1
    while clients < limits.max_num_seqs:
        both = requests_per_second(step, mix, np.array([clients, 2.0 * clients]))
        if both[1] / both[0] - 1 < SATURATED_GAIN:
            break
        clients *= 2
    return int(min(clients, limits.max_num_seqs))


def crowding_clients(limits: EngineLimits, mix: RequestMix) -> int | None:
    """Clients whose contexts memory no longer holds; None where slots run out first."""
    clients = math.ceil(
        CROWDING * float(np.asarray(limits.kv_tokens)) / float(np.asarray(mix.context_tokens))
    )
    return clients if clients <= limits.max_num_seqs else None


def step_of(prior: Prior, logs: FloatArray) -> StepTime:
    """Parameters of a row of log values; of several rows, one value each."""
    values = dict(zip(prior.order, np.exp(logs).T, strict=True))
    return StepTime(
        **{"mw_ms": 0.0, "wide_ms": 0.0, **values},
        experts=prior.experts,
        experts_active=prior.experts_active,
        wide_above=0.0 if prior.experts else 8.0,
    )


def told_by(prior: Prior, limits: EngineLimits, candidate: Candidate) -> FloatArray:
    """Information that a point adds about the log parameters."""
    centre, nudges = np.log(prior.centre), _NUDGE * np.eye(len(prior.centre))
    step = step_of(prior, np.concatenate([centre + nudges, centre - nudges]))
    _, rate, tpot_ms, _ = closed_loop(step, limits, candidate.mix, float(candidate.clients))
    seen = np.log(np.stack([rate, tpot_ms], axis=-1))
    slopes = (seen[: len(centre)] - seen[len(centre) :]) / (2 * _NUDGE)
    return np.asarray(slopes @ slopes.T / POINT_NOISE**2, dtype=float)


def _with_a_job(
    step: StepTime,
    limits: EngineLimits,
    shapes: Sequence[tuple[int, int]],
    own: tuple[int, int],
    points: int,
) -> Iterator[Candidate]:
    """Points that any plan needs, whatever they tell."""
    busiest = Candidate(*own, 1, purpose="saturated: without it capacity is a guess")
    yield replace(busiest, clients=saturating_clients(step, limits, busiest.mix))
    yield Candidate(*own, 1, purpose="one request alone")
    longest = max(shapes, key=sum)
    crowd = crowding_clients(limits, Candidate(*longest, 1).mix)
    if crowd is not None:
        crowded = Candidate(*longest, crowd, purpose="more contexts than memory holds")
        if expected(step, limits, crowded).seconds <= 2 * LONGEST_S:
            yield crowded
    inputs, outputs, share = SHARED
    if inputs + outputs <= sum(longest):
        yield Candidate(inputs, outputs, 48, share, purpose="prompts found in the prefix cache")
    if step.experts:
        for clients in BELOW_COVERAGE[: max(points // 3, 1)]:
            yield Candidate(*shapes[0], clients, purpose="fewer experts touched than there are")


def _same(one: Candidate, other: Candidate) -> bool:
    return replace(one, purpose="") == replace(other, purpose="")
