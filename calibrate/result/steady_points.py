"""Points of a run as a fit reads them: means over a steady window, nothing of the start in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from calibrate.fitting.points import PointSet
from calibrate.fitting.priors import LOG_SD, Prior, roofline
from calibrate.plan.plan import CalibrationPlan, Load, Role
from calibrate.run.point import MeasuredPoint
from calibrate.run.steady_window import Figures
from hardware_profiles import Library
from hardware_profiles.expected_step import REQUEST_MS, SEQUENCE_MS, WIDE_SHARE
from tco.kernel.arrays import FloatArray
from tco.kernel.request_mix import EngineLimits, RequestMix

WIDTH_WITHOUT_FACTS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Steady:
    """Usable points of one role, with their loads."""

    loads: tuple[Load, ...]
    found: tuple[Figures, ...]
    cached_share: FloatArray
    points: PointSet

    def __len__(self) -> int:
        return len(self.loads)


def steady_points(
    plan: CalibrationPlan, measured: Mapping[str, MeasuredPoint], role: Role
) -> Steady:
    """Valid points of one role, in the plan's order."""
    usable = [
        (load, point.judged.figures, point.judged.cached_share or 0.0)
        for load in plan.points
        if load.role == role and (point := measured.get(load.id)) is not None
        if point.judged.verdict == "VALID" and point.judged.figures is not None
    ]
    loads = tuple(load for load, _, _ in usable)
    found = tuple(figures for _, figures, _ in usable)
    hits = np.array([share for _, _, share in usable])
    return Steady(loads, found, hits, _point_set(loads, found, hits))


def _point_set(loads: Sequence[Load], found: Sequence[Figures], hits: FloatArray) -> PointSet:
    """Arrays; an open loop counts as the clients that were inside on average."""

    def column(name: str) -> FloatArray:
        return np.array([getattr(figures, name) for figures in found], dtype=float)

    inputs, outputs = column("input_mean"), column("output_mean")
    mix = RequestMix(
        input_tokens=inputs,
        output_tokens=outputs,
        context_tokens=inputs + column("output_mean_square") / (2 * outputs),
        prefill_tokens=inputs * (1 - hits),
        prefill_attention_tokens2=column("input_mean_square") * (1 - hits**2) / 2,
    )
    clients = [
        figures.inside if load.concurrency is None else float(load.concurrency)
        for load, figures in zip(loads, found, strict=True)
    ]
    nothing = np.zeros(len(loads))
    return PointSet(
        mix=mix,
        clients=np.array(clients),
        scheduled=np.array([load.concurrency is None for load in loads], dtype=bool),
        ttft_ms=column("mean_ttft_ms"),
        tpot_ms=column("mean_tpot_ms"),
        requests_per_second=column("requests_per_second"),
        bursts=np.zeros(len(loads), dtype=bool),
        burst_prompts=nothing,
        burst_steps=nothing,
    )


def prior_of(plan: CalibrationPlan, library: Library, points: PointSet) -> Prior:
    """Roofline where the library knows model and accelerator, else a wide one from the points."""
    if plan.model in library.models and plan.accelerator in library.accelerators:
        return roofline(
            library.model(plan.model),
            plan.precision,
            library.accelerator(plan.accelerator),
            plan.gpus,
        )
    quickest = float(np.min(points.tpot_ms))
    slope_ms = float(np.min(1_000 / (points.requests_per_second * points.mix.prefill_tokens)))
    centre = {
        "a_ms": 0.7 * quickest,
        "b_ms_per_token": 0.5 * slope_ms,
        "c_ms_per_sequence": max(SEQUENCE_MS, 0.02 * quickest),
        "d_ms_per_context_token": 1e-5 * quickest,
        "e_ms_per_token2": 1e-5 * slope_ms,
        "t0_ms": REQUEST_MS / 10,
    }
    if plan.experts:
        centre["mw_ms"] = 0.3 * quickest
    else:
        centre["wide_ms"] = WIDE_SHARE * quickest
    return Prior(
        order=tuple(centre),
        centre=np.array(list(centre.values())),
        log_sd=WIDTH_WITHOUT_FACTS * np.array([LOG_SD[name] for name in centre]),
        experts=plan.experts,
        experts_active=plan.experts_active,
    )


def limits_of(plan: CalibrationPlan, kv_tokens: float) -> EngineLimits:
    """What the engine admitted at once."""
    spec = plan.server
    return EngineLimits(spec.max_num_seqs, spec.max_num_batched_tokens, kv_tokens)
