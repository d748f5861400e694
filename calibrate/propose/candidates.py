"""Loads that could be measured: how long each takes, and what it tells.

What is known beforehand is the prior. A load would tell its rate and its time per token, within
the noise of one point and the error of the closed form. Both err together, so they count as one
figure told twice: the load adds :math:`J^T J / 2 s^2`, with :math:`J` the slopes of both logarithms
in the log parameters, taken at the prior.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from calibrate.fitting.fit import POINT_NOISE, SMALL_BATCH_KERNELS
from calibrate.fitting.priors import Prior
from calibrate.plan.plan import EVEN_SPREAD, Rules
from tco.kernel.arrays import FloatArray
from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.speed import closed_loop, max_running, requests_per_second
from tco.kernel.speed import tpot_ms as told_per_token_ms
from tco.kernel.step_time import StepTime

SHAPES: Final = ((128, 512), (1024, 512), (2048, 128), (8192, 64), (6144, 1024))
PARTS: Final = (2, 4)
"""Parts of one's own load that are measured where time is short: shapes of another kind tell less
about it than they cost (capacity was up to 24 % off with them, 6 % with these)."""
SATURATED_GAIN: Final = 0.05
CROWDING: Final = 1.3
ROOMY: Final = 0.75
"""Share of the clients that memory holds; close to all of them a replica takes long to settle."""
FEWEST_REQUESTS: Final = 6
BUILD_UP_RESIDENCES: Final = 1.3
"""Until every client was answered once, the first answers cut short."""
OVERHEAD_S: Final = 10.0
TOLD_TWICE: Final = 2
"""A point that is slow by chance is so in its rate and in its time per token."""
NARROWEST_KERNELS: Final = min(SMALL_BATCH_KERNELS)
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
    waves: float
    """Answers per client that fill the window at this speed."""
    seconds: float
    """Duration of the point [s]."""


@dataclass(frozen=True, slots=True)
class Design:
    """What points are chosen by: the prior, what the engine admits, and the rules of a window."""

    prior: Prior
    limits: EngineLimits
    rules: Rules
    longest_context: int
    """Tokens that one request may have."""
    own: tuple[int, int]
    """Mean input and output of the load that is planned for."""
    _expected: dict[Candidate, Expected] = field(default_factory=dict, compare=False)
    _told: dict[Candidate, FloatArray] = field(default_factory=dict, compare=False)
    _missed: dict[Candidate, float] = field(default_factory=dict, compare=False)
    _slopes: dict[Candidate, FloatArray] = field(default_factory=dict, compare=False)

    @property
    def step(self) -> StepTime:
        """Step time at the centre of the prior."""
        return step_of(self.prior, np.log(self.prior.centre))

    def shapes(self) -> list[tuple[int, int]]:
        """Shapes that fit the context, one's own last."""
        asked = dict.fromkeys((*SHAPES, self.own))
        return [shape for shape in asked if (1 + EVEN_SPREAD) * sum(shape) <= self.longest_context]

    def own_shapes(self) -> list[tuple[int, int]]:
        """Parts of one's own, which are quicker, and one's own last."""
        inputs, outputs = self.own
        parts = ((max(inputs // n, 1), max(outputs // n, 2)) for n in reversed(PARTS))
        return [*dict.fromkeys((*parts, self.own))]

    def quick_shapes(self) -> list[tuple[int, int]]:
        """The same and others; one's own last."""
        return [*dict.fromkeys((*self.shapes()[:-1], *self.own_shapes()))]

    def expected(self, candidate: Candidate) -> Expected:
        """Rate, residence and duration of a closed loop, by the rules that will judge it."""
        if candidate not in self._expected:
            self._expected[candidate] = self._expect(candidate)
        return self._expected[candidate]

    def _expect(self, candidate: Candidate) -> Expected:
        clients = float(candidate.clients)
        _, rate, tpot_ms, ttft_ms = closed_loop(self.step, self.limits, candidate.mix, clients)
        residence_s = float(ttft_ms + tpot_ms * candidate.mix.token_intervals) / 1_000
        rules = self.rules
        by_time = max(float(rules.fewest_waves), rules.window_s / residence_s)
        waves = min(float(rules.waves), by_time)
        seconds = (BUILD_UP_RESIDENCES + waves + 1) * residence_s + OVERHEAD_S
        return Expected(float(rate), residence_s, waves, seconds)

    def alone(self) -> Candidate:
        """One request at a time: one's own, or a short prompt where only that is told well."""
        own = Candidate(*self.own, 1, purpose="one request alone")
        short = replace(own, input_tokens=SHAPES[0][0], output_tokens=SHAPES[0][1])
        return short if self.misses(short) <= POINT_NOISE < self.misses(own) else own

    def misses(self, candidate: Candidate) -> float:
        """Relative error of the closed form for a load, at the prior."""
        if candidate not in self._missed:
            missed = form_error(self.step, self.limits, candidate)
            self._missed[candidate] = missed
        return self._missed[candidate]

    def saturated(self, shape: tuple[int, int]) -> Candidate:
        """The load from which on more clients hardly raise the rate, or no longer fit."""
        candidate = Candidate(*shape, 1, purpose="saturated: without it capacity is a guess")
        clients = saturating_clients(self.step, self.limits, candidate.mix)
        return replace(candidate, clients=clients)

    def gain_of_twice(self, candidate: Candidate) -> float:
        """What twice the clients would add to the rate [1]; 0 where memory holds no more."""
        if candidate.clients > float(max_running(self.limits, candidate.mix)):
            return 0.0
        clients = np.array([candidate.clients, 2.0 * candidate.clients])
        one, two = requests_per_second(self.step, candidate.mix, clients)
        return float(two / one - 1)

    def at_most(self, candidate: Candidate) -> Candidate:
        """The same load with no more clients than memory holds with room to spare."""
        room = max(int(ROOMY * float(max_running(self.limits, candidate.mix))), 1)
        return replace(candidate, clients=min(candidate.clients, room))

    def told_by(self, candidate: Candidate) -> FloatArray:
        """Information that a point adds about the log parameters."""
        if candidate not in self._told:
            noise = math.hypot(POINT_NOISE, self.misses(candidate))
            self._told[candidate] = told_by(self.prior, self.limits, candidate, noise)
        return self._told[candidate]

    def capacity_sd(self, information: FloatArray) -> float:
        """Relative standard deviation of the rate of one's own load saturated, as then known."""
        own = self.saturated(self.own)
        if own not in self._slopes:
            self._slopes[own] = _slopes(self.prior, self.limits, own)[:, 0]
        slopes = self._slopes[own]
        return float(np.sqrt(slopes @ np.linalg.solve(information, slopes)))


def saturating_clients(step: StepTime, limits: EngineLimits, mix: RequestMix) -> int:
    """Clients from which on twice as many raise the rate by less than a twentieth.

    Never more than a little above what memory holds: further ones would only queue.
    """
    most = min(float(limits.max_num_seqs), CROWDING * float(max_running(limits, mix)))
    clients = 1
    while clients < most:
        both = requests_per_second(step, mix, np.array([clients, 2.0 * clients]))
        if both[1] / both[0] - 1 < SATURATED_GAIN:
            break
        clients *= 2
    return int(min(clients, math.ceil(most)))


def crowding_clients(limits: EngineLimits, mix: RequestMix) -> int | None:
    """Clients whose contexts memory no longer holds; None where slots run out first."""
    clients = math.ceil(
        CROWDING * float(np.asarray(limits.kv_tokens)) / float(np.asarray(mix.context_tokens))
    )
    return clients if clients <= limits.max_num_seqs else None


def step_of(prior: Prior, logs: FloatArray) -> StepTime:
    """Parameters of a row of log values; of several rows, one value each."""
    return prior.step(logs.T, wide_above=0.0 if prior.experts else NARROWEST_KERNELS)


def told_by(
    prior: Prior, limits: EngineLimits, candidate: Candidate, noise: float = POINT_NOISE
) -> FloatArray:
    """Information that a point adds about the log parameters."""
    slopes = _slopes(prior, limits, candidate)
    return np.asarray(slopes @ slopes.T / (TOLD_TWICE * noise**2), dtype=float)


def form_error(step: StepTime, limits: EngineLimits, candidate: Candidate) -> float:
    """Share of the time per token by which the closed form is too slow for few clients [1].

    It lets a client's own prompt delay that client's own answer: alone with 8,192 in and 64 out,
    time per token was said to be 64 % longer than in the simulator.
    """
    clients, mix = float(candidate.clients), candidate.mix
    running, _, tpot_ms, _ = closed_loop(step, limits, mix, clients)
    no_prompts = replace(mix, prefill_tokens=0.0, prefill_attention_tokens2=0.0)
    unmixed_ms = told_per_token_ms(step.with_values({"mixed_ms": 0.0}), no_prompts, running)
    return float((tpot_ms - unmixed_ms) / clients / tpot_ms)


def _slopes(prior: Prior, limits: EngineLimits, candidate: Candidate) -> FloatArray:
    """Slopes of log rate and log time per token in the log parameters, one row a parameter."""
    centre, nudges = np.log(prior.centre), _NUDGE * np.eye(len(prior.centre))
    step = step_of(prior, np.concatenate([centre + nudges, centre - nudges]))
    _, rate, tpot_ms, _ = closed_loop(step, limits, candidate.mix, float(candidate.clients))
    seen = np.log(np.stack([rate, tpot_ms], axis=-1))
    return np.asarray((seen[: len(centre)] - seen[len(centre) :]) / (2 * _NUDGE))
