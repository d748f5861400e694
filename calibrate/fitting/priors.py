"""What the data sheet says about a step's time before anything is measured.

Each parameter gets a log-normal prior. Its centre is the roofline, the time that memory bandwidth
or arithmetic allows at the efficiency usually reached; its width says how far to trust that.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from calibrate.fitting.points import PointSet
from hardware_profiles import Accelerator, LanguageModel, Precision
from pricing.errors import InputError, Problem
from tco.kernel.speed import FloatArray

WEIGHT_READ_EFFICIENCY: Final = 0.75
KV_READ_EFFICIENCY: Final = 0.7
PREFILL_EFFICIENCY: Final = 0.5
ATTENTION_EFFICIENCY: Final = 0.4
LAUNCH_MS: Final = 2.0
COLLECTIVE_MS_PER_LAYER: Final = 0.01
SEQUENCE_MS: Final = 0.03
REQUEST_MS: Final = 30.0
WIDE_SHARE: Final = 0.05

BYTES_PER_PARAMETER: Final[dict[Precision, float]] = {
    "bf16": 2.0,
    "fp8": 1.0,
    "int4": 4.25 / 8,
    "mxfp4": 4.25 / 8,
}
LOG_SD: Final = {
    "a_ms": 0.35,
    "b_ms_per_token": 0.6,
    "c_ms_per_sequence": 1.5,
    "d_ms_per_context_token": 0.6,
    "e_ms_per_token2": 0.8,
    "mw_ms": 0.5,
    "t0_ms": 1.0,
    "wide_ms": 1.0,
}


@dataclass(frozen=True, slots=True)
class Prior:
    """Centre and width of every parameter that is fitted."""

    order: tuple[str, ...]
    centre: FloatArray
    """In the parameters' own units."""
    log_sd: FloatArray
    experts: int
    experts_active: int


def roofline(
    model: LanguageModel, precision: Precision, accelerator: Accelerator, gpus: int
) -> Prior:
    """Centre the parameters of one replica on what its data sheets allow.

    Raises
    ------
    InputError
        If the weights' size or the accelerator's arithmetic is not known.
    """
    weights_gb = model.weights_gb(precision)
    compute, bf16 = accelerator.tflops(precision), accelerator.bf16_tflops
    if weights_gb is None or compute is None or bf16 is None:
        raise InputError(
            Problem(
                "precision",
                precision,
                f"no data sheet figure for {model.name} {precision} on {accelerator.name}",
                f"Known precisions: {', '.join(model.precisions)}.",
            )
        )
    bytes_per_ms = gpus * accelerator.memory_bandwidth_tb_per_s * 1e9
    flop_per_ms, attention_flop_per_ms = gpus * compute * 1e9, gpus * bf16 * 1e9
    routed = routed_bytes(model, precision)
    centre = {
        "a_ms": (weights_gb * 1e9 - routed) / (bytes_per_ms * WEIGHT_READ_EFFICIENCY)
        + LAUNCH_MS
        + (COLLECTIVE_MS_PER_LAYER * model.layers if gpus > 1 else 0.0),
        "b_ms_per_token": 2 * model.params_active / (flop_per_ms * PREFILL_EFFICIENCY),
        "c_ms_per_sequence": SEQUENCE_MS,
        "d_ms_per_context_token": 2
        * model.kv_growing_elements_per_token
        / (bytes_per_ms * KV_READ_EFFICIENCY),
        "e_ms_per_token2": _attention_flop(model) / (attention_flop_per_ms * ATTENTION_EFFICIENCY),
        "t0_ms": REQUEST_MS,
    }
    if model.experts:
        centre["mw_ms"] = routed / (bytes_per_ms * KV_READ_EFFICIENCY)
    else:
        centre["wide_ms"] = WIDE_SHARE * centre["a_ms"]
    return _prior(centre, LOG_SD, model.experts, model.experts_active)


def from_points(points: PointSet) -> Prior:
    """Centre the parameters on the points themselves, for a model the library does not know.

    The widths are those of ignorance: twice the roofline's, and more where nothing is known.
    """
    quickest = float(np.min(points.tpot_ms))
    rate = points.requests_per_second / 1_000
    token_ms = float(np.min(1 / (rate * points.mix.prefill_tokens)))
    centre = {
        "a_ms": 0.5 * quickest,
        "b_ms_per_token": 0.5 * token_ms,
        "c_ms_per_sequence": SEQUENCE_MS,
        "d_ms_per_context_token": 1e-5,
        "e_ms_per_token2": 1e-7,
        "mw_ms": quickest,
        "t0_ms": REQUEST_MS,
    }
    wide = {name: 2 * sd for name, sd in LOG_SD.items()}
    return _prior(centre, wide, experts=128, experts_active=4)


def routed_bytes(model: LanguageModel, precision: Precision) -> float:
    """Bytes of all routed experts [byte].

    Parameters that one token skips are the experts it is not routed to, so all of them are
    ``(total - active) / (1 - k/E)``.
    """
    if not model.experts:
        return 0.0
    skipped = model.params_total - model.params_active
    routed = skipped / (1 - model.experts_active / model.experts)
    return routed * BYTES_PER_PARAMETER[precision]


def _attention_flop(model: LanguageModel) -> float:
    """Arithmetic of one pair of tokens over the layers that see the whole context [FLOP]."""
    elements = model.kv_growing_elements_per_token + model.kv_local_elements_per_token
    full_layers = model.layers * model.kv_growing_elements_per_token / elements
    return 4 * full_layers * model.attention_heads * model.head_dim


def _prior(
    centre: dict[str, float], log_sd: dict[str, float], experts: int, experts_active: int
) -> Prior:
    return Prior(
        order=tuple(centre),
        centre=np.array(list(centre.values())),
        log_sd=np.array([log_sd[name] for name in centre]),
        experts=experts,
        experts_active=experts_active,
    )
