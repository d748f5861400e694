"""Windows, percentiles and known truth: runs of the simulator read as if they had been measured."""

import math
from dataclasses import replace

import numpy as np
import pytest

from calibrate.plan.plan import Load
from calibrate.run.steady_window import answers_needed, figures, open_window
from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate import simulate_closed_loop
from tco.kernel.simulate_load import request_set
from tco.kernel.step_time import StepTime
from tests.calibrate.simulated_runs import rows_of

STEP = StepTime(8.0, 0.02, 0.05, 2e-5, 1e-7, 0.0, 5.0)
LIMITS = EngineLimits(256, 2_048, 200_000)


def load(clients=8, **more):
    about = {"id": "A", "role": "fit", "input_tokens": 500, "output_tokens": 100, "seed": 0}
    return Load(**{**about, "concurrency": clients, "requests": 1, **more})


def simulated(clients=8, requests=400, seed=1, step=STEP):
    """Rows of a closed loop in simulated time, all sent at once and all waited for."""
    rng = np.random.default_rng(seed)
    sent = request_set(rng.uniform(450, 550, requests), rng.uniform(90, 110, requests))
    return rows_of(simulate_closed_loop(step, LIMITS, sent, clients))


def test_a_window_shows_what_the_simulator_knows():
    rows = simulated(requests=1_000)
    found = figures(open_window(rows, load()))
    steady = [row for row in rows if 20 < row.sent_s < rows[-1].sent_s]
    times = [(r.finished_s - r.first_s) / (r.output_tokens - 1) * 1_000 for r in steady]
    assert found.mean_tpot_ms == pytest.approx(np.mean(times), rel=0.01)
    assert found.inside == pytest.approx(8, rel=1e-3)
    assert abs(found.little) < 0.01
    assert abs(found.tpot_trend) < 0.05


def test_the_rate_is_right_though_part_of_a_wave_is_left_over():
    """Clients in step: counted by the clock, the rate depends on where the window closes."""
    long_run = figures(open_window(simulated(clients=64, requests=4_000), load(64)))
    for requests in range(64 * 4, 64 * 5, 13):
        found = figures(open_window(simulated(clients=64, requests=requests), load(64)))
        assert found.requests_per_second == pytest.approx(long_run.requests_per_second, rel=0.02)
        assert found.answered % 64 == 0


def test_answers_that_came_when_the_load_fell_do_not_count():
    rows = simulated(clients=64, requests=400)
    window = open_window(rows, load(64))
    assert window.finished_s.max() <= max(row.sent_s for row in rows)


def test_f22_a_cold_start_leaves_no_trace_in_the_figures():
    """The first wave takes ten times as long; the window knows nothing of it."""
    rows = sorted(simulated(requests=600), key=lambda row: row.sent_s)
    steady = figures(open_window(rows, load()))
    later_s = 9 * max(row.finished_s for row in rows[:8])
    cold = [
        replace(row, first_s=10 * row.first_s, finished_s=10 * row.finished_s)
        if number < 8
        else replace(
            row,
            sent_s=row.sent_s + later_s,
            first_s=row.first_s + later_s,
            finished_s=row.finished_s + later_s,
        )
        for number, row in enumerate(rows)
    ]
    found = figures(open_window(cold, load()))
    assert found.mean_tpot_ms == pytest.approx(steady.mean_tpot_ms, rel=0.02)
    assert found.requests_per_second == pytest.approx(steady.requests_per_second, rel=0.02)


def test_ramp_and_drain_are_left_out():
    """Over the whole run throughput is understated; inside the window it is not."""
    rows = simulated(clients=64, requests=260)
    found = figures(open_window(rows, load(64)))
    whole = sum(r.output_tokens for r in rows) / max(r.finished_s for r in rows)
    steady = figures(open_window(simulated(clients=64, requests=2_000), load(64)))
    assert found.output_tokens_per_second == pytest.approx(
        steady.output_tokens_per_second, rel=0.03
    )
    assert whole < 0.93 * steady.output_tokens_per_second


def test_f24_a_percentile_is_shown_only_where_enough_answers_support_it():
    assert [answers_needed(percent) for percent in (90, 95, 99)] == [44, 90, 459]
    few = figures(open_window(simulated(requests=124), load()))
    assert 90 <= few.answered <= 110
    assert set(few.ttft_percentiles_ms) == {"p50", "p90", "p95"}
    many = figures(open_window(simulated(requests=600), load()))
    assert "p99" in many.tpot_percentiles_ms
    assert math.isfinite(many.tpot_percentiles_ms["p99"])


def test_times_that_grow_over_the_point_show_as_a_trend():
    rows = [
        replace(row, finished_s=row.finished_s + 0.02 * row.sent_s * (row.output_tokens - 1) / 100)
        for row in simulated(requests=400)
    ]
    assert figures(open_window(rows, load())).tpot_trend > 0.2


def test_no_window_where_not_even_one_wave_was_answered():
    rows = simulated(clients=8, requests=8)
    assert open_window(rows, load()) is None
    assert open_window([], load()) is None
