"""The highest rate at which a simulated replica still meets objectives for means and percentiles.

The rate is bracketed and halved. Every rate sees the same requests with the same gaps, only closer
together, so that two rates differ by the load and not by chance. The requests come in five
replications: the percentiles are those of all together, and the answers that leaving out each one
would give say how far chance moved it (jackknife; Quenouille 1956, Tukey 1958).
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tco.kernel.capacity import Capacity, Infeasible, slo_capacity
from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.simulate_load import Sampler, joined
from tco.kernel.simulate_traffic import drawn_traffic
from tco.kernel.simulate_trial import (
    REPLICATIONS,
    Objectives,
    ReplicaUnderLoad,
    Saturation,
    Trial,
    saturated,
)
from tco.kernel.simulated_work import Work
from tco.kernel.step_time import StepTime
from tco.words.figures import milliseconds, number

SimulatedBound = Literal["tpot", "ttft", "kv", "sequences", "prefill"]

CLOSE: Final = 0.005
WIDEN: Final = 1.25
ASIDE: Final = 1.1
TRIALS_MORE: Final = 8
"""Rates that a search tries after its first; known to be too many, none of them is begun."""
NEARLY_IDLE: Final = 1e-4
AT_SATURATION: Final = 0.97
NOT_LIMITED_MS: Final = 1e9
"""Stands for an objective that is not there, where the search begins by closed form [ms]."""


@dataclass(frozen=True, slots=True)
class SimulatedCapacity:
    """The load at which a replica still meets the objectives, and what stops it there."""

    requests_per_second: float
    monte_carlo_sd: float
    """Standard deviation of that rate over other draws of the same traffic [request/s]."""
    mean_ttft_ms: float
    mean_tpot_ms: float
    ttft_p95_ms: float
    tpot_p95_ms: float
    running: float
    """Requests holding a slot, on average."""
    bound_by: SimulatedBound
    """An objective; or, where the engine saturates first, memory, slots or prefill."""
    requests: int
    """Requests simulated at each rate, all replications together."""


def simulated_capacity(
    step: StepTime,
    limits: EngineLimits,
    sampler: Sampler,
    objectives: Objectives,
    *,
    seed: int = 0,
    requests: int = 3_000,
    arrival_cv2: float = 1.0,
    work: Work | None = None,
) -> SimulatedCapacity | Infeasible:
    """Highest rate of arrivals at which one replica meets all objectives and keeps up.

    Parameters
    ----------
    sampler
        What is sent; `simulate_load.sampler_of` makes one from request classes.
    objectives
        For the mean and the 95th percentile over requests of the time to first token and of the
        time per output token [ms].
    requests
        Requests at each rate, at least; more are sent where the batch takes longer to fill.
    arrival_cv2
        Squared coefficient of variation of the gaps between arrivals: 1 for a Poisson stream.
    work
        What may be done; any amount when left out.

    Raises
    ------
    TooMuchWorkError
        If more would have to be done.
    """
    work = work or Work()
    traffic = drawn_traffic(limits, sampler, seed, requests)
    if isinstance(traffic, Infeasible):
        return traffic
    guess = _guessed(step, limits, traffic.mix, objectives)
    running = guess.running if isinstance(guess, Capacity) else 1.0
    replica = traffic.sent_to(step, limits, objectives, running, arrival_cv2, work)
    alone = replica.alone()
    if not alone.meets:
        return _missed_alone(alone, replica.objectives)
    everything = joined(replica.sets)
    saturation = saturated(step, limits, everything, work)
    start = guess.requests_per_second if isinstance(guess, Capacity) else saturation.rate / 10
    trials = _trials(replica, min(start / WIDEN**0.5, saturation.rate), saturation.rate)
    return _answer(replica, trials, saturation, len(everything))


def _guessed(
    step: StepTime, limits: EngineLimits, mix: RequestMix, objectives: Objectives
) -> Capacity | Infeasible:
    """Where to begin: means by closed form, at whichever objective is the tighter."""
    return slo_capacity(
        step,
        limits,
        mix,
        mean_tpot_ms=min(objectives.mean_tpot_ms, objectives.p95_tpot_ms, NOT_LIMITED_MS),
        mean_ttft_ms=min(objectives.mean_ttft_ms, objectives.p95_ttft_ms, NOT_LIMITED_MS),
    )


def _trials(replica: ReplicaUnderLoad, start: float, highest: float) -> list[Trial]:
    """Rates tried: outward until one is met and one is not, then between the two."""
    before = replica.work.done
    trials = [replica.at(start)]
    replica.work.require(TRIALS_MORE * (replica.work.done - before))
    widen = WIDEN
    while trials[-1].meets and trials[-1].rate < highest:
        trials.append(replica.at(min(trials[-1].rate * widen, highest)))
    while not trials[-1].meets and not any(t.meets for t in trials):
        if trials[-1].rate < NEARLY_IDLE * highest:
            return trials
        trials.append(replica.at(trials[-1].rate / widen))
        widen *= WIDEN  # a tight objective may be far below what means suggest
    low, high = _bracket(trials)
    while high / low > 1 + CLOSE:
        trials.append(replica.at(math.sqrt(low * high)))
        low, high = _bracket(trials)
    return trials


def _bracket(trials: list[Trial]) -> tuple[float, float]:
    """Highest rate below every miss, and the lowest miss; the same where nothing missed."""
    high = min((t.rate for t in trials if not t.meets), default=math.inf)
    low = max(t.rate for t in trials if t.meets and t.rate < high)
    return low, high if high < math.inf else low


def _answer(
    replica: ReplicaUnderLoad, trials: list[Trial], saturation: Saturation, requests: int
) -> SimulatedCapacity | Infeasible:
    if not any(trial.meets for trial in trials):
        lowest = min(trial.rate for trial in trials)
        return Infeasible(
            f"the objectives are met only below {number(lowest, 2)} requests/s, "
            "by a replica that is nearly idle"
        )
    low, high = _bracket(trials)
    best = next(trial for trial in trials if trial.rate == low)
    # With a replication left out the answer is another: see the slope on either side.
    ladder = [*trials, *(replica.at(low * factor) for factor in (1 / ASIDE, ASIDE))]
    ladder.sort(key=lambda trial: trial.rate)
    over = next(trial for trial in ladder if trial.rate > low)
    bound: SimulatedBound = "ttft" if over.miss_ttft >= over.miss_tpot else "tpot"
    return SimulatedCapacity(
        requests_per_second=low,
        monte_carlo_sd=_jackknife_sd(ladder) if high > low else saturation.sd,
        mean_ttft_ms=best.mean_ttft_ms,
        mean_tpot_ms=best.mean_tpot_ms,
        ttft_p95_ms=best.ttft_p95_ms,
        tpot_p95_ms=best.tpot_p95_ms,
        running=best.running,
        bound_by=saturation.bound_by if low >= AT_SATURATION * saturation.rate else bound,
        requests=requests,
    )


def _jackknife_sd(ladder: list[Trial]) -> float:
    """Standard deviation of the answer, from those with one replication left out [request/s]."""
    without = [_crossing(ladder, left_out) for left_out in range(REPLICATIONS)]
    return float(np.std(without)) * math.sqrt(REPLICATIONS - 1)


def _crossing(ladder: list[Trial], left_out: int) -> float:
    """Rate at which all replications but one would just meet the objectives.

    Beyond the rates tried, their miss is taken to change as that of all replications does.
    """
    misses = [trial.misses[left_out] for trial in ladder]
    above = next((i for i, miss in enumerate(misses) if miss > 0), len(ladder))
    if 0 < above < len(ladder):
        lower, upper = ladder[above - 1], ladder[above]
        wide = math.log(upper.rate / lower.rate)
        slope = (misses[above] - misses[above - 1]) / wide
        return lower.rate * math.exp(-misses[above - 1] / slope) if slope < math.inf else lower.rate
    end = min(above, len(ladder) - 1)
    wide = math.log(ladder[-1].rate / ladder[0].rate)
    slope = (ladder[-1].miss - ladder[0].miss) / wide
    if not 0 < slope < math.inf or misses[end] == -math.inf:
        return ladder[end].rate
    return ladder[end].rate * math.exp(-misses[end] / slope)


def _missed_alone(alone: Trial, asked: Objectives) -> Infeasible:
    tpot_ms, ttft_ms = asked.p95_tpot_ms, asked.p95_ttft_ms
    if alone.mean_tpot_ms > asked.mean_tpot_ms or alone.mean_ttft_ms > asked.mean_ttft_ms:
        token = alone.mean_tpot_ms
        each = "" if math.isnan(token) else f" and {milliseconds(token)} per output token"
        return Infeasible(
            "requests alone on the replica take on average "
            f"{milliseconds(alone.mean_ttft_ms)} to the first token{each}"
        )
    if alone.tpot_p95_ms > tpot_ms:
        return Infeasible(
            "of requests alone on the replica, 5 % take more than "
            f"{milliseconds(alone.tpot_p95_ms)} per output token, "
            f"the objective is {milliseconds(tpot_ms)}"
        )
    return Infeasible(
        f"of requests alone on the replica, 5 % wait more than {milliseconds(alone.ttft_p95_ms)} "
        f"for their first token, the objective is {milliseconds(ttft_ms)}"
    )
