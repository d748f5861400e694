"""What is asked of a replica, as means over requests, and what its engine admits."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from tco.kernel.arrays import FloatArray, Numbers


@dataclass(frozen=True, slots=True)
class EngineLimits:
    """What the engine admits at once."""

    max_num_seqs: Numbers
    max_num_batched_tokens: Numbers
    kv_tokens: Numbers
    """Of one data-parallel rank [token]."""

    def rows(self, index: NDArray[np.intp]) -> "EngineLimits":
        """Limits of the loads with these numbers; plain numbers hold for every load."""
        mine = [getattr(self, field.name) for field in fields(self)]
        return EngineLimits(*(x[index] if isinstance(x, np.ndarray) else x for x in mine))


@dataclass(frozen=True, slots=True)
class WorkMoments:
    """Second moments of the prompt tokens `x` and attention pairs `y` of one request."""

    tokens2: Numbers
    """E[x²] [token²]."""
    cross: Numbers
    """E[xy] [token³]."""
    pairs2: Numbers
    """E[y²] [token⁴]."""


@dataclass(frozen=True, slots=True)
class RequestMix:
    """Means per request that decide the speed, in tokens of the model that serves."""

    input_tokens: Numbers
    """E[I], prompt [token]."""
    output_tokens: Numbers
    """E[O] [token]."""
    context_tokens: Numbers
    """Context seen by a decoding token, E[I] + E[O²]/(2 E[O]) for one class [token]."""
    prefill_tokens: Numbers
    """E[I(1 - h)], prompt tokens not found in the prefix cache [token]."""
    prefill_attention_tokens2: Numbers
    """E[I²(1 - h²)/2], the pairs that prefill attention visits [token²]."""
    work: WorkMoments | None = None
    """How the work differs from request to request; as prompt lengths do where left out."""

    @classmethod
    def of_lengths(
        cls, input_tokens: Numbers, output_tokens: Numbers, cached_share: Numbers = 0.0
    ) -> "RequestMix":
        """Describe requests that all have the same lengths and cached share."""
        return cls(
            input_tokens=input_tokens,
            output_tokens=output_tokens,
            context_tokens=input_tokens + output_tokens / 2,
            prefill_tokens=input_tokens * (1 - cached_share),
            prefill_attention_tokens2=input_tokens**2 * (1 - cached_share**2) / 2,
        )

    def rows(self, index: NDArray[np.intp]) -> "RequestMix":
        """Loads with these numbers, of means that are arrays of one value per load."""
        return RequestMix(
            np.asarray(self.input_tokens)[index],
            np.asarray(self.output_tokens)[index],
            np.asarray(self.context_tokens)[index],
            np.asarray(self.prefill_tokens)[index],
            np.asarray(self.prefill_attention_tokens2)[index],
        )

    @property
    def token_intervals(self) -> FloatArray:
        """Gaps between output tokens, E[O] - 1 and at least one [interval/request]."""
        gaps = np.asarray(self.output_tokens, dtype=float) - 1
        return np.asarray(np.maximum(gaps, 1.0), dtype=float)

    @property
    def cached_share(self) -> FloatArray:
        """Share of prompt tokens found in the prefix cache [1]."""
        return np.asarray(1 - self.prefill_tokens / self.input_tokens, dtype=float)

    @property
    def prompt_cv2(self) -> FloatArray:
        """Squared coefficient of variation of the prompt length, as the means imply it [1]."""
        reach = np.maximum(1 - self.cached_share**2, 1e-12)
        mean_square = 2 * self.prefill_attention_tokens2 / reach
        cv2 = mean_square / np.square(self.input_tokens) - 1
        return np.asarray(np.maximum(cv2, 0.0), dtype=float)
