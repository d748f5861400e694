"""What a run shows that starts with all clients at once, against the simulated engine."""

from dataclasses import replace

import numpy as np
import pytest

from calibrate.fitting.points import Group, Layout, LoadPoint, point_set
from calibrate.fitting.predict import predict
from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate import simulate_closed_loop, simulate_open_loop, summarise
from tco.kernel.simulate_load import request_set
from tco.kernel.speed import closed_loop
from tco.kernel.step_time import StepTime

SENT = 0.9  # of a nominal length, on average
LIMITS = EngineLimits(1024, 8192, 1e9)
DENSE = StepTime(
    *(11.0, 0.043, 0.055, 6e-5, 3.5e-6, 0.0, 20.0),
    wide_ms=1.2,
    wide_above=16.0,
    overlap=4.0,
    mixed_ms=5.0,
)
MIXTURE = StepTime(
    *(4.2, 0.03, 0.05, 1.4e-5, 1.5e-6, 15.0, 35.0, 128, 4), overlap=4.0, mixed_ms=8.0
)
LOADS = [(8192, 1024, 16), (8192, 1024, 48), (1024, 1024, 64), (1024, 256, 32)]


def run(step, inputs, outputs, clients):
    """Ten prompts per client, lengths drawn evenly from 0.8 to 1.0 of the nominal ones."""
    rng = np.random.default_rng(1)
    drawn = [most * rng.uniform(0.8, 1.0, 10 * clients) for most in (inputs, outputs)]
    return simulate_closed_loop(step, LIMITS, request_set(*drawn), clients)


def the_point(inputs, outputs, clients):
    group = Group("model", "system", "precision", 1, "")
    row = LoadPoint(
        *(group, inputs, outputs, clients, 1.0, 1.0), "first wave", "", "", 1, Layout(1)
    )
    return point_set([row])


@pytest.mark.parametrize("step", [DENSE, MIXTURE], ids=["dense", "mixture"])
@pytest.mark.parametrize(("inputs", "outputs", "clients"), LOADS)
def test_a_run_of_ten_prompts_a_client_is_predicted_as_it_would_be_simulated(
    step, inputs, outputs, clients
):
    log, point = run(step, inputs, outputs, clients), the_point(inputs, outputs, clients)
    said = predict(step, LIMITS, point)
    _, _, steady_ms, _ = closed_loop(step, LIMITS, point.mix, point.clients)
    seen_ms = np.nanmean(log.tpot_ms)
    assert said.tpot_ms[0] == pytest.approx(seen_ms, rel=0.015)
    assert abs(said.tpot_ms[0] / seen_ms - 1) < abs(steady_ms[0] / seen_ms - 1)
    assert said.ttft_ms[0] == pytest.approx(log.ttft_ms.mean(), rel=0.15)


def a_schedule(step, inputs, outputs, rate):
    """Poisson requests of one length: the point that they are, and what was seen."""
    rng = np.random.default_rng(1)
    count = 4_000
    requests = request_set(np.full(count, inputs), np.full(count, outputs))
    log = simulate_open_loop(step, LIMITS, requests, np.cumsum(rng.exponential(1e3 / rate, count)))
    found = summarise(log, (0.2, 0.9))
    residence_ms = found.mean_ttft_ms + found.mean_tpot_ms * (outputs - 1)
    point = the_point(inputs / SENT, outputs / SENT, rate * residence_ms / 1e3)
    return replace(point, bursts=np.array([False])), found


@pytest.mark.parametrize("step", [DENSE, MIXTURE], ids=["dense", "mixture"])
@pytest.mark.parametrize("rate", [1.0, 4.0, 12.0])
def test_one_more_than_are_inside_slow_a_request_of_a_schedule(step, rate):
    """As if there were only those inside, a mixture's few would be 13 % too quick."""
    point, found = a_schedule(step, 1024, 128, rate)
    said = predict(step, LIMITS, replace(point, scheduled=np.array([True])))
    assert said.tpot_ms[0] == pytest.approx(found.mean_tpot_ms, rel=0.025)
    assert said.requests_per_second[0] == pytest.approx(rate, rel=0.03)
