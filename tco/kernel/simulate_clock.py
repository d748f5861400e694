r"""How long simulated steps last: one with prompts, or many in a row that only decode.

In k steps of B sequences each context grows by a token a step. Contexts that add up to K at first
make them last

.. math:: k\,t(B, K) + d B k (k - 1)/2
"""

import math
from typing import Final

import numpy as np

from tco.kernel.step_time import StepTime, experts_reading, read_ms

ALL_TOUCHED: Final = 1e-12  # share of experts not read, below which all count as read


class StepClock:
    """Plain-number step time of one parameter set, tabulated by batch size."""

    __slots__ = (
        "_read_ms",
        "_reading",
        "attention_ms",
        "context_ms",
        "experts_ms",
        "mixed_extra_ms",
        "overlap",
        "prompt_ms",
        "sequence_ms",
    )

    def __init__(self, step: StepTime, most_sequences: int) -> None:
        self.prompt_ms = float(np.asarray(step.b_ms_per_token))
        self.sequence_ms = float(np.asarray(step.c_ms_per_sequence))
        self.context_ms = float(np.asarray(step.d_ms_per_context_token))
        self.attention_ms = float(np.asarray(step.e_ms_per_token2))
        self.mixed_extra_ms = float(np.asarray(step.mixed_ms))
        self.experts_ms = float(np.asarray(step.mw_ms))
        self.overlap = step.overlap
        batch = np.arange(most_sequences + 1, dtype=float)
        shared = read_ms(step, batch) - step.mw_ms * experts_reading(step, batch)
        self._read_ms: list[float] = shared.tolist()
        self._reading: list[float] = [0.0]
        if step.experts:
            enough = math.log(ALL_TOUCHED) / math.log1p(-step.experts_active / step.experts)
            self._reading = experts_reading(step, np.arange(math.ceil(enough) + 1.0)).tolist()

    def decode_ms(self, batch: int, context: int) -> float:
        """Time of a step that only decodes [ms]."""
        own = self.sequence_ms * batch + self.context_ms * context
        return self._batch_ms(batch, 0) + own

    def mixed_ms(self, batch: int, context: int, prompt: int, attention: float) -> float:
        """Time of a step that also works through `prompt` tokens and `attention` pairs [ms]."""
        return (
            self._batch_ms(batch, prompt)
            + self.mixed_extra_ms
            + self.sequence_ms * batch
            + self.context_ms * context
            + self.attention_ms * attention
        )

    def _batch_ms(self, batch: int, prompt: int) -> float:
        """Weights read and multiplied; every token of the step touches experts [ms]."""
        reading = self._reading[min(batch + prompt, len(self._reading) - 1)]
        read = self._read_ms[batch] + self.experts_ms * reading
        if self.overlap == 1:
            return read + self.prompt_ms * prompt
        work = self.prompt_ms * (batch + prompt)
        return float((read**self.overlap + work**self.overlap) ** (1 / self.overlap))


def steps_to(gap_ms: float, step_ms: float, growth_ms: float) -> int:
    """Fewest steps that last for a gap, when each takes `growth_ms` longer than the one before."""
    if gap_ms <= step_ms:
        return 1
    slope = step_ms - growth_ms / 2
    steps = math.ceil(2 * gap_ms / (slope + math.sqrt(slope**2 + 2 * growth_ms * gap_ms)))
    # The root is rounded: one step less may do, or one more be needed.
    while lasts_ms(steps - 1, step_ms, growth_ms) >= gap_ms:
        steps -= 1
    while lasts_ms(steps, step_ms, growth_ms) < gap_ms:
        steps += 1
    return steps


def lasts_ms(steps: int, step_ms: float, growth_ms: float) -> float:
    """Duration of steps of which each takes `growth_ms` longer than the one before [ms]."""
    return steps * step_ms + growth_ms * (steps * (steps - 1) / 2)
