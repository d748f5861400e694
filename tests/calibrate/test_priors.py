"""Roofline priors, worked by hand from data sheets."""

import numpy as np
import pytest

from calibrate.fitting.priors import roofline
from hardware_profiles import Library
from pricing.errors import InputError

LIBRARY = Library.load()


def centre(model, precision, accelerator, gpus):
    prior = roofline(LIBRARY.model(model), precision, LIBRARY.accelerator(accelerator), gpus)
    return dict(zip(prior.order, prior.centre, strict=True))


def test_roofline_of_llama_70b_fp8_on_two_h100():
    """Two chips read 2 x 3.35 GB/ms and multiply 2 x 1978 GFLOP/ms."""
    said = centre("Llama 3.1 70B", "fp8", "H100 SXM", 2)
    assert said["a_ms"] == pytest.approx(72.655 / (6.7 * 0.85) + 0.05 * 80 + 0.8, rel=1e-6)
    sums = 2 * 80 * 8192 * 2 * 2 * (1 / 2)  # bytes: twice a layer, there and back, half of it
    link = sums / (450e6 * 0.7)
    assert said["b_ms_per_token"] == pytest.approx(2 * 70.5537 / (2 * 1978 * 0.5) + link, rel=1e-5)
    assert said["d_ms_per_context_token"] == pytest.approx(327_680e-9 / (6.7 * 0.7), rel=1e-6)
    assert said["e_ms_per_token2"] == pytest.approx(4 * 80 * 64 * 128 / (2 * 989e9 * 0.4), rel=1e-6)
    assert "mw_ms" not in said


def test_a_single_gpu_pays_for_no_collectives():
    assert centre("Llama 3.1 8B", "fp8", "H200 SXM", 1)["a_ms"] == pytest.approx(
        9.081 / (4.8 * 0.85) + 0.05 * 32, rel=1e-6
    )


@pytest.mark.parametrize(
    ("model", "routed"),
    [
        ("Llama 4 Scout", 48 * 16 * 3 * 5120 * 8192),
        ("Llama 4 Maverick", 24 * 128 * 3 * 5120 * 8192),
        ("gpt-oss-120b", 36 * 128 * 3 * 2880 * 2880),
        ("gpt-oss-20b", 24 * 32 * 3 * 2880 * 2880),
    ],
)
def test_routed_weights_follow_from_total_and_active_parameters(model, routed):
    """Oracle: layers x experts x three matrices, from the published dimensions.

    The active count of gpt-oss leaves the input embedding out, which is 3.5 % of the small one.
    """
    facts = LIBRARY.model(model)
    precision = facts.precisions[-1]
    size = {"int4": 4.25 / 8, "mxfp4": 4.25 / 8}[precision]
    assert facts.routed_gb(precision) * 1e9 == pytest.approx(routed * size, rel=0.04)


def test_a_dense_model_has_no_routed_weights():
    assert LIBRARY.model("Llama 3.1 8B").routed_gb("fp8") == 0


def test_local_layers_read_and_attend_to_less():
    said = centre("gpt-oss-120b", "mxfp4", "H200 SXM", 1)
    assert said["d_ms_per_context_token"] == pytest.approx(36_864e-9 / (4.8 * 0.7), rel=1e-6)
    assert said["e_ms_per_token2"] == pytest.approx(4 * 18 * 64 * 64 / (989e9 * 0.4), rel=1e-6)


def test_more_gpus_never_slow_the_roofline_of_what_they_share():
    one, eight = (centre("Llama 3.1 70B", "fp8", "H200 SXM", gpus) for gpus in (1, 8))
    for name in ("d_ms_per_context_token", "e_ms_per_token2"):
        assert eight[name] == pytest.approx(one[name] / 8)
    assert one["b_ms_per_token"] / 8 < eight["b_ms_per_token"] < one["b_ms_per_token"]
    assert np.isclose(eight["t0_ms"], one["t0_ms"])


def test_an_accelerator_whose_arithmetic_is_unknown_is_refused():
    with pytest.raises(InputError, match="A10G"):
        roofline(LIBRARY.model("Llama 3.1 8B"), "fp8", LIBRARY.accelerator("A10G"), 1)
