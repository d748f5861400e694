"""Traffic sent to a simulated replica at one rate, alone, or without end, and judged.

All rates see the same requests with the same gaps. The requests come in replications, so that the
judgement can be had with each of them left out. A batch far above its overheads takes many times
its own residence to fill, so each run starts with as many requests under way as the closed form
expects at its rate.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tco.kernel.arrays import FloatArray
from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate import (
    RequestLog,
    mean,
    p95,
    simulate_closed_loop,
    simulate_open_loop,
    summarise,
)
from tco.kernel.simulate_load import RequestSet, joined
from tco.kernel.simulated_work import Work
from tco.kernel.speed import max_running, requests_per_second, room_in_memory, room_in_steps
from tco.kernel.step_time import StepTime

REPLICATIONS: Final = 5
WINDOW: Final = (0.2, 0.9)
"""Arrivals that count: before them the batch settles, after them it runs empty."""
FULL_QUEUE: Final = 1.25
TURNOVERS: Final = 6
STEADY: Final = (0.4, 0.8)
MOST_SLOTS_TAKEN: Final = 0.8


@dataclass(frozen=True, slots=True)
class Objectives:
    """How long requests may take, in the mean and in the slowest twentieth; inf = not limited."""

    mean_ttft_ms: float = math.inf
    mean_tpot_ms: float = math.inf
    p95_ttft_ms: float = math.inf
    p95_tpot_ms: float = math.inf


@dataclass(frozen=True, slots=True)
class Trial:
    """All replications at one rate; a miss is the logarithm of a time over its objective."""

    rate: float
    mean_ttft_ms: float
    mean_tpot_ms: float
    ttft_p95_ms: float
    tpot_p95_ms: float
    running: float
    """Requests holding a slot, mean over the runs."""
    miss_ttft: float
    miss_tpot: float
    misses: tuple[float, ...]
    """The worse of both, leaving out each replication in turn."""

    @property
    def miss(self) -> float:
        """The worse of both."""
        return max(self.miss_ttft, self.miss_tpot)

    @property
    def meets(self) -> bool:
        """Whether all times keep to their objectives."""
        return self.miss <= 0


@dataclass(frozen=True, slots=True)
class Saturation:
    """The replica with a queue that never empties."""

    rate: float
    sd: float
    """NaN where requests come in waves, too few to tell it by."""
    bound_by: Literal["kv", "sequences", "prefill"]


@dataclass(frozen=True, slots=True)
class ReplicaUnderLoad:
    """A replica, its traffic, its objectives."""

    step: StepTime
    limits: EngineLimits
    sets: tuple[RequestSet, ...]
    begun: tuple[RequestSet, ...]
    """Requests under way, for each replication as many as can run at once."""
    gaps: tuple[FloatArray, ...]
    objectives: Objectives
    work: Work

    def at(self, rate: float) -> Trial:
        """Send everything at that many requests per second."""
        inside = self._expected_running(rate)
        logs = [
            simulate_open_loop(
                self.step,
                self.limits,
                joined([begun.first(inside), requests]),
                np.concatenate([np.zeros(inside), np.cumsum(gaps) * (1_000 / rate)]),
                self.work,
            )
            for requests, begun, gaps in zip(self.sets, self.begun, self.gaps, strict=True)
        ]
        low, high = WINDOW
        first, last = (inside + int(share * len(self.sets[0])) for share in (low, high))
        return self._judged(rate, logs, slice(first, last))

    def alone(self) -> Trial:
        """Send each request when the one before it is answered."""
        logs = [
            simulate_closed_loop(self.step, self.limits, requests, 1, work=self.work)
            for requests in self.sets
        ]
        return self._judged(0.0, logs, slice(None))

    def _expected_running(self, rate: float) -> int:
        mix = joined(self.sets).mix
        batches = np.linspace(0.0, len(self.begun[0]), 257)[1:]
        rates = requests_per_second(self.step, mix, batches, self.limits)
        return round(float(np.interp(rate, rates, batches, left=0.0)))

    def _judged(self, rate: float, logs: list[RequestLog], mine: slice) -> Trial:
        first = [log.ttft_ms[mine] for log in logs]
        each = [_known(log.tpot_ms[mine]) for log in logs]
        ttft_ms, tpot_ms = np.concatenate(first), np.concatenate(each)
        asked = self.objectives

        def misses(ttft_ms: FloatArray, tpot_ms: FloatArray) -> tuple[float, float]:
            return (
                _miss(ttft_ms, asked.mean_ttft_ms, asked.p95_ttft_ms),
                _miss(tpot_ms, asked.mean_tpot_ms, asked.p95_tpot_ms),
            )

        miss_ttft, miss_tpot = misses(ttft_ms, tpot_ms)
        return Trial(
            rate=rate,
            mean_ttft_ms=mean(ttft_ms),
            mean_tpot_ms=mean(tpot_ms),
            ttft_p95_ms=p95(ttft_ms),
            tpot_p95_ms=p95(tpot_ms),
            running=sum(log.running for log in logs) / len(logs),
            miss_ttft=miss_ttft,
            miss_tpot=miss_tpot,
            misses=tuple(
                max(misses(_without(first, left_out), _without(each, left_out)))
                for left_out in range(len(logs))
            ),
        )


def saturated(step: StepTime, limits: EngineLimits, requests: RequestSet, work: Work) -> Saturation:
    """Rate with more clients than can be served at once, after the first wave."""
    fits = float(max_running(limits, requests.mix))
    clients = math.ceil(FULL_QUEUE * fits) + 1
    times = math.ceil(TURNOVERS * clients / len(requests))
    log = simulate_closed_loop(step, limits, joined([requests] * times), clients, work=work)
    low, high = STEADY
    cuts = np.linspace(low, high, REPLICATIONS + 1)
    parts = [
        summarise(log, (float(cuts[i]), float(cuts[i + 1]))).requests_per_second
        for i in range(REPLICATIONS)
    ]
    told = [rate for rate in parts if math.isfinite(rate)]
    rooms: dict[Literal["kv", "sequences", "prefill"], float] = {
        "kv": float(room_in_memory(limits, requests.mix)),
        "sequences": float(np.asarray(limits.max_num_seqs)),
        "prefill": float(room_in_steps(limits, requests.mix)),
    }
    full = log.running >= MOST_SLOTS_TAKEN * fits
    bound = min(rooms, key=lambda name: rooms[name]) if full else "prefill"
    return Saturation(
        rate=summarise(log, STEADY).requests_per_second,
        sd=float(np.std(told, ddof=1)) / math.sqrt(len(told)) if len(told) > 1 else math.nan,
        bound_by=bound,
    )


def _without(values: list[FloatArray], left_out: int) -> FloatArray:
    return np.concatenate(values[:left_out] + values[left_out + 1 :])


def _known(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]


def _miss(times_ms: FloatArray, mean_ms: float, p95_ms: float) -> float:
    """Logarithm of a mean or a percentile over its objective, the worse of both."""
    return max(_over(mean(times_ms), mean_ms), _over(p95(times_ms), p95_ms))


def _over(time_ms: float, objective_ms: float) -> float:
    if not time_ms > 0 or math.isinf(objective_ms):
        return -math.inf
    return math.log(time_ms / objective_ms)
