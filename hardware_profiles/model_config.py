"""A model that no library knows, from its ``config.json``: dimensions, parameters, memory."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from hardware_profiles.kv_cache import (
    DENSE,
    GEMMA4,
    LATENT,
    MIXTURES,
    MUSE,
    gemma4_layers,
    kv_cache_of,
)
from hardware_profiles.language_model import BYTES_PER_PARAMETER, LanguageModel, Precision
from pricing.errors import InputError, Problem
from pricing.faults import problems_in
from pricing.provenance import Source
from pricing.units import BYTES_PER_GB

_NEEDED: Final = (
    "hidden_size",
    "num_hidden_layers",
    "num_attention_heads",
    "intermediate_size",
    "vocab_size",
)
MOST_LAYERS: Final = 10_000
MOST_DIMENSION: Final = 100_000_000
"""Beyond any network there is: what is larger is a slip, and would be counted for ever."""
_PRECISIONS: Final[tuple[Precision, ...]] = ("bf16", "fp8", "int4")
"""Those a model of one's own is taken to be had in."""
_COUNTS: Final = ("num_local_experts", "n_routed_experts", "num_experts")
"""Names under which configurations count the routed experts of a layer."""
_COUNTED_AS: Final = {
    "qwen3_moe": "num_experts",
    **dict.fromkeys((*LATENT, "glm4_moe"), "n_routed_experts"),
}
"""Which of them a kind has, where it is not the first."""
_EVERY: Final = ("decoder_sparse_step", "moe_layer_freq")
"""Names under which they say that only one layer of so many holds experts."""
_COUNTED: Final = (
    *_COUNTS, "first_k_dense_replace", "global_head_dim", "head_dim", "index_topk", "kv_lora_rank",
    "hidden_size_per_layer_input", "max_window_layers",
    "moe_intermediate_size", "n_shared_experts", "num_experts_per_tok",
    "num_global_key_value_heads", "num_key_value_heads", "num_kv_shared_layers", "q_lora_rank",
    "qk_nope_head_dim", "qk_rope_head_dim", "sliding_window", "top_k_experts", "v_head_dim",
)  # fmt: skip
"""What else is read of them as a whole number, where it is there."""
_AT_LEAST_1: Final = (*_NEEDED, "max_position_embeddings")
_SWITCHES: Final = (
    "attention_k_eq_v", "enable_moe_block", "is_encoder_decoder", "tie_word_embeddings",
    "use_sliding_window",
)  # fmt: skip
_PARTS: Final = (
    ("num_key_value_heads", "num_attention_heads"),
    ("num_global_key_value_heads", "num_attention_heads"),
    ("first_k_dense_replace", "num_hidden_layers"),
)
"""Entries of which the first counts a part of the second."""
_IN_FIGURES: Final = "Choose a model of the library, or give yours in figures (library.models)."


def model_of_config(config: Mapping[str, Any], name: str, *, hf_id: str) -> LanguageModel:
    """Dimensions of a decoder from its ``config.json``; parameters are counted from them.

    Raises
    ------
    InputError
        Naming every entry that is missing or cannot be, or what of the architecture is not known.
    """
    text = config.get("text_config") or config
    problems = [*_problems(text)] or [*_contradictions(text)]
    if problems:
        raise InputError(*problems)
    cache = kv_cache_of(text)
    experts = _experts(text)
    hidden, layers = text["hidden_size"], text["num_hidden_layers"]
    total, active = (_parameters(text, experts, each) for each in (experts.count, experts.active))
    return _checked(
        text,
        {
            "name": name,
            "hf_id": hf_id,
            "layers": layers,
            "hidden": hidden,
            "attention_heads": text["num_attention_heads"],
            "kv_heads": cache.kv_heads,
            "head_dim": _head_dim(text),
            "experts": experts.count,
            "experts_active": experts.active,
            "moe_layers": experts.layers,
            "params_total": total,
            "params_active": active,
            "max_context_tokens": text.get("max_position_embeddings") or 131_072,
            **{
                f"weights_{precision}_gb": BYTES_PER_PARAMETER[precision] * total / BYTES_PER_GB
                for precision in _PRECISIONS
            },
            "kv_growing_elements_per_token": cache.growing,
            "kv_local_elements_per_token": cache.local,
            "kv_local_cap_tokens": cache.cap_tokens,
            "licence": "not known",
            "multimodal": False,
            "multimodal_eu_excluded": False,
            "source": Source(name="config.json", as_of=datetime.now(UTC).date().isoformat()),
        },
    )


def _checked(text: Mapping[str, Any], facts: Mapping[str, object]) -> LanguageModel:
    """Hold the facts to the limits of a model; what is beyond them follows from the dimensions."""
    try:
        return LanguageModel.model_validate(facts)
    except ValidationError as error:
        (first, *_) = problems_in(error, "", "Correct it.")
    if first.field in ("name", "hf_id"):
        raise InputError(replace(first, field=f"model_config: {first.field}"))
    limit = f"makes a model that cannot be: {first.field} {first.limit}"
    dimensions = ", ".join(f"{key} {text[key]}" for key in _NEEDED)
    raise InputError(Problem("model_config: dimensions", dimensions, limit, "Correct the largest."))


def _problems(text: object) -> Iterator[Problem]:
    """Find what is no dimension of a network, before anything is made of it."""
    if not isinstance(text, Mapping):
        yield Problem("model_config: text_config", str(text)[:40], "must be a table", "Correct it.")
        return
    for key in _NEEDED:
        if text.get(key) is None:
            yield Problem(f"model_config: {key}", "", "is missing", "Add it.")
    for key in (*_AT_LEAST_1, *_COUNTED):
        most = MOST_LAYERS if key == "num_hidden_layers" else MOST_DIMENSION
        value, least = text.get(key), 1 if key in _AT_LEAST_1 else 0
        if value is not None and not (type(value) is int and least <= value <= most):
            limit = f"must be a whole number from {least} to {most}"
            yield Problem(f"model_config: {key}", repr(value)[:40], limit, "Correct it.")
    kinds = text.get("layer_types")
    listed = isinstance(kinds, list) and all(isinstance(kind, str) for kind in kinds)
    if kinds is not None and not listed:
        limit = "must be a list of words, one a layer"
        yield Problem("model_config: layer_types", repr(kinds)[:40], limit, "Correct it.")
    kind = text.get("model_type")
    if kind is not None and not isinstance(kind, str):
        yield Problem("model_config: model_type", repr(kind)[:40], "must be a word", "Correct it.")
    for key in _SWITCHES:
        if not isinstance(value := text.get(key), bool | None):
            limit, remedy = "must be true or false", "Write it without quotes."
            yield Problem(f"model_config: {key}", repr(value)[:40], limit, remedy)


def _contradictions(text: Mapping[str, Any]) -> Iterator[Problem]:
    """Find entries that are in order alone, and not together."""
    for part, whole in _PARTS:
        if (text.get(part) or 0) > text[whole]:
            limit = f"must not exceed {whole} {text[whole]}"
            yield Problem(f"model_config: {part}", str(text[part]), limit, "Correct one of them.")
    heads, hidden = text["num_attention_heads"], text["hidden_size"]
    if not (wide := text.get("head_dim")) and hidden % heads:
        limit = f"must divide hidden_size {hidden} where head_dim is not given"
        yield Problem("model_config: num_attention_heads", str(heads), limit, "Add head_dim.")
    if wide and wide % 2:
        limit = "must be even: positions are turned in pairs"
        yield Problem("model_config: head_dim", str(wide), limit, "Correct it.")
    if text.get("is_encoder_decoder"):
        limit = "must be false: only decoders are known here"
        yield Problem("model_config: is_encoder_decoder", "true", limit, _IN_FIGURES)


@dataclass(frozen=True, slots=True)
class _Experts:
    """Routed experts of a model; none of a dense one."""

    count: int
    active: int
    shared: int
    width: int
    layers: int
    dense_layers: int
    """Layers with a network that every token passes through, beside experts or instead of them."""


def _experts(text: Mapping[str, Any]) -> _Experts:
    count = next((int(text[key]) for key in _COUNTS if text.get(key)), 0)
    width = int(text.get("moe_intermediate_size") or text["intermediate_size"])
    layers = int(text["num_hidden_layers"])
    gemma = text.get("model_type") == GEMMA4
    _require_its_kind(text, count)
    if not count or (gemma and not text.get("enable_moe_block")):
        return _Experts(0, 0, 0, width, 0, layers)
    dense = int(text.get("first_k_dense_replace") or 0)
    odd = [key for key in _EVERY if (text.get(key) or 1) != 1]
    if text.get("mlp_only_layers"):
        odd.append("mlp_only_layers")
    if odd:
        limit = "which layers hold experts is not known"
        raise InputError(*(Problem(f"model_config: {key}", "", limit, _IN_FIGURES) for key in odd))
    key = "top_k_experts" if gemma else "num_experts_per_tok"
    active = int(text.get(key) or 0)
    if not active:
        limit = f"is missing, of {count} experts"
        raise InputError(Problem(f"model_config: {key}", "", limit, "Add it."))
    if active >= count:
        limit = f"must be less than the {count} experts"
        raise InputError(Problem(f"model_config: {key}", str(active), limit, "Correct it."))
    shared = int(text.get("n_shared_experts") or 0)
    return _Experts(count, active, shared, width, layers - dense, layers if gemma else dense)


def _require_its_kind(text: Mapping[str, Any], count: int) -> None:
    """Refuse experts of a network that has none, and a mixture that counts none."""
    kind = text.get("model_type")
    if kind in MIXTURES and not count:
        limit = f"is missing: {kind} has experts"
        field = f"model_config: {_COUNTED_AS.get(kind, _COUNTS[0])}"
        raise InputError(Problem(field, "", limit, "Add how many a layer has."))
    if kind in DENSE and count:
        key = next(key for key in _COUNTS if text.get(key))
        limit = f"is of a mixture, and {kind} has no experts"
        remedy = "Leave it out, or correct model_type."
        raise InputError(Problem(f"model_config: {key}", str(count), limit, remedy))


def _head_dim(text: Mapping[str, Any]) -> int:
    """Width of a head of queries [1]; of Gemma 4 in the layers that see everything."""
    if text.get("model_type") == GEMMA4:
        return gemma4_layers(text).far_head_dim
    if text.get("model_type") in LATENT:
        return int(text["qk_nope_head_dim"] + text["qk_rope_head_dim"])
    return int(text.get("head_dim") or text["hidden_size"] // text["num_attention_heads"])


def _attention(text: Mapping[str, Any]) -> int:
    """Parameters of the attention of all layers."""
    hidden, heads = text["hidden_size"], text["num_attention_heads"]
    if text.get("model_type") != GEMMA4:
        return int(text["num_hidden_layers"]) * _layer_attention(text)
    of = gemma4_layers(text)
    near = of.near * of.near_head_dim * 2 * (heads + of.near_kv_heads)
    far = of.far * of.far_head_dim * (2 * heads + of.far_projections * of.far_kv_heads)
    return int(hidden * (near + far))


def _layer_attention(text: Mapping[str, Any]) -> int:
    """Parameters of one layer's attention."""
    hidden, heads, head_dim = text["hidden_size"], text["num_attention_heads"], _head_dim(text)
    if text.get("model_type") not in LATENT:
        kv_heads = text.get("num_key_value_heads") or heads
        gate = heads if text.get("model_type") == MUSE else 0
        return int(hidden * head_dim * (2 * (heads + kv_heads) + gate))
    rank, narrow = text["kv_lora_rank"], text.get("q_lora_rank")
    queries = narrow * (hidden + heads * head_dim) if narrow else hidden * heads * head_dim
    latent = hidden * (rank + text["qk_rope_head_dim"])
    unfolded = rank * heads * (text["qk_nope_head_dim"] + text["v_head_dim"])
    return int(queries + latent + unfolded + heads * text["v_head_dim"] * hidden)


def _parameters(text: Mapping[str, Any], experts: _Experts, used: int) -> int:
    """Parameters of a decoder with so many routed experts a layer, embedding and output included.

    Biases, norms and routers are left out: less than a hundredth.
    """
    hidden = text["hidden_size"]
    dense = 3 * hidden * text["intermediate_size"]
    expert = 3 * hidden * experts.width
    vocabulary = hidden * text["vocab_size"] * (1 if _one_embedding(text) else 2)
    feeding = experts.dense_layers * dense + experts.layers * (used + experts.shared) * expert
    return int(vocabulary + _attention(text) + feeding)


def _one_embedding(text: Mapping[str, Any]) -> bool:
    """Whether tokens are read and written by one matrix; unsaid, only by Gemma 4's."""
    return bool(text.get("tie_word_embeddings", text.get("model_type") == GEMMA4))
