"""Models and accelerators that no library knows, from their own figures; and a CPU to try it on."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.resources import files
from typing import Any, Final

from pydantic import ValidationError

from hardware_profiles import Library
from hardware_profiles.accelerator import Accelerator
from hardware_profiles.language_model import LanguageModel
from hardware_profiles.model_config import model_of_config
from pricing.errors import InputError
from pricing.faults import problems_in
from pricing.provenance import Source

CPU: Final = "CPU"
SMALL_ID: Final = "made-up/small-llama"
VOCABULARY: Final = 128_256  # of Llama 3; the dense models of the library all have it
SMALL_LLAMA: Final = "Small Llama"
CPU_TB_PER_S, CPU_TFLOPS, CPU_GB = 0.02, 0.2, 8.0
"""Two cores of a laptop, roughly: only a guess from which the points are sized."""


def with_cpu(library: Library) -> Library:
    """The same library, with a CPU and a model of 40 million parameters that is quick on it."""
    small = model_of_config(small_llama(), SMALL_LLAMA, hf_id=SMALL_ID)
    cpu = accelerator_of_figures(
        CPU, memory_gb=CPU_GB, bandwidth_tb_per_s=CPU_TB_PER_S, bf16_tflops=CPU_TFLOPS
    )
    return library.with_facts(small, cpu)


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


def accelerator_of_figures(
    name: str,
    *,
    memory_gb: float,
    bandwidth_tb_per_s: float,
    bf16_tflops: float,
    fp8_tflops: float | None = None,
) -> Accelerator:
    """An accelerator from the figures of its data sheet, dense, per chip.

    Raises
    ------
    InputError
        Naming every figure that cannot be.
    """
    try:
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
    except ValidationError as error:
        remedy = "Give the figure of the data sheet, dense, in the unit of the option."
        raise InputError(*problems_in(error, name, remedy)) from None


def _given(name: str) -> Source:
    return Source(name=name, as_of=datetime.now(UTC).date().isoformat())
