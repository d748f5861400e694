"""What a speed model says a measured run would have shown."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from calibrate.fitting.points import PROMPTS_PER_CLIENT, PointSet
from tco.kernel.arrays import FloatArray
from tco.kernel.request_mix import EngineLimits
from tco.kernel.speed import attention_ms, closed_loop, max_running
from tco.kernel.step_time import StepTime, batch_ms

_FIRST_WAVE: Final = 1 / PROMPTS_PER_CLIENT
_AT_LIMIT: Final = 1 - 1e-9


@dataclass(frozen=True, slots=True)
class Prediction:
    """Means over a whole run, one per point along the last axis."""

    tpot_ms: FloatArray
    ttft_ms: FloatArray
    requests_per_second: FloatArray


def predict(step: StepTime, limits: EngineLimits, points: PointSet) -> Prediction:
    """Mean times and rate of each run, from its clients and lengths alone.

    Where the first wave was sent at once, a tenth of the requests wait for the prompts of all
    others, and the mean time to first token contains that.
    """
    running, _, tpot_ms, steady_ms = closed_loop(step, limits, points.mix, points.clients)
    tokens = points.burst_prompts * points.mix.prefill_tokens / np.maximum(points.burst_steps, 1.0)
    burst_ms = (
        step.t0_ms
        + points.burst_prompts * attention_ms(step, points.mix)
        + points.burst_steps * (batch_ms(step, 0.0, tokens) + step.mixed_ms)
    )
    waits = running >= max_running(limits, points.mix) * _AT_LIMIT
    mixed_ms = _FIRST_WAVE * burst_ms + (1 - _FIRST_WAVE) * steady_ms
    ttft_ms = np.where(points.bursts & ~waits, mixed_ms, steady_ms)
    residence_ms = ttft_ms + tpot_ms * points.mix.token_intervals
    return Prediction(tpot_ms, ttft_ms, points.clients / residence_ms * 1_000)
