"""What a speed model says a measured run would have shown."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from calibrate.fitting.points import PROMPTS_PER_CLIENT, PointSet
from tco.kernel.arrays import FloatArray
from tco.kernel.request_mix import EngineLimits
from tco.kernel.speed import attention_ms, closed_loop, max_running, sequence_ms
from tco.kernel.step_time import StepTime, batch_ms

_FIRST_WAVE: Final = 1 / PROMPTS_PER_CLIENT
_PROMPTS_BESIDE: Final = 1 - _FIRST_WAVE / 2
_DECODING_MEANWHILE: Final = 1 / 3
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
    others, and the mean time to first token contains that. Half the clients decode beside a prompt
    of that wave, on average, and all beside one of a later wave: so fewer prompts slow a token down
    than in the steady state. Requests of a Poisson schedule find as many inside as there are on
    average (Wolff, 1982): each is served as one client more would be, and the rate is that of
    Little's law.
    """
    together = points.clients + points.scheduled
    running, _, tpot_ms, ttft_ms = closed_loop(step, limits, points.mix, together)
    waits = running >= max_running(limits, points.mix) * _AT_LIMIT
    bursts = points.bursts & ~waits
    first_ms = _FIRST_WAVE * _first_wave_ms(step, points) + (1 - _FIRST_WAVE) * ttft_ms
    ttft_ms = np.where(bursts, first_ms, ttft_ms)
    alone_ms = batch_ms(step, running) + running * sequence_ms(step, points.mix)
    tpot_ms = np.where(bursts, alone_ms + _PROMPTS_BESIDE * (tpot_ms - alone_ms), tpot_ms)
    residence_ms = ttft_ms + tpot_ms * points.mix.token_intervals
    return Prediction(tpot_ms, ttft_ms, points.clients / residence_ms * 1_000)


def _first_wave_ms(step: StepTime, points: PointSet) -> FloatArray:
    """Mean time to first token of clients that all send at once [ms].

    Whoever is answered decodes beside the prompts still to come: over the steps that a prompt
    waits, a third of the clients on average.
    """
    decoding = _DECODING_MEANWHILE * points.clients
    tokens = points.burst_prompts * points.mix.prefill_tokens / np.maximum(points.burst_steps, 1.0)
    step_ms = batch_ms(step, decoding, tokens) + step.mixed_ms
    step_ms = step_ms + decoding * sequence_ms(step, points.mix)
    prompts_ms = points.burst_prompts * attention_ms(step, points.mix)
    return np.asarray(step.t0_ms + prompts_ms + points.burst_steps * step_ms, dtype=float)
