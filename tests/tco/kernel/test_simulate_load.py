"""Loads for the simulator: lengths, classes and gaps drawn have the moments they should."""

import numpy as np
import pytest

from tco.kernel.lengths import Fixed, Lognormal, Quantiles
from tco.kernel.simulate_load import RequestSet, draw_lengths, request_set, sampler_of, unit_gaps
from tco.kernel.workload import ClassLoad, request_mix

RNG = np.random.default_rng


def test_sets_of_unequal_lengths_are_refused():
    with pytest.raises(ValueError, match="per request"):
        RequestSet(np.ones(2, int), np.ones(3, int), np.zeros(2, int))


@pytest.mark.parametrize(
    "length",
    [Fixed(70.0), Lognormal(300.0, 0.8), Quantiles((0.0, 0.5, 1.0), (10.0, 100.0, 1000.0))],
    ids=["fixed", "lognormal", "quantiles"],
)
def test_lengths_drawn_have_the_moments_they_should(length):
    drawn = draw_lengths(length, 200_000, RNG(2))
    assert drawn.mean() == pytest.approx(length.mean, rel=0.01)
    assert (drawn**2).mean() == pytest.approx(length.mean_square, rel=0.03)
    assert (drawn > 250).mean() == pytest.approx(length.share_above(250), abs=0.005)


def test_a_distribution_without_a_way_to_draw_is_named():
    with pytest.raises(TypeError, match="no way to draw from a str"):
        draw_lengths("long", 3, RNG(0))


def test_classes_are_drawn_by_their_shares_and_known_to_the_closed_form():
    classes = [
        ClassLoad(0.75, Lognormal(1_000.0, 0.5), Fixed(100.0), 0.4),
        ClassLoad(0.25, Fixed(4_000.0), Lognormal(400.0, 0.5), 0.0),
    ]
    drawn = sampler_of(classes)(100_000, RNG(4)).mix
    said = request_mix(classes)
    for name in ("input", "output", "context", "prefill"):
        got = getattr(drawn, f"{name}_tokens")
        assert got == pytest.approx(getattr(said, f"{name}_tokens"), rel=0.01), name
    assert drawn.prefill_attention_tokens2 == pytest.approx(
        said.prefill_attention_tokens2, rel=0.02
    )


@pytest.mark.parametrize("cv2", [0.0, 0.5, 1.0, 4.0])
def test_gaps_have_mean_one_and_the_variation_asked_for(cv2):
    gaps = unit_gaps(200_000, RNG(6), cv2)
    assert gaps.mean() == pytest.approx(1.0, rel=0.02)
    assert gaps.var() == pytest.approx(cv2, rel=0.05)


def test_a_prompt_found_whole_is_still_worked_through_by_one_token():
    requests = request_set(np.array([100.4, 0.2]), np.array([0.0, 5.0]), 1.0)
    assert requests.input_tokens.tolist() == [100, 1]
    assert requests.output_tokens.tolist() == [1, 5]
    assert requests.cached_tokens.tolist() == [99, 0]
