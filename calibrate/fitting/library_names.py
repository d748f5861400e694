"""Names in tables of points, and what the library knows behind them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from calibrate.fitting.points import BATCHED_TOKENS, Group, LoadPoint, PointSet, point_set
from calibrate.fitting.priors import Prior, from_points, roofline
from hardware_profiles import Accelerator, LanguageModel, Library, Precision, memory_fit
from tco.kernel.speed import EngineLimits, FloatArray

MODELS: Final = {
    "meta-llama/Llama-3.1-70B": "Llama 3.1 70B",
    "nvidia/Llama-3.1-8B-Instruct-FP8": "Llama 3.1 8B",
}
SYSTEMS: Final = {
    "a100_sxm": "A100 80GB",
    "h100_sxm": "H100 SXM",
    "h200_sxm": "H200 SXM",
    "b200_sxm": "B200 SXM",
    "b300_sxm": "B300 SXM",
    "gb200_sxm": "GB200",
    "l40s": "L40S",
}
NATIVE_MXFP4: Final = ("gpt-oss-120b", "gpt-oss-20b")
PRECISIONS: Final[dict[str, Precision]] = {"bf16": "bf16", "fp8": "fp8", "int4": "int4"}
OLDER_MEMORY_SHARE: Final = 0.90  # vLLM's default when these points were measured
FP8_CONTEXT: Final = (("Llama 3.1 70B", "H200 SXM", 1),)
"""Groups whose memory-limited points show one byte per key or value, not two."""
MOST_SEQUENCES: Final = 1024
HIGHEST_ARITHMETIC_SHARE: Final = 0.60
MOST_CACHED_PROMPT_PER_OUTPUT: Final = 25.0


@dataclass(frozen=True, slots=True)
class Replica:
    """A group of points resolved to facts."""

    model: LanguageModel
    precision: Precision
    accelerator: Accelerator
    gpus: int
    kv_bytes_per_element: float


@dataclass(frozen=True, slots=True)
class Ready:
    """Points of one group with everything a fit needs."""

    group: Group
    replica: Replica | None
    used: tuple[LoadPoint, ...]
    points: PointSet
    prior: Prior
    limits: EngineLimits
    cached_prompts: bool
    """Prompts were evidently found in the prefix cache; see `make_ready`."""
    left_out: int
    """Rows not used for that reason."""


def make_ready(group: Group, rows: Sequence[LoadPoint], library: Library) -> Ready:
    """Resolve a group; a model that the library does not know is fitted from its points alone.

    Where a run implies more arithmetic than the chip can do, its prompts were not worked through:
    the load generator repeated them and the prefix cache held them. Such a group is read as one of
    cached prompts, without the runs where what was not cached weighs most. It says how quickly
    tokens are decoded; how quickly prompts are read is then left to the data sheet.
    """
    replica = resolve(group, library)
    points = point_set(rows)
    if replica is None:
        limits = EngineLimits(MOST_SEQUENCES, BATCHED_TOKENS, np.inf)
        return Ready(group, None, tuple(rows), points, from_points(points), limits, False, 0)
    impossible = arithmetic_share(points, replica) > HIGHEST_ARITHMETIC_SHARE
    cached = bool(impossible.any())
    keep = np.ones(len(rows), dtype=bool)
    if cached:
        per_output = points.mix.input_tokens / points.mix.token_intervals
        keep = np.asarray(per_output <= MOST_CACHED_PROMPT_PER_OUTPUT)
        points = points.with_cached_prompts()
    return Ready(
        group=group,
        replica=replica,
        used=tuple(row for row, kept in zip(rows, keep, strict=True) if kept),
        points=points.rows(np.flatnonzero(keep)),
        prior=roofline(replica.model, replica.precision, replica.accelerator, replica.gpus),
        limits=engine_limits(replica),
        cached_prompts=cached,
        left_out=int(np.sum(~keep)),
    )


def resolve(group: Group, library: Library) -> Replica | None:
    """Find the library's facts behind a group of a table; None where it has none."""
    name = MODELS.get(group.model, group.model.split("/")[-1])
    accelerator = SYSTEMS.get(group.system, group.system)
    precision: Precision | None = (
        "mxfp4" if name in NATIVE_MXFP4 else PRECISIONS.get(group.precision)
    )
    if (
        name not in library.models
        or accelerator not in library.accelerators
        or precision is None
        or group.layout
    ):
        return None
    return Replica(
        model=library.model(name),
        precision=precision,
        accelerator=library.accelerator(accelerator),
        gpus=group.tp,
        kv_bytes_per_element=1.0 if (name, accelerator, group.tp) in FP8_CONTEXT else 2.0,
    )


def engine_limits(replica: Replica) -> EngineLimits:
    """What the engine admitted, memory by arithmetic."""
    fit = memory_fit(
        replica.model,
        replica.precision,
        replica.accelerator,
        replica.gpus,
        kv_bytes_per_element=replica.kv_bytes_per_element,
        gpu_memory_utilization=OLDER_MEMORY_SHARE,
    )
    return EngineLimits(MOST_SEQUENCES, BATCHED_TOKENS, fit.kv_tokens)


def arithmetic_share(points: PointSet, replica: Replica) -> FloatArray:
    """Share of the chip's peak that the weights' arithmetic alone would take [1]."""
    peak = (replica.accelerator.tflops(replica.precision) or np.inf) * 1e12 * replica.gpus
    tokens = points.mix.input_tokens + points.mix.output_tokens
    return points.requests_per_second * tokens * 2 * replica.model.params_active / peak
