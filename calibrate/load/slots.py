"""How many requests a server takes at once, seen where it does not say."""

import asyncio
from contextlib import suppress
from typing import Final

from calibrate.load.completion import warm_up
from calibrate.load.driver import random_prompt
from calibrate.server.endpoint import Endpoint
from calibrate.server.http import HttpError

PROMPT_TOKENS: Final = 8
MOST_ANSWERED: Final = 128
LEAST_ANSWERED: Final = 16
MEMORY_SHARE: Final = 0.5
TIMES_SEEN: Final = 3
LONGEST_TRIAL_S: Final = 120.0
_POLL_S: Final = 0.05


async def slots_seen(
    endpoint: Endpoint, wanted: int, kv_tokens: int | None, seed: int
) -> int | None:
    """Send so many short requests at once and look how many of them run.

    Returns
    -------
    int or None
        `wanted` where none had to wait for a slot, fewer where some did; None where the engine
        does not tell, or memory is too small to try.
    """
    room = MEMORY_SHARE * kv_tokens / wanted if kv_tokens else 0.0
    answered = min(MOST_ANSWERED, int(room) - PROMPT_TOKENS)
    if answered < LEAST_ANSWERED:
        return None
    prompts = [random_prompt(seed, number, PROMPT_TOKENS) for number in range(wanted)]
    sending = asyncio.ensure_future(warm_up(endpoint, prompts, answered))
    queued: dict[int, int] = {}
    with suppress(HttpError, TimeoutError):
        async with asyncio.timeout(LONGEST_TRIAL_S):
            while not sending.done():
                running, waiting = await endpoint.load()
                if waiting > 0:
                    queued[int(running)] = queued.get(int(running), 0) + 1
                await asyncio.wait({sending}, timeout=_POLL_S)
    sending.cancel()
    results = await asyncio.gather(sending, return_exceptions=True)
    if isinstance(results[0], BaseException):
        return None
    # Requests also wait for a moment while they come in; a full engine shows the same number again.
    full = [running for running, times in queued.items() if times >= TIMES_SEEN]
    return max(full, default=wanted)
