r"""How long simulated steps last: one with prompts, or many in a row that only decode.

In k steps of B sequences each context grows by a token a step. Contexts that add up to K at first
make them last

.. math:: k\,t(B, K) + d B k (k - 1)/2
"""

import math
from typing import Final

import numpy as np

from tco.kernel.speed import StepTime, experts_touched, overhead_ms

ALL_TOUCHED: Final = 1e-12  # share of experts not read, below which all count as read


class StepClock:
    """Plain-number step time of one parameter set, tabulated by batch size."""

    __slots__ = ("_decode_ms", "_touched", "attention_ms", "context_ms", "experts_ms", "prompt_ms")

    def __init__(self, step: StepTime, most_sequences: int) -> None:
        self.prompt_ms = float(np.asarray(step.b_ms_per_token))
        self.context_ms = float(np.asarray(step.d_ms_per_context_token))
        self.attention_ms = float(np.asarray(step.e_ms_per_token2))
        self.experts_ms = float(np.asarray(step.mw_ms))
        batch = np.arange(most_sequences + 1, dtype=float)
        shared = overhead_ms(step, batch) - step.mw_ms * experts_touched(step, batch)
        self._decode_ms: list[float] = (shared + step.c_ms_per_sequence * batch).tolist()
        self._touched: list[float] = [0.0]
        if step.experts:
            enough = math.log(ALL_TOUCHED) / math.log1p(-step.experts_active / step.experts)
            self._touched = experts_touched(step, np.arange(math.ceil(enough) + 1.0)).tolist()

    def decode_ms(self, batch: int, context: int) -> float:
        """Time of a step that only decodes [ms]."""
        return self._fixed_ms(batch, batch) + self.context_ms * context

    def mixed_ms(self, batch: int, context: int, prompt: int, attention: float) -> float:
        """Time of a step that also works through `prompt` tokens and `attention` pairs [ms]."""
        return (
            self._fixed_ms(batch, batch + prompt)
            + self.prompt_ms * prompt
            + self.context_ms * context
            + self.attention_ms * attention
        )

    def _fixed_ms(self, batch: int, tokens: int) -> float:
        """Time that does not grow with lengths; every token of the step touches experts."""
        touched = self._touched[min(tokens, len(self._touched) - 1)]
        return self._decode_ms[batch] + self.experts_ms * touched


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
