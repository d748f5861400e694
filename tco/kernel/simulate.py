"""Runs of a simulated replica: what every request saw, and what a run comes to.

The closed form of `speed` knows means; this knows percentiles, bursts, full memory and start-up
waves. The engine behind it is `simulate_engine`, what is sent is `simulate_load`, and the rate that
still meets an objective is `simulate_capacity`. docs/simulator.md compares all three.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from tco.kernel.arrays import FloatArray
from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate_engine import Engine
from tco.kernel.simulate_load import IntArray, RequestSet
from tco.kernel.simulated_work import Work
from tco.kernel.step_time import StepTime

STAYING_SHARE: Final = 0.05
CHANCE_DEVIATIONS: Final = 2.0
WHOLE_RUN: Final = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class RequestLog:
    """What every request of a run saw, in the order of arrival."""

    arrived_ms: FloatArray
    first_token_ms: FloatArray
    finished_ms: FloatArray
    input_tokens: IntArray
    output_tokens: IntArray
    cached_tokens: IntArray
    preemptions: IntArray
    running: float
    """Requests holding a slot, mean over the run."""
    queued: float
    """Requests waiting for one, mean over the run."""
    worked_tokens: int
    """Prompt tokens worked through; after a preemption also answer tokens, again."""

    def __len__(self) -> int:
        return len(self.arrived_ms)

    @property
    def ttft_ms(self) -> FloatArray:
        """Time to first token [ms]."""
        return self.first_token_ms - self.arrived_ms

    @property
    def e2e_ms(self) -> FloatArray:
        """Time to last token [ms]."""
        return self.finished_ms - self.arrived_ms

    @property
    def tpot_ms(self) -> FloatArray:
        """Time per output token after the first; NaN for answers of one token [ms/token]."""
        gaps = np.where(self.output_tokens > 1, self.output_tokens - 1.0, np.nan)
        return np.asarray((self.finished_ms - self.first_token_ms) / gaps)


@dataclass(frozen=True, slots=True)
class Summary:
    """A run in figures; times over the requests that arrived in its window, NaN if none."""

    requests: int
    requests_per_second: float
    output_tokens_per_second: float
    mean_ttft_ms: float
    p95_ttft_ms: float
    mean_tpot_ms: float
    p95_tpot_ms: float
    mean_e2e_ms: float
    p95_e2e_ms: float
    running: float
    queued: float
    preemptions: int
    stable: bool
    """Whether the number of requests inside did not keep growing."""


def simulate_open_loop(
    step: StepTime,
    limits: EngineLimits,
    requests: RequestSet,
    arrivals_ms: FloatArray,
    work: Work | None = None,
) -> RequestLog:
    """Send requests at given times, whatever the replica does.

    Parameters
    ----------
    arrivals_ms
        One time per request, ascending; `simulate_load.unit_gaps` makes Poisson and bursty ones.
    work
        What may be done; any amount when left out.
    """
    work = work or Work()
    work.add(len(requests))
    engine = Engine(step, limits)
    for when_ms, lengths in zip(arrivals_ms.tolist(), _rows(requests), strict=True):
        engine.submit(when_ms, *lengths)
    while engine.busy:
        engine.advance()
        work.add()
    return _log(engine)


def simulate_closed_loop(
    step: StepTime,
    limits: EngineLimits,
    requests: RequestSet,
    clients: int,
    starts_ms: FloatArray | None = None,
    work: Work | None = None,
) -> RequestLog:
    """Clients that each send the next request as soon as they are answered.

    Parameters
    ----------
    starts_ms
        When each client sends its first request; None sends all at once, as benchmarks do.
    work
        What may be done; any amount when left out.
    """
    work = work or Work()
    work.add(len(requests))
    engine = Engine(step, limits)
    rows = iter(_rows(requests))
    starts = [0.0] * clients if starts_ms is None else starts_ms.tolist()
    for when_ms, lengths in zip(starts, rows, strict=False):
        engine.submit(when_ms, *lengths)
    while engine.busy:
        for _, lengths in zip(engine.advance(), rows, strict=False):
            engine.submit(engine.now_ms, *lengths)
        work.add()
    return _log(engine)


def summarise(log: RequestLog, window: tuple[float, float] = WHOLE_RUN) -> Summary:
    """Figures over the requests that arrived between two shares of all arrivals.

    Rates count what finished while they arrived; over the whole run, all until the last answer.
    """
    count = len(log)
    first, last = int(window[0] * count), int(window[1] * count)
    mine = slice(first, last)
    start_ms = log.arrived_ms[first]
    end_ms = log.finished_ms.max() if last == count else log.arrived_ms[last]
    inside = (log.finished_ms > start_ms) & (log.finished_ms <= end_ms)
    seconds = (end_ms - start_ms) / 1_000 or math.nan  # all of them may arrive at once
    ttft, e2e = log.ttft_ms[mine], log.e2e_ms[mine]
    tpot = log.tpot_ms[mine]
    tpot = tpot[np.isfinite(tpot)]
    return Summary(
        requests=last - first,
        requests_per_second=float(inside.sum() / seconds),
        output_tokens_per_second=float(log.output_tokens[inside].sum() / seconds),
        mean_ttft_ms=mean(ttft),
        p95_ttft_ms=p95(ttft),
        mean_tpot_ms=mean(tpot),
        p95_tpot_ms=p95(tpot),
        mean_e2e_ms=mean(e2e),
        p95_e2e_ms=p95(e2e),
        running=log.running,
        queued=log.queued,
        preemptions=int(log.preemptions[mine].sum()),
        stable=is_stable(log),
    )


def is_stable(log: RequestLog) -> bool:
    """Whether requests inside, as arrivals find them, stop growing.

    Under overload a fixed share of what arrives stays. More than 5 % of it from the third to the
    last quarter of all arrivals counts as growing, beyond what chance adds to a queue of that size.
    """
    arrived = log.arrived_ms
    left = np.searchsorted(np.sort(log.finished_ms), arrived, side="right")
    inside = np.arange(len(arrived)) - left
    quarter = len(arrived) // 4
    if quarter == 0:
        return True
    early, late = inside[-2 * quarter : -quarter].mean(), inside[-quarter:].mean()
    chance = CHANCE_DEVIATIONS * np.sqrt(early)
    return bool(late - early <= STAYING_SHARE * quarter + chance)


def p95(values: FloatArray) -> float:
    """95th percentile, NaN of nothing."""
    return float(np.percentile(values, 95)) if len(values) else float("nan")


def mean(values: FloatArray) -> float:
    """Mean, NaN of nothing."""
    return float(values.mean()) if len(values) else float("nan")


def _rows(requests: RequestSet) -> Sequence[tuple[int, int, int]]:
    return list(
        zip(
            requests.input_tokens.tolist(),
            requests.output_tokens.tolist(),
            requests.cached_tokens.tolist(),
            strict=True,
        )
    )


def _log(engine: Engine) -> RequestLog:
    order = np.argsort(np.asarray(engine.sent_ms), kind="stable")
    span_ms = engine.now_ms - min(engine.sent_ms) if engine.sent_ms else 0.0
    over_ms = span_ms if span_ms > 0 else float("nan")
    return RequestLog(
        arrived_ms=np.asarray(engine.sent_ms)[order],
        first_token_ms=np.asarray(engine.first_ms)[order],
        finished_ms=np.asarray(engine.finished_ms)[order],
        input_tokens=np.asarray(engine.prompt, dtype=np.int64)[order],
        output_tokens=np.asarray(engine.answer, dtype=np.int64)[order],
        cached_tokens=np.asarray(engine.cached, dtype=np.int64)[order],
        preemptions=np.asarray(engine.preemptions, dtype=np.int64)[order],
        running=engine.running_area_ms / over_ms,
        queued=engine.queued_area_ms / over_ms,
        worked_tokens=engine.worked_tokens,
    )
