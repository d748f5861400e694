"""How an engine is set up, as it says itself: in its log, on ``/server_info``, in its model.

Every figure is None where it was not said; nothing is assumed.
"""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from calibrate.files import read_document
from calibrate.plan.server_spec import ServerSpec
from pricing.errors import PlannerError
from pricing.printable import has_controls
from pricing.provenance import Record

_LOG: Final = {
    "engine_version": r"LLM engine \(v([^)\s]+)\) with config",
    "model": r"with config: model='([^']+)'",
    "weights_dtype": r"\bdtype=torch\.(\w+)",
    "quantization": r"\bquantization=([\w-]+)",
    "tensor_parallel_size": r"\btensor_parallel_size=(\d+)",
    "max_num_batched_tokens": r"max_num_batched_tokens['\"]?[=:]\s*(\d+)",
    "max_num_seqs": r"max_num_seqs['\"]?[=:]\s*(\d+)",
    "kv_cache_dtype": r"\bkv_cache_dtype=(\w+)",
}
"""Settings in the lines that vLLM 0.26 to 0.32 print while they start."""
_INFO: Final = {
    "model": ("model_config", "model"),
    "weights_dtype": ("model_config", "dtype"),
    "quantization": ("model_config", "quantization"),
    "max_num_seqs": ("scheduler_config", "max_num_seqs"),
    "max_num_batched_tokens": ("scheduler_config", "max_num_batched_tokens"),
    "tensor_parallel_size": ("parallel_config", "tensor_parallel_size"),
    "kv_cache_dtype": ("cache_config", "cache_dtype"),
    "block_size": ("cache_config", "block_size"),
    "prefix_caching": ("cache_config", "enable_prefix_caching"),
}
"""Settings in the answer of ``/server_info?config_format=json``."""
_NUMBERS: Final = frozenset(
    {"max_num_seqs", "max_num_batched_tokens", "tensor_parallel_size", "block_size"}
)


class ServerSettings(Record):
    """What decides how quickly an engine serves, as it says itself."""

    engine_version: str | None = None
    model: str | None = None
    """Id or folder of the model."""
    weights_dtype: str | None = None
    """Such as ``bfloat16``."""
    quantization: str | None = None
    """Such as ``fp8``; ``none`` where the engine says that there is none."""
    tensor_parallel_size: int | None = None
    max_num_seqs: int | None = None
    """Requests that decode at once, at most."""
    max_num_batched_tokens: int | None = None
    kv_cache_dtype: str | None = None
    block_size: int | None = None
    prefix_caching: bool | None = None
    layers: int | None = None
    hidden: int | None = None
    kv_heads: int | None = None
    head_dim: int | None = None
    experts: int | None = None
    read_from: tuple[str, ...] = ()
    """Where it was said."""

    def filled_by(self, other: "ServerSettings") -> "ServerSettings":
        """The same, with what only the other says."""
        mine = self.model_dump(exclude={"read_from"}, exclude_none=True)
        theirs = other.model_dump(exclude={"read_from"}, exclude_none=True)
        return ServerSettings(**theirs | mine, read_from=(*self.read_from, *other.read_from))

    def lines(self) -> Iterator[tuple[str, str]]:
        """Name and value of everything that was said."""
        for name, value in self.model_dump(exclude_none=True).items():
            yield name, ", ".join(value) if isinstance(value, tuple) else str(value)


def settings_of_log(text: str) -> ServerSettings:
    """Settings in what the engine printed while it started.

    Examples
    --------
    >>> line = "LLM engine (v0.32.0) with config: dtype=torch.bfloat16, quantization=None"
    >>> found = settings_of_log(line)
    >>> found.engine_version, found.weights_dtype, found.quantization
    ('0.32.0', 'bfloat16', 'none')
    """
    found = {name: re.search(pattern, text) for name, pattern in _LOG.items()}
    return _settings({name: match.group(1) for name, match in found.items() if match}, "log")


def settings_of_info(document: Mapping[str, Any]) -> ServerSettings:
    """Settings in the answer of ``/server_info?config_format=json``."""
    config = document.get("vllm_config")
    if not isinstance(config, Mapping):
        return ServerSettings()
    said = {}
    for name, (part, field) in _INFO.items():
        values = config.get(part)
        if isinstance(values, Mapping) and field in values:
            said[name] = values[field]
    return _settings(said, "server_info")


def settings_of_model(folder: Path) -> ServerSettings:
    """Dimensions and weights' type in a model's ``config.json``; nothing where it has none."""
    try:
        config = read_document(folder / "config.json", "model")
    except PlannerError:
        return ServerSettings()
    text = config.get("text_config") or config
    heads = text.get("num_attention_heads")
    hidden = text.get("hidden_size")
    head_dim = text.get("head_dim") or (hidden // heads if hidden and heads else None)
    quantized = config.get("quantization_config") or {}
    return ServerSettings(
        weights_dtype=text.get("torch_dtype") or text.get("dtype") or config.get("torch_dtype"),
        quantization=quantized.get("quant_method"),
        layers=text.get("num_hidden_layers"),
        hidden=hidden,
        kv_heads=text.get("num_key_value_heads") or heads,
        head_dim=head_dim,
        experts=text.get("num_local_experts") or 0,
        read_from=("config.json",),
    )


def model_folder(spec: ServerSpec, mine: Mapping[str, str] | None = None) -> Path | None:
    """Folder of this machine that holds the model's files; None where there is none."""
    if spec.is_folder:
        return Path(spec.model)
    source = os.environ if mine is None else mine
    home = Path(source.get("HF_HOME") or Path(source.get("HOME", "/")) / ".cache" / "huggingface")
    cache = Path(source.get("HF_HUB_CACHE") or home / "hub")
    kept = sorted((cache / f"models--{spec.model.replace('/', '--')}" / "snapshots").glob("*"))
    wanted = [folder for folder in kept if folder.name == spec.revision]
    return next(iter(wanted or kept[-1:]), None)


def _settings(said: Mapping[str, object], read_from: str) -> ServerSettings:
    """Typed settings; a value of another kind counts as not said."""
    values: dict[str, object] = {}
    for name, value in said.items():
        if name == "prefix_caching":
            values[name] = value if isinstance(value, bool) else None
        elif name in _NUMBERS:
            values[name] = int(str(value)) if str(value).isdigit() else None
        elif name == "quantization":
            values[name] = "none" if value in {None, "None"} else str(value)
        elif value is not None and not has_controls(str(value)):
            values[name] = str(value).removeprefix("torch.")
    return ServerSettings.model_validate({**values, "read_from": (read_from,) if values else ()})
