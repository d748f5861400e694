"""How a server is started: typed settings into an argument list, and nothing passed through.

The engine's own parser takes abbreviations, import paths and files of further flags, so no list of
forbidden flags can be complete. A plan therefore holds typed fields only; what they may say is
decided here, and a shell is never involved.
"""

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, field_validator

from hardware_profiles.quantities import Gpus
from pricing.provenance import Record
from pricing.quantities import Fraction, TokenLimit, Whole

HUB_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}/[A-Za-z0-9][A-Za-z0-9._-]{0,95}")
REVISION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
PASSED_ON: Final = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "TMPDIR",
    "CUDA_HOME",
    "CUDA_VISIBLE_DEVICES",
    "NVIDIA_VISIBLE_DEVICES",
    "NVIDIA_DRIVER_CAPABILITIES",
    "NCCL_SOCKET_IFNAME",
    "NCCL_P2P_DISABLE",
    "OMP_NUM_THREADS",
    "HF_HOME",
    "HF_HUB_CACHE",
    "HF_HUB_OFFLINE",
    "TRANSFORMERS_OFFLINE",
    "VLLM_CACHE_ROOT",
    "VLLM_CPU_KVCACHE_SPACE",
    "VLLM_CPU_OMP_THREADS_BIND",
    "VLLM_ENABLE_V1_MULTIPROCESSING",
    "VLLM_USE_FLASHINFER_SAMPLER",
    "VLLM_WORKER_MULTIPROC_METHOD",
)
"""Names of environment variables that every server is given."""
NamedVariable = Literal["LD_LIBRARY_PATH", "LD_PRELOAD", "HF_TOKEN", "HF_TOKEN_PATH"]
"""What may load other code into a server, or is a secret: passed on where the plan names it."""
_MIB: Final = 1024 * 1024


class ServerSpec(Record):
    """Settings of one replica's server."""

    model: str
    """Id on the model hub as ``owner/name``, or the absolute path of a folder."""
    revision: str = ""
    """Commit, tag or branch of the model; empty where a folder is served."""
    load_format: Literal["auto", "safetensors", "dummy"] = "auto"
    """``dummy`` makes up the weights: right speed for a dense model, no download."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """``float32`` is for CPUs that have no bfloat16 arithmetic."""
    quantization: Literal["fp8", "mxfp4", "awq", "gptq", "compressed-tensors"] | None = None
    kv_cache_dtype: Literal["auto", "fp8"] = "auto"
    tensor_parallel_size: Gpus = 1
    max_model_len: TokenLimit
    max_num_seqs: Whole = 1024
    max_num_batched_tokens: TokenLimit = 8192
    gpu_memory_utilization: Fraction | None = None
    kv_cache_memory_mib: Whole | None = None
    block_size: Literal[8, 16, 32, 64, 128] | None = None
    enforce_eager: bool = False
    enable_prefix_caching: bool = True
    executor: Literal["uni", "mp"] | None = None
    seed: int = Field(default=0, ge=0)
    environment: tuple[NamedVariable, ...] = ()
    """Variables of the shell that this server needs beside the usual ones: for libraries in a
    place of their own, or for a model whose download asks for a token."""

    @field_validator("model")
    @classmethod
    def _is_an_id_or_a_folder(cls, name: str) -> str:
        is_folder = Path(name).is_absolute() and name.isprintable() and ".." not in Path(name).parts
        if not is_folder and not HUB_ID.fullmatch(name):
            msg = "must be owner/name on the model hub, or the absolute path of a folder"
            raise ValueError(msg)
        return name

    @field_validator("revision")
    @classmethod
    def _is_a_revision(cls, name: str) -> str:
        if name and not REVISION.fullmatch(name):
            msg = "must be a commit, tag or branch of letters, digits, '.', '_' and '-'"
            raise ValueError(msg)
        return name

    @property
    def is_folder(self) -> bool:
        """Whether the model is a folder of this machine."""
        return Path(self.model).is_absolute()


def serve_arguments(spec: ServerSpec, *, served_name: str, port: int) -> list[str]:
    """Arguments of ``vllm serve``, every one from a typed field.

    Parameters
    ----------
    served_name
        Name that only this run knows; requests to any other server fail.
    port
        On the loopback address only.
    """
    options: dict[str, object] = {
        "served-model-name": served_name,
        "host": "127.0.0.1",
        "port": port,
        "revision": spec.revision or None,
        "load-format": spec.load_format,
        "dtype": spec.dtype,
        "quantization": spec.quantization,
        "kv-cache-dtype": spec.kv_cache_dtype,
        "tensor-parallel-size": spec.tensor_parallel_size,
        "max-model-len": spec.max_model_len,
        "max-num-seqs": spec.max_num_seqs,
        "max-num-batched-tokens": spec.max_num_batched_tokens,
        "gpu-memory-utilization": spec.gpu_memory_utilization,
        "kv-cache-memory-bytes": spec.kv_cache_memory_mib and spec.kv_cache_memory_mib * _MIB,
        "block-size": spec.block_size,
        "distributed-executor-backend": spec.executor,
        "seed": spec.seed,
    }
    switches = [
        "--enable-prefix-caching" if spec.enable_prefix_caching else "--no-enable-prefix-caching",
        *(["--enforce-eager"] if spec.enforce_eager else []),
    ]
    given = [f"--{name}={value}" for name, value in options.items() if value is not None]
    return ["serve", spec.model, *given, *switches]


def server_environment(
    named: Sequence[NamedVariable] = (), mine: Mapping[str, str] | None = None
) -> dict[str, str]:
    """Environment of a server: the names it needs, those its plan names, and no tracking."""
    source = os.environ if mine is None else mine
    passed = {name: source[name] for name in (*PASSED_ON, *named) if name in source}
    return {
        **passed,
        "VLLM_HOST_IP": "127.0.0.1",
        "VLLM_NO_USAGE_STATS": "1",
        "DO_NOT_TRACK": "1",
        "PYTHONUNBUFFERED": "1",
    }
