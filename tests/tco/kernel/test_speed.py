"""The step-time model: cases worked by hand, and laws that any replica obeys."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.speed import closed_loop, max_running, requests_per_second, tpot_ms, ttft_ms
from tco.kernel.step_time import LOG_NORMAL_PARAMETERS, StepTime, experts_touched

DENSE = StepTime(
    a_ms=10.0,
    b_ms_per_token=0.02,
    c_ms_per_sequence=0.05,
    d_ms_per_context_token=1e-5,
    e_ms_per_token2=1e-7,
    mw_ms=0.0,
    t0_ms=30.0,
)
LIMITS = EngineLimits(max_num_seqs=256, max_num_batched_tokens=8192, kv_tokens=400_000)
MIX = RequestMix.of_lengths(1000.0, 101.0)

steps = st.builds(
    StepTime,
    a_ms=st.floats(1, 50),
    b_ms_per_token=st.floats(1e-3, 0.5),
    c_ms_per_sequence=st.floats(1e-3, 0.5),
    d_ms_per_context_token=st.floats(1e-7, 1e-3),
    e_ms_per_token2=st.floats(1e-9, 1e-5),
    mw_ms=st.floats(0, 20),
    t0_ms=st.floats(1, 200),
    experts=st.sampled_from([0, 16, 128]),
    experts_active=st.sampled_from([1, 4]),
    wide_ms=st.floats(0, 0.9),
    wide_above=st.sampled_from([0, 8, 16]),
)
mixes = st.builds(
    RequestMix.of_lengths,
    input_tokens=st.floats(10, 30_000),
    output_tokens=st.floats(1, 8_000),
    cached_share=st.floats(0, 0.99),
)
limits = st.builds(
    EngineLimits,
    max_num_seqs=st.integers(1, 1024),
    max_num_batched_tokens=st.sampled_from([2048, 8192, 16384]),
    kv_tokens=st.floats(1e5, 1e7),
)


def test_time_per_token_of_the_worked_example():
    """w_p = 20 + 0.05 = 20.05; W = 0.05 + 1e-5 x 1050.5 + 20.05/100 = 0.261005; 10 + 20 W."""
    assert tpot_ms(DENSE, MIX, 20.0) == pytest.approx(15.2201)


def test_rate_of_the_worked_example():
    """20 sequences, each resident for 100 intervals of 15.2201 ms."""
    assert requests_per_second(DENSE, MIX, 20.0) == pytest.approx(20 / 1.52201)


def test_time_to_first_token_of_the_worked_example():
    """30 + 20.05 + (10 + 20 x 0.060505) + 15.2201/2 + waiting at a load of 13.14/s x served."""
    served = 20.05 + 1000 / 8192 * 11.2101  # its work, and its part of a full step
    busy = 20 / 1522.01 * served
    waiting = busy / (1 - busy) * served / 2
    expected = 30 + 20.05 + 11.2101 + 7.61005 + waiting
    assert ttft_ms(DENSE, LIMITS, MIX, 20.0) == pytest.approx(expected)


def test_a_prompt_longer_than_a_step_takes_is_chunked():
    small = EngineLimits(256, 512, 400_000)
    extra = ttft_ms(DENSE, small, MIX, 1.0) - ttft_ms(DENSE, LIMITS, MIX, 1.0)
    waits = []
    for budget in (512, 8192):
        served = 20.05 + 1000 / budget * 10.060505
        waits.append(_busy(DENSE, served) * served / 2)
    assert extra == pytest.approx(10 + 0.060505 + waits[0] - waits[1])


@pytest.mark.parametrize(("running", "share"), [(1, 1 / 16), (16, 0.644), (64, 0.984)])
def test_scout_touches_the_published_share_of_its_experts(running, share):
    scout = StepTime(5, 0, 0, 0, 0, 10, 0, experts=16, experts_active=1)
    assert experts_touched(scout, running) == pytest.approx(share, abs=5e-4)


def test_a_dense_model_touches_no_experts():
    assert experts_touched(DENSE, 64.0) == 0


def test_a_prompt_meets_every_expert_and_a_lone_sequence_few():
    moe = DENSE.with_values({"mw_ms": 8.0, "experts": 128, "experts_active": 4})
    per_token = tpot_ms(moe, MIX, 1.0) - tpot_ms(DENSE, MIX, 1.0)
    few = (4 / 128) ** 0.85  # of the time that reading all 128 takes
    in_prompts = 1 - np.exp(-1 / 100)  # share of steps that work on a prompt, for all experts
    assert per_token == pytest.approx(8 * (few * (1 - in_prompts) + in_prompts))
    waits = []
    for step, decodes in ((DENSE, 10.060505), (moe, 10.060505 + 8 * few)):
        touched = 0.0 if step is DENSE else 8 - 8 * few  # what prompts add to a full step
        served = 20.05 + 1000 / 8192 * (touched + decodes)
        waits.append(_busy(step, served) * served / 2)
    first = ttft_ms(moe, LIMITS, MIX, 1.0) - ttft_ms(DENSE, LIMITS, MIX, 1.0)
    assert first == pytest.approx(8 + per_token / 2 + waits[1] - waits[0])


def _busy(step, prompt_step_ms):
    busy = prompt_step_ms / (100 * float(tpot_ms(step, MIX, 1.0)))
    return busy / (1 - busy)


def test_memory_bounds_the_batch_where_slots_do_not():
    assert max_running(LIMITS, MIX) == 256
    short_of_memory = EngineLimits(256, 8192, 100_000)
    assert max_running(short_of_memory, MIX) == pytest.approx(0.95 * 100_000 / 1050.5)


def test_clients_beyond_the_limit_wait_and_change_nothing_else():
    tight = EngineLimits(32, 8192, 400_000)
    few, many = closed_loop(DENSE, tight, MIX, 40.0), closed_loop(DENSE, tight, MIX, 80.0)
    assert few[:3] == many[:3]
    assert few[0] == 32
    assert many[3] - few[3] == pytest.approx(40 / few[1] * 1000)


def test_for_want_of_memory_only_the_prompt_part_of_the_wait_precedes_the_first_token():
    """20 fit; the other 20 wait 20/X in all, 1000/1050.5 of it before their first token."""
    tight = EngineLimits(256, 8192, 20 * 1050.5 / 0.95)
    running, rate, per_token, first = closed_loop(DENSE, tight, MIX, 40.0)
    assert running == pytest.approx(20)
    assert first == pytest.approx(1000 / 1050.5 * 20 / rate * 1000)
    assert per_token == pytest.approx(15.2201 + (50.5 / 1050.5 * 20 / rate * 1000) / 100)


def test_a_wide_batch_pays_for_its_kernels_once():
    wide = DENSE.with_values({"wide_ms": 2.0, "wide_above": 16.0})
    extra = [tpot_ms(wide, MIX, b) - tpot_ms(DENSE, MIX, b) for b in (1.0, 16.0, 24.0, 32.0, 99.0)]
    assert extra == pytest.approx([0, 0, 1, 2, 2])


def test_a_mix_of_one_length_is_that_length():
    assert MIX.context_tokens == 1050.5
    assert MIX.prefill_attention_tokens2 == 500_000
    assert MIX.prompt_cv2 == pytest.approx(0, abs=1e-12)
    cached = RequestMix.of_lengths(1000.0, 101.0, 0.75)
    assert cached.prefill_tokens == 250
    assert cached.prefill_attention_tokens2 == 500_000 * (1 - 0.75**2)
    assert cached.cached_share == pytest.approx(0.75)


def test_spread_of_prompt_lengths_is_read_back_from_the_means():
    """Half the prompts 500, half 1500: mean square 1.25e6, squared CV 0.25."""
    mixed = RequestMix(1000.0, 101.0, 1050.5, 1000.0, 0.5 * (500**2 + 1500**2) / 2)
    assert mixed.prompt_cv2 == pytest.approx(0.25)


def test_one_output_token_has_no_interval_and_still_costs_its_prompt():
    mix = RequestMix.of_lengths(1000.0, 1.0)
    most = requests_per_second(DENSE, mix, 1e6)
    assert most == pytest.approx(1000 / (20.05 + 0.05 + 1e-5 * 1000.5), rel=1e-4)


@given(steps, mixes, st.floats(1, 2000), st.floats(1, 2000))
def test_a_fuller_batch_is_slower_per_token_and_faster_in_all(step, mix, one, other):
    one, other = sorted((one, other))
    slack = 1 + 1e-9
    assert tpot_ms(step, mix, one) <= tpot_ms(step, mix, other) * slack
    assert requests_per_second(step, mix, one) <= requests_per_second(step, mix, other) * slack
    assert ttft_ms(step, LIMITS, mix, one) <= ttft_ms(step, LIMITS, mix, other) * slack


@given(steps, mixes, st.floats(1, 500), st.floats(0, 0.9), st.floats(0, 0.9))
def test_a_higher_cached_share_never_slows_a_replica(step, mix, running, one, other):
    low, high = sorted((one, other))
    mixes_of = [
        RequestMix.of_lengths(mix.input_tokens, mix.output_tokens, share) for share in (low, high)
    ]
    slow, fast = (tpot_ms(step, m, running) for m in mixes_of)
    assert fast <= slow * (1 + 1e-9)


@given(steps, limits, mixes, st.floats(1, 3000))
def test_a_closed_loop_obeys_littles_law_and_its_limits(step, engine, mix, clients):
    running, rate, per_token, first = closed_loop(step, engine, mix, clients)
    assert 0 < running <= min(clients, max_running(engine, mix)) * (1 + 1e-9)
    residence_s = (first + mix.token_intervals * per_token) / 1000
    assert rate * residence_s == pytest.approx(clients, rel=1e-6)
    decoding = rate * mix.token_intervals * per_token / 1000
    assert decoding >= running * (1 - 1e-9)
    if engine.max_num_seqs <= max_running(engine, mix):
        assert decoding == pytest.approx(float(running), rel=1e-9)


@given(steps, limits, mixes, st.floats(1, 300))
def test_below_the_limit_the_closed_loop_meets_the_steady_formula(step, engine, mix, clients):
    running, _, _, first = closed_loop(step, engine, mix, clients)
    if running < max_running(engine, mix) * (1 - 1e-9):
        assert first == pytest.approx(float(ttft_ms(step, engine, mix, running)), rel=1e-4)


@given(steps, mixes, st.floats(1.01, 5))
def test_a_replica_slower_by_a_factor_serves_less_by_that_factor(step, mix, factor):
    slower = step.scaled(factor)
    assert tpot_ms(slower, mix, 32.0) == pytest.approx(factor * tpot_ms(step, mix, 32.0))
    rate = requests_per_second(step, mix, 32.0)
    assert requests_per_second(slower, mix, 32.0) == pytest.approx(rate / factor)


def test_draws_give_the_same_as_one_parameter_set_at_a_time():
    a_ms = np.array([8.0, 10.0, 13.0])
    together = closed_loop(DENSE.with_values({"a_ms": a_ms}), LIMITS, MIX, 64.0)
    for draw, value in enumerate(a_ms):
        alone = closed_loop(DENSE.with_values({"a_ms": value}), LIMITS, MIX, 64.0)
        for many, one in zip(together, alone, strict=True):
            assert many[draw] == pytest.approx(float(one), rel=1e-8)


def test_draws_have_the_covariance_they_were_drawn_from():
    order = ("a_ms", "b_ms_per_token")
    covariance = np.array([[0.04, -0.03], [-0.03, 0.09]])
    normals = np.random.default_rng(7).standard_normal((200_000, 2))
    drawn = DENSE.drawn(order, covariance, normals)
    logs = np.log(np.stack([drawn.a_ms / DENSE.a_ms, drawn.b_ms_per_token / DENSE.b_ms_per_token]))
    assert np.cov(logs) == pytest.approx(covariance, abs=2e-3)
    assert logs.mean(axis=1) == pytest.approx([0, 0], abs=2e-3)
    assert drawn.t0_ms == DENSE.t0_ms


def test_parameters_are_named_in_the_order_of_the_equation():
    assert LOG_NORMAL_PARAMETERS[0] == "a_ms"
    assert set(LOG_NORMAL_PARAMETERS) <= set(StepTime.__dataclass_fields__)
