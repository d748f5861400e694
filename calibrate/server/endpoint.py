"""An engine that answers over HTTP: alive, named, described and counted."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Final, Self

from pydantic import Field

from calibrate.server.http import Address, HttpError, get
from pricing.provenance import Record

_ASK_S: Final = 5.0
_SAMPLE: Final = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})?\s+(\S+)")
_LABEL: Final = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_COUNTERS: Final = {
    "prompt_tokens": "vllm:prompt_tokens_total",
    "generated_tokens": "vllm:generation_tokens_total",
    "cache_queries": "vllm:prefix_cache_queries_total",
    "cache_hits": "vllm:prefix_cache_hits_total",
    "preemptions": "vllm:num_preemptions_total",
    "finished": "vllm:request_success_total",
    "steps": "vllm:iteration_tokens_total_count",
}


@dataclass(frozen=True, slots=True)
class Counters:
    """What the engine has counted since it started; NaN where it does not count."""

    prompt_tokens: float
    generated_tokens: float
    cache_queries: float
    cache_hits: float
    preemptions: float
    finished: float
    steps: float

    def since(self, before: "Counters") -> Self:
        """Growth since an earlier reading."""
        return type(self)(
            *(getattr(self, f.name) - getattr(before, f.name) for f in fields(Counters))
        )


class Served(Record):
    """What a server says of itself."""

    name: str
    model: str
    version: str
    max_model_len: int | None = None
    kv_tokens: int | None = None
    """Context tokens that its memory holds."""
    cache_config: dict[str, str] = Field(default_factory=dict)
    """Resolved settings of the cache, as the engine prints them."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Address and model name of an engine."""

    address: Address
    served_name: str
    api_key: str = ""

    async def is_healthy(self) -> bool:
        """Whether ``/health`` answers 200."""
        try:
            await get(self.address, "/health", timeout_s=_ASK_S)
        except HttpError:
            return False
        return True

    async def names(self) -> tuple[str, ...]:
        """Names under which it serves models."""
        listed = json.loads(await get(self.address, "/v1/models", timeout_s=_ASK_S))
        return tuple(str(model.get("id", "")) for model in listed.get("data", []))

    async def counters(self) -> Counters:
        """Read its counters.

        Raises
        ------
        HttpError
            If it does not answer.
        """
        samples = list(parse_samples(await self._metrics()))
        return Counters(**{mine: _total(samples, theirs) for mine, theirs in _COUNTERS.items()})

    async def describe(self) -> Served:
        """Read version, limits and memory."""
        listed = json.loads(await get(self.address, "/v1/models", timeout_s=_ASK_S))
        mine = next(m for m in listed.get("data", []) if m.get("id") == self.served_name)
        try:
            version = json.loads(await get(self.address, "/version", timeout_s=_ASK_S))
        except (HttpError, ValueError):
            version = {}
        cache: Mapping[str, str] = {}
        for name, labels, _ in parse_samples(await self._metrics()):
            if name == "vllm:cache_config_info":
                cache = labels
        tokens = cache.get("kv_cache_size_tokens", "")
        return Served(
            name=self.served_name,
            model=str(mine.get("root") or ""),
            version=str(version.get("version", "")),
            max_model_len=mine.get("max_model_len"),
            kv_tokens=int(tokens) if tokens.isdigit() else _by_blocks(cache),
            cache_config=dict(sorted(cache.items())),
        )

    async def _metrics(self) -> str:
        body = await get(self.address, "/metrics", timeout_s=_ASK_S)
        return body.decode(errors="replace")


def parse_samples(text: str) -> Iterator[tuple[str, dict[str, str], float]]:
    """Name, labels and value of every sample of a Prometheus page.

    Examples
    --------
    >>> list(parse_samples('vllm:finished_total{engine="0"} 3.0'))
    [('vllm:finished_total', {'engine': '0'}, 3.0)]
    """
    for line in text.splitlines():
        match = _SAMPLE.match(line)
        if match and not line.startswith("#"):
            name, labels, value = match.groups()
            try:
                yield name, dict(_LABEL.findall(labels or "")), float(value)
            except ValueError:
                continue


def _total(samples: list[tuple[str, dict[str, str], float]], name: str) -> float:
    found = [value for sample, _, value in samples if sample == name]
    return sum(found) if found else float("nan")


def _by_blocks(cache: Mapping[str, str]) -> int | None:
    blocks, size = cache.get("num_gpu_blocks", ""), cache.get("block_size", "")
    return int(blocks) * int(size) if blocks.isdigit() and size.isdigit() else None
