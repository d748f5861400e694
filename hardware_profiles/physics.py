"""Times that no replica beats, however it is run: memory read, arithmetic done, sums sent.

Each is the work of one step-time parameter at the full rate of the data sheet. A claim below is a
mistake of units, or a measurement in which the work was not done.
"""

from collections.abc import Iterable
from typing import Final

from hardware_profiles.accelerator import Accelerator
from hardware_profiles.calibration import CalibrationRecord
from hardware_profiles.language_model import LanguageModel, Precision
from pricing.errors import Problem

SMALLEST_KV_BYTES: Final = 1.0
_ROUNDING: Final = 1e-3


def link_ms_per_token(
    model: LanguageModel, accelerator: Accelerator, tensor_parallel: int
) -> float:
    """Time that the sums over the link take per token at its full rate [ms/token].

    Tensor parallelism sums the hidden state over its accelerators twice a layer, at two bytes per
    value. A ring sends and receives 2 (n - 1)/n of it (Thakur, Rabenseifner and Gropp,
    *Optimization of Collective Communication Operations in MPICH*, 2005).
    """
    n = tensor_parallel
    sent_bytes = 2 * (n - 1) / n * 2 * model.layers * model.hidden * 2
    return sent_bytes / (accelerator.scale_up_gb_per_s * 1e6)


def attention_flop(model: LanguageModel) -> float:
    """Arithmetic of one pair of tokens over the layers that see the whole context [FLOP]."""
    elements = model.kv_growing_elements_per_token + model.kv_local_elements_per_token
    full_layers = model.layers * model.kv_growing_elements_per_token / elements
    return 4 * full_layers * model.attention_heads * model.head_dim


def least_times(
    model: LanguageModel,
    precision: Precision,
    accelerator: Accelerator,
    tensor_parallel: int,
    *,
    kv_bytes_per_element: float = SMALLEST_KV_BYTES,
) -> dict[str, float]:
    """Least value of every parameter that a data sheet bounds, in the parameter's own unit.

    Arithmetic is left out where the chip's rate is not known. Sums over the link run beside
    arithmetic at best, so the slower of the two bounds a prompt token.
    """
    bytes_per_ms = tensor_parallel * accelerator.memory_bandwidth_tb_per_s * 1e9
    read_bytes = (
        model.kv_copies(tensor_parallel)
        * model.kv_growing_elements_per_token
        * kv_bytes_per_element
    )
    least = {"d_ms_per_context_token": read_bytes / bytes_per_ms}
    rate, bf16 = accelerator.tflops(precision), accelerator.bf16_tflops
    link_ms = link_ms_per_token(model, accelerator, tensor_parallel)
    if rate is not None:
        flop_ms = 2 * model.params_active / (tensor_parallel * rate * 1e9)
        least["b_ms_per_token"] = max(flop_ms, link_ms)
    quickest = max((x for x in (rate, bf16) if x is not None), default=None)
    if quickest is not None:
        # A causal half of the pairs is what a kernel has to visit; `e` counts pairs once.
        least["e_ms_per_token2"] = attention_flop(model) / (tensor_parallel * quickest * 1e9)
    return least


def beaten(
    record: CalibrationRecord, model: LanguageModel, accelerator: Accelerator, where: str
) -> Iterable[Problem]:
    """Parameters of a record that are quicker than the data sheet allows."""
    if model.weights_gb(record.precision) is None:
        return
    least = least_times(model, record.precision, accelerator, record.gpus_per_replica)
    cached = record.span.cached_share.low >= 1
    for name, bound in least.items():
        value = getattr(record.parameters, name)
        if value < bound * (1 - _ROUNDING) and not (cached and name != "d_ms_per_context_token"):
            yield Problem(
                f"{where}{name}",
                f"{value:.3g} ms",
                f"{accelerator.name} takes at least {bound:.3g} ms",
                "Check the units of the parameters, and whether prompts came from a cache.",
            )
