"""Models and accelerators that no library knows, from their own figures; and a CPU to try it on."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from calibrate.files import read_file
from hardware_profiles import Library
from hardware_profiles.accelerator import Accelerator
from hardware_profiles.language_model import LanguageModel
from pricing.errors import InputError, Problem
from pricing.provenance import Source
from pricing.units import BYTES_PER_GB

CPU: Final = "CPU"
SMALL_ID: Final = "made-up/small-llama"
VOCABULARY: Final = 128_256  # of Llama 3; the dense models of the library all have it
SMALL_LLAMA: Final = "Small Llama"
CPU_TB_PER_S, CPU_TFLOPS, CPU_GB = 0.02, 0.2, 8.0
"""Two cores of a laptop, roughly: only a guess from which the points are sized."""
_NEEDED: Final = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "vocab_size",
)


def with_cpu(library: Library) -> Library:
    """The same library, with a CPU and a model of 40 million parameters that is quick on it."""
    small = model_of_config(small_llama(), SMALL_LLAMA, hf_id=SMALL_ID)
    cpu = accelerator_of_figures(
        CPU, memory_gb=CPU_GB, bandwidth_tb_per_s=CPU_TB_PER_S, bf16_tflops=CPU_TFLOPS
    )
    return with_facts(library, small, cpu)


def made_up_config(model: str, library: Library) -> Mapping[str, Any] | None:
    """Configuration from which an engine can make weights up; None where the model is not known."""
    if model == SMALL_LLAMA:
        return small_llama()
    facts = library.models.get(model)
    return None if facts is None or facts.experts else llama_config(facts)


def small_llama() -> dict[str, Any]:
    """Configuration of the model of `with_cpu`."""
    text = (files("calibrate") / "data" / "small_llama.json").read_bytes()
    return dict(json.loads(text))


def llama_config(facts: LanguageModel) -> dict[str, Any]:
    """Configuration of a dense Llama of these dimensions; the feed-forward width follows from size.

    Of the parameters, those of embedding and output, and of attention, are known by the dimensions;
    the rest are three matrices a layer, and the norms.
    """
    attention = facts.hidden * facts.head_dim * 2 * (facts.attention_heads + facts.kv_heads)
    norms = facts.hidden * (2 * facts.layers + 1)
    rest = facts.params_total - 2 * VOCABULARY * facts.hidden - facts.layers * attention - norms
    return {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_act": "silu",
        "hidden_size": facts.hidden,
        "intermediate_size": round(rest / facts.layers / facts.hidden / 3),
        "num_hidden_layers": facts.layers,
        "num_attention_heads": facts.attention_heads,
        "num_key_value_heads": facts.kv_heads,
        "head_dim": facts.head_dim,
        "vocab_size": VOCABULARY,
        "max_position_embeddings": facts.max_context_tokens,
        "rms_norm_eps": 1e-5,
        "rope_theta": 500_000.0,
        "tie_word_embeddings": False,
        "bos_token_id": 0,
        "eos_token_id": 1,
        "torch_dtype": "bfloat16",
    }


def with_facts(library: Library, *facts: LanguageModel | Accelerator) -> Library:
    """The same library with further models and accelerators."""
    models = {fact.name: fact for fact in facts if isinstance(fact, LanguageModel)}
    chips = {fact.name: fact for fact in facts if isinstance(fact, Accelerator)}
    return replace(
        library,
        models={**library.models, **models},
        accelerators={**library.accelerators, **chips},
    )


def read_config(path: Path) -> dict[str, Any]:
    """Read a model's ``config.json``.

    Raises
    ------
    InputError
        If it is not a JSON object.
    StorageError
        If it cannot be read.
    """
    try:
        config = json.loads(read_file(path, "model_config"))
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise InputError(
            Problem("model_config", str(path), "is not JSON", "Give the model's config.json.")
        )
    return config


def model_of_config(config: Mapping[str, Any], name: str, *, hf_id: str) -> LanguageModel:
    """Dimensions of a decoder from its ``config.json``; parameters are counted from them.

    Raises
    ------
    InputError
        Naming every dimension that is missing.
    """
    text: Mapping[str, Any] = config.get("text_config") or config
    missing = [key for key in _NEEDED if not isinstance(text.get(key), int)]
    if missing:
        raise InputError(
            *(Problem(f"model_config: {k}", "", "is missing", "Add it.") for k in missing)
        )
    hidden, layers = text["hidden_size"], text["num_hidden_layers"]
    heads = text["num_attention_heads"]
    kv_heads = text.get("num_key_value_heads") or heads
    head_dim = text.get("head_dim") or hidden // heads
    experts = text.get("num_local_experts") or 0
    active = text.get("num_experts_per_tok") or 0 if experts else 0
    total = _parameters(text, max(experts, 1))
    sizes = {"weights_bf16_gb": 2.0, "weights_fp8_gb": 1.0, "weights_int4_gb": 0.5}
    return LanguageModel.model_validate(
        {
            "name": name,
            "hf_id": hf_id,
            "layers": layers,
            "hidden": hidden,
            "attention_heads": heads,
            "kv_heads": kv_heads,
            "head_dim": head_dim,
            "experts": experts,
            "experts_active": active,
            "moe_layers": layers if experts else 0,
            "params_total": total,
            "params_active": _parameters(text, max(active, 1)),
            "max_context_tokens": text.get("max_position_embeddings") or 131_072,
            **{key: each * total / BYTES_PER_GB for key, each in sizes.items()},
            "kv_growing_elements_per_token": 2 * layers * kv_heads * head_dim,
            "kv_local_elements_per_token": 0,
            "licence": "not known",
            "multimodal": False,
            "multimodal_eu_excluded": False,
            "source": _given("config.json"),
        }
    )


def _parameters(text: Mapping[str, Any], experts: int) -> int:
    """Parameters of a decoder with so many experts a layer, embedding and output included."""
    hidden, heads = text["hidden_size"], text["num_attention_heads"]
    head_dim = text.get("head_dim") or hidden // heads
    kv_heads = text.get("num_key_value_heads") or heads
    attention = hidden * head_dim * 2 * (heads + kv_heads)
    expert = 3 * hidden * text["intermediate_size"]
    vocabulary = hidden * text["vocab_size"] * (1 if text.get("tie_word_embeddings") else 2)
    return int(vocabulary + text["num_hidden_layers"] * (attention + experts * expert))


def accelerator_of_figures(
    name: str,
    *,
    memory_gb: float,
    bandwidth_tb_per_s: float,
    bf16_tflops: float,
    fp8_tflops: float | None = None,
) -> Accelerator:
    """An accelerator from the figures of its data sheet, dense, per chip."""
    return Accelerator(
        name=name,
        vendor="not known",
        form_factor="not known",
        memory_gb=memory_gb,
        memory_type="not known",
        memory_bandwidth_tb_per_s=bandwidth_tb_per_s,
        bf16_tflops=bf16_tflops,
        fp8_tflops=fp8_tflops,
        scale_up_link="not known",
        scale_up_gb_per_s=1.0,
        scale_up_domain=8,
        source=_given("figures given to tco-calibrate plan"),
    )


def _given(name: str) -> Source:
    return Source(name=name, as_of=datetime.now(UTC).date().isoformat())
