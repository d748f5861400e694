"""The fit against known truth: what it recovers, what it admits not to know."""

from dataclasses import replace

import numpy as np
import pytest

from calibrate.fitting.crossval import hold_out, score
from calibrate.fitting.fit import FIRST_TOKEN_NOISE, fit_points, prediction_sd
from calibrate.fitting.points import PointSet
from calibrate.fitting.predict import predict
from calibrate.fitting.priors import roofline
from hardware_profiles import Library
from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.speed import closed_loop
from tco.kernel.step_time import StepTime

LIBRARY = Library.load()
PRIOR = roofline(LIBRARY.model("Llama 3.1 70B"), "fp8", LIBRARY.accelerator("H100 SXM"), 4)
MOE_PRIOR = roofline(LIBRARY.model("gpt-oss-120b"), "mxfp4", LIBRARY.accelerator("H200 SXM"), 1)
LIMITS = EngineLimits(1024, 8192, 1e9)
TRUTH = StepTime(11.0, 0.043, 0.055, 6e-5, 3.5e-6, 0.0, 20.0, wide_ms=1.2, wide_above=16.0)
MOE_TRUTH = StepTime(4.2, 0.03, 0.05, 1.4e-5, 1.5e-6, 15.0, 35.0, 128, 4)
SHAPES = ((900, 900), (900, 7400), (7400, 900), (300, 300), (3000, 300))


def points(truth=TRUTH, shapes=SHAPES, clients=(4, 8, 16, 32, 64), noise=0.0, seed=0):
    """Runs that the truth itself would show, with log-normal noise on their times."""
    inputs, outputs, loads = np.array([(i, o, c) for i, o in shapes for c in clients], float).T
    mix = RequestMix.of_lengths(inputs, outputs)
    _, _, tpot, ttft = closed_loop(truth, LIMITS, mix, loads)
    rng = np.random.default_rng(seed)
    tpot = tpot * np.exp(rng.normal(0, noise, len(loads)))
    ttft = ttft * np.exp(rng.normal(0, noise, len(loads)))
    return PointSet(
        mix=mix,
        clients=loads,
        scheduled=np.zeros(len(loads), dtype=bool),
        ttft_ms=ttft,
        tpot_ms=tpot,
        requests_per_second=loads / (ttft + tpot * (outputs - 1)) * 1000,
        bursts=np.zeros(len(loads), dtype=bool),
        burst_prompts=np.zeros(len(loads)),
        burst_steps=np.zeros(len(loads)),
    )


@pytest.mark.parametrize(
    ("truth", "prior"), [(TRUTH, PRIOR), (MOE_TRUTH, MOE_PRIOR)], ids=["dense", "moe"]
)
def test_throughput_at_unseen_loads_is_recovered_within_three_percent(truth, prior):
    fit = fit_points(points(truth, noise=0.02), prior, LIMITS)
    unseen = points(truth, shapes=((1500, 400), (5000, 1000)), clients=(6, 24, 48, 96))
    said = predict(fit.step, LIMITS, unseen)
    error = np.abs(said.requests_per_second / unseen.requests_per_second - 1)
    assert error.mean() < 0.03
    assert np.abs(said.tpot_ms / unseen.tpot_ms - 1).mean() < 0.03


def test_without_noise_what_the_points_decide_is_recovered():
    fit = fit_points(points(), PRIOR, LIMITS)
    assert fit.step.a_ms == pytest.approx(TRUTH.a_ms, rel=0.02)
    assert fit.step.b_ms_per_token == pytest.approx(TRUTH.b_ms_per_token, rel=0.15)
    assert fit.step.wide_ms == pytest.approx(TRUTH.wide_ms, rel=0.25)
    assert fit.step.wide_above == TRUTH.wide_above


def test_ninety_percent_intervals_cover_what_they_should():
    inside = []
    for seed in range(12):
        fit = fit_points(points(noise=0.04, seed=seed), PRIOR, LIMITS)
        unseen = points(shapes=((1500, 400),), clients=(6, 24, 48), noise=0.04, seed=100 + seed)
        said, sd = predict(fit.step, LIMITS, unseen), prediction_sd(fit, unseen)
        inside.append(np.abs(np.log(said.tpot_ms / unseen.tpot_ms)) <= 1.73 * sd.tpot_ms)
    assert 0.78 <= np.mean(inside) <= 1.0


def test_the_residual_is_the_noise_of_the_points():
    fit = fit_points(points(noise=0.05), PRIOR, LIMITS)
    assert fit.residual_sd == pytest.approx(0.05, rel=0.35)


def test_one_broken_run_moves_the_rest_little():
    clean = points(noise=0.01)
    broken = replace(clean, tpot_ms=np.where(np.arange(25) == 7, 5.0, 1.0) * clean.tpot_ms)
    fit = fit_points(broken, PRIOR, LIMITS)
    said = predict(fit.step, LIMITS, clean)
    others = np.arange(25) != 7
    assert np.abs(said.tpot_ms / clean.tpot_ms - 1)[others].mean() < 0.04


def test_shapes_that_cannot_tell_parameters_apart_leave_them_to_the_prior():
    """Three shapes give three slopes: four work terms cannot follow from them."""
    few = fit_points(points(shapes=SHAPES[:3]), PRIOR, LIMITS)
    narrow = np.sqrt(np.diag(few.log_covariance)) / PRIOR.log_sd
    assert few.prior_dominated
    assert set(few.prior_dominated) == {
        name for name, share in zip(PRIOR.order, narrow, strict=True) if share > 0.8
    }


def test_no_posterior_is_wider_than_its_prior():
    fit = fit_points(points(noise=0.03), PRIOR, LIMITS)
    assert np.all(np.sqrt(np.diag(fit.log_covariance)) <= PRIOR.log_sd * (1 + 1e-9))
    assert fit.log_covariance == pytest.approx(fit.log_covariance.T)
    assert np.all(np.linalg.eigvalsh(fit.log_covariance) > 0)


def test_one_point_leaves_the_fit_near_the_data_sheet():
    fit = fit_points(points(shapes=SHAPES[:1], clients=(8,)), PRIOR, LIMITS)
    said = np.array([getattr(fit.step, name) for name in PRIOR.order])
    assert np.all(np.abs(np.log(said / PRIOR.centre)) <= 4 * PRIOR.log_sd)
    assert fit.degrees == 3


def test_runs_whose_first_token_is_unknown_say_little_about_the_overhead_of_a_request():
    unknown = fit_points(untimed(points()), PRIOR, LIMITS)
    known = fit_points(points(), PRIOR, LIMITS)
    spread = dict(zip(PRIOR.order, np.sqrt(np.diag(unknown.log_covariance)), strict=True))
    tight = dict(zip(PRIOR.order, np.sqrt(np.diag(known.log_covariance)), strict=True))
    assert unknown.ttft_residual_sd <= FIRST_TOKEN_NOISE
    assert tight["t0_ms"] < 0.5 * spread["t0_ms"]


def untimed(points):
    """The same runs with times to first token that cannot be compared."""
    return replace(points, ttft_ms=np.full(len(points), np.nan))


def test_the_expert_term_is_what_lets_a_mixture_be_extrapolated():
    """Fitted up to 16 clients and asked for 64: with the term and without."""
    low = points(MOE_TRUTH, clients=(2, 4, 8, 16), noise=0.01)
    high = points(MOE_TRUTH, clients=(64,))
    dense_prior = replace(MOE_PRIOR, experts=0, experts_active=0)
    errors = []
    for prior in (MOE_PRIOR, dense_prior):
        said = predict(fit_points(low, prior, LIMITS).step, LIMITS, high)
        errors.append(np.abs(said.tpot_ms / high.tpot_ms - 1).mean())
    assert errors[0] < 0.08
    assert errors[1] > 2 * errors[0]


def test_holding_out_scores_every_point_once():
    held_out = hold_out(untimed(points(noise=0.02)), PRIOR, LIMITS)
    assert len(held_out.throughput) == 25
    assert np.all(held_out.throughput != 0)
    total = score([held_out, held_out])
    assert total.n == 50
    assert total.throughput_mape == pytest.approx(np.abs(held_out.throughput).mean())
    assert total.ttft_mape is None


def test_the_same_points_give_the_same_fit():
    one, two = (fit_points(points(noise=0.02), PRIOR, LIMITS) for _ in range(2))
    assert one.step == two.step
