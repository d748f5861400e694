"""Keys and values by architecture, against published figures and configurations worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_profiles import Library, memory_fit, require_fit
from hardware_profiles.kv_cache import KvCache, kv_cache_of
from hardware_profiles.model_config import model_of_config
from pricing.errors import InputError

LIBRARY = Library.load()
BYTES = 2.0  # bf16

LLAMA_405B = {
    "model_type": "llama", "hidden_size": 16_384, "num_hidden_layers": 126,
    "num_attention_heads": 128, "num_key_value_heads": 8, "intermediate_size": 53_248,
    "vocab_size": 128_256,
}  # fmt: skip
QWEN_72B = {
    "model_type": "qwen2", "hidden_size": 8_192, "num_hidden_layers": 80,
    "num_attention_heads": 64, "num_key_value_heads": 8, "intermediate_size": 29_568,
    "vocab_size": 152_064, "sliding_window": 131_072, "use_sliding_window": False,
}  # fmt: skip
DEEPSEEK_V3 = {
    "model_type": "deepseek_v3", "hidden_size": 7_168, "num_hidden_layers": 61,
    "num_attention_heads": 128, "num_key_value_heads": 128, "intermediate_size": 18_432,
    "vocab_size": 129_280, "q_lora_rank": 1_536, "kv_lora_rank": 512, "qk_nope_head_dim": 128,
    "qk_rope_head_dim": 64, "v_head_dim": 128, "n_routed_experts": 256, "n_shared_experts": 1,
    "num_experts_per_tok": 8, "moe_intermediate_size": 2_048, "first_k_dense_replace": 3,
    "moe_layer_freq": 1,
}  # fmt: skip
MISTRAL_7B = {
    "model_type": "mistral", "hidden_size": 4_096, "num_hidden_layers": 32,
    "num_attention_heads": 32, "num_key_value_heads": 8, "intermediate_size": 14_336,
    "vocab_size": 32_000, "sliding_window": 4_096,
}  # fmt: skip
GPT_OSS_120B = {
    "model_type": "gpt_oss", "hidden_size": 2_880, "num_hidden_layers": 36, "head_dim": 64,
    "num_attention_heads": 64, "num_key_value_heads": 8, "intermediate_size": 2_880,
    "vocab_size": 201_088, "num_local_experts": 128, "num_experts_per_tok": 4,
    "sliding_window": 128, "layer_types": ["sliding_attention", "full_attention"] * 18,
}  # fmt: skip
# text_config of google/gemma-4-31B-it and of google/gemma-4-26b-a4b-it, as several repositories
# quote them; config.json of zai-org/GLM-4.5-Air; MuseGlimmerTextConfig of transformers 5.24.
GEMMA_31B = {
    "model_type": "gemma4_text", "hidden_size": 5_376, "num_hidden_layers": 60,
    "num_attention_heads": 32, "num_key_value_heads": 16, "head_dim": 256,
    "num_global_key_value_heads": 4, "global_head_dim": 512, "attention_k_eq_v": True,
    "intermediate_size": 21_504, "vocab_size": 262_144, "sliding_window": 1_024,
    "hidden_size_per_layer_input": 0, "num_kv_shared_layers": 0, "num_experts": None,
    "enable_moe_block": False, "tie_word_embeddings": True,
    "layer_types": [*["sliding_attention"] * 5, "full_attention"] * 10,
}  # fmt: skip
GEMMA_26B = GEMMA_31B | {
    "hidden_size": 2_816, "num_hidden_layers": 30, "num_attention_heads": 16,
    "num_key_value_heads": 8, "num_global_key_value_heads": 2, "intermediate_size": 2_112,
    "enable_moe_block": True, "num_experts": 128, "top_k_experts": 8,
    "moe_intermediate_size": 704, "layer_types": None,
}  # fmt: skip
GLM_AIR = {
    "model_type": "glm4_moe", "hidden_size": 4_096, "num_hidden_layers": 46, "head_dim": 128,
    "num_attention_heads": 96, "num_key_value_heads": 8, "intermediate_size": 10_944,
    "vocab_size": 151_552, "n_routed_experts": 128, "n_shared_experts": 1,
    "num_experts_per_tok": 8, "moe_intermediate_size": 1_408, "first_k_dense_replace": 1,
}  # fmt: skip
MUSE_GLIMMER = {
    "model_type": "muse_glimmer_text", "hidden_size": 6_656, "num_hidden_layers": 52,
    "num_attention_heads": 32, "num_key_value_heads": 2, "head_dim": 128,
    "intermediate_size": 19_968, "vocab_size": 202_048,
}  # fmt: skip


LAYERS = st.lists(st.sampled_from(["full_attention", "sliding_attention"]), min_size=1, max_size=9)


@st.composite
def grouped(draw):
    """A configuration of grouped queries with windows in any layers, heads as wide as it says."""
    kinds, kv_heads, group = draw(LAYERS), draw(st.integers(1, 16)), draw(st.integers(1, 8))
    sizes = {"num_key_value_heads": kv_heads, "num_attention_heads": kv_heads * group}
    width = draw(st.integers(1, 16)) * 16
    narrow = {"hidden_size": kv_heads * group * width}
    given_width = {"head_dim": width, "hidden_size": draw(st.integers(64, 4_096))}
    window = {"layer_types": kinds, "sliding_window": draw(st.integers(1, 5_000))}
    size = {"num_hidden_layers": len(kinds), "intermediate_size": 64, "vocab_size": 1_000}
    kind = draw(st.sampled_from(["gpt_oss", "llama", "minimax_m2", "mistral", "mixtral"]))
    return {
        "model_type": kind,
        **sizes,
        **size,
        **window,
        **draw(st.sampled_from([narrow, given_width])),
    }, width


@given(grouped(), st.integers(1, 20_000))
def test_a_sequence_keeps_what_each_of_its_layers_still_sees(case, context):
    """Counted layer by layer: a key and a value of each head, for all tokens or the last few."""
    config, width = case
    kept = sum(
        context if kind == "full_attention" else min(context, config["sliding_window"])
        for kind in config["layer_types"]
    )
    elements = kept * config["num_key_value_heads"] * 2 * width
    model = model_of_config(config, "mine", hf_id="/m")
    assert model.kv_bytes_per_token(context) * context == pytest.approx(elements * BYTES)


@given(LAYERS, st.integers(1, 8), st.integers(1, 8), st.booleans(), st.integers(1, 20_000))
def test_a_gemma_keeps_wide_heads_of_everything_and_narrow_ones_of_a_window(
    kinds, near, far, from_one, context
):
    """Counted layer by layer; where a value is a key once more, both are kept all the same."""
    config = GEMMA_31B | {
        "num_hidden_layers": len(kinds),
        "layer_types": kinds,
        "num_key_value_heads": near,
        "num_global_key_value_heads": far,
        "attention_k_eq_v": from_one,
    }
    wide = {"full_attention": (far if from_one else near) * 512, "sliding_attention": near * 256}
    seen = {"full_attention": context, "sliding_attention": min(context, 1_024)}
    kept = sum(2 * wide[kind] * seen[kind] for kind in kinds)
    model = model_of_config(config, "mine", hf_id="/m")
    assert model.kv_bytes_per_token(context) * context == pytest.approx(kept * BYTES)


@given(st.integers(1, 100), st.integers(1, 2_048), st.integers(1, 256), st.integers(1, 128))
def test_a_latent_is_one_vector_and_one_rotary_key_a_layer(layers, rank, rotary, heads):
    config = DEEPSEEK_V3 | {
        "num_hidden_layers": layers,
        "kv_lora_rank": rank,
        "qk_rope_head_dim": rotary,
        "num_key_value_heads": heads,
    }
    assert kv_cache_of(config) == KvCache(1, layers * (rank + rotary), 0, None)


@pytest.mark.parametrize("precision", ["bf16", "fp8", "int4"])
@given(st.integers(1, 512), st.integers(1, 16), st.integers(1, 64), st.integers(64, 8_192))
def test_experts_weigh_no_more_than_the_model_they_are_a_part_of(
    precision, experts, active, layers, width
):
    """At 16, 8 and 4.25 bits a parameter, the scales of 32 in a block included."""
    config = LLAMA_405B | {
        "model_type": "mixtral",
        "num_hidden_layers": layers,
        "num_local_experts": experts + active,
        "num_experts_per_tok": active,
        "intermediate_size": width,
    }
    model = model_of_config(config, "mine", hf_id="/m")
    bits = {"bf16": 16, "fp8": 8, "int4": 4.25}[precision]
    assert model.weights_gb(precision) == pytest.approx(model.params_total * bits / 8e9)
    routed = 3 * 16_384 * width * layers * (experts + active)
    assert model.routed_gb(precision) == pytest.approx(routed * bits / 8e9, rel=1e-6)
    assert model.routed_gb(precision) < model.weights_gb(precision)


POWERS = st.sampled_from([1, 2, 4, 8])


@given(POWERS, POWERS, POWERS, st.integers(1, 100), st.integers(1, 256))
def test_what_fits_is_what_fits_on_one_accelerator(gpus, ranks, kv_heads, layers, width):
    """Each keeps its part of the experts, of a rank's other weights, and whole heads."""
    model = LIBRARY.model("Qwen3-235B-A22B").model_copy(
        update={
            "kv_heads": kv_heads,
            "kv_growing_elements_per_token": layers * 2 * kv_heads * width,
        }
    )
    ranks = min(ranks, gpus)
    in_a_rank = gpus // ranks
    routed_gb, whole_gb = model.routed_gb("fp8"), model.weights_gb("fp8")
    gpu = LIBRARY.accelerator("GB200")
    weights_gb = routed_gb / gpus + (whole_gb - routed_gb) / in_a_rank
    left_gb = max(0.0, gpu.fit_gb * 0.92 - 3.5 - weights_gb)
    heads = max(1, kv_heads // in_a_rank)
    tokens = left_gb * 1e9 / (layers * 2 * heads * width * BYTES)
    fit = memory_fit(model, "fp8", gpu, gpus, attention_ranks=ranks)
    assert fit.kv_tokens == pytest.approx(tokens, rel=1e-9, abs=1e-6)


@given(st.integers(1, 16), st.integers(1, 8), st.sampled_from([1, 2, 3, 4, 6, 8]))
def test_heads_that_accelerators_cannot_share_out_evenly_are_refused(kv_heads, group, gpus):
    """vLLM: heads of keys and values are a multiple of the accelerators, or the other way about."""
    heads = {"kv_heads": kv_heads, "attention_heads": kv_heads * group}
    model = LIBRARY.model("Llama 3.1 8B").model_copy(update=heads)
    evenly = kv_heads % gpus == 0 or gpus % kv_heads == 0
    if kv_heads * group % gpus == 0 and evenly:
        assert require_fit(model, "fp8", LIBRARY.accelerator("H200 SXM"), gpus).fits
        return
    with pytest.raises(InputError, match="evenly") as refusal:
        require_fit(model, "fp8", LIBRARY.accelerator("H200 SXM"), gpus)
    assert refusal.value.problems[0].field == "gpus_per_replica"


@pytest.mark.parametrize(
    ("config", "bytes_per_token"),
    [(DEEPSEEK_V3, 70_272), (QWEN_72B, 327_680), (LLAMA_405B, 516_096)],
)
def test_a_token_leaves_what_was_published_of_latent_and_grouped_attention(config, bytes_per_token):
    """Insights into DeepSeek-V3 (arXiv 2505.09343), table 1, in bf16."""
    cache = kv_cache_of(config)
    assert (cache.growing * BYTES, cache.local) == (bytes_per_token, 0)


def test_a_window_in_every_layer_stops_growing():
    """Mistral 7B (arXiv 2310.06825): 32 layers, 8 of 128, 4,096 tokens: half a gibibyte."""
    model = model_of_config(MISTRAL_7B, "Mistral 7B", hf_id="/m")
    assert kv_cache_of(MISTRAL_7B) == KvCache(8, 0, 32 * 2 * 8 * 128, 4_096)
    for context in (4_096, 20_000, 100_000):
        assert model.kv_bytes_per_token(context) * context == pytest.approx(2**29)
    assert model.kv_bytes_per_token(1_000) == 131_072


def test_windows_in_every_other_layer_are_counted_by_layer():
    """18 layers of 2 x 8 x 64 grow, 18 keep 128 tokens: at 10,000 tokens 0.3734 GB."""
    assert kv_cache_of(GPT_OSS_120B) == KvCache(8, 18_432, 18_432, 128)
    model = model_of_config(GPT_OSS_120B, "mine", hf_id="/m")
    known = LIBRARY.model("gpt-oss-120b")
    assert model.kv_bytes_per_token(10_000) == known.kv_bytes_per_token(10_000)
    assert pytest.approx(0.3734, rel=1e-3) == 2 * (18_432 * 10_000 + 18_432 * 128) / 1e9


@pytest.mark.parametrize(
    ("changes", "windowed"),
    [
        ({}, 0),
        ({"use_sliding_window": True, "max_window_layers": 70}, 10),
        ({"use_sliding_window": True, "max_window_layers": 80}, 0),
        ({"use_sliding_window": True, "max_window_layers": 0}, 80),
        ({"use_sliding_window": True}, 80 - 28),
        ({"use_sliding_window": True, "sliding_window": None, "max_window_layers": 0}, 0),
        ({"model_type": "qwen3", "use_sliding_window": True, "max_window_layers": 70}, 10),
        ({"model_type": "qwen3_moe", "use_sliding_window": True, "max_window_layers": 70}, 80),
    ],
)
def test_of_qwen_only_layers_after_those_that_see_all_have_a_window(changes, windowed):
    """Qwen2Config, Qwen3Config and Qwen3MoeAttention of transformers, read by hand."""
    cache, each = kv_cache_of(QWEN_72B | changes), 2 * 8 * 128
    assert (cache.growing, cache.local) == ((80 - windowed) * each, windowed * each)
    assert cache.cap_tokens == (131_072 if windowed else None)


def test_the_window_of_qwen_is_off_unless_it_is_switched_on():
    unsaid = {key: value for key, value in QWEN_72B.items() if key != "use_sliding_window"}
    assert kv_cache_of(unsaid) == kv_cache_of(QWEN_72B)


@pytest.mark.parametrize("config", [GPT_OSS_120B, MISTRAL_7B])
@pytest.mark.parametrize("key", ["layer_types", "sliding_window"])
def test_what_a_configuration_leaves_out_is_what_its_architecture_takes(config, key):
    """GptOssConfig takes turns at 128 tokens; MistralConfig has 4,096 in every layer."""
    assert kv_cache_of({k: v for k, v in config.items() if k != key}) == kv_cache_of(config)


def test_mistral_without_a_window_sees_everything():
    assert kv_cache_of(MISTRAL_7B | {"sliding_window": None}) == KvCache(8, 65_536, 0, None)


@pytest.mark.parametrize(
    ("config", "cache"),
    [
        (GEMMA_31B, KvCache(4, 10 * 2 * 4 * 512, 50 * 2 * 16 * 256, 1_024)),
        (GEMMA_26B, KvCache(2, 5 * 2 * 2 * 512, 25 * 2 * 8 * 256, 1_024)),
        (GLM_AIR, KvCache(8, 46 * 2 * 8 * 128, 0, None)),
        (MUSE_GLIMMER, KvCache(2, 13 * 2 * 2 * 128, 39 * 2 * 2 * 128, 2_048)),
    ],
)
def test_newer_architectures_keep_what_their_layers_make_by_hand(config, cache):
    assert kv_cache_of(config) == cache


def test_layers_that_gemma_and_muse_leave_unsaid_end_with_one_that_sees_everything():
    """Gemma4TextConfig: every sixth and the last; MuseGlimmerTextConfig: back from the last."""
    short = {"num_hidden_layers": 8}
    assert kv_cache_of(GEMMA_26B | short).growing == 2 * 2 * 2 * 512  # the sixth and the eighth
    assert kv_cache_of(MUSE_GLIMMER | short).growing == 2 * 2 * 2 * 128  # the fourth and the eighth


@pytest.mark.parametrize(
    ("config", "total", "active"),
    [
        (GEMMA_31B, 31e9, 31e9),
        (GEMMA_26B, 26e9, 4e9),
        (GLM_AIR, 106e9, 12e9),
        (MUSE_GLIMMER, 30e9, 30e9),
    ],
)
def test_parameters_of_newer_architectures_are_those_of_their_names(config, total, active):
    """Gemma 4 31B and 26B-A4B; GLM-4.5-Air, 106B-A12B; Muse Glimmer 30B, its vision part apart."""
    model = model_of_config(config, "mine", hf_id="/m")
    assert model.params_total == pytest.approx(total, rel=0.08)
    assert model.params_active == pytest.approx(active, rel=0.13)


@pytest.mark.parametrize(
    ("config", "total", "active"),
    [(DEEPSEEK_V3, 671e9, 37e9), (GPT_OSS_120B, 116.8e9, 5.1e9), (LLAMA_405B, 405.9e9, 405.9e9)],
)
def test_parameters_are_those_that_were_published(config, total, active):
    """DeepSeek-V3 technical report (arXiv 2412.19437); OpenAI model card; Llama 3 (2407.21783)."""
    model = model_of_config(config, "mine", hf_id="/m")
    assert model.params_total == pytest.approx(total, rel=0.01)
    assert model.params_active == pytest.approx(active, rel=0.2 if "gpt" in str(config) else 0.02)


def test_heads_fewer_than_accelerators_are_kept_by_several():
    """Qwen3-235B has 4 heads: over 8 accelerators each is kept twice, over 4 once."""
    model, gpu = LIBRARY.model("Qwen3-235B-A22B"), LIBRARY.accelerator("H200 SXM")
    assert [model.kv_copies(gpus) for gpus in (1, 2, 4, 8)] == [1, 1, 1, 2]
    fit = memory_fit(model, "fp8", gpu, 8)
    left_gb = 8 * (gpu.fit_gb * 0.92 - 3.5) - 236.288
    assert fit.kv_tokens == pytest.approx(left_gb * 1e9 / (2 * 96_256 * 2), rel=1e-6)


def test_a_latent_is_kept_whole_by_every_accelerator_of_a_replica():
    """61 layers of 512 + 64: over 8 accelerators 8 copies of 70,272 bytes a token."""
    model, gpu = LIBRARY.model("Kimi-K2.5"), LIBRARY.accelerator("H200 SXM")
    assert model.kv_bytes_per_token() == 70_272
    left_gb = 8 * (gpu.fit_gb * 0.92 - 3.5) - 593.873
    fit = memory_fit(model, "int4", gpu, 8)
    assert fit.kv_tokens == pytest.approx(left_gb * 1e9 / (8 * 70_272), rel=1e-6)


def test_experts_spread_over_accelerators_lie_there_once_and_the_rest_once_a_rank():
    """Eight ranks of attention hold a latent each, of one copy, and eight copies of the rest."""
    model, gpu = LIBRARY.model("Kimi-K2.5"), LIBRARY.accelerator("H200 SXM")
    routed_gb = model.routed_gb("int4")
    assert 0.9 * 593.873 < routed_gb < 593.873
    fit = memory_fit(model, "int4", gpu, 8, attention_ranks=8)
    weights_gb = routed_gb + 8 * (593.873 - routed_gb)
    assert fit.weights_gb == pytest.approx(weights_gb)
    of_one_rank_gb = (8 * (gpu.fit_gb * 0.92 - 3.5) - weights_gb) / 8
    assert fit.kv_tokens == pytest.approx(of_one_rank_gb * 1e9 / 70_272, rel=1e-6)


@pytest.mark.parametrize(
    ("changes", "field", "value"),
    [
        ({"model_type": "mamba2"}, "model_type", "mamba2"),
        (GEMMA_31B | {"hidden_size_per_layer_input": 256}, "hidden_size_per_layer_input", "256"),
        (GEMMA_31B | {"num_kv_shared_layers": 20}, "num_kv_shared_layers", "20"),
        ({"model_type": None}, "model_type", "None"),
        ({"layer_types": ["linear_attention"] * 126}, "layer_types", "linear_attention"),
        ({"layer_types": ["chunked_attention"] * 126}, "layer_types", "chunked_attention"),
        ({"layer_types": ["full_attention"] * 3}, "layer_types", "3"),
        (GPT_OSS_120B | {"layer_types": None, "sliding_window": None}, "sliding_window", "None"),
        ({"layer_types": ["sliding_attention"] * 126}, "sliding_window", "None"),
        ({"model_type": "deepseek_v3"}, "kv_lora_rank", "None"),
        (DEEPSEEK_V3 | {"index_topk": 2_048}, "index_topk", "2048"),
        ({"num_experts": 8, "decoder_sparse_step": 2}, "decoder_sparse_step", ""),
        ({"num_experts": 8, "moe_layer_freq": 2}, "moe_layer_freq", ""),
        ({"num_experts": 8, "mlp_only_layers": [0]}, "mlp_only_layers", ""),
    ],
)
def test_an_architecture_that_is_not_known_is_refused(changes, field, value):
    with pytest.raises(InputError) as refusal:
        model_of_config(LLAMA_405B | changes, "mine", hf_id="/m")
    (problem,) = refusal.value.problems
    assert (problem.field, problem.value) == (f"model_config: {field}", value)
    assert problem.limit
    assert "library.models" in problem.remedy


@pytest.mark.parametrize(
    ("kind", "why"),
    [
        ("glm_moe_dsa", "keeps an index"),
        ("deepseek_v4", "compressed"),
        ("kimi_linear", "a state of fixed size"),
        ("qwen3_5_moe_text", "a state of fixed size"),
        ("minimax_m3", "keeps an index"),
    ],
)
def test_what_the_market_has_and_nobody_can_count_here_is_refused_with_the_reason(kind, why):
    with pytest.raises(InputError, match=why) as refusal:
        model_of_config(LLAMA_405B | {"model_type": kind}, "mine", hf_id="/m")
    assert refusal.value.problems[0].field == "model_config: model_type"


def test_a_replica_over_several_nodes_is_refused():
    model = LIBRARY.model("Llama 3.1 405B")
    with pytest.raises(InputError) as refusal:
        require_fit(model, "bf16", LIBRARY.accelerator("H100 SXM"), 16)
    (problem,) = refusal.value.problems
    assert (problem.field, problem.value) == ("gpus_per_replica", "16")
    assert "one node" in problem.limit
    assert "8 or fewer" in problem.remedy
    assert require_fit(model, "bf16", LIBRARY.accelerator("GB200"), 16).fits


@pytest.mark.parametrize(
    ("name", "elements"),
    [
        ("Llama 3.1 8B", (32 * 2 * 8 * 128, 0)),
        ("Llama 4 Scout", (12 * 2 * 8 * 128, 36 * 2 * 8 * 128)),
        ("gpt-oss-20b", (12 * 2 * 8 * 64, 12 * 2 * 8 * 64)),
        ("MiniMax-M2.5", (62 * 2 * 8 * 128, 0)),
        ("Kimi-K2.5", (61 * (512 + 64), 0)),
        ("Qwen3-235B-A22B", (94 * 2 * 4 * 128, 0)),
        ("Qwen3 32B", (64 * 2 * 8 * 128, 0)),
        ("Qwen3 30B A3B", (48 * 2 * 4 * 128, 0)),
        ("Kimi-K2.6", (61 * (512 + 64), 0)),
    ],
)
def test_models_that_ship_keep_what_their_layers_make_by_hand(name, elements):
    model = LIBRARY.model(name)
    found = model.kv_growing_elements_per_token, model.kv_local_elements_per_token
    assert found == elements
