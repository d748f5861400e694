"""One request to an engine: its body, the events of its answer, and requests that do not count."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from calibrate.load.driver import Row
from calibrate.server.endpoint import Endpoint
from calibrate.server.http import HttpError, post_events

PATH: Final = "/v1/completions"


@dataclass(slots=True)
class Stamps:
    """A request while it is under way."""

    first_s: float | None = None
    last_s: float | None = None
    tokens: int = 0
    input_tokens: int | None = None
    output_tokens: int | None = None


def completion(endpoint: Endpoint, prompt: list[int], output_tokens: int) -> dict[str, object]:
    """Body of a request for an answer of exactly so many tokens, streamed.

    As long an answer by ``min_tokens`` would have the engine mask its stop tokens at every step.
    """
    return {
        "model": endpoint.served_name,
        "prompt": prompt,
        "max_tokens": output_tokens,
        "ignore_eos": True,
        "temperature": 0,
        "stream": True,
        "stream_options": {"include_usage": True},
        "return_token_ids": True,
    }


def read_event(data: str, stamps: Stamps) -> int:
    """Tokens of one event; an error inside a stream is a failure, whatever the status was."""
    try:
        event = json.loads(data)
    except ValueError:
        raise HttpError("not_json", data[:100]) from None
    if not isinstance(event, dict) or event.get("error"):
        raise HttpError("stream_error", str(event)[:200])
    usage = event.get("usage")
    if usage:
        stamps.input_tokens = usage.get("prompt_tokens")
        stamps.output_tokens = usage.get("completion_tokens")
    choices = event.get("choices") or [{}]
    ids = choices[0].get("token_ids")
    tokens = len(ids) if ids is not None else bool(choices[0].get("text"))
    stamps.tokens += tokens
    return tokens


def stamped(row: Row, stamps: Stamps) -> Row:
    """The row with what has come of its answer."""
    return replace(
        row,
        first_s=stamps.first_s,
        finished_s=stamps.last_s,
        input_tokens=stamps.input_tokens,
        output_tokens=stamps.output_tokens,
        streamed_tokens=stamps.tokens,
    )


async def _warm(endpoint: Endpoint, prompt: list[int], output_tokens: int) -> None:
    document = completion(endpoint, prompt, output_tokens)
    async for _ in post_events(endpoint.address, PATH, document, api_key=endpoint.api_key):
        pass


async def warm_up(endpoint: Endpoint, prompts: Iterable[list[int]], output_tokens: int) -> None:
    """Send requests that are not measured, all at once; none is under way when this returns.

    Raises
    ------
    HttpError
        If one of them is not answered.
    """
    sent = (_warm(endpoint, prompt, output_tokens) for prompt in prompts)
    # One failure must not leave the others running into what is measured next.
    for result in await asyncio.gather(*sent, return_exceptions=True):
        if isinstance(result, BaseException):
            raise result
