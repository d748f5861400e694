"""Traffic for a simulated replica: replications of requests, long enough for a batch to settle."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from tco.kernel.capacity import Infeasible
from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.simulate_load import RequestSet, Sampler, joined, under_way, unit_gaps
from tco.kernel.simulate_trial import REPLICATIONS, Objectives, ReplicaUnderLoad, Trial
from tco.kernel.simulated_work import Work
from tco.kernel.speed import max_running
from tco.kernel.step_time import StepTime
from tco.words.figures import plural, tokens, whole

SETTLING_BATCHES: Final = 8.0
MOST_SETTLING: Final = 4_000.0
MOST_TURNED_AWAY: Final = 0.01
"""Share of requests larger than memory that the rest is still simulated without: an engine turns
them away. How many are too many for the question is told from the lengths, without chance."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Requests of every replication, and the streams of chance that more are drawn from."""

    sampler: Sampler
    memory: float
    sets: list[RequestSet]
    rngs: list[np.random.Generator]
    gap_rngs: list[np.random.Generator]
    drawn: int
    """Requests of a replication, those turned away included."""

    @property
    def mix(self) -> RequestMix:
        """Means by which the closed form knows what is sent."""
        return joined(self.sets).mix

    def sent_to(
        self,
        step: StepTime,
        limits: EngineLimits,
        objectives: Objectives,
        running: float,
        arrival_cv2: float,
        work: Work,
    ) -> ReplicaUnderLoad:
        """Traffic long enough for a batch of this size to settle, and the replica it meets."""
        most = math.ceil(float(max_running(limits, self.mix)))
        missing = math.ceil(min(SETTLING_BATCHES * running, MOST_SETTLING)) - self.drawn
        sets = self.sets
        if missing > 0:
            more = [self.sampler(missing, rng).within(self.memory) for rng in self.rngs]
            sets = [joined(pair) for pair in zip(sets, more, strict=True)]
        both = list(zip(sets, self.gap_rngs, strict=True))
        gaps = tuple(unit_gaps(len(some), rng, arrival_cv2) for some, rng in both)
        begun = tuple(under_way(some, most, rng) for some, rng in both)
        return ReplicaUnderLoad(step, limits, tuple(sets), begun, gaps, objectives, work)


def drawn_traffic(
    limits: EngineLimits, sampler: Sampler, seed: int, requests: int
) -> Traffic | Infeasible:
    """Draw the requests of every replication; what is larger than memory is turned away."""
    # Streams of their own, so that more requests leave the gaps of the first ones as they are.
    streams = np.random.SeedSequence(seed).spawn(2 * REPLICATIONS)
    rngs = [np.random.default_rng(stream) for stream in streams[:REPLICATIONS]]
    gap_rngs = [np.random.default_rng(stream) for stream in streams[REPLICATIONS:]]
    drawn = [sampler(math.ceil(requests / REPLICATIONS), rng) for rng in rngs]
    memory = float(np.asarray(limits.kv_tokens))
    sets = [some.within(memory) for some in drawn]
    if min(map(len, sets)) < (1 - MOST_TURNED_AWAY) * len(drawn[0]):
        return _never_fits(joined(drawn), limits)
    return Traffic(sampler, memory, sets, rngs, gap_rngs, len(drawn[0]))


def simulated_load(
    step: StepTime,
    limits: EngineLimits,
    sampler: Sampler,
    requests_per_second: float,
    *,
    running: float,
    seed: int = 0,
    requests: int = 3_000,
    work: Work | None = None,
) -> Trial | Infeasible:
    """What requests see that arrive at random at one rate.

    Parameters
    ----------
    running
        Requests expected to run at once; so many batches are sent that they settle.
    work
        What may be done; any amount when left out.

    Raises
    ------
    TooMuchWorkError
        If more would have to be done.
    """
    traffic = drawn_traffic(limits, sampler, seed, requests)
    if isinstance(traffic, Infeasible):
        return traffic
    replica = traffic.sent_to(step, limits, Objectives(), running, 1.0, work or Work())
    return replica.at(requests_per_second)


def _never_fits(requests: RequestSet, limits: EngineLimits) -> Infeasible:
    return Infeasible(
        f"the largest of {plural(len(requests), 'request')} needs "
        f"{tokens(requests.largest_context)} of context, "
        f"memory holds {whole(float(np.asarray(limits.kv_tokens)))}"
    )
