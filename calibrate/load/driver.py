"""What a load driver does: put an endpoint under one load and write down every request."""

import asyncio
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Protocol, cast

import numpy as np

from calibrate.plan.plan import LONGEST_DRAW, Load
from calibrate.server.endpoint import Endpoint
from tco.kernel.arrays import FloatArray

LOWEST_TOKEN, HIGHEST_TOKEN = 1_000, 9_000
"""Token ids that every vocabulary of the models planned for has."""
PREFIXES: Final = 8
CANCELLED: Final = "cancelled"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as it is to be sent."""

    number: int
    intended_s: float
    """Since the point's start; 0 in a closed loop, where a client sends when it is free."""
    input_tokens: int
    output_tokens: int
    prefix: int
    """Which of the shared beginnings the prompt has."""
    prefix_tokens: int


@dataclass(frozen=True, slots=True)
class Row:
    """One request as it went; times in seconds since the point's start, None where not reached."""

    intended_s: float
    sent_s: float
    first_s: float | None
    finished_s: float | None
    input_asked: int
    output_asked: int | None
    """None where the generator draws lengths and does not tell which it drew."""
    input_tokens: int | None
    """As the server's usage field says; None where it says nothing."""
    output_tokens: int | None
    streamed_tokens: int
    error: str
    first_of_client: bool = False
    """Whether a client began with it, where the generator tells; its answer was cut short."""

    @property
    def ok(self) -> bool:
        """Whether it was answered whole."""
        return not self.error


@dataclass(slots=True)
class Progress:
    """What a driver tells while it runs, and hears."""

    tokens: int = 0
    """Tokens received so far; a watchdog looks at it."""
    failed_in_row: int = 0
    """Failures since the last answer; an engine that only fails is not worth more load."""
    inside: int = 0
    """Requests sent and not yet answered."""
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set to end the point early; the driver then returns what it has."""
    saturated: bool = False
    """Requests piled up, so the driver stopped by itself."""
    counts_by_itself: bool = True
    """False where `tokens` has to be read from the server's counters."""


@dataclass(frozen=True, slots=True)
class Driven:
    """Rows of one point."""

    rows: tuple[Row, ...]
    loop_lag_ms: float | None
    """99th percentile of the client's own delay; None where it cannot be seen."""
    fault: str = ""
    """Why the generator came to nothing; empty where it did not."""


class LoadDriver(Protocol):
    """Anything that can put an endpoint under a load."""

    @property
    def name(self) -> str:
        """Name that records show."""

    async def prepare(self, load: Load, endpoint: Endpoint, seed: int) -> None:
        """Send what has to be there before the load; not measured."""

    async def run(self, load: Load, endpoint: Endpoint, progress: Progress, seed: int) -> Driven:
        """Put the endpoint under the load; a row for every request sent."""


def asked_requests(load: Load, seed: int) -> Iterator[Asked]:
    """Requests of a load without end, lengths and times drawn by the seed."""
    begun, begins_s = 0, 0.0
    while True:
        block = _asked_block(load, (seed, begun), begun, begins_s)
        yield from block
        begun, begins_s = begun + len(block), block[-1].intended_s


def _asked_block(load: Load, seed: tuple[int, int], begun: int, begins_s: float) -> list[Asked]:
    """As many further requests as the load has."""
    rng = np.random.default_rng(seed)
    inputs = draw_lengths(load.input_tokens, load, rng)
    outputs = np.maximum(draw_lengths(load.output_tokens, load, rng), 2)
    times = np.zeros(load.requests)
    if load.requests_per_second is not None:
        gaps = rng.exponential(1 / load.requests_per_second, load.requests)
        times = begins_s + np.cumsum(gaps)
    prefixes = rng.integers(0, PREFIXES, load.requests)
    return [
        Asked(
            number=begun + number,
            intended_s=float(times[number]),
            input_tokens=int(inputs[number]),
            output_tokens=int(outputs[number]),
            prefix=int(prefixes[number]),
            prefix_tokens=round(load.cached_share * load.input_tokens),
        )
        for number in range(load.requests)
    ]


def draw_lengths(mean: int, load: Load, rng: np.random.Generator) -> FloatArray:
    """Whole lengths around a mean; with a shared beginning, prompts vary only behind it."""
    if load.lengths == "lognormal" and load.spread > 0:
        sd = np.sqrt(np.log1p(load.spread**2))
        drawn = mean * np.exp(rng.normal(-(sd**2) / 2, sd, load.requests))
        drawn = np.minimum(drawn, LONGEST_DRAW * mean)
    else:
        drawn = rng.uniform(mean * (1 - load.spread), mean * (1 + load.spread), load.requests)
    return np.asarray(np.maximum(np.rint(drawn), 1), dtype=float)


def prompt_seed(load: Load, attempt: int, session: str) -> int:
    """Seed of its own for every attempt at every point, whatever the plan's seeds are.

    Two points of one seed would begin their prompts alike, and find them in the prefix cache; so
    would two runs of one plan against a server that stays up.

    Parameters
    ----------
    session
        Something that no other start of a run has.
    """
    text = f"{load.seed} {load.id} {attempt} {session}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) >> 1


def prompt_of(asked: Asked, seed: int) -> list[int]:
    """Token ids of a prompt: a shared beginning, then ids that no other prompt has."""
    shared = min(asked.prefix_tokens, asked.input_tokens - 1)
    return [
        *_ids(seed, -1 - asked.prefix, shared),
        *_ids(seed, asked.number, asked.input_tokens - shared),
    ]


def prefix_prompts(load: Load, seed: int) -> list[list[int]]:
    """Prompts that put every shared beginning into the cache."""
    shared = round(load.cached_share * load.input_tokens)
    return [_ids(seed, -1 - prefix, shared + 1) for prefix in range(PREFIXES)] if shared else []


def random_prompt(seed: int, number: int, tokens: int) -> list[int]:
    """Token ids that no prompt of another seed or number begins with."""
    return _ids(seed, number, tokens)


def _ids(seed: int, stream: int, count: int) -> list[int]:
    rng = np.random.default_rng((seed, stream + PREFIXES + 1))
    return cast("list[int]", rng.integers(LOWEST_TOKEN, HIGHEST_TOKEN, count).tolist())
