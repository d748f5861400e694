r"""How many requests are longer than what serves them takes, prompt and output together.

A request fits when its prompt, its output and their sum each stay within a limit. Prompt and
output of one class are independent, so of a class

.. math:: P(\text{too long}) = E_O[h(O)], \qquad
    h(o) = 1 \text{ where } o > o_{\max}, \text{ else } P(I > \min(i_{\max}, w - o)).

Where one side has a fixed length this is closed. Elsewhere the outputs are cut into parts of
known probability, narrow where few requests are that long. As :math:`h` never falls, what a part
adds lies between its two ends.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from statistics import NormalDist
from typing import Final

import numpy as np

from tco.kernel.lengths import Fixed, Length, Lognormal, Quantiles
from tco.kernel.workload import ClassLoad

_BODY: Final = tuple(1 - k / 64 for k in range(58))
_TAIL: Final = tuple(10 ** (-1 - k / 16) for k in range(145))
_SURVIVALS: Final = (*_BODY, *_TAIL, 0.0)
"""Shares of requests with longer outputs at the edges of the parts, falling [1]."""
_NEGLIGIBLE: Final = 1e-15


@dataclass(frozen=True, slots=True)
class LengthLimits:
    """The longest requests that are taken [token]; None = not limited, or not known."""

    prompt: float | None = None
    output: float | None = None
    together: float | None = None
    """Prompt and output of one request."""

    def prompt_beside(self, output: float) -> float:
        """Longest prompt of a request with this output [token]; negative where none fits."""
        if output > _or_endless(self.output):
            return -1.0
        return min(_or_endless(self.prompt), _or_endless(self.together) - output)

    def output_beside(self, prompt: float) -> float:
        """Longest output of a request with this prompt [token]; negative where none fits."""
        if prompt > _or_endless(self.prompt):
            return -1.0
        return min(_or_endless(self.output), _or_endless(self.together) - prompt)


def share_too_long(classes: Sequence[ClassLoad], limits: LengthLimits) -> float:
    """Share of all requests that exceed a limit [1].

    A class weighs by its share, so a class that nobody sends refuses nothing.

    Examples
    --------
    >>> both = [ClassLoad(0.5, Fixed(120_000), Fixed(200), 0.0),
    ...         ClassLoad(0.5, Fixed(500), Fixed(12_000), 0.0)]
    >>> share_too_long(both, LengthLimits(together=131_072))
    0.0
    >>> share_too_long(both, LengthLimits(output=8_192, together=131_072))
    0.5
    """
    return sum(c.share * _of_class(c.input, c.output, limits) for c in classes if c.share > 0)


@lru_cache(maxsize=1_024)  # a question asks the same of every alternative, and of every draw
def _of_class(prompt: Length, output: Length, limits: LengthLimits) -> float:
    if isinstance(output, Fixed):
        return _above(prompt, limits.prompt_beside(output.mean))
    if isinstance(prompt, Fixed):
        return _above(output, limits.output_beside(prompt.mean))
    never = output.share_above(_or_endless(limits.output))
    too_long = 0.0
    for more, less in reversed(list(pairwise(_SURVIVALS))):
        high, low = max(more, never), max(less, never)
        if high == low:
            continue
        part = _above(
            prompt, limits.prompt_beside(_at(output, math.sqrt(high * max(low, high / 10))))
        )
        if part < _NEGLIGIBLE:
            break
        too_long += (high - low) * part
    return never + too_long


def _above(length: Length, tokens: float) -> float:
    return 1.0 if tokens < 0 else length.share_above(tokens)


def _at(length: Length, survival: float) -> float:
    """Length that a share of requests exceeds [token]."""
    match length:
        case Lognormal(mean, cv):
            variance = math.log1p(cv**2)
            deviate = -NormalDist().inv_cdf(survival) if survival < 1 else -math.inf
            return mean * math.exp(math.sqrt(variance) * deviate - variance / 2)
        case Quantiles(probabilities, tokens):
            return float(np.interp(1 - survival, probabilities, tokens))
        case _:
            return length.mean


def _or_endless(limit: float | None) -> float:
    return math.inf if limit is None else limit
