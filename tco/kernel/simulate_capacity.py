"""The highest rate at which a simulated replica still meets objectives for 95th percentiles.

The rate is bracketed and halved. Every rate sees the same requests with the same gaps, only closer
together, so that two rates differ by the load and not by chance. The requests come in five
replications: the percentiles are those of all together, and the rates at which each replication
alone would meet the objectives say how far chance moved the answer.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tco.kernel.capacity import Capacity, Infeasible, slo_capacity
from tco.kernel.simulate import RequestLog, closed_loop, open_loop, p95, summarise
from tco.kernel.simulate_load import RequestSet, Sampler, joined, unit_gaps
from tco.kernel.speed import EngineLimits, FloatArray, StepTime, max_running

Bound = Literal["tpot", "ttft", "kv", "sequences", "prefill"]

REPLICATIONS: Final = 5
WINDOW: Final = (0.2, 0.9)
"""Arrivals that count: before them the batch fills up, after them it runs empty."""
SETTLING_BATCHES: Final = 5.0
CLOSE: Final = 0.005
WIDEN: Final = 1.25
NEARLY_IDLE: Final = 1e-4
FULL_QUEUE: Final = 1.25
TURNOVERS: Final = 6
STEADY: Final = (0.4, 0.8)
AT_SATURATION: Final = 0.97
MOST_SLOTS_TAKEN: Final = 0.8


@dataclass(frozen=True, slots=True)
class SimulatedCapacity:
    """The load at which a replica still meets the objectives, and what stops it there."""

    requests_per_second: float
    monte_carlo_sd: float
    """Standard deviation of that rate over other draws of the same traffic [request/s]."""
    ttft_p95_ms: float
    tpot_p95_ms: float
    bound_by: Bound
    """An objective; or, where the engine saturates first, memory, slots or prefill."""
    requests: int
    """Requests simulated at each rate, all replications together."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """All replications at one rate; a miss is the logarithm of a percentile over its objective."""

    rate: float
    ttft_p95_ms: float
    tpot_p95_ms: float
    miss_ttft: float
    miss_tpot: float
    misses: tuple[float, ...]
    """The worse of both, of each replication alone."""

    @property
    def meets(self) -> bool:
        return max(self.miss_ttft, self.miss_tpot) <= 0


@dataclass(frozen=True, slots=True)
class _Saturation:
    """The replica with a queue that never empties."""

    rate: float
    sd: float
    bound_by: Bound


@dataclass(frozen=True, slots=True)
class _Question:
    """A replica, its traffic, its objectives."""

    step: StepTime
    limits: EngineLimits
    sets: tuple[RequestSet, ...]
    gaps: tuple[FloatArray, ...]
    ttft_ms: float
    tpot_ms: float

    def at(self, rate: float) -> _Trial:
        """Send everything at that many requests per second."""
        logs = [
            open_loop(self.step, self.limits, requests, np.cumsum(gaps) * (1_000 / rate))
            for requests, gaps in zip(self.sets, self.gaps, strict=True)
        ]
        return self._judged(rate, logs, WINDOW)

    def alone(self) -> _Trial:
        """Send each request when the one before it is answered."""
        logs = [closed_loop(self.step, self.limits, requests, 1) for requests in self.sets]
        return self._judged(0.0, logs, (0.0, 1.0))

    def _judged(self, rate: float, logs: list[RequestLog], window: tuple[float, float]) -> _Trial:
        mine = [slice(*(int(share * len(log)) for share in window)) for log in logs]
        first = [log.ttft_ms[m] for log, m in zip(logs, mine, strict=True)]
        each = [_known(log.tpot_ms[m]) for log, m in zip(logs, mine, strict=True)]
        ttft_ms, tpot_ms = p95(np.concatenate(first)), p95(np.concatenate(each))
        return _Trial(
            rate=rate,
            ttft_p95_ms=ttft_ms,
            tpot_p95_ms=tpot_ms,
            miss_ttft=_miss(ttft_ms, self.ttft_ms),
            miss_tpot=_miss(tpot_ms, self.tpot_ms),
            misses=tuple(
                max(_miss(p95(f), self.ttft_ms), _miss(p95(e), self.tpot_ms))
                for f, e in zip(first, each, strict=True)
            ),
        )


def simulated_capacity(
    step: StepTime,
    limits: EngineLimits,
    sampler: Sampler,
    *,
    p95_ttft_ms: float,
    p95_tpot_ms: float,
    seed: int = 0,
    requests: int = 3_000,
    arrival_cv2: float = 1.0,
) -> SimulatedCapacity | Infeasible:
    """Highest rate of arrivals at which one replica meets both objectives and keeps up.

    Parameters
    ----------
    sampler
        What is sent; `simulate_load.sampler_of` makes one from request classes.
    p95_ttft_ms, p95_tpot_ms
        Objectives for the 95th percentile over requests of the time to first token and of the time
        per output token [ms].
    requests
        Requests at each rate, at least; more are sent where the batch takes longer to fill.
    arrival_cv2
        Squared coefficient of variation of the gaps between arrivals: 1 for a Poisson stream.
    """
    rngs = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(REPLICATIONS)]
    sets = [sampler(math.ceil(requests / REPLICATIONS), rng) for rng in rngs]
    mix = joined(sets).mix
    guess = slo_capacity(step, limits, mix, mean_tpot_ms=p95_tpot_ms, mean_ttft_ms=p95_ttft_ms)
    running = guess.running if isinstance(guess, Capacity) else 1.0
    missing = math.ceil(SETTLING_BATCHES * running) - len(sets[0])
    if missing > 0:
        sets = [joined([s, sampler(missing, rng)]) for s, rng in zip(sets, rngs, strict=True)]
    everything = joined(sets)
    if everything.largest_context > limits.kv_tokens:
        return Infeasible(
            f"the largest of {len(everything):,} requests needs {everything.largest_context:,} "
            f"tokens of context, memory holds {float(np.asarray(limits.kv_tokens)):,.0f}"
        )
    gaps = [unit_gaps(len(s), rng, arrival_cv2) for s, rng in zip(sets, rngs, strict=True)]
    question = _Question(step, limits, tuple(sets), tuple(gaps), p95_ttft_ms, p95_tpot_ms)
    alone = question.alone()
    if not alone.meets:
        return _missed_alone(alone, question)
    saturation = _saturated(step, limits, everything)
    start = guess.requests_per_second if isinstance(guess, Capacity) else saturation.rate / 10
    trials = _trials(question, min(start / WIDEN**0.5, saturation.rate), saturation.rate)
    if not any(trial.meets for trial in trials):
        return Infeasible(
            f"the objectives are met only below {min(trial.rate for trial in trials):.2g} "
            "requests/s, by a replica that is nearly idle"
        )
    return _answer(trials, saturation, len(everything))


def _trials(question: _Question, start: float, highest: float) -> list[_Trial]:
    """Rates tried: outward until one is met and one is not, then between the two."""
    trials = [question.at(start)]
    widen = WIDEN
    while trials[-1].meets and trials[-1].rate < highest:
        trials.append(question.at(min(trials[-1].rate * widen, highest)))
    while not trials[-1].meets and not any(t.meets for t in trials):
        if trials[-1].rate < NEARLY_IDLE * highest:
            return trials
        trials.append(question.at(trials[-1].rate / widen))
        widen *= WIDEN  # a tight objective may be far below what means suggest
    low, high = _bracket(trials)
    while high / low > 1 + CLOSE:
        trials.append(question.at(math.sqrt(low * high)))
        low, high = _bracket(trials)
    return trials


def _bracket(trials: list[_Trial]) -> tuple[float, float]:
    """Highest rate below every miss, and the lowest miss; the same where nothing missed."""
    high = min((t.rate for t in trials if not t.meets), default=math.inf)
    low = max(t.rate for t in trials if t.meets and t.rate < high)
    return low, high if high < math.inf else low


def _answer(trials: list[_Trial], saturation: _Saturation, requests: int) -> SimulatedCapacity:
    low, _ = _bracket(trials)
    best = next(trial for trial in trials if trial.rate == low)
    ladder = sorted(trials, key=lambda trial: trial.rate)
    own = [_crossing(ladder, number) for number in range(REPLICATIONS)]
    sd = float(np.std(own, ddof=1)) / math.sqrt(REPLICATIONS)
    over = next((trial for trial in ladder if trial.rate > low), best)
    bound: Bound = "ttft" if over.miss_ttft >= over.miss_tpot else "tpot"
    if low >= AT_SATURATION * saturation.rate:
        bound, sd = saturation.bound_by, max(sd, saturation.sd)
    return SimulatedCapacity(low, sd, best.ttft_p95_ms, best.tpot_p95_ms, bound, requests)


def _crossing(ladder: list[_Trial], number: int) -> float:
    """Rate at which one replication alone would just meet the objectives."""
    misses = [trial.misses[number] for trial in ladder]
    above = next((i for i, miss in enumerate(misses) if miss > 0), len(ladder))
    if above in {0, len(ladder)}:
        return ladder[min(above, len(ladder) - 1)].rate
    lower, upper = ladder[above - 1], ladder[above]
    fallen = misses[above] - misses[above - 1]
    share = -misses[above - 1] / fallen if math.isfinite(fallen) else 1.0
    return lower.rate * math.exp(share * math.log(upper.rate / lower.rate))


def _saturated(step: StepTime, limits: EngineLimits, requests: RequestSet) -> _Saturation:
    """Rate with more clients than can be served at once, after the first wave."""
    fits = float(max_running(limits, requests.mix))
    clients = math.ceil(FULL_QUEUE * fits) + 1
    times = math.ceil(TURNOVERS * clients / len(requests))
    log = closed_loop(step, limits, joined([requests] * times), clients)
    low, high = STEADY
    cuts = np.linspace(low, high, REPLICATIONS + 1)
    parts = [
        summarise(log, (float(cuts[i]), float(cuts[i + 1]))).requests_per_second
        for i in range(REPLICATIONS)
    ]
    bound: Bound = "prefill"
    if log.running >= MOST_SLOTS_TAKEN * min(fits, limits.max_num_seqs):
        bound = "kv" if fits < limits.max_num_seqs else "sequences"
    return _Saturation(
        rate=summarise(log, STEADY).requests_per_second,
        sd=float(np.std(parts, ddof=1)) / math.sqrt(REPLICATIONS),
        bound_by=bound,
    )


def _missed_alone(alone: _Trial, question: _Question) -> Infeasible:
    if alone.miss_tpot > 0:
        return Infeasible(
            f"of requests alone on the replica, 5 % take more than {alone.tpot_p95_ms:.1f} ms per "
            f"output token, the objective is {question.tpot_ms:g} ms"
        )
    return Infeasible(
        f"of requests alone on the replica, 5 % wait more than {alone.ttft_p95_ms:,.0f} ms for "
        f"their first token, the objective is {question.ttft_ms:g} ms"
    )


def _known(values: FloatArray) -> FloatArray:
    return values[np.isfinite(values)]


def _miss(percentile_ms: float, objective_ms: float) -> float:
    if not percentile_ms > 0 or math.isinf(objective_ms):
        return -math.inf
    return math.log(percentile_ms / objective_ms)
