"""What is sent to a simulated replica: requests drawn from classes, and the gaps between them.

Lengths and gaps are drawn once and kept. A gap has mean 1 and is divided by the rate, so two rates
are compared on the same requests in the same order (common random numbers).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from tco.kernel.arrays import FloatArray
from tco.kernel.lengths import Fixed, Length, Lognormal, Quantiles
from tco.kernel.request_mix import RequestMix, WorkMoments
from tco.kernel.workload import ClassLoad

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RequestSet:
    """Requests in the order they are sent, lengths in whole tokens of the model that serves."""

    input_tokens: IntArray
    """Prompt, the cached part included [token]."""
    output_tokens: IntArray
    """At least one [token]."""
    cached_tokens: IntArray
    """Prompt tokens found in the prefix cache, at most all but one [token]."""

    def __post_init__(self) -> None:
        sizes = {len(self.input_tokens), len(self.output_tokens), len(self.cached_tokens)}
        if len(sizes) != 1:
            msg = f"one input, output and cached length per request, not {sorted(sizes)}"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.input_tokens)

    def first(self, count: int) -> "RequestSet":
        """The first so many of these requests."""
        return RequestSet(
            self.input_tokens[:count], self.output_tokens[:count], self.cached_tokens[:count]
        )

    def within(self, context: float) -> "RequestSet":
        """Those of these requests whose last step needs no more memory than this [token]."""
        fits = self.input_tokens + self.output_tokens - 1 <= context
        return RequestSet(
            self.input_tokens[fits], self.output_tokens[fits], self.cached_tokens[fits]
        )

    @property
    def largest_context(self) -> int:
        """Memory that the largest request needs in its last step [token]."""
        return int(np.max(self.input_tokens + self.output_tokens - 1))

    @property
    def mix(self) -> RequestMix:
        """The means by which the closed form knows these requests."""
        prompt, answer, cached = (
            np.asarray(x, dtype=float)
            for x in (self.input_tokens, self.output_tokens, self.cached_tokens)
        )
        tokens, pairs = prompt - cached, (prompt**2 - cached**2) / 2
        context = (answer * prompt + answer**2 / 2).sum() / answer.sum()
        return RequestMix(
            input_tokens=float(prompt.mean()),
            output_tokens=float(answer.mean()),
            context_tokens=float(context),
            prefill_tokens=float((prompt - cached).mean()),
            prefill_attention_tokens2=float(pairs.mean()),
            work=WorkMoments(
                float((tokens**2).mean()),
                float((tokens * pairs).mean()),
                float((pairs**2).mean()),
            ),
        )


Sampler = Callable[[int, np.random.Generator], RequestSet]
"""Draws that many requests."""


def request_set(
    input_tokens: FloatArray | IntArray,
    output_tokens: FloatArray | IntArray,
    cached_share: FloatArray | float = 0.0,
) -> RequestSet:
    """Whole requests from lengths of any kind: rounded, and at least one token each way.

    An engine works through the last prompt token even where the cache holds it.
    """
    prompts = np.maximum(np.rint(input_tokens), 1).astype(np.int64)
    answers = np.maximum(np.rint(output_tokens), 1).astype(np.int64)
    cached = np.minimum(np.rint(prompts * np.asarray(cached_share)).astype(np.int64), prompts - 1)
    return RequestSet(prompts, answers, cached)


def under_way(requests: RequestSet, count: int, rng: np.random.Generator) -> RequestSet:
    """Requests as an arrival finds them: long answers more often, and part of each already given.

    What was said belongs to the prompt, which the cache holds: only the rest is to be decoded.
    """
    answers = requests.output_tokens
    chosen = rng.choice(len(requests), size=count, p=answers / answers.sum())
    said = (rng.random(count) * answers[chosen]).astype(np.int64)
    prompts = requests.input_tokens[chosen] + said
    return RequestSet(prompts, answers[chosen] - said, prompts - 1)


def joined(sets: Sequence[RequestSet]) -> RequestSet:
    """All these requests, one set after the other."""
    return RequestSet(
        np.concatenate([s.input_tokens for s in sets]),
        np.concatenate([s.output_tokens for s in sets]),
        np.concatenate([s.cached_tokens for s in sets]),
    )


def sampler_of(classes: Sequence[ClassLoad]) -> Sampler:
    """Draw requests of these classes by their shares, input and output length independently."""
    total = sum(c.share for c in classes)
    shares = [c.share / total for c in classes]

    def draw(count: int, rng: np.random.Generator) -> RequestSet:
        which = rng.choice(len(classes), size=count, p=shares)
        prompts = np.stack([draw_lengths(c.input, count, rng) for c in classes])
        answers = np.stack([draw_lengths(c.output, count, rng) for c in classes])
        cached = np.array([c.cached_share for c in classes])
        row = np.arange(count)
        return request_set(prompts[which, row], answers[which, row], cached[which])

    return draw


def draw_lengths(length: Length, count: int, rng: np.random.Generator) -> FloatArray:
    """Independent lengths of one distribution, not yet whole [token]."""
    match length:
        case Fixed(mean):
            return np.full(count, mean)
        case Lognormal(mean, cv):
            variance = np.log1p(cv**2)
            normals = rng.standard_normal(count)
            return np.asarray(mean * np.exp(np.sqrt(variance) * normals - variance / 2))
        case Quantiles(probabilities, tokens):
            return np.interp(rng.random(count), probabilities, tokens)
        case _:
            msg = f"no way to draw from a {type(length).__name__}"
            raise TypeError(msg)


def unit_gaps(count: int, rng: np.random.Generator, arrival_cv2: float = 1.0) -> FloatArray:
    """Gaps between arrivals with mean 1 and this squared coefficient of variation.

    1 is a Poisson stream, 0 a metronome, more than 1 comes in bursts: gamma with shape 1/cv².
    """
    if arrival_cv2 == 0:
        return np.ones(count)
    return np.asarray(rng.gamma(1 / arrival_cv2, arrival_cv2, count))
