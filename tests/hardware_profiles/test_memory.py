"""What fits, worked by hand from published sizes, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware_profiles import Library, memory_fit, replicas_per_instance, require_fit
from pricing.errors import InputError

LIBRARY = Library.load()


def test_context_beside_llama_70b_fp8_on_two_h100_is_what_the_arithmetic_says():
    """2 x (0.90 x 85.52 - 3.5) - 72.655 = 74.28 GB over 327,680 bytes a token."""
    fit = memory_fit(
        LIBRARY.model("Llama 3.3 70B"),
        "fp8",
        LIBRARY.accelerator("H100 SXM"),
        2,
        gpu_memory_utilization=0.90,
    )
    assert fit.weights_gb == 72.655
    assert fit.usable_gb == pytest.approx(146.94, abs=0.01)
    assert fit.kv_tokens == pytest.approx(226_700, rel=1e-3)
    assert fit.fits


def test_fp8_context_is_twice_as_long_as_bf16_context():
    model, gpu = LIBRARY.model("Llama 3.1 8B"), LIBRARY.accelerator("L40S")
    bf16 = memory_fit(model, "fp8", gpu, 1, kv_bytes_per_element=2.0)
    fp8 = memory_fit(model, "fp8", gpu, 1, kv_bytes_per_element=1.0)
    assert fp8.kv_tokens == pytest.approx(2 * bf16.kv_tokens)


@pytest.mark.parametrize(
    ("name", "tokens", "gigabytes"),
    [
        ("Llama 4 Scout", 131_072, 7.65),
        ("Llama 3.1 70B", 131_072, 42.95),
        ("gpt-oss-120b", 10_000, 0.3734),
    ],
)
def test_context_memory_of_one_sequence_is_the_published_figure(name, tokens, gigabytes):
    per_token = LIBRARY.model(name).kv_bytes_per_token(tokens)
    assert per_token * tokens / 1e9 == pytest.approx(gigabytes, rel=2e-3)


def test_with_no_length_given_every_layer_counts_for_every_token():
    assert LIBRARY.model("Llama 4 Scout").kv_bytes_per_token() == 196_608
    assert LIBRARY.model("gpt-oss-20b").kv_bytes_per_token() == 49_152


@given(
    shorter=st.floats(1, 1e6),
    longer=st.floats(1, 1e6),
    name=st.sampled_from(sorted(LIBRARY.models)),
)
def test_a_longer_sequence_never_needs_less_memory_in_all_nor_more_per_token(shorter, longer, name):
    shorter, longer = sorted((shorter, longer))
    model = LIBRARY.model(name)
    a, b = model.kv_bytes_per_token(shorter), model.kv_bytes_per_token(longer)
    assert b <= a
    assert a * shorter <= b * longer * (1 + 1e-12)


def test_dimensions_give_the_context_bytes_of_dense_models():
    for name in ("Llama 3.1 8B", "Llama 3.1 70B", "Llama 3.1 405B"):
        model = LIBRARY.model(name)
        assert model.kv_bytes_per_token() == 2 * model.layers * model.kv_heads * model.head_dim * 2


def test_weights_that_do_not_fit_are_refused_with_both_sizes_and_a_way_out():
    with pytest.raises(InputError) as refusal:
        require_fit(LIBRARY.model("Llama 3.3 70B"), "bf16", LIBRARY.accelerator("H100 SXM"), 1)
    (problem,) = refusal.value.problems
    assert problem.field == "gpus_per_replica"
    assert problem.value == "1"
    assert "141 GB" in problem.limit
    assert "75 GB" in problem.limit
    assert problem.remedy


def test_maverick_fp8_needs_eight_h100():
    model, gpu = LIBRARY.model("Llama 4 Maverick"), LIBRARY.accelerator("H100 SXM")
    assert require_fit(model, "fp8", gpu, 8).kv_tokens > 500_000
    with pytest.raises(InputError, match="403 GB"):
        require_fit(model, "fp8", gpu, 4)


def test_one_context_must_fit_beside_the_weights():
    model, gpu = LIBRARY.model("Llama 3.3 70B"), LIBRARY.accelerator("H100 SXM")
    with pytest.raises(InputError) as refusal:
        require_fit(model, "int4", gpu, 1, context_tokens=131_000)
    assert refusal.value.problems[0].field == "context_tokens"


def test_a_context_longer_than_the_model_reads_is_refused():
    with pytest.raises(InputError, match="131,072"):
        require_fit(
            LIBRARY.model("Llama 3.1 8B"),
            "fp8",
            LIBRARY.accelerator("H200 SXM"),
            1,
            context_tokens=272_000,
        )


def test_a_precision_the_model_is_not_published_in_is_refused():
    with pytest.raises(InputError, match="mxfp4"):
        memory_fit(LIBRARY.model("gpt-oss-120b"), "fp8", LIBRARY.accelerator("H200 SXM"), 1)


def test_attention_heads_must_divide_evenly():
    with pytest.raises(InputError, match="divide evenly"):
        require_fit(LIBRARY.model("Llama 3.3 70B"), "fp8", LIBRARY.accelerator("H100 SXM"), 3)


def test_licence_flags_follow_the_licence_texts():
    assert LIBRARY.model("Llama 4 Scout").multimodal_eu_excluded
    assert not LIBRARY.model("Llama 3.3 70B").multimodal_eu_excluded
    assert LIBRARY.model("Llama 4 Maverick").mau_limit == 700_000_000
    assert LIBRARY.model("gpt-oss-120b").mau_limit is None


@given(instance=st.integers(1, 72), replica=st.integers(1, 72))
def test_replicas_fill_an_instance_without_being_split(instance, replica):
    if replica > instance:
        with pytest.raises(InputError, match="gpus_per_replica"):
            replicas_per_instance(instance, replica)
        return
    count = replicas_per_instance(instance, replica)
    assert count * replica <= instance < (count + 1) * replica


def test_a_replica_of_no_gpus_is_refused():
    with pytest.raises(InputError):
        replicas_per_instance(8, 0)
