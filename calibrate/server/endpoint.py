"""An engine that answers over HTTP: alive, named, described and counted."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Final, Self

from pydantic import Field

from calibrate.server.http import Address, HttpError, get
from calibrate.server.settings import ServerSettings, settings_of_info
from pricing.provenance import Record

INFO: Final = "/server_info?config_format=json"
RUNNING: Final = "vllm:num_requests_running"
WAITING: Final = "vllm:num_requests_waiting"
_ASK_S: Final = 5.0
_INFO_S: Final = 60.0  # the engine looks its environment up first
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
    settings: ServerSettings = ServerSettings()
    slots_seen: int | None = None
    """Requests that were seen to run at once; None where it was not tried."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Address and model name of an engine."""

    address: Address
    served_name: str
    api_key: str = ""

    async def is_healthy(self) -> bool:
        """Whether ``/health`` answers 200."""
        try:
            await self._get("/health")
        except HttpError:
            return False
        return True

    async def names(self) -> tuple[str, ...]:
        """Names under which it serves models."""
        return tuple(str(model.get("id", "")) for model in await self._models())

    async def counters(self) -> Counters:
        """Read its counters.

        Raises
        ------
        HttpError
            If it does not answer.
        """
        samples = await self._samples()
        return Counters(**{mine: _total(samples, theirs) for mine, theirs in _COUNTERS.items()})

    async def load(self) -> tuple[float, float]:
        """Requests that run and that wait; NaN where it does not tell.

        Raises
        ------
        HttpError
            If it does not answer.
        """
        samples = await self._samples()
        return _total(samples, RUNNING), _total(samples, WAITING)

    async def describe(self) -> Served:
        """Read version, limits, memory and settings.

        Raises
        ------
        HttpError
            If it does not answer, or shows no counters.
        """
        mine = next(m for m in await self._models() if m.get("id") == self.served_name)
        version = await self._document("/version")
        cache: Mapping[str, str] = {}
        for name, labels, _ in await self._samples():
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
            settings=settings_of_info(await self._document(INFO)),
        )

    async def _models(self) -> list[dict[str, Any]]:
        listed = json.loads(await self._get("/v1/models"))
        return list(listed.get("data", []))

    async def _document(self, path: str) -> dict[str, Any]:
        """Document at a path that an engine may not have."""
        try:
            found = json.loads(await self._get(path, timeout_s=_INFO_S))
        except (HttpError, ValueError):
            return {}
        return found if isinstance(found, dict) else {}

    async def _samples(self) -> list[tuple[str, dict[str, str], float]]:
        body = await self._get("/metrics")
        return list(parse_samples(body.decode(errors="replace")))

    async def _get(self, path: str, *, timeout_s: float = _ASK_S) -> bytes:
        return await get(self.address, path, timeout_s=timeout_s, api_key=self.api_key)


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
