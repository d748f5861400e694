"""Memory: whether weights and context fit the accelerators, and how replicas pack."""

from dataclasses import dataclass
from typing import Final

from hardware_profiles.accelerator import Accelerator
from hardware_profiles.language_model import LanguageModel, Precision
from pricing.errors import InputError, Problem
from pricing.units import BYTES_PER_GB

GPU_MEMORY_UTILIZATION: Final = 0.92  # vLLM 0.33 default
GPUS_PER_NODE: Final = 8
"""Accelerators that a server holds at most, where no larger domain is linked: so it is of every
machine in offers.csv and purchases.csv, November 2026."""
RESERVE_GB_PER_GPU: Final = 3.5  # activations and graphs; prior of NVIDIA aiconfigurator


@dataclass(frozen=True, slots=True)
class MemoryFit:
    """What is left for context once the weights are loaded."""

    weights_gb: float
    usable_gb: float
    kv_tokens: float
    fits: bool


def memory_fit(
    model: LanguageModel,
    precision: Precision,
    accelerator: Accelerator,
    gpus: int,
    *,
    kv_bytes_per_element: float = 2.0,
    gpu_memory_utilization: float = GPU_MEMORY_UTILIZATION,
    reserve_gb_per_gpu: float = RESERVE_GB_PER_GPU,
    context_tokens: float = 0.0,
    attention_ranks: int = 1,
) -> MemoryFit:
    """Weights against memory, and the context tokens that fit beside them.

    Routed experts lie on all accelerators once. What is not routed lies there once for each
    data-parallel rank, and so does the context of that rank alone (vLLM, data parallel deployment
    of mixtures of experts).

    Parameters
    ----------
    model, precision, accelerator, gpus
        What is loaded, and on how many accelerators one replica lies.
    kv_bytes_per_element
        2 for bf16 keys and values, 1 for fp8 [byte].
    gpu_memory_utilization
        Share of memory that the engine may take [1].
    reserve_gb_per_gpu
        Memory for activations and captured graphs [GB/GPU].
    context_tokens
        Length of a sequence, for models whose local layers stop growing; 0 counts every layer
        for every token [token].
    attention_ranks
        Data-parallel copies of the attention; the context is that of one of them.
    """
    whole_gb = _weights_gb(model, precision)
    weights_gb = whole_gb + (attention_ranks - 1) * (whole_gb - model.routed_gb(precision))
    usable_gb = gpus * (accelerator.fit_gb * gpu_memory_utilization - reserve_gb_per_gpu)
    kv_gb = usable_gb - weights_gb
    kv_gb, gpus = kv_gb / attention_ranks, gpus // attention_ranks
    per_token = model.kv_copies(gpus) * model.kv_bytes_per_token(
        context_tokens, bytes_per_element=kv_bytes_per_element
    )
    kv_tokens = max(kv_gb, 0.0) * BYTES_PER_GB / per_token
    return MemoryFit(weights_gb, usable_gb, kv_tokens, fits=kv_gb > 0)


def require_fit(
    model: LanguageModel,
    precision: Precision,
    accelerator: Accelerator,
    gpus: int,
    *,
    context_tokens: float = 1.0,
    kv_bytes_per_element: float = 2.0,
) -> MemoryFit:
    """Return the fit, or refuse: the model, one context and the split must all be possible.

    Raises
    ------
    InputError
        Naming the field, its value, the limit and what to do.
    """
    if context_tokens > model.max_context_tokens:
        raise InputError(
            Problem(
                "context_tokens",
                f"{context_tokens:,.0f}",
                f"{model.name} reads at most {model.max_context_tokens:,} tokens",
                "Shorten the requests, or choose a model with a longer context.",
            )
        )
    most = max(GPUS_PER_NODE, accelerator.scale_up_domain)
    if gpus > most:
        raise InputError(
            Problem(
                "gpus_per_replica",
                str(gpus),
                f"a replica lies on one node, of at most {most} x {accelerator.name}",
                f"Choose {most} or fewer; what nodes send each other is not known here.",
            )
        )
    uneven = _uneven_heads(model, gpus)
    if uneven:
        raise InputError(
            Problem(
                "gpus_per_replica",
                str(gpus),
                f"the {uneven} of {model.name} must divide evenly",
                "Choose 1, 2, 4 or 8.",
            )
        )
    fit = memory_fit(
        model,
        precision,
        accelerator,
        gpus,
        kv_bytes_per_element=kv_bytes_per_element,
        context_tokens=context_tokens,
    )
    if not fit.fits or fit.kv_tokens < context_tokens:
        raise InputError(_does_not_fit(model, precision, accelerator, gpus, fit, context_tokens))
    return fit


def _uneven_heads(model: LanguageModel, gpus: int) -> str:
    """Heads that so many accelerators cannot share out; empty where all can be.

    Each takes as many attention heads as any other. Heads of keys and values are a multiple of
    the accelerators, or each is kept by equally many of them (vLLM, ``LlamaAttention``).
    """
    if model.attention_heads % gpus:
        return f"{model.attention_heads} attention heads"
    if model.kv_heads % gpus and gpus % model.kv_heads:
        return f"{model.kv_heads} heads of keys and values"
    return ""


def quickest_token_ms(
    model: LanguageModel, precision: Precision, accelerator: Accelerator, gpus: int
) -> float:
    """Least time per output token of one sequence: active weights read at full bandwidth [ms].

    No replica can be quicker, however it is run; a claim below it is a mistake of units.
    """
    active_gb = _weights_gb(model, precision) * model.params_active / model.params_total
    return active_gb / (gpus * accelerator.memory_bandwidth_tb_per_s)


def replicas_per_instance(instance_gpus: int, gpus_per_replica: int) -> int:
    """Replicas that one instance carries whole; instances are rented and bought whole.

    Raises
    ------
    InputError
        If a replica is larger than the instance: it is never split over two.

    Examples
    --------
    >>> replicas_per_instance(8, 2)
    4
    >>> replicas_per_instance(8, 3)
    2
    """
    if gpus_per_replica < 1 or gpus_per_replica > instance_gpus:
        raise InputError(
            Problem(
                "gpus_per_replica",
                str(gpus_per_replica),
                f"an instance of {instance_gpus} GPUs carries replicas of 1 to {instance_gpus}",
                "Choose a smaller replica or a larger instance.",
            )
        )
    return instance_gpus // gpus_per_replica


def _weights_gb(model: LanguageModel, precision: Precision) -> float:
    size = model.weights_gb(precision)
    if size is None:
        raise InputError(
            Problem(
                "precision",
                precision,
                f"{model.name} is known in {', '.join(model.precisions)}",
                "Choose one of these.",
            )
        )
    return size


def _does_not_fit(
    model: LanguageModel,
    precision: Precision,
    accelerator: Accelerator,
    gpus: int,
    fit: MemoryFit,
    context_tokens: float,
) -> Problem:
    needs_gb = fit.weights_gb
    if fit.fits:
        return Problem(
            "context_tokens",
            f"{context_tokens:,.0f}",
            f"{gpus} x {accelerator.name} keep {fit.kv_tokens:,.0f} tokens of context beside "
            f"{model.name} {precision}",
            "Shorten the requests, or use more GPUs per replica or a smaller precision.",
        )
    return Problem(
        "gpus_per_replica",
        str(gpus),
        f"{model.name} {precision} needs {needs_gb:,.0f} GB for weights alone and "
        f"{gpus} x {accelerator.name} leave {fit.usable_gb:,.0f} GB",
        "Use more GPUs per replica, an accelerator with more memory or a smaller precision.",
    )
