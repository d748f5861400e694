import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.lengths import Fixed, Lognormal, Quantiles
from tco.kernel.workload import ClassLoad, band_tokens, request_mix

EDGE = 272_000.0
DOCUMENTS = Lognormal(120_000, 0.9)


def load(prompt, cached=0.0, share=1.0):
    return ClassLoad(share, prompt, Fixed(1_000), cached)


def test_the_longest_short_prompt_and_the_shortest_long_one_lie_in_different_bands():
    short, long = band_tokens([load(Fixed(272_000))], [EDGE])
    assert (short.requests, long.requests) == (1, 0)
    short, long = band_tokens([load(Fixed(272_001))], [EDGE])
    assert (short.requests, long.requests) == (0, 1)
    assert long.uncached_input == 272_001
    assert long.output == 1_000


def test_bands_agree_with_a_million_sampled_requests():
    rng = np.random.default_rng(7)
    sigma2 = np.log1p(DOCUMENTS.cv**2)
    prompts = rng.lognormal(np.log(DOCUMENTS.mean) - sigma2 / 2, np.sqrt(sigma2), 1_000_000)
    bands = band_tokens([load(DOCUMENTS, cached=0.3)], [EDGE])
    for band, inside in zip(bands, [prompts <= EDGE, prompts > EDGE], strict=True):
        assert band.requests == pytest.approx(inside.mean(), abs=0.0015)
        held = (prompts * inside).mean()
        assert band.uncached_input + band.cached_input == pytest.approx(held, rel=0.01)
        assert band.cached_input == pytest.approx(0.3 * held, rel=0.01)


def test_pricing_the_mean_request_would_miss_the_cliff():
    bands = band_tokens([load(DOCUMENTS)], [EDGE])
    prices = [(2.5e-6, 15e-6), (5e-6, 22.5e-6)]
    cost = sum(
        b.uncached_input * p_in + b.output * p_out
        for b, (p_in, p_out) in zip(bands, prices, strict=True)
    )
    of_the_mean = 120_000 * 2.5e-6 + 1_000 * 15e-6
    assert cost > 1.1 * of_the_mean


classes = st.lists(
    st.builds(
        ClassLoad,
        st.floats(0.1, 1),
        st.one_of(
            st.builds(Lognormal, st.floats(10, 4e5), st.floats(0.1, 3)),
            st.builds(Fixed, st.floats(10, 4e5)),
            st.just(Quantiles((0.0, 0.5, 1.0), (100.0, 2_000.0, 400_000.0))),
        ),
        st.builds(Lognormal, st.floats(2, 5e3), st.floats(0.1, 2)),
        st.floats(0, 1),
    ),
    min_size=1,
    max_size=4,
)


def normalised(loads):
    total = sum(c.share for c in loads)
    return [ClassLoad(c.share / total, c.input, c.output, c.cached_share) for c in loads]


@given(classes, st.lists(st.floats(1, 1e6), max_size=3, unique=True))
def test_bands_neither_lose_nor_invent_tokens(loads, edges):
    loads = normalised(loads)
    bands = band_tokens(loads, sorted(edges))
    assert sum(b.requests for b in bands) == pytest.approx(1)
    assert sum(b.output for b in bands) == pytest.approx(
        sum(c.share * c.output.mean for c in loads)
    )
    prompt = sum(c.share * c.input.mean for c in loads)
    assert sum(b.uncached_input + b.cached_input for b in bands) == pytest.approx(prompt)
    assert all(
        value >= -1e-9 * prompt
        for b in bands
        for value in (b.requests, b.uncached_input, b.cached_input, b.output)
    )


@given(classes)
def test_the_mix_of_one_class_with_itself_is_that_class(loads):
    loads = normalised(loads)
    twice = [ClassLoad(c.share / 2, c.input, c.output, c.cached_share) for c in loads] * 2
    assert request_mix(twice).context_tokens == pytest.approx(request_mix(loads).context_tokens)
    assert request_mix(twice).prefill_tokens == pytest.approx(request_mix(loads).prefill_tokens)


def test_the_means_of_a_mix_are_worked_by_hand():
    loads = [
        ClassLoad(0.5, Fixed(1_000), Fixed(100), 0.0),
        ClassLoad(0.5, Fixed(3_000), Fixed(300), 0.5),
    ]
    mix = request_mix(loads)
    assert mix.input_tokens == 2_000
    assert mix.output_tokens == 200
    # 100 tokens at 1,000 + 50 and 300 tokens at 3,000 + 150, weighed by tokens
    assert mix.context_tokens == pytest.approx((100 * 1_050 + 300 * 3_150) / 400)
    assert mix.prefill_tokens == pytest.approx((1_000 + 1_500) / 2)
    assert mix.prefill_attention_tokens2 == pytest.approx(
        (1_000**2 / 2 + 3_000**2 * (1 - 0.25) / 2) / 2
    )
