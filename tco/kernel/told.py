r"""Which loads the closed form of `speed` tells: held against the simulator, within stated limits.

The closed form knows a steady batch. Requests that arrive at random make the number running vary,
with a variance of :math:`X/X'` about the batch :math:`B` whose rate :math:`X(B)` they ask for, and
as :math:`X` bends, the mean number is higher by :math:`-X'' X / (2 X'^2)` (linear noise: van
Kampen, *Stochastic Processes in Physics and Chemistry*, 1992, ch. X). Prompts in a row add to that:
while they are worked through nothing else moves, which multiplies the noise by
:math:`1 + \rho^2 (1 + c_S^2) / (2 (1 - \rho)^2)` for a share :math:`\rho` of the time spent on
prompts of work :math:`S`. A batch that needs every slot is one that requests queue for, long before
it is full on average: a number that arrives at random has its mean as its variance. Where crowding
is slight, prompts take at most half of the time, their work is not all in a few, memory is at most
half full, and slots are free three standard deviations above the batch, simulated means are within
factors of `TPOT_WITHIN` and `TTFT_WITHIN` of the closed form. docs/simulator.md says how that was
seen.
"""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.speed import (
    attention_ms,
    prompt_chunks,
    requests_per_second,
    room_in_memory,
    work_variance,
)
from tco.kernel.step_time import StepTime, batch_ms

TPOT_WITHIN: Final = 4 / 3
TTFT_WITHIN: Final = 1.5
"""Factors by which simulated means differ from the closed form at most, either way [1]."""
MOST_MEMORY: Final = 0.5
MOST_SLOTS: Final = 1.0
MOST_PREFILL: Final = 0.5
MOST_VARIED: Final = 20.0
MOST_CROWDED: Final = 0.05
_DEVIATIONS: Final = 3.0
_NUDGE: Final = 0.05

Cause = Literal["memory", "slots", "prefill", "varied", "crowded"]


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why the closed form does not tell a load: a measure of it, and what it may be at most."""

    cause: Cause
    value: float
    most: float


def doubts(
    step: StepTime, limits: EngineLimits, mix: RequestMix, running: float
) -> tuple[Doubt, ...]:
    """Find what keeps the closed form from telling the load at which so many requests run.

    Parameters
    ----------
    running
        Requests that decode at once; every parameter is a plain number here.

    Returns
    -------
    tuple of Doubt
        Empty where the closed form holds. `memory` is the share of it that contexts fill,
        `slots` what three standard deviations more than run would take of those there are,
        `prefill` the share of time that prompts take, `varied` the squared coefficient of
        variation of their work, `crowded` how much longer than a steady batch the random one is.
    """
    rate = float(requests_per_second(step, mix, running, limits))
    prompt_ms, variation = _prompt_work(step, limits, mix, running)
    busy = rate * prompt_ms / 1_000
    measures: tuple[tuple[Cause, float, float], ...] = (
        ("memory", running / float(room_in_memory(limits, mix)), MOST_MEMORY),
        ("slots", _most_at_once(running) / float(limits.max_num_seqs), MOST_SLOTS),
        ("prefill", busy, MOST_PREFILL),
        ("varied", variation, MOST_VARIED),
        ("crowded", _crowding(step, limits, mix, running, busy, variation), MOST_CROWDED),
    )
    return tuple(Doubt(*measure) for measure in measures if not measure[1] <= measure[2])


def _most_at_once(running: float) -> float:
    """Requests that seldom more than run at once, where they arrive at random [1]."""
    return running + _DEVIATIONS * math.sqrt(running)


def _prompt_work(
    step: StepTime, limits: EngineLimits, mix: RequestMix, running: float
) -> tuple[float, float]:
    """Work of a mean prompt [ms], and its squared coefficient of variation [1]."""
    chunks = float(prompt_chunks(limits, mix))
    chunk = float(np.asarray(mix.prefill_tokens)) / chunks
    token_ms = chunks * float(batch_ms(step, running, chunk) - batch_ms(step, running))
    pair_ms = float(np.asarray(attention_ms(step, mix)))
    work_ms = token_ms + pair_ms
    if work_ms == 0:
        return 0.0, 0.0
    return work_ms, float(work_variance(mix, token_ms, pair_ms)) / work_ms**2


def _crowding(
    step: StepTime,
    limits: EngineLimits,
    mix: RequestMix,
    running: float,
    busy: float,
    variation: float,
) -> float:
    """Mean number running over that of a steady batch of the same rate, less one [1]."""
    apart = _NUDGE * running
    less, same, more = (
        float(requests_per_second(step, mix, batch, limits))
        for batch in (running - apart, running, running + apart)
    )
    slope, bend = (more - less) / (2 * apart), (more - 2 * same + less) / apart**2
    if slope <= 0 or busy >= 1:
        return float("inf")
    steady = -bend * same / (2 * slope**2) / running
    prompts = (busy / (1 - busy)) ** 2 * (1 + variation) / 2
    return max(steady, 0.0) * (1 + prompts)
