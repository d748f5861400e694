"""Runs of the simulated replica: what they come to, what they refuse, who is logged when."""

from dataclasses import replace

import numpy as np
import pytest

from tco.kernel import simulate, speed
from tco.kernel.request_mix import EngineLimits
from tests.tco.kernel.test_simulate import DENSE, ROOMY, ROUND, at_rate, chat, lengths


def test_overload_is_called_growing_and_light_load_is_not():
    limits = EngineLimits(32, 8192, 1e9)
    requests = chat(2_000)
    most = speed.closed_loop(DENSE, limits, requests.mix, 1e4)[1]
    for share, stable in ((0.5, True), (0.9, True), (1.2, False), (2.0, False)):
        log = at_rate(DENSE, limits, requests, share * float(most))
        assert simulate.summarise(log).stable is stable, share


def test_what_a_run_comes_to_is_counted_by_hand():
    """Five requests alone, a second apart: 16.05 ms to the first token, 11.11 ms to the second."""
    log = simulate.simulate_open_loop(
        ROUND, EngineLimits(4, 64, 1e6), lengths([10] * 5, [2] * 5), np.arange(5) * 1_000.0
    )
    all_of_it = simulate.summarise(log)
    assert (all_of_it.mean_ttft_ms, all_of_it.p95_ttft_ms) == pytest.approx((16.05, 16.05))
    assert (all_of_it.mean_tpot_ms, all_of_it.p95_tpot_ms) == pytest.approx((11.11, 11.11))
    assert (all_of_it.mean_e2e_ms, all_of_it.p95_e2e_ms) == pytest.approx((27.16, 27.16))
    assert all_of_it.requests_per_second == pytest.approx(5 / 4.02716)
    assert all_of_it.output_tokens_per_second == pytest.approx(10 / 4.02716)
    assert all_of_it.running == pytest.approx(5 * 22.16 / 4027.16)
    assert all_of_it.queued == 0
    middle = simulate.summarise(log, (0.2, 0.8))
    assert middle.requests == 3
    assert middle.requests_per_second == pytest.approx(1.0)


def test_a_server_may_be_stepped_and_asked_as_it_goes():
    engine = simulate.Engine(ROUND, EngineLimits(4, 64, 1e6))
    one = engine.submit(0.0, 10, 3)
    assert engine.advance(1) == []
    assert (engine.now_ms, engine.tokens_said(one)) == (pytest.approx(16.05), 1)
    two = engine.submit(engine.now_ms, 8, 2)
    assert engine.advance(1) == []
    assert (engine.tokens_said(one), engine.tokens_said(two), engine.queued) == (2, 0, 0)
    assert engine.advance(1) == [one]
    assert engine.advance() == [two]
    assert not engine.busy


@pytest.mark.parametrize(
    ("prompt", "answer", "cached"), [(0, 1, 0), (1, 0, 0), (10, 5, 10), (10, 5, -1), (90, 12, 0)]
)
def test_requests_that_can_never_be_served_are_refused(prompt, answer, cached):
    with pytest.raises(ValueError, match=r"cannot be served|never fits"):
        simulate.Engine(ROUND, EngineLimits(4, 64, 100)).submit(0.0, prompt, answer, cached)


def test_limits_that_vllm_does_not_start_with_are_refused():
    with pytest.raises(ValueError, match="max_num_batched_tokens"):
        simulate.Engine(ROUND, EngineLimits(256, 128, 1e6))


def test_clients_that_start_apart_are_logged_in_the_order_of_arrival():
    requests = lengths([10] * 6, [2] * 6)
    log = simulate.simulate_closed_loop(ROUND, ROOMY, requests, 2, np.array([0.0, 500.0]))
    assert (np.diff(log.arrived_ms) >= 0).all()
    assert len(log) == 6


def test_fewer_requests_than_clients_are_all_sent():
    log = simulate.simulate_closed_loop(ROUND, ROOMY, lengths([10] * 3, [2] * 3), 8)
    assert len(log) == 3


def test_a_quicker_replica_at_the_same_load_answers_sooner():
    slow = at_rate(DENSE, EngineLimits(32, 8192, 1e9), chat(300), 5.0)
    quick = at_rate(replace(DENSE, a_ms=5.0), EngineLimits(32, 8192, 1e9), chat(300), 5.0)
    assert simulate.summarise(quick).mean_e2e_ms < simulate.summarise(slow).mean_e2e_ms
