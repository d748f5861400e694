"""Capacity under objectives: closed forms as oracles, laws, and answers that are refusals."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.capacity import (
    WIDENING,
    Capacity,
    Infeasible,
    MeasuredSpan,
    capacity_draws,
    extrapolation,
    slo_capacity,
)
from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.speed import max_running, tpot_ms, ttft_ms
from tco.kernel.step_time import LOG_NORMAL_PARAMETERS, StepTime

DENSE = StepTime(10.0, 0.02, 0.05, 1e-5, 1e-7, 0.0, 30.0)
LIMITS = EngineLimits(256, 8192, 400_000)
MIX = RequestMix.of_lengths(1000.0, 101.0)
SPAN = MeasuredSpan(
    shapes=((922.0, 922.0), (922.0, 7373.0), (7373.0, 922.0)),
    concurrency_low=4,
    concurrency_high=64,
    cached_share_low=0.0,
    cached_share_high=0.0,
)
PARAMETERS = len(LOG_NORMAL_PARAMETERS)
NONE = np.zeros((PARAMETERS, PARAMETERS))


def capacity(step=DENSE, limits=LIMITS, mix=MIX, *, tpot=1e9, ttft=1e9, cap=None):
    return slo_capacity(step, limits, mix, mean_tpot_ms=tpot, mean_ttft_ms=ttft, running_cap=cap)


W = 0.05 + 1e-5 * 1050.5 + (20 + 0.05) / 100
"""What each sequence adds to a token of all others: its own, its context, its share of prompts."""


def test_an_objective_on_time_per_token_has_its_closed_form():
    """The batch that takes 20 ms a token is (20 - a)/W."""
    answer = capacity(tpot=20.0)
    assert answer.bound_by == "tpot"
    assert answer.running == pytest.approx(10.0 / W)
    assert answer.tpot_ms == pytest.approx(20.0)
    assert answer.requests_per_second == pytest.approx(answer.running / (100 * 0.020))


def test_an_objective_on_the_first_token_is_met_exactly_where_it_binds():
    answer = capacity(ttft=120.0)
    assert answer.bound_by == "ttft"
    assert answer.ttft_ms == pytest.approx(120.0)
    assert ttft_ms(DENSE, LIMITS, MIX, answer.running * 1.01) > 120.0


@pytest.mark.parametrize(
    ("limits", "cap", "bound", "running"),
    [
        (LIMITS, None, "sequences", 256.0),
        (EngineLimits(256, 8192, 100_000), None, "kv", 0.95 * 100_000 / 1050.5),
        (LIMITS, 32.0, "span", 32.0),
    ],
)
def test_with_loose_objectives_the_first_limit_of_engine_or_span_binds(limits, cap, bound, running):
    answer = capacity(limits=limits, cap=cap)
    assert answer.bound_by == bound
    assert answer.running == pytest.approx(running)


def test_a_request_alone_that_is_too_slow_is_an_answer_with_its_reason():
    answer = capacity(tpot=10.0)
    assert isinstance(answer, Infeasible)
    assert "10.3\xa0ms per output token" in answer.reason
    answer = capacity(ttft=50.0)
    assert isinstance(answer, Infeasible)
    assert "first token" in answer.reason


def test_a_context_that_memory_cannot_hold_is_an_answer_with_its_reason():
    answer = capacity(limits=EngineLimits(256, 8192, 1000))
    assert isinstance(answer, Infeasible)
    assert "1,000 tokens" in answer.reason


@given(
    tpot=st.floats(9, 60),
    ttft=st.floats(40, 2000),
    kv=st.floats(900, 1e6),
    cap=st.none() | st.floats(1, 500),
    experts=st.sampled_from([(0, 0, 0.0), (128, 4, 5.0)]),
)
def test_capacity_meets_both_objectives_and_no_larger_batch_does(tpot, ttft, kv, cap, experts):
    step = StepTime(10.0, 0.02, 0.05, 1e-5, 1e-7, experts[2], 30.0, *experts[:2])
    limits = EngineLimits(256, 8192, kv)
    answer = capacity(step, limits, tpot=tpot, ttft=ttft, cap=cap)
    allowed = min(float(max_running(limits, MIX)), cap if cap is not None else np.inf)
    if isinstance(answer, Infeasible):
        assert (
            tpot_ms(step, MIX, 1.0) > tpot
            or ttft_ms(step, limits, MIX, 1.0) > ttft
            or max_running(limits, MIX) < 1
        )
        return
    assert isinstance(answer, Capacity)
    assert answer.tpot_ms <= tpot * (1 + 1e-9)
    assert answer.ttft_ms <= ttft * (1 + 1e-9)
    assert answer.running <= allowed * (1 + 1e-9)
    more = answer.running * 1.001
    assert (
        more > allowed or tpot_ms(step, MIX, more) > tpot or ttft_ms(step, limits, MIX, more) > ttft
    )


@given(tpot=st.floats(9, 60), ttft=st.floats(40, 500))
def test_draws_agree_with_one_answer_at_a_time_and_give_zero_where_it_refuses(tpot, ttft):
    a_ms = np.array([8.0, 10.0, 25.0])
    draws = capacity_draws(
        DENSE.with_values({"a_ms": a_ms}), LIMITS, MIX, mean_tpot_ms=tpot, mean_ttft_ms=ttft
    )
    for value, rate in zip(a_ms, draws, strict=True):
        answer = capacity(DENSE.with_values({"a_ms": float(value)}), tpot=tpot, ttft=ttft)
        expected = answer.requests_per_second if isinstance(answer, Capacity) else 0.0
        assert rate == pytest.approx(expected, rel=1e-9)


@given(st.floats(11, 60), st.floats(1.001, 2))
def test_a_looser_objective_never_lowers_capacity(tpot, looser):
    tight, loose = capacity(tpot=tpot), capacity(tpot=tpot * looser)
    assert tight.requests_per_second <= loose.requests_per_second * (1 + 1e-9)


def shape(input_tokens, output_tokens, cached=0.0):
    return RequestMix.of_lengths(input_tokens, output_tokens, cached)


def test_a_measured_shape_at_a_measured_load_is_interpolation():
    assert extrapolation(SPAN, shape(1000.0, 1000.0), 40.0) == (
        "interpolation",
        WIDENING["dense"]["fold"],
        (),
    )


def test_up_to_four_times_the_concurrency_the_interval_is_as_wide_as_measured_there():
    name, multiplier, reasons = extrapolation(SPAN, shape(1000.0, 1000.0), 200.0)
    assert (name, multiplier) == ("higher concurrency", WIDENING["dense"]["above"])
    assert reasons == ("200 sequences at once, measured up to 64",)


def test_below_the_measured_concurrency_the_answer_is_flagged():
    name, multiplier, reasons = extrapolation(SPAN, shape(1000.0, 1000.0), 2.0)
    assert (name, multiplier) == ("lower concurrency", WIDENING["dense"]["below"])
    assert reasons == ("2 sequences at once, measured from 4",)


def test_beyond_four_times_the_concurrency_the_answer_is_refused():
    answer = extrapolation(SPAN, shape(1000.0, 1000.0), 300.0)
    assert answer.name == "refused"
    assert answer.multiplier == np.inf
    assert "300" in answer.reasons[0]


def test_a_shape_that_was_not_measured_widens_the_interval_less_where_many_were():
    assert extrapolation(SPAN, shape(1155.0, 211.0), 40.0)[:2] == (
        "unseen shape",
        WIDENING["dense"]["shape"],
    )
    many = MeasuredSpan((*SPAN.shapes, (100.0, 100.0), (3000.0, 500.0)), 4, 64, 0.0, 0.0)
    few, enough = (
        extrapolation(span, shape(1155.0, 211.0), 40.0, "mixture") for span in (SPAN, many)
    )
    assert few[:2] == ("unseen shape", WIDENING["mixture"]["shape"])
    assert enough[:2] == ("unseen shape", 1.2)


def test_no_kind_of_carrying_is_surer_than_points_left_out_at_random():
    for factors in WIDENING.values():
        assert min(factors.values()) == factors["fold"]


def test_a_context_or_prompt_share_far_beyond_the_measured_ones_is_refused():
    long_context = extrapolation(SPAN, shape(60_000.0, 10_000.0), 4.0)
    assert long_context.name == "refused"
    assert "contexts of 65,000 tokens" in long_context.reasons[0]
    all_prompt = extrapolation(SPAN, shape(8_000.0, 10.0), 4.0)  # 889 a token, measured 8
    assert all_prompt.name == "refused"
    assert "prompt tokens per output token" in all_prompt.reasons[0]


def test_more_prompt_per_output_token_than_any_shape_widens_the_interval_again():
    name, multiplier, reasons = extrapolation(SPAN, shape(2048.0, 28.0), 40.0)
    assert name == "more prompt per token"
    factors = WIDENING["dense"]
    assert multiplier == pytest.approx(np.sqrt(factors["shape"] ** 2 + 4 - factors["fold"] ** 2))
    assert reasons[1] == "75.9 prompt tokens per output token, measured up to 8.01"


def test_a_cached_share_that_was_not_measured_widens_the_interval():
    answer = extrapolation(SPAN, shape(1000.0, 1000.0, 0.5), 40.0)
    assert answer[:2] == ("unmeasured cache", 1.5)


def test_several_grounds_add_up_in_squares_under_the_name_of_the_widest():
    answer = extrapolation(SPAN, shape(1155.0, 211.0, 0.5), 100.0)
    assert answer.name == "unmeasured cache"
    grounds = [WIDENING["dense"]["shape"], WIDENING["dense"]["above"], 1.5]
    measured = WIDENING["dense"]["fold"]
    excess = sum(factor**2 - measured**2 for factor in grounds)
    assert answer.multiplier == pytest.approx(np.sqrt(measured**2 + excess))
    assert len(answer.reasons) == 3


@pytest.mark.parametrize(
    ("low", "high", "seen"), [(1.0, 1.0, "at 100\xa0%"), (0.6, 0.9, "from 60\xa0% to 90\xa0%")]
)
def test_a_cached_share_below_the_measured_ones_says_what_was_measured(low, high, seen):
    span = MeasuredSpan(SPAN.shapes, 4, 64, low, high)
    answer = extrapolation(span, shape(1000.0, 1000.0, 0.4), 40.0)
    assert f"a cached share of 40\xa0%, measured {seen}" in answer.reasons
