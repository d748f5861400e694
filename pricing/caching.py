"""What share of the input is read from the provider's prompt cache.

Three ways to say it: the share itself; a shared prefix with its request rate and lifetime; or
the shape of a conversation. Shares are of input *tokens*, never of requests that hit.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from pricing.errors import InputError, Problem
from pricing.prompt_rules import load_prompt_rules


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a conversation: its total input, and the part read from the cache [token]."""

    input_tokens: float
    cached_tokens: float


def cached_tokens(prefix_tokens: int) -> int:
    """Tokens of a prefix that a hit reads [token].

    Examples
    --------
    >>> cached_tokens(2_006), cached_tokens(1_023)
    (1920, 0)
    """
    rule = load_prompt_rules().prompt_cache
    if prefix_tokens < rule.minimum_prefix_tokens:
        return 0
    return prefix_tokens // rule.prefix_step_tokens * rule.prefix_step_tokens


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


def machines(requests_per_minute: float) -> int:
    """Machines that one prefix is spread over [1]."""
    rule = load_prompt_rules().prompt_cache
    return max(1, math.ceil(requests_per_minute / rule.requests_per_minute_per_machine))


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


def _require_positive(**given: float) -> None:
    problems = [
        Problem(name, str(value), "must be a number above 0", "Write a larger one.")
        for name, value in given.items()
        if not (math.isfinite(value) and value > 0)
    ]
    if problems:
        raise InputError(*problems)
