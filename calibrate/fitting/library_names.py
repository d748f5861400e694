"""Names in tables of points, and what the library knows behind them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from calibrate.fitting.points import (
    BATCHED_TOKENS,
    Group,
    Layout,
    LoadPoint,
    PointSet,
    by_group,
    point_set,
)
from calibrate.fitting.priors import Prior, from_points, roofline
from calibrate.fitting.screening import MOSTLY_UNCACHED, Screened, screen, screen_table
from hardware_profiles import Accelerator, LanguageModel, Library, Precision, memory_fit
from tco.kernel.arrays import FloatArray
from tco.kernel.request_mix import EngineLimits
from tco.kernel.speed import max_running

MODELS: Final = {
    "meta-llama/Llama-3.1-70B": "Llama 3.1 70B",
    "meta-llama/Llama-3.1-8B-Instruct": "Llama 3.1 8B",
    "meta-llama/Meta-Llama-3.1-8B-Instruct": "Llama 3.1 8B",
    "nvidia/Llama-3.1-8B-Instruct-FP8": "Llama 3.1 8B",
    "Qwen/Qwen3-235B-A22B-FP8": "Qwen3-235B-A22B",
}
SYSTEMS: Final = {
    "a100_sxm": "A100 80GB",
    "a100_pcie": "A100 80GB PCIe",
    "h100_sxm": "H100 SXM",
    "h200_sxm": "H200 SXM",
    "b200_sxm": "B200 SXM",
    "b300_sxm": "B300 SXM",
    "gb200_sxm": "GB200",
    "l40s": "L40S",
}
NATIVE_MXFP4: Final = ("gpt-oss-120b", "gpt-oss-20b")
PRECISIONS: Final[dict[str, Precision]] = {
    "bf16": "bf16",
    "float16": "bf16",
    "fp8": "fp8",
    "int4": "int4",
    "fp4": "nvfp4",
    "nvfp4": "nvfp4",
    "mxfp4": "mxfp4",
}
OLDER_MEMORY_SHARE: Final = 0.90  # vLLM's default when these points were measured
MOST_SEQUENCES: Final = 1024
HIGHEST_ARITHMETIC_SHARE: Final = 0.60
MOST_CACHED_PROMPT_PER_OUTPUT: Final = 25.0
WAIT_THAT_SHOWS: Final = 0.02
HALF: Final = 0.5


@dataclass(frozen=True, slots=True)
class Replica:
    """A group of points resolved to facts."""

    model: LanguageModel
    precision: Precision
    accelerator: Accelerator
    layout: Layout
    kv_bytes_per_element: float
    kv_recorded: bool = True
    """Whether the bytes were recorded, and not chosen by what the points show."""

    @property
    def gpus(self) -> int:
        """Accelerators of one replica."""
        return self.layout.gpus


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
    screened: Screened


def ready_groups(points: Sequence[LoadPoint], library: Library) -> tuple[Ready, ...]:
    """Groups of a table, each resolved and screened, in the order of their names."""
    table = screen_table(points)
    dropped = by_group(point for point, _ in table.dropped)
    reasons = {id(point): reason for point, reason in table.dropped}
    ready = []
    for group, rows in by_group(points).items():
        out = tuple((row, reasons[id(row)]) for row in dropped.get(group, ()))
        kept = [row for row in rows if id(row) not in reasons]
        one = make_ready(group, kept or rows[:1], library)
        kept_of_it = one.screened.kept if kept else ()
        screened = Screened(kept_of_it, (*out, *one.screened.dropped) if kept else out)
        ready.append(replace(one, used=one.used if kept else (), screened=screened))
    cached = {_on_any_layout(one.group) for one in ready if one.cached_prompts}
    return tuple(
        _read_as_cached(one, library) if _on_any_layout(one.group) in cached else one
        for one in ready
    )


def _read_as_cached(ready: Ready, library: Library) -> Ready:
    if ready.cached_prompts or not ready.used:
        return ready
    again = make_ready(ready.group, ready.used, library, cached=True)
    dropped = (*ready.screened.dropped, *again.screened.dropped)
    return replace(again, screened=Screened(again.screened.kept, dropped))


def _on_any_layout(group: Group) -> Group:
    """Every layout that one engine served one model on: their prompts were sent alike."""
    return group._replace(tp=1, layout="")


def make_ready(
    group: Group, rows: Sequence[LoadPoint], library: Library, *, cached: bool = False
) -> Ready:
    """Resolve a group; a model that the library does not know is fitted from its points alone.

    Where a run implies more arithmetic than the chip can do, its prompts were not worked through:
    the load generator repeated them and the prefix cache held them. Such a group is read as one of
    cached prompts, without the runs where what was not cached weighs most. It says how quickly
    tokens are decoded; how quickly prompts are read is then left to the data sheet. So is one whose
    prompts were `cached` on another layout: more accelerators hide what they were spared.
    """
    replica = resolve(group, rows, library)
    screened = screen(rows, lambda point: _held(point, replica))
    used = screened.kept
    if replica is None:
        points = point_set(used)
        limits = limits_of_rows(used, np.inf)
        return Ready(group, None, used, points, from_points(points), limits, False, screened)
    prior = roofline(
        replica.model,
        replica.precision,
        replica.accelerator,
        replica.gpus,
        replica.layout,
        kv_bytes_per_element=replica.kv_bytes_per_element,
    )
    cached = bool(used) and (cached or _beyond_arithmetic(used, replica))
    if cached:
        screened = screened.without(
            lambda point: (
                point.input_nominal > MOST_CACHED_PROMPT_PER_OUTPUT * (point.output_nominal - 1)
            ),
            MOSTLY_UNCACHED,
        )
        used = tuple(replace(point, cached_share=1.0) for point in screened.kept)
    shown = used or rows[:1]
    limits = limits_of_rows(shown, kv_tokens_of(replica))
    return Ready(group, replica, used, point_set(shown), prior, limits, cached, screened)


def resolve(group: Group, rows: Sequence[LoadPoint], library: Library) -> Replica | None:
    """Find the library's facts behind a group of a table; None where it has none.

    Bytes per key or value that were not recorded are two, unless a run held more context than two
    leave room for.
    """
    name = MODELS.get(group.model, group.model.split("/")[-1])
    accelerator = SYSTEMS.get(group.system, group.system)
    precision: Precision | None = (
        "mxfp4" if name in NATIVE_MXFP4 else PRECISIONS.get(group.precision)
    )
    if (
        name not in library.models
        or accelerator not in library.accelerators
        or precision is None
        or library.model(name).weights_gb(precision) is None
    ):
        return None
    stated = rows[0].kv_bytes
    two = Replica(
        model=library.model(name),
        precision=precision,
        accelerator=library.accelerator(accelerator),
        layout=rows[0].layout,
        kv_bytes_per_element=2.0 if stated is None else stated,
        kv_recorded=stated is not None,
    )
    if stated is None and _wait_less_than_memory_says(rows, two):
        return replace(two, kv_bytes_per_element=1.0)
    return two


def limits_of_rows(rows: Sequence[LoadPoint], kv_tokens: float) -> EngineLimits:
    """What the engine admitted in each row: recorded, else its defaults and memory by arithmetic.

    Returns
    -------
    EngineLimits
        Arrays of one value per row.
    """
    return EngineLimits(
        np.array([row.max_num_seqs or MOST_SEQUENCES for row in rows], dtype=float),
        np.array([row.max_num_batched_tokens or BATCHED_TOKENS for row in rows]),
        np.array([row.kv_tokens or kv_tokens for row in rows]),
    )


def kv_tokens_of(replica: Replica) -> float:
    """Context that the memory of one data-parallel rank holds, by arithmetic [token]."""
    fit = memory_fit(
        replica.model,
        replica.precision,
        replica.accelerator,
        replica.gpus,
        attention_ranks=replica.layout.ranks,
        kv_bytes_per_element=replica.kv_bytes_per_element,
        gpu_memory_utilization=OLDER_MEMORY_SHARE,
    )
    return fit.kv_tokens


def arithmetic_share(points: PointSet, replica: Replica) -> FloatArray:
    """Share of the chip's peak that the weights' arithmetic alone would take [1]."""
    peak = (replica.accelerator.tflops(replica.precision) or np.inf) * 1e12 * replica.gpus
    tokens = points.mix.input_tokens + points.mix.output_tokens
    rate = points.requests_per_second * replica.layout.ranks
    return rate * tokens * 2 * replica.model.params_active / peak


def _beyond_arithmetic(rows: Sequence[LoadPoint], replica: Replica) -> bool:
    """Whether a run was quicker than its prompts can be worked through."""
    return bool(np.any(arithmetic_share(point_set(rows), replica) > HIGHEST_ARITHMETIC_SHARE))


def _wait_less_than_memory_says(rows: Sequence[LoadPoint], replica: Replica) -> bool:
    """Whether runs that memory should make wait spent less than half of that wait."""
    points = point_set(rows)
    holds = max_running(limits_of_rows(rows, kv_tokens_of(replica)), points.mix)
    prompt_part = np.minimum(points.mix.input_tokens / points.mix.context_tokens, 1.0)
    expected = np.maximum(1 - holds / points.clients, 0.0) * prompt_part
    shown = np.array([row.first_token_share for row in rows])
    tell = expected > WAIT_THAT_SHOWS
    return bool(tell.any() and np.median(shown[tell] / expected[tell]) < HALF)


def _held(row: LoadPoint, replica: Replica | None) -> float | None:
    """Sequences that memory, slots and the tokens of a step allow at once; None if unknown."""
    if replica is None:
        return None
    one = point_set([row])
    return float(max_running(limits_of_rows([row], kv_tokens_of(replica)), one.mix)[0])
