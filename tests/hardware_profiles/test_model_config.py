"""Models from their `config.json`: parameters as published, and what is no configuration."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_profiles.model_config import model_of_config
from pricing.errors import InputError
from tests.hardware_profiles.network_configs import (
    DEEPSEEK_V3,
    GEMMA_26B,
    GEMMA_31B,
    GLM_AIR,
    GPT_OSS_120B,
    LLAMA_405B,
    MUSE_GLIMMER,
    QWEN_72B,
)

QWEN_MOE = {
    "model_type": "qwen3_moe", "hidden_size": 2_048, "num_hidden_layers": 48, "head_dim": 128,
    "num_attention_heads": 32, "num_key_value_heads": 4, "intermediate_size": 6_144,
    "vocab_size": 151_936, "num_experts": 128, "moe_intermediate_size": 768,
}  # fmt: skip


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
        (QWEN_MOE | {"decoder_sparse_step": 2}, "decoder_sparse_step", ""),
        (QWEN_MOE | {"moe_layer_freq": 2}, "moe_layer_freq", ""),
        (QWEN_MOE | {"mlp_only_layers": [0]}, "mlp_only_layers", ""),
    ],
)
def test_an_architecture_that_is_not_known_is_refused(changes, field, value):
    with pytest.raises(InputError) as refusal:
        model_of_config(LLAMA_405B | changes, "mine", hf_id="/m")
    (problem,) = refusal.value.problems
    assert (problem.field, problem.value) == (f"model_config: {field}", value)
    assert problem.limit
    assert "library.models" in problem.remedy


"""Dimensions of Qwen/Qwen3-30B-A3B; how many experts a token passes through is left out."""


@pytest.mark.parametrize(
    ("config", "field", "value", "limit"),
    [
        (DEEPSEEK_V3 | {"num_experts_per_tok": 300}, "num_experts_per_tok", "300", "256 experts"),
        (QWEN_MOE | {"num_experts_per_tok": 128}, "num_experts_per_tok", "128", "128 experts"),
        (QWEN_MOE, "num_experts_per_tok", "", "is missing"),
        (QWEN_MOE | {"num_experts_per_tok": 0}, "num_experts_per_tok", "", "is missing"),
        (GEMMA_26B | {"top_k_experts": None}, "top_k_experts", "", "is missing"),
        (DEEPSEEK_V3 | {"first_k_dense_replace": 62}, "first_k_dense_replace", "62", "layers 61"),
        (QWEN_72B | {"num_key_value_heads": 128}, "num_key_value_heads", "128", "heads 64"),
        (QWEN_72B | {"num_attention_heads": 9_999}, "num_attention_heads", "9999", "size 8192"),
        (QWEN_72B | {"hidden_size": 8_191}, "num_attention_heads", "64", "must divide hidden_size"),
        (QWEN_72B | {"head_dim": 127}, "head_dim", "127", "must be even"),
        (QWEN_72B | {"max_position_embeddings": 0}, "max_position_embeddings", "0", "from 1"),
        (QWEN_72B | {"num_experts": 8}, "num_experts", "8", "qwen2 has no experts"),
        (QWEN_MOE | {"num_experts": None}, "num_experts", "", "qwen3_moe has experts"),
        (
            QWEN_MOE | {"model_type": "mixtral", "num_experts": 0},
            "num_local_experts",
            "",
            "missing",
        ),
        (DEEPSEEK_V3 | {"n_routed_experts": None}, "n_routed_experts", "", "has experts"),
        (QWEN_72B | {"is_encoder_decoder": True}, "is_encoder_decoder", "true", "only decoders"),
        (QWEN_72B | {"tie_word_embeddings": "false"}, "tie_word_embeddings", "'false'", "true or"),
        (
            QWEN_72B | {"hidden_size": 10**8, "num_hidden_layers": 10_000},
            "dimensions",
            "hidden_size 100000000, num_hidden_layers 10000, num_attention_heads 64, "
            "intermediate_size 29568, vocab_size 152064",
            "params_total must be less than or equal to 100000000000000",
        ),
        (QWEN_72B | {"head_dim": 10**7, "vocab_size": 1}, "dimensions", None, "less than or equal"),
    ],
)
def test_entries_that_cannot_be_together_are_refused_by_name(config, field, value, limit):
    with pytest.raises(InputError) as refusal:
        model_of_config(config, "mine", hf_id="/m")
    (problem,) = refusal.value.problems
    assert problem.field == f"model_config: {field}"
    assert problem.value == value or value is None
    assert limit in problem.limit
    assert problem.remedy


def test_a_name_that_a_terminal_would_obey_is_refused_as_the_name():
    with pytest.raises(InputError, match="must not hold control characters") as refusal:
        model_of_config(QWEN_72B, "mine\x1b[2J", hf_id="/m")
    assert refusal.value.problems[0].field == "model_config: name"


CONFIGS = (GEMMA_26B, GLM_AIR, MUSE_GLIMMER, DEEPSEEK_V3, GPT_OSS_120B, QWEN_72B)
ENTRIES = sorted({"index_topk"}.union(*CONFIGS))
NO_DIMENSION = st.one_of(
    st.integers(max_value=-1), st.integers(10**9, 10**40), st.floats(), st.text(max_size=9),
    st.booleans(), st.lists(st.integers(), max_size=2), st.dictionaries(st.text(), st.none()),
)  # fmt: skip
NUMBER = st.one_of(st.integers(0, 10), st.integers(0, 20_000), st.integers(0, 10**8), st.none())


@given(
    st.sampled_from(CONFIGS),
    st.dictionaries(st.sampled_from(ENTRIES), NUMBER, min_size=1, max_size=4)
    | st.dictionaries(
        st.sampled_from([*ENTRIES, "text_config"]), NO_DIMENSION, min_size=1, max_size=1
    ),
)
def test_a_configuration_with_other_numbers_or_none_is_read_or_refused(config, changes):
    """Never counted for ever, and never a traceback."""
    try:
        model_of_config(config | changes, "mine", hf_id="/m")
    except InputError as refusal:
        for problem in refusal.problems:
            assert problem.field.startswith("model_config: ")
            assert problem.limit
            assert problem.remedy


@pytest.mark.parametrize("value", [0, -1, 10**30, 2.0, "80", True, [80]])
def test_a_number_of_layers_that_is_none_is_refused_before_anything_is_counted(value):
    with pytest.raises(InputError, match="from 1 to 10000") as refusal:
        model_of_config(LLAMA_405B | {"num_hidden_layers": value}, "mine", hf_id="/m")
    assert refusal.value.problems[0].field == "model_config: num_hidden_layers"


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
