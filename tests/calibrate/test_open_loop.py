"""An open loop near saturation, from its stages up to three fifths of it.

Llama 3.1 8B on one H100 (Kubernetes inference-perf). What was measured there is written out below;
the fit sees six stages of at most 75 requests/s. Lengths vary as those of ShareGPT prompts do: the
project's own summary of them has coefficients of variation of about 1.15 and 1.0.
"""

import csv
import io
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
import pytest
from scipy.stats import t as student_t

from calibrate.fitting.crossval import NOMINAL
from calibrate.fitting.fit import fit_points, prediction_sd
from calibrate.fitting.library_names import ready_groups
from calibrate.fitting.points import parse_points
from calibrate.fitting.predict import predict
from hardware_profiles import Library
from tco.kernel.capacity import WIDENING
from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate import simulate_open_loop
from tco.kernel.simulate_load import request_set, unit_gaps

OPEN = (files("calibrate") / "data" / "vllm_open_loop.csv").read_text(encoding="utf-8")
MOST_FITTED = 76.0
PROMPT_CV, ANSWER_CV = 1.15, 1.0
STAGE_S, SEEDS = 60.0, 4


@dataclass(frozen=True)
class Stage:
    """One server setting: its saturation, and the last stage below it."""

    slots: int
    saturation_per_s: float
    asked_per_s: float
    p50_ms: float
    p99_ms: float


STAGES = [Stage(128, 106.2, 92.19, 44.52, 181.83), Stage(192, 117.0, 111.92, 105.48, 397.46)]


@cache
def fitted():
    rows = csv.DictReader(io.StringIO(OPEN))
    points = [
        point
        for point, row in zip(parse_points(OPEN), rows, strict=True)
        if row["origin"] == "kubecon" and float(row["requested_per_s"]) < MOST_FITTED
    ]
    (ready,) = ready_groups(points, Library.load())
    assert len(ready.used) == 6
    return ready, fit_points(ready.points, ready.prior, ready.limits)


def saturated(slots):
    """Rate of 430 clients, and the standard deviation of its logarithm."""
    ready, fit = fitted()
    one = ready.points.rows(np.array([2]))
    one.clients[:] = 430.0
    limits = EngineLimits(np.array([float(slots)]), np.array([8192.0]), np.array([3e5]))
    said, sd = predict(fit.step, limits, one), prediction_sd(fit, one, limits)
    return said.requests_per_second[0], sd.requests_per_second[0]


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: f"{stage.slots} slots")
def test_saturation_follows_from_stages_up_to_three_fifths_and_lies_in_its_band(stage):
    rate, sd = saturated(stage.slots)
    _, fit = fitted()
    half = student_t.ppf((1 + NOMINAL) / 2, fit.degrees) * sd * WIDENING["dense"]["above"]
    assert rate == pytest.approx(stage.saturation_per_s, rel=0.10)
    assert abs(np.log(stage.saturation_per_s / rate)) <= half


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: f"{stage.slots} slots")
def test_first_tokens_at_nine_tenths_of_saturation_are_simulated_within_a_third(stage):
    """At the same share of saturation, so that its own error is not counted twice."""
    _, fit = fitted()
    rate = stage.asked_per_s / stage.saturation_per_s * saturated(stage.slots)[0]
    limits = EngineLimits(stage.slots, 8192, 3e5)
    seen = np.mean([percentiles(fit.step, limits, rate, seed) for seed in range(SEEDS)], axis=0)
    assert seen == pytest.approx([stage.p50_ms, stage.p99_ms], rel=0.35)


def percentiles(step, limits, rate, seed):
    """Median and 99th percentile of the time to first token over one stage [ms]."""
    rng = np.random.default_rng(seed)
    count = int(STAGE_S * rate)
    prompts = lengths(204.1, PROMPT_CV, count, rng)
    answers = lengths(62.4, ANSWER_CV, count, rng)
    arrivals = np.cumsum(unit_gaps(count, rng, 1.0)) / rate * 1_000
    log = simulate_open_loop(step, limits, request_set(prompts, answers), arrivals)
    return np.percentile(log.ttft_ms, [50, 99])


def lengths(mean, cv, count, rng):
    sigma = np.sqrt(np.log(1 + cv**2))
    return rng.lognormal(np.log(mean) - sigma**2 / 2, sigma, count)
