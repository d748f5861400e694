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


NO_DIMENSION = st.one_of(
    st.integers(max_value=-1), st.integers(10**9, 10**40), st.floats(), st.text(max_size=9),
    st.booleans(), st.lists(st.integers(), max_size=2), st.dictionaries(st.text(), st.none()),
)  # fmt: skip


@given(
    st.sampled_from([GEMMA_26B, GLM_AIR, MUSE_GLIMMER, DEEPSEEK_V3, GPT_OSS_120B, QWEN_72B]),
    st.data(),
)
def test_a_configuration_with_something_else_for_a_dimension_is_refused_or_read(config, data):
    """Never counted for ever, and never a traceback."""
    key = data.draw(st.sampled_from(sorted({*config, "text_config", "layer_types", "index_topk"})))
    odd = config | {key: data.draw(NO_DIMENSION)}
    try:
        model_of_config(odd, "mine", hf_id="/m")
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
