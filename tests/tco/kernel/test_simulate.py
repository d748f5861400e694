"""The simulated replica: steps worked by hand, laws of queues, and the closed form it agrees with.

Laws are plain functions, so that test_simulate_mutants.py can show that each of them bites.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel import simulate, speed, step_time
from tco.kernel.lengths import Lognormal, Quantiles
from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate_load import RequestSet, draw_lengths, request_set, sampler_of, unit_gaps
from tco.kernel.step_time import StepTime
from tco.kernel.workload import ClassLoad

ROUND = StepTime(10.0, 0.1, 1.0, 0.01, 0.001, 0.0, 5.0)
DENSE = StepTime(10.0, 0.05, 0.06, 2e-5, 2e-7, 0.0, 20.0, wide_ms=2.0, wide_above=8.0)
MOE = StepTime(3.0, 0.02, 0.05, 5e-6, 1e-7, 12.0, 20.0, experts=128, experts_active=4)
ROOMY = EngineLimits(1024, 8192, 1e9)


def lengths(inputs, outputs, cached=None):
    return RequestSet(np.array(inputs), np.array(outputs), np.array(cached or [0] * len(inputs)))


def chat(count, seed=0, cached_share=0.0):
    one = ClassLoad(1.0, Lognormal(800.0, 1.0), Lognormal(150.0, 0.8), cached_share)
    return sampler_of([one])(count, np.random.default_rng(seed))


def at_rate(step, limits, requests, per_second, seed=1):
    gaps = unit_gaps(len(requests), np.random.default_rng(seed))
    return simulate.simulate_open_loop(step, limits, requests, np.cumsum(gaps) * 1_000 / per_second)


def tight(step=DENSE, count=300):
    """Load that memory does not hold."""
    limits = EngineLimits(64, 2048, 9_000)
    return at_rate(step, limits, chat(count), 20.0)


def test_two_requests_worked_by_hand():
    """Prompts of 100 and 20 tokens share steps of 64; answers have 3 and 2 tokens.

    Both are received at 5 ms. Step 1 takes 64 tokens of the first: 10 + 6.4 + 0.001·64·32 ms. Step
    2 takes its other 36 and all 20 of the second: 10 + 5.6 + 0.001·(36·82 + 20·10). Step 3 decodes
    both at contexts 101 and 21: 10 + 2 + 1.22. Step 4 decodes the first at 102: 10 + 1 + 1.02.
    """
    log = simulate.simulate_open_loop(
        ROUND, EngineLimits(4, 64, 1e6), lengths([100, 20], [3, 2]), np.array([0.0, 0.0])
    )
    assert log.first_token_ms == pytest.approx([42.2, 42.2])
    assert log.finished_ms == pytest.approx([67.44, 55.42])
    assert log.tpot_ms == pytest.approx([12.62, 13.22])


def test_a_prompt_taken_beside_a_decoding_answer_worked_by_hand():
    """The second arrives during the first's only decoding step and waits for its end.

    5 + (10 + 1 + 0.05) = 16.05 first token; decoding at context 11: 11.11 to 27.16, when the second
    has been in since 25. Then 8 prompt tokens beside context 12: 10 + 1 + 0.12 + 0.8 + 0.032.
    """
    log = simulate.simulate_open_loop(
        ROUND, EngineLimits(4, 64, 1e6), lengths([10, 8], [3, 1]), np.array([0.0, 20.0])
    )
    assert log.first_token_ms == pytest.approx([16.05, 39.112])
    assert log.finished_ms == pytest.approx([39.112, 39.112])
    assert math.isnan(log.tpot_ms[1])


def moe_prompt_reads_more_experts_than_a_token():
    """k = 1 of E = 4: one token touches 1/4, two prompt tokens 1 - (3/4)² = 7/16.

    Reading them takes (7/16)^0.85 and (1/4)^0.85 of 16 ms.
    """
    step = StepTime(1.0, 0.0, 0.0, 0.0, 0.0, 16.0, 0.0, experts=4, experts_active=1)
    log = simulate.simulate_open_loop(step, ROOMY, lengths([2], [2]), np.array([0.0]))
    assert log.first_token_ms[0] == pytest.approx(8.9241252)
    assert log.finished_ms[0] == pytest.approx(8.9241252 + 5.9245777)


def memory_takes_the_newest_and_works_it_through_again():
    """Both fit with 10 + 10 tokens into 21; after a token each, the second must leave.

    Steps of 1 ms: prompts; both cannot take 11 + 11, so the first goes on alone for its remaining 4
    tokens. Then 11 tokens of the second are worked through again, its second token among them, and
    three more are decoded.
    """
    step = StepTime(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    log = simulate.simulate_open_loop(
        step, EngineLimits(4, 64, 21), lengths([10, 10], [5, 5]), np.array([0.0, 0.0])
    )
    assert log.first_token_ms == pytest.approx([1.0, 1.0])
    assert log.finished_ms == pytest.approx([5.0, 9.0])
    assert log.preemptions.tolist() == [0, 1]
    assert log.worked_tokens == 10 + 10 + 11


def cached_prompt_tokens_cost_no_prefill():
    """60 of 100 tokens are found: 40 are worked through, and see 60 to 100 tokens each."""
    log = simulate.simulate_open_loop(
        ROUND, EngineLimits(4, 64, 1e6), lengths([100], [1], [60]), np.array([0.0])
    )
    assert log.worked_tokens == 40
    assert log.first_token_ms[0] == pytest.approx(5 + 10 + 4.0 + 0.001 * 40 * 80)


def every_request_is_answered_in_full():
    log = tight()
    assert len(log) == 300
    assert np.isfinite(log.finished_ms).all()
    whole = at_rate(DENSE, ROOMY, chat(300), 20.0)
    assert whole.worked_tokens == whole.input_tokens.sum()
    assert log.output_tokens.sum() == whole.output_tokens.sum()


def tokens_said_add_up_to_those_asked():
    engine = simulate.Engine(DENSE, EngineLimits(16, 512, 3_000))
    rng = np.random.default_rng(3)
    asked = rng.integers(1, 40, 30).tolist()
    for number, answer in enumerate(asked):
        engine.submit(5.0 * number, int(rng.integers(1, 400)), answer)
    said = [0] * 30
    while engine.busy:
        engine.advance(1)
        now = [engine.tokens_said(number) for number in range(30)]
        assert all(0 <= new - old <= 1 for new, old in zip(now, said, strict=True))
        said = now
    assert said == asked


def requests_inside_are_rate_times_residence():
    """Little's law, exactly: areas under running and queue against times in the log."""
    for log in (tight(), at_rate(MOE, EngineLimits(8, 1024, 1e9), chat(200), 8.0)):
        span_ms = log.finished_ms.max() - log.arrived_ms[0]
        inside_ms = (log.e2e_ms - 20.0).sum()
        assert (log.running + log.queued) * span_ms == pytest.approx(inside_ms, rel=1e-9)


def slots_and_memory_are_never_exceeded():
    engine = simulate.Engine(DENSE, EngineLimits(8, 512, 5_000))
    for prompt, answer in zip(*(x.tolist() for x in _clipped(chat(200))), strict=True):
        engine.submit(0.0, prompt, answer)
    while engine.busy:
        before = engine.running_area_ms, engine.now_ms
        engine.advance(1)
        took = engine.now_ms - before[1]
        if took > 0:
            assert (engine.running_area_ms - before[0]) / took <= 8 + 1e-9
        # In use after a step: what it held, plus one token more for each that goes on.
        assert engine.context - engine.batch <= 5_000


def _clipped(requests):
    return np.minimum(requests.input_tokens, 2_000), np.minimum(requests.output_tokens, 300)


def no_request_is_quicker_than_alone_with_free_tokens():
    """Own prompt steps plus own tokens at the time of a batch of one is the least there is."""
    for step, log in ((DENSE, tight()), (MOE, at_rate(MOE, ROOMY, chat(300), 20.0))):
        prompt = log.input_tokens - log.cached_tokens
        reading = step_time.experts_reading(step, 1.0)
        own_ms = step.b_ms_per_token * prompt + step.e_ms_per_token2 * log.input_tokens**2 / 2
        least_ms = step.t0_ms + step.a_ms + own_ms
        assert (log.ttft_ms >= least_ms - 1e-6).all()
        token_ms = step.a_ms + step.c_ms_per_sequence + step.mw_ms * reading
        gaps = log.output_tokens - 1
        assert (log.finished_ms - log.first_token_ms >= token_ms * gaps - 1e-6).all()
        decoding = log.finished_ms - log.first_token_ms
        read_ms = step.d_ms_per_context_token * gaps * (log.input_tokens + log.output_tokens / 2)
        assert (decoding >= token_ms * gaps + read_ms - 1e-6).all()


def a_queue_is_served_in_order():
    """With equal prompts and no preemption, first tokens come in the order of arrival."""
    requests = request_set(np.full(200, 500.0), draw_lengths(Lognormal(50, 1), 200, RNG(5)))
    log = at_rate(DENSE, EngineLimits(4, 1024, 1e9), requests, 30.0)
    assert log.preemptions.sum() == 0
    assert (np.diff(log.first_token_ms) >= 0).all()


RNG = np.random.default_rng


def jumping_gives_what_stepping_gives():
    """Decoding many steps at once is decoding them one by one."""
    rng = RNG(11)
    for limits in (EngineLimits(6, 256, 2_500), EngineLimits(64, 2048, 1e9)):
        jumps, steps = simulate.Engine(DENSE, limits), simulate.Engine(DENSE, limits)
        for _ in range(80):
            when, prompt, answer = rng.uniform(0, 4e3), rng.integers(1, 900), rng.integers(1, 200)
            for engine in (jumps, steps):
                engine.submit(float(when), int(prompt), int(answer))
        events = single = 0
        while jumps.busy:
            jumps.advance()
            events += 1
        while steps.busy:
            steps.advance(1)
            single += 1
        assert jumps.finished_ms == pytest.approx(steps.finished_ms, rel=1e-9)
        assert jumps.first_ms == pytest.approx(steps.first_ms, rel=1e-9)
        assert jumps.preemptions == steps.preemptions
        assert events < single / 2


def a_full_memory_preempts_and_counts():
    log = tight()
    assert log.preemptions.sum() > 20
    assert simulate.summarise(log).preemptions == log.preemptions.sum()
    again = log.worked_tokens - log.input_tokens.sum()
    assert again > log.preemptions.sum()  # at least a prompt token each
    assert at_rate(DENSE, ROOMY, chat(300), 20.0).preemptions.sum() == 0


def slowing_the_clock_by_two_doubles_every_time():
    once = at_rate(DENSE, EngineLimits(16, 1024, 12_000), chat(200), 10.0)
    twice = at_rate(DENSE.scaled(2.0), EngineLimits(16, 1024, 12_000), chat(200), 5.0)
    assert twice.finished_ms == pytest.approx(2 * once.finished_ms, rel=1e-12)
    assert (twice.preemptions == once.preemptions).all()


LAWS = (
    moe_prompt_reads_more_experts_than_a_token,
    memory_takes_the_newest_and_works_it_through_again,
    cached_prompt_tokens_cost_no_prefill,
    every_request_is_answered_in_full,
    tokens_said_add_up_to_those_asked,
    requests_inside_are_rate_times_residence,
    slots_and_memory_are_never_exceeded,
    no_request_is_quicker_than_alone_with_free_tokens,
    a_queue_is_served_in_order,
    jumping_gives_what_stepping_gives,
    a_full_memory_preempts_and_counts,
    slowing_the_clock_by_two_doubles_every_time,
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_law(law):
    law()


small = st.fixed_dictionaries(
    {
        "slots": st.integers(1, 6),
        "budget": st.integers(6, 64),
        "spare": st.integers(0, 80),
        "sent": st.lists(
            st.tuples(
                st.floats(0, 300), st.integers(1, 60), st.integers(1, 30), st.integers(0, 59)
            ),
            min_size=1,
            max_size=14,
        ),
    }
)


@given(small)
def test_small_loads_of_any_kind_keep_the_laws(load):
    sent = sorted(load["sent"])
    needed = max(prompt + answer - 1 for _, prompt, answer, _ in sent)
    limits = EngineLimits(load["slots"], load["budget"], needed + load["spare"])
    requests = lengths(
        [prompt for _, prompt, _, _ in sent],
        [answer for _, _, answer, _ in sent],
        [min(cached, prompt - 1) for _, prompt, _, cached in sent],
    )
    arrivals = np.array([when for when, *_ in sent])
    log = simulate.simulate_open_loop(ROUND, limits, requests, arrivals)
    assert np.isfinite(log.finished_ms).all()
    assert (log.first_token_ms >= arrivals + 15.0).all()
    assert (
        log.finished_ms - log.first_token_ms >= 11.0 * (requests.output_tokens - 1) - 1e-9
    ).all()
    fresh = (requests.input_tokens - requests.cached_tokens).sum()
    assert log.worked_tokens >= fresh
    assert (log.worked_tokens == fresh) == (log.preemptions.sum() == 0)
    span_ms = log.finished_ms.max() - arrivals[0]
    inside_ms = (log.e2e_ms - 5.0).sum()
    assert (log.running + log.queued) * span_ms == pytest.approx(inside_ms, rel=1e-9)


@given(st.integers(0, 2**32), st.sampled_from([0.0, 0.5, 4.0]))
def test_the_same_seed_gives_the_same_bits(seed, cv2):
    def run():
        rng = RNG(seed)
        requests = sampler_of([ClassLoad(1.0, Lognormal(200, 1), Quantiles((0, 1), (1, 50)), 0.3)])(
            30, rng
        )
        arrivals = np.cumsum(unit_gaps(30, rng, cv2)) * 40
        return simulate.simulate_open_loop(DENSE, EngineLimits(8, 256, 20_000), requests, arrivals)

    one, two = run(), run()
    assert one.finished_ms.tobytes() == two.finished_ms.tobytes()
    assert one.first_token_ms.tobytes() == two.first_token_ms.tobytes()


@pytest.mark.parametrize("step", [DENSE, MOE], ids=["dense", "moe"])
@pytest.mark.parametrize(
    ("prompt", "answer", "clients"),
    [(900, 300, 4), (900, 300, 48), (3000, 200, 16), (300, 300, 64), (900, 300, 200)],
)
def test_a_closed_loop_meets_the_closed_form(step, prompt, answer, clients):
    """Away from full memory: rate and time per token within 5 %, the first token within 40 %.

    The closed form lets prompts touch no experts of their own, which is where the 5 % come from.
    """
    rng = RNG(7)
    count = max(20 * clients, 400)
    requests = request_set(
        rng.uniform(0.8 * prompt, 1.2 * prompt, count),
        rng.uniform(0.8 * answer, 1.2 * answer, count),
    )
    starts = np.sort(rng.uniform(0, 2_000, clients))
    log = simulate.simulate_closed_loop(step, ROOMY, requests, clients, starts)
    seen = simulate.summarise(log, (0.3, 0.8))
    _, rate, tpot, ttft = speed.closed_loop(step, ROOMY, requests.mix, float(clients))
    assert seen.requests_per_second == pytest.approx(float(rate), rel=0.05)
    assert seen.mean_tpot_ms == pytest.approx(float(tpot), rel=0.05)
    assert seen.mean_ttft_ms == pytest.approx(float(ttft), rel=0.40)


def test_full_memory_meets_the_closed_form_within_a_tenth():
    limits = EngineLimits(256, 8192, 60_000)
    requests = chat(3_000)
    log = simulate.simulate_closed_loop(DENSE, limits, requests, 120)
    seen = simulate.summarise(log, (0.3, 0.8))
    _, rate, _, _ = speed.closed_loop(DENSE, limits, requests.mix, 120.0)
    assert log.preemptions.sum() > 0
    assert seen.requests_per_second == pytest.approx(float(rate), rel=0.10)
