"""Keys and values by architecture, against published figures and configurations worked by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_profiles import Library, memory_fit, require_fit
from hardware_profiles.kv_cache import KvCache, kv_cache_of
from hardware_profiles.model_config import model_of_config
from pricing.errors import InputError
from tests.hardware_profiles.network_configs import (
    DEEPSEEK_V3,
    GEMMA_26B,
    GEMMA_31B,
    GLM_AIR,
    GPT_OSS_120B,
    LLAMA_405B,
    MISTRAL_7B,
    MUSE_GLIMMER,
    QWEN_72B,
)

LIBRARY = Library.load()
BYTES = 2.0  # bf16

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
    routed = kind not in ("llama", "mistral")
    return {
        "model_type": kind,
        **({"num_local_experts": 8, "num_experts_per_tok": 2} if routed else {}),
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
