r"""How long requests are, and how much of their length lies above a band edge.

A band of an API price covers whole requests by their prompt length, so a bill needs, for each
edge :math:`x`, the share of requests above it and the tokens those requests hold:
:math:`P(N > x)` and :math:`E[N;\,N > x]`. All three shapes have both in closed form.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Protocol


class Length(Protocol):
    """A distribution of lengths [token]."""

    @property
    def mean(self) -> float:
        """Mean length [token]."""

    @property
    def mean_square(self) -> float:
        """Mean of the squared length [token^2]."""

    def moment(self, order: int) -> float:
        """Mean of the length to the power of `order` [token^order]."""

    def share_above(self, tokens: float) -> float:
        """Share of requests strictly longer than `tokens` [1]."""

    def tokens_above(self, tokens: float) -> float:
        """Tokens per request held by requests strictly longer than `tokens` [token]."""

    def __hash__(self) -> int:
        """Hash its parts: what follows from a length may be kept."""

    def scaled(self, ratio: float) -> "Length":
        """Build the same distribution counted in other tokens."""


@dataclass(frozen=True, slots=True)
class Fixed:
    """Every request has the same length."""

    mean: float

    @property
    def mean_square(self) -> float:
        """Mean of the squared length [token^2]."""
        return self.mean**2

    def moment(self, order: int) -> float:
        """Mean of the length to the power of `order` [token^order]."""
        return self.mean**order

    def share_above(self, tokens: float) -> float:
        """Share of requests strictly longer than `tokens` [1]."""
        return float(self.mean > tokens)

    def tokens_above(self, tokens: float) -> float:
        """Tokens per request held by requests strictly longer than `tokens` [token]."""
        return self.mean * self.share_above(tokens)

    def scaled(self, ratio: float) -> "Fixed":
        """Build the same distribution counted in other tokens."""
        return Fixed(self.mean * ratio)


@dataclass(frozen=True, slots=True)
class Lognormal:
    r"""Lognormal by mean and coefficient of variation.

    :math:`\sigma^2 = \ln(1 + c_v^2)`, :math:`\mu = \ln m - \sigma^2/2`,
    :math:`P(N > x) = \Phi((\mu - \ln x)/\sigma)` and
    :math:`E[N;\,N > x] = m\,\Phi((\mu + \sigma^2 - \ln x)/\sigma)`
    (Johnson, Kotz and Balakrishnan, *Continuous Univariate Distributions* 1, 1994, ch. 14).
    """

    mean: float
    cv: float

    @property
    def mean_square(self) -> float:
        """Mean of the squared length [token^2]."""
        return self.mean**2 * (1 + self.cv**2)

    def moment(self, order: int) -> float:
        """Mean of the length to the power of `order` [token^order]."""
        return float(self.mean**order * (1 + self.cv**2) ** (order * (order - 1) / 2))

    def share_above(self, tokens: float) -> float:
        """Share of requests strictly longer than `tokens` [1]."""
        return self._weight_above(tokens, moment=0)

    def tokens_above(self, tokens: float) -> float:
        """Tokens per request held by requests strictly longer than `tokens` [token]."""
        return self.mean * self._weight_above(tokens, moment=1)

    def scaled(self, ratio: float) -> "Lognormal":
        """Build the same distribution counted in other tokens."""
        return Lognormal(self.mean * ratio, self.cv)

    def _weight_above(self, tokens: float, moment: int) -> float:
        if tokens <= 0:
            return 1.0
        variance = math.log1p(self.cv**2)
        centre = math.log(self.mean) + (moment - 0.5) * variance
        return _normal_cdf((centre - math.log(tokens)) / math.sqrt(variance))


@dataclass(frozen=True, slots=True)
class Quantiles:
    """Lengths by quantile, evenly spread between neighbours."""

    probabilities: tuple[float, ...]
    tokens: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Mean length [token]."""
        return _moments(self)[0]

    @property
    def mean_square(self) -> float:
        """Mean of the squared length [token^2]."""
        return _moments(self)[1]

    def moment(self, order: int) -> float:
        """Mean of the length to the power of `order` [token^order]."""
        return sum(mass * _mean_power(low, high, order) for mass, low, high in self.pieces())

    def share_above(self, tokens: float) -> float:
        """Share of requests strictly longer than `tokens` [1]."""
        return sum(mass * _part_above(low, high, tokens) for mass, low, high in self.pieces())

    def tokens_above(self, tokens: float) -> float:
        """Tokens per request held by requests strictly longer than `tokens` [token]."""
        return sum(
            mass * _part_above(low, high, tokens) * (max(low, tokens) + high) / 2
            for mass, low, high in self.pieces()
        )

    def scaled(self, ratio: float) -> "Quantiles":
        """Build the same distribution counted in other tokens."""
        return Quantiles(self.probabilities, tuple(ratio * t for t in self.tokens))

    def pieces(self) -> Sequence[tuple[float, float, float]]:
        """Share of the requests, and the shortest and longest of them, between neighbours."""
        return [
            (p_high - p_low, low, high)
            for (p_low, p_high), (low, high) in zip(
                pairwise(self.probabilities), pairwise(self.tokens), strict=True
            )
        ]


@lru_cache(maxsize=1024)
def _moments(length: Quantiles) -> tuple[float, float]:
    """Mean and mean square, asked for many times in one answer."""
    return (
        sum(mass * (low + high) / 2 for mass, low, high in length.pieces()),
        sum(mass * (low**2 + low * high + high**2) / 3 for mass, low, high in length.pieces()),
    )


def _mean_power(low: float, high: float, order: int) -> float:
    """Mean of a power over lengths spread evenly from `low` to `high`."""
    return sum(low**n * high ** (order - n) for n in range(order + 1)) / (order + 1)


def _part_above(low: float, high: float, edge: float) -> float:
    if edge < low:
        return 1.0
    return (high - edge) / (high - low) if edge < high else 0.0


def _normal_cdf(z: float) -> float:
    return 0.5 * math.erfc(-z / math.sqrt(2))
