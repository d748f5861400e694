"""Prices of many requests at once: arrays in, and the exact total of all of them out.

Single requests come as float64 [USD]; the total is exact, because it multiplies whole token
sums by decimal rates, band by band, and never adds floats.
"""

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from pricing.errors import Problem
from pricing.quote_lines import EXACT
from pricing.rate_card import Band, RateCard
from pricing.refusal import NotOfferedError, UsageError
from pricing.token_classes import ClassRate, class_rates
from pricing.units import TOKENS_PER_MTOK
from pricing.usage import MOST_TOKENS

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Requests:
    """Token counts of many requests, one array each, all of one length [token]."""

    input_tokens: IntArray
    cached_tokens: IntArray
    cache_write_tokens: IntArray
    output_tokens: IntArray

    @classmethod
    def of(
        cls,
        input_tokens: ArrayLike,
        cached_tokens: ArrayLike = 0,
        cache_write_tokens: ArrayLike = 0,
        output_tokens: ArrayLike = 0,
    ) -> "Requests":
        """Check and align token counts.

        Raises
        ------
        UsageError
            A count is no whole number of tokens, or parts exceed the input: how many rows, and
            the first of them.
        """
        given = {
            "input_tokens": input_tokens,
            "cached_tokens": cached_tokens,
            "cache_write_tokens": cache_write_tokens,
            "output_tokens": output_tokens,
        }
        columns = {name: _whole(name, values) for name, values in given.items()}
        aligned = dict(zip(columns, np.broadcast_arrays(*columns.values()), strict=True))
        parts = aligned["cached_tokens"] + aligned["cache_write_tokens"]
        _refuse_rows("cached_tokens", parts > aligned["input_tokens"], "exceeds the input tokens")
        return cls(**aligned)


def band_index(card: RateCard, input_tokens: IntArray) -> IntArray:
    """Which band of a rate card each request falls into."""
    index = np.zeros(input_tokens.shape, dtype=np.int64)
    for band in card.bands[1:]:
        edge = band.above_input_tokens
        index += (input_tokens >= edge) if band.inclusive else (input_tokens > edge)
    return index


def prices_usd(card: RateCard, requests: Requests, *, lifetime: str | None = None) -> FloatArray:
    """Price of every request [USD]; NaN where the band is not offered."""
    index = band_index(card, requests.input_tokens)
    usd = np.zeros(index.shape)
    for column in zip(*(_class_rates(band, lifetime) for band in card.bands), strict=True):
        rates = np.array([rate.usd_per_mtok for rate in column], dtype=np.float64)
        usd += column[0].token_class.count(requests) * rates[index]
    return usd / TOKENS_PER_MTOK


def total_usd(card: RateCard, requests: Requests, *, lifetime: str | None = None) -> Decimal:
    """Exact price of all requests together [USD].

    Raises
    ------
    NotOfferedError
        Some requests fall into a band that is not offered: how many.
    """
    index = band_index(card, requests.input_tokens)
    amount = Decimal(0)
    for number, band in enumerate(card.bands):
        chosen = index == number
        count = int(chosen.sum())
        if not count:
            continue
        if not band.offered:
            limit = f"{count} requests exceed {band.above_input_tokens} input tokens"
            hint = "Price them in another tier."
            raise NotOfferedError(Problem("input_tokens", str(count), limit, hint))
        for rate in _class_rates(band, lifetime):
            tokens = Decimal(_sum(rate.token_class.count(requests)[chosen]))
            amount = EXACT.add(amount, EXACT.multiply(tokens, rate.usd_per_mtok))
    return amount.scaleb(-6, EXACT)


def length_curve(
    card: RateCard,
    *,
    longest_input_tokens: int,
    cached_share: float = 0.0,
    output_tokens: int = 0,
    points: int = 200,
) -> tuple[IntArray, FloatArray]:
    """Price of a request against its total input, with both sides of every band edge [USD].

    Returns
    -------
    tuple of ndarray
        Total input [token], ascending, and the price there; NaN where not offered.
    """
    edges = [band.above_input_tokens for band in card.bands[1:]]
    sides = [edge + step for edge in edges for step in (-1, 0, 1)]
    grid = np.linspace(1, longest_input_tokens, points).astype(np.int64)
    chosen = np.array([size for size in sides if size <= longest_input_tokens], dtype=np.int64)
    lengths = np.unique(np.concatenate([grid, chosen]))
    cached = np.floor(lengths * cached_share).astype(np.int64)
    requests = Requests.of(lengths, cached, 0, output_tokens)
    return lengths, prices_usd(card, requests)


def _class_rates(band: Band, lifetime: str | None) -> tuple[ClassRate, ...]:
    return tuple(class_rates(band, () if lifetime is None else (lifetime,)))


def _sum(tokens: IntArray) -> int:
    """Sum that cannot overflow: high and low halves apart."""
    low = int((tokens & 0xFFFFFFFF).sum(dtype=np.int64))
    return (int((tokens >> 32).sum(dtype=np.int64)) << 32) + low


def _whole(name: str, values: ArrayLike) -> IntArray:
    array = np.atleast_1d(np.asarray(values))
    if array.dtype.kind not in "iu":
        problem = Problem(name, str(array.dtype), "must hold whole numbers", "Give integers.")
        raise UsageError(problem)
    _refuse_rows(name, (array < 0) | (array > MOST_TOKENS), f"must be from 0 to {MOST_TOKENS}")
    return array.astype(np.int64)


def _refuse_rows(name: str, wrong: NDArray[np.bool_], limit: str) -> None:
    if wrong.any():
        first, count = int(np.argmax(wrong)), int(wrong.sum())
        hint = "Give the total input, cached tokens included."
        raise UsageError(Problem(f"{name}[{first}]", f"{count} rows", limit, hint))
