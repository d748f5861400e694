"""Keys and values that a token of context leaves in memory, by the architecture of its attention.

Known are full attention with as many or fewer heads of keys and values than queries (grouped
queries: Ainslie et al., arXiv 2305.13245), windows in some or all layers (Jiang et al., arXiv
2310.06825), and latent attention, which keeps one compressed vector and one rotary key for all
heads (DeepSeek-V2, arXiv 2405.04434, section 2.1). Gemma 4 has wider and fewer heads in the layers
that see everything (``modeling_gemma4.py`` of transformers 5.24). What else there is, state spaces
and linear attention among it, keeps something else for a token and is refused.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pricing.errors import InputError, Problem

FULL, WINDOWED = "full_attention", "sliding_attention"
GEMMA4: Final = "gemma4_text"
MUSE: Final = "muse_glimmer_text"
GROUPED: Final = frozenset(
    {
        GEMMA4, "glm4_moe", "gpt_oss", "llama", "minimax_m2", "mistral", "mixtral", MUSE, "qwen2",
        "qwen3", "qwen3_moe",
    }
)  # fmt: skip
LATENT: Final = frozenset({"deepseek_v2", "deepseek_v3", "kimi_k2"})
"""Values of `model_type` whose attention is known."""
DENSE: Final = frozenset({"llama", "mistral", "qwen2", "qwen3", MUSE})
"""Of these, those without experts."""
MIXTURES: Final = (GROUPED | LATENT) - DENSE - {GEMMA4}
"""Of these, those that have experts always; Gemma 4 has them where it says so."""
_CHOSEN: Final = "it attends to tokens of its choice and keeps an index of all of them besides"
_STATE: Final = "most of its layers keep a state of fixed size and no keys and values"
_WHY_NOT: Final = {
    "deepseek_v32": _CHOSEN,
    "deepseek_v4": "it keeps contexts compressed at several rates, and an index of them",
    "glm5_next_text": _STATE,
    "glm_moe_dsa": _CHOSEN,
    "kimi_linear": _STATE,
    "minimax_m3": _CHOSEN,
    "minimax_m3_vl_text": _CHOSEN,
    "muse_spark_text": "its routed experts have a width of their own, which is not counted here",
    "nemotron_h": _STATE,
    "qwen3_5_moe_text": _STATE,
    "qwen3_5_text": _STATE,
    "qwen3_next": _STATE,
}
"""What else than keys and values others keep, by their configurations in transformers 5.24."""
SWITCHED: Final = frozenset({"qwen2", "qwen3", "qwen3_moe"})
"""Of these, whose window counts only where ``use_sliding_window`` is true."""
_WHOLE_FIRST: Final = frozenset({"qwen2", "qwen3"})
"""Of these, whose first ``max_window_layers`` layers see everything."""
_UNSAID_WHOLE_LAYERS: Final = 28
"""Those layers where the configuration does not count them [1], as transformers 5 has it."""
_UNSAID_WINDOW: Final = {
    **{kind: 4_096 for kind in ("mistral", *SWITCHED)},
    GEMMA4: 512,
    "gpt_oss": 128,
    MUSE: 2_048,
}
"""Window where the configuration has no ``sliding_window`` [token], as transformers 5 has it."""
_REMEDY: Final = "Choose a model of the library, or give yours in figures (library.models)."


@dataclass(frozen=True, slots=True)
class KvCache:
    """Elements of keys and values that one sequence keeps for a token, over all layers."""

    kv_heads: int
    """Heads that accelerators share out; 1 for a latent, which each of them keeps whole."""
    growing: int
    """In layers that see all of the context [element/token]."""
    local: int
    """In layers that see a window of it [element/token]."""
    cap_tokens: int | None
    """Length of that window [token]; None where there is none."""


def kv_cache_of(text: Mapping[str, Any]) -> KvCache:
    """Read the memory of a token from the text part of a model's ``config.json``.

    Raises
    ------
    InputError
        Where the architecture keeps something that is not known here.
    """
    kind = text.get("model_type")
    layers = int(text["num_hidden_layers"])
    if kind in LATENT:
        return _latent(text, layers)
    if kind not in GROUPED:
        known = ", ".join(sorted(GROUPED | LATENT))
        why = f"{_WHY_NOT[kind]}; " if kind in _WHY_NOT else ""
        raise _refused("model_type", kind, f"{why}keys and values are known of {known}")
    if kind == GEMMA4:
        return gemma4_layers(text).cache
    heads = int(text["num_attention_heads"])
    kv_heads = int(text.get("num_key_value_heads") or heads)
    head_dim = int(text.get("head_dim") or text["hidden_size"] // heads)
    each = 2 * kv_heads * head_dim
    near, window = _windows(text, layers)
    return KvCache(kv_heads, (layers - near) * each, near * each, window)


@dataclass(frozen=True, slots=True)
class Gemma4Layers:
    """Layers of Gemma 4: some see a window, the others everything with heads of another shape."""

    near: int
    """Layers that see a window."""
    window: int | None
    near_kv_heads: int
    near_head_dim: int
    far: int
    """Layers that see everything."""
    far_kv_heads: int
    far_head_dim: int
    far_projections: int
    """Projections to keys and values in them: 1 where both come from one."""

    @property
    def cache(self) -> KvCache:
        """Keys and values of all of them; both are kept where they come from one projection."""
        growing = self.far * 2 * self.far_kv_heads * self.far_head_dim
        local = self.near * 2 * self.near_kv_heads * self.near_head_dim
        return KvCache(min(self.near_kv_heads, self.far_kv_heads), growing, local, self.window)


def gemma4_layers(text: Mapping[str, Any]) -> Gemma4Layers:
    """Read both shapes of layers of a Gemma 4.

    Raises
    ------
    InputError
        Of the small ones, whose layers have embeddings of their own and share keys and values.
    """
    for key, unsaid in (("hidden_size_per_layer_input", 256), ("num_kv_shared_layers", 0)):
        if value := text.get(key, unsaid):
            limit = "embeddings of each layer, and layers that share keys, are not counted here"
            raise _refused(key, value, limit)
    layers = int(text["num_hidden_layers"])
    near, window = _windows(text, layers)
    kv_heads = int(text.get("num_key_value_heads") or text["num_attention_heads"])
    from_one = bool(text.get("attention_k_eq_v"))
    return Gemma4Layers(
        near=near,
        window=window,
        near_kv_heads=kv_heads,
        near_head_dim=int(text.get("head_dim") or 256),
        far=layers - near,
        far_kv_heads=int((from_one and text.get("num_global_key_value_heads")) or kv_heads),
        far_head_dim=int(text.get("global_head_dim") or 512),
        far_projections=1 if from_one else 2,
    )


def _latent(text: Mapping[str, Any], layers: int) -> KvCache:
    for key in ("kv_lora_rank", "qk_rope_head_dim", "qk_nope_head_dim", "v_head_dim"):
        if not text.get(key):
            raise _refused(key, text.get(key), "latent attention has such a width")
    rank, rotary = int(text["kv_lora_rank"]), int(text["qk_rope_head_dim"])
    if text.get("index_topk"):
        limit = "attention to chosen tokens keeps an index besides, which is not known here"
        raise _refused("index_topk", text["index_topk"], limit)
    return KvCache(1, layers * (rank + rotary), 0, None)


def _windows(text: Mapping[str, Any], layers: int) -> tuple[int, int | None]:
    """Layers that see a window only, and how long it is [token]."""
    kind = text["model_type"]
    window = text.get("sliding_window", _UNSAID_WINDOW.get(kind))
    if not text.get("use_sliding_window", kind not in SWITCHED):
        window = None
    kinds = text.get("layer_types")
    if kinds is None:
        kinds = _unsaid_kinds(text, layers, windowed=bool(window))
    unknown = sorted(set(kinds) - {FULL, WINDOWED})
    if unknown or len(kinds) != layers:
        limit = f"each of the {layers} layers has {FULL} or {WINDOWED}"
        raise _refused("layer_types", ", ".join(unknown) or len(kinds), limit)
    near = sum(kind == WINDOWED for kind in kinds)
    if near and not window:
        raise _refused("sliding_window", window, f"{near} layers see a window of no known length")
    return near, int(window) if near and window else None


def _unsaid_kinds(text: Mapping[str, Any], layers: int, *, windowed: bool) -> list[str]:
    """What each layer sees where ``layer_types`` says nothing.

    As transformers 5 fills it in: ``configuration_qwen2.py`` and ``configuration_qwen3.py`` leave
    the first ``max_window_layers`` whole, ``configuration_gpt_oss.py`` takes turns and starts with
    a window, ``configuration_gemma4.py`` gives five of six a window and the last none,
    ``configuration_muse_glimmer.py`` three of four, counted from the last, and
    ``modeling_qwen3_moe.py`` and Mistral's give every layer the window.
    """
    kind = text["model_type"]
    if kind == "gpt_oss":
        return [(WINDOWED, FULL)[layer % 2] for layer in range(layers)]
    if kind == GEMMA4:
        return [
            FULL if layer % 6 == 0 or layer == layers else WINDOWED for layer in _from_1(layers)
        ]
    if kind == MUSE:
        return [FULL if (layers - layer) % 4 == 0 else WINDOWED for layer in _from_1(layers)]
    if not windowed:
        return [FULL] * layers
    whole = text.get("max_window_layers") if kind in _WHOLE_FIRST else 0
    first = _UNSAID_WHOLE_LAYERS if whole is None else int(whole)
    return [WINDOWED if layer >= first else FULL for layer in range(layers)]


def _from_1(layers: int) -> range:
    return range(1, layers + 1)


def _refused(field: str, value: object, limit: str) -> InputError:
    return InputError(Problem(f"model_config: {field}", str(value), limit, _REMEDY))
