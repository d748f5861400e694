"""What share of the input is read from the provider's prompt cache, and whether writing pays.

Three ways to say it: the share itself; a shared prefix with its request rate and lifetime; or
the shape of a conversation. Shares are of input *tokens*, never of requests that hit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from pricing.errors import InputError, Problem
from pricing.rate_card import Band

MINIMUM_PREFIX_TOKENS = 1_024
"""Shortest prompt OpenAI caches; other sellers differ (Anthropic 512 to 4,096, DeepSeek 64)."""
PREFIX_STEP_TOKENS = 128
"""OpenAI, before GPT-5.6: reported reads are whole multiples of this, rounded down."""
REQUESTS_PER_MINUTE_PER_MACHINE = 15.0
"""OpenAI: above about this rate one prefix spills over to further machines, each cold."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation: its total input, and the part read from the cache [token]."""

    input_tokens: float
    cached_tokens: float


def cached_tokens(
    prefix_tokens: int,
    *,
    minimum: int = MINIMUM_PREFIX_TOKENS,
    step: int = PREFIX_STEP_TOKENS,
) -> int:
    """Tokens of a prefix that a hit reads [token].

    Examples
    --------
    >>> cached_tokens(2_006), cached_tokens(1_023)
    (1920, 0)
    """
    return prefix_tokens // step * step if prefix_tokens >= minimum else 0


def hit_probability(
    requests_per_minute: float, lifetime_minutes: float, *, renewed_by_use: bool = True
) -> float:
    r"""Probability that a random request finds its prefix in the cache [1].

    Requests arrive at random (Poisson) at rate :math:`r` on one machine. If each use renews the
    lifetime :math:`T`, a request hits when the previous one came within it:
    :math:`1 - e^{-rT}`. If the lifetime runs from the write, each write serves on average
    :math:`rT` reads: :math:`rT / (1 + rT)`.

    Examples
    --------
    >>> round(hit_probability(0.2, 5.0), 4), hit_probability(0.2, 5.0, renewed_by_use=False)
    (0.6321, 0.5)
    """
    _require_positive(requests_per_minute=requests_per_minute, lifetime_minutes=lifetime_minutes)
    expected = requests_per_minute * lifetime_minutes
    return -math.expm1(-expected) if renewed_by_use else expected / (1 + expected)


def machines(
    requests_per_minute: float, most_per_machine: float = REQUESTS_PER_MINUTE_PER_MACHINE
) -> int:
    """Machines that one prefix is spread over [1]."""
    return max(1, math.ceil(requests_per_minute / most_per_machine))


def prefix_share(
    prefix_tokens: int,
    mean_input_tokens: float,
    *,
    requests_per_minute: float,
    lifetime_minutes: float,
    renewed_by_use: bool = True,
) -> float:
    """Cached share of the input where every request starts with the same prefix [1].

    The rate is divided over the machines it needs, so a busy prefix is warmed on each of them.

    Examples
    --------
    >>> round(prefix_share(2_048, 4_096, requests_per_minute=60, lifetime_minutes=5), 4)
    0.5
    """
    _require_positive(mean_input_tokens=mean_input_tokens)
    if prefix_tokens > mean_input_tokens:
        raise InputError(
            Problem(
                "prefix_tokens",
                str(prefix_tokens),
                f"cannot exceed the mean input of {mean_input_tokens} tokens",
                "Give the tokens every request starts with.",
            )
        )
    rate = requests_per_minute / machines(requests_per_minute)
    hit = hit_probability(rate, lifetime_minutes, renewed_by_use=renewed_by_use)
    return hit * cached_tokens(prefix_tokens) / mean_input_tokens


def conversation(
    *,
    system_tokens: int,
    growth_tokens_per_turn: int,
    turns: int,
    reply_gap_hit: float = 1.0,
) -> tuple[Turn, ...]:
    """Input and cached tokens of every turn of a conversation.

    Turn k sends the system prompt and k growths, and can read at most the whole prompt of turn
    k − 1, if the user's pause stayed within the lifetime.

    Parameters
    ----------
    growth_tokens_per_turn
        What one turn adds: the question and the answer before it [token].
    reply_gap_hit
        Share of turns whose pause stayed within the lifetime [1].

    Examples
    --------
    >>> [t.cached_tokens for t in conversation(
    ...     system_tokens=1_000, growth_tokens_per_turn=500, turns=3)]
    [0, 1408.0, 1920.0]
    """
    sizes = [system_tokens + k * growth_tokens_per_turn for k in range(1, turns + 1)]
    reads: list[float] = [0, *(reply_gap_hit * cached_tokens(size) for size in sizes[:-1])]
    return tuple(Turn(size, read) for size, read in zip(sizes, reads, strict=True))


def conversation_share(turns: Sequence[Turn]) -> float:
    """Cached share of all input of a conversation [1]."""
    return sum(turn.cached_tokens for turn in turns) / sum(turn.input_tokens for turn in turns)


def break_even_reads(write_multiple: float, read_multiple: float) -> float:
    """Reads per write above which caching costs less than not caching [1].

    A write costs `write_multiple` of the input price, a read `read_multiple`. Caching pays when
    w + n·d < 1 + n, so for n > (w − 1) / (1 − d).

    Examples
    --------
    >>> round(break_even_reads(1.25, 0.10), 2), round(break_even_reads(2.5, 0.05), 2)
    (0.28, 1.58)
    """
    if read_multiple >= 1:
        return math.inf
    return max(0.0, (write_multiple - 1) / (1 - read_multiple))


def band_break_even_reads(band: Band, lifetime: str | None = None) -> float:
    """Reads per write above which caching pays at the rates of one band [1].

    Raises
    ------
    InputError
        The band has no write rate of that lifetime.
    """
    plain = band.input_usd_per_mtok
    writes = band.cache_write_usd_per_mtok
    chosen = lifetime or next(iter(writes), None)
    if chosen is not None and chosen not in writes:
        known = ", ".join(writes) or "none"
        raise InputError(Problem("lifetime", chosen, "no such write rate", f"Known: {known}."))
    write = writes[chosen] if chosen is not None else plain
    read = band.cached_input_usd_per_mtok
    return break_even_reads(float(write / plain), 1.0 if read is None else float(read / plain))


def cached_input_usd_per_mtok(band: Band, reads_per_write: Decimal, lifetime: str) -> Decimal:
    """Mean price of cacheable input, one write and its reads together [USD/Mtok]."""
    read = band.cached_input_usd_per_mtok
    plain = band.input_usd_per_mtok
    write = band.cache_write_usd_per_mtok.get(lifetime, plain)
    return (write + reads_per_write * (plain if read is None else read)) / (1 + reads_per_write)


def _require_positive(**given: float) -> None:
    problems = [
        Problem(name, str(value), "must be a number above 0", "")
        for name, value in given.items()
        if not (math.isfinite(value) and value > 0)
    ]
    if problems:
        raise InputError(*problems)
