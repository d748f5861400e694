"""What a data sheet lets one expect of a step: roofline times at the efficiency usually reached.

Each parameter of the speed model is centred on the time that memory bandwidth, arithmetic or the
link between accelerators allows. A fit starts from here, and an estimate stops here.
"""

from typing import Final

from hardware_profiles.accelerator import Accelerator
from hardware_profiles.language_model import LanguageModel, Precision
from hardware_profiles.physics import attention_flop, link_ms_per_token
from pricing.errors import InputError, Problem

WEIGHT_READ_EFFICIENCY: Final = 0.85
KV_READ_EFFICIENCY: Final = 0.7
PREFILL_EFFICIENCY: Final = 0.5
ATTENTION_EFFICIENCY: Final = 0.4
LINK_EFFICIENCY: Final = 0.7
LAUNCH_MS_PER_LAYER: Final = 0.05
COLLECTIVE_MS_PER_LAYER: Final = 0.01
SEQUENCE_MS: Final = 0.03
REQUEST_MS: Final = 30.0
WIDE_SHARE: Final = 0.09
MIXED_MS_PER_LAYER: Final = 0.1
"""Launches of a step of a dense model that no captured graph serves, a layer at a time."""
MIXED_MS: Final = 8.0
"""The same of a mixture, whatever its depth: what its experts add outweighs the launches."""
OVERLAP: Final = 4.0
"""Order of the norm of weights read and arithmetic done."""


def expected_step(
    model: LanguageModel,
    precision: Precision,
    accelerator: Accelerator,
    tensor_parallel: int,
    *,
    gpus: int | None = None,
    experts_over: int = 1,
    kv_bytes_per_element: float = 2.0,
) -> dict[str, float]:
    """Centre every parameter of one replica on its data sheets, each in the parameter's own unit.

    Parameters
    ----------
    gpus
        Accelerators of the replica in all; as many as are tensor-parallel where left out.
    experts_over
        Accelerators that the routed experts are spread over.
    kv_bytes_per_element
        2 for bf16 keys and values, 1 for fp8 [byte].

    Raises
    ------
    InputError
        If the weights' size or the accelerator's arithmetic is not known.
    """
    weights_gb = model.weights_gb(precision)
    if weights_gb is None:
        limit = f"{model.name} is known in {', '.join(model.precisions)}"
        raise InputError(Problem("precision", precision, limit, "Choose one of them."))
    compute, bf16 = accelerator.tflops(precision), accelerator.bf16_tflops
    if compute is None or bf16 is None:
        limit = f"no figure of its arithmetic in bf16 is on record for {accelerator.name}"
        remedy = "Add bf16_tflops to its data sheet, as an accelerator of your own."
        raise InputError(Problem("precision", precision, limit, remedy))
    bytes_per_ms = tensor_parallel * accelerator.memory_bandwidth_tb_per_s * 1e9
    flop_per_ms = tensor_parallel * compute * 1e9
    attention_flop_per_ms = tensor_parallel * bf16 * 1e9
    routed = model.routed_gb(precision) * 1e9
    link_ms = link_ms_per_token(model, accelerator, tensor_parallel) / LINK_EFFICIENCY
    kv_bytes = kv_bytes_per_element * model.kv_copies(tensor_parallel)
    several = (gpus or tensor_parallel) > 1
    centre = {
        "a_ms": (weights_gb * 1e9 - routed) / (bytes_per_ms * WEIGHT_READ_EFFICIENCY)
        + LAUNCH_MS_PER_LAYER * model.layers
        + (COLLECTIVE_MS_PER_LAYER * model.layers if several else 0.0),
        "b_ms_per_token": 2 * model.params_active / (flop_per_ms * PREFILL_EFFICIENCY) + link_ms,
        "c_ms_per_sequence": SEQUENCE_MS,
        "d_ms_per_context_token": kv_bytes
        * model.kv_growing_elements_per_token
        / (bytes_per_ms * KV_READ_EFFICIENCY),
        "e_ms_per_token2": attention_flop(model) / (attention_flop_per_ms * ATTENTION_EFFICIENCY),
        "t0_ms": REQUEST_MS,
        "mixed_ms": MIXED_MS if model.experts else MIXED_MS_PER_LAYER * model.layers,
    }
    if model.experts:
        read_by = max(experts_over, tensor_parallel)
        read_bytes_per_ms = read_by * accelerator.memory_bandwidth_tb_per_s * 1e9
        centre["mw_ms"] = routed / (read_bytes_per_ms * KV_READ_EFFICIENCY)
    else:
        centre["wide_ms"] = WIDE_SHARE * centre["a_ms"]
    return centre
