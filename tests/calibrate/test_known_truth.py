"""Whole calibrations of a replica whose speed is known: what a fit recovers, and how surely."""

from dataclasses import replace

import numpy as np
import pytest

from calibrate.plan.plan import Rules
from calibrate.result.assemble import assemble
from calibrate.result.capacity import capacity_of
from calibrate.result.own_record import own_record
from hardware_profiles import Library
from tests.calibrate.plans import load, plan_of
from tests.calibrate.simulated_runs import KV_TOKENS, TRUTH, simulated_run

SERVER = {"max_model_len": 16_384, "max_num_seqs": 256, "max_num_batched_tokens": 2_048}
FIT = [
    (128, 512, 1),
    (128, 512, 32),
    (1024, 256, 8),
    (1024, 256, 96),
    (2048, 128, 12),
    (2048, 128, 64),
    (4096, 64, 1),
    (4096, 64, 16),
    (3000, 500, 10),
    (3000, 500, 70),
]
UNSEEN = [(700, 300, 5), (700, 300, 40), (1500, 200, 24), (256, 400, 120)]


def spread_plan(*more, strict=False):
    rules = Rules().model_dump() if strict else None
    points = [
        load(f"F{n}", c, 4 * c + 20, input_tokens=i, output_tokens=o)
        for n, (i, o, c) in enumerate(FIT)
    ]
    unseen = [
        load(f"V{n}", c, 4 * c + 20, "held_out", input_tokens=i, output_tokens=o)
        for n, (i, o, c) in enumerate(UNSEEN)
    ]
    return plan_of(*points, *unseen, *more, server=SERVER, rules=rules)


@pytest.fixture(scope="module")
def library():
    return Library.load()


def test_a_fit_recovers_throughput_within_three_per_cent(library):
    outcome = simulated_run(spread_plan(strict=True))
    assert outcome.reasons == ()
    found = assemble(outcome, library)
    errors = found.held_out.errors
    assert errors["throughput"] < 0.03
    assert errors["tpot"] < 0.03
    assert errors["ttft"] < 0.20
    assert found.grade == "validated", found.remarks
    assert found.saturated
    capacity = capacity_of(found.fit, found.used)
    at = [load.id for load in found.used.loads].index(capacity.load)
    measured = found.used.points.requests_per_second[at]
    assert capacity.requests_per_second == pytest.approx(measured, rel=0.03)
    assert capacity.low < capacity.requests_per_second < capacity.high


def test_intervals_cover_the_truth_of_noisy_runs(library):
    """Six replicas, each point off by its own 3 %: nine in ten held-out points lie inside."""
    inside = []
    for seed in range(6):
        points = [
            p.model_copy(update={"seed": p.seed + 1_000 * seed}) for p in spread_plan().points
        ]
        plan = spread_plan().model_copy(update={"points": tuple(points)})
        found = assemble(simulated_run(plan, noise=0.03), library)
        inside += [point.inside_90 for point in found.held_out.points]
    assert np.mean(inside) >= 0.8


def test_a_sent_schedule_is_predicted_too(library):
    plan = spread_plan(
        load(
            "O1",
            role="held_out",
            requests=900,
            requests_per_second=4.0,
            input_tokens=1024,
            output_tokens=256,
        )
    )
    found = assemble(simulated_run(plan), library)
    (point,) = [p for p in found.held_out.points if p.id == "O1"]
    assert abs(point.rate_error) < 0.05
    assert point.predicted_tpot_ms == pytest.approx(point.measured_tpot_ms, rel=0.05)


def test_memory_that_runs_out_is_measured_and_predicted(library):
    plan = spread_plan(
        load("K", 200, 1_200, "held_out", input_tokens=2_000, output_tokens=400),
    )
    found = assemble(simulated_run(plan, kv_tokens=150_000), library)
    (crowded,) = [p for p in found.held_out.points if p.id == "K"]
    assert abs(crowded.rate_error) < 0.15


def test_shared_prompts_raise_the_rate_and_widen_the_span(library):
    plan = spread_plan(load("P", 32, 300, input_tokens=2_000, output_tokens=128, cached_share=0.75))
    outcome = simulated_run(plan)
    found = assemble(outcome, library)
    record = own_record(outcome, found)
    assert record.span.cached_share.high == pytest.approx(0.75, abs=0.01)
    assert record.span.cached_share.low == 0


def test_without_a_saturated_point_the_optimism_is_named(library):
    few = [load(f"F{n}", 1 + n, 60, input_tokens=200 + 100 * n) for n in range(5)]
    unseen = load("V", 4, 80, "held_out", input_tokens=350, output_tokens=40)
    truth = replace(TRUTH, a_ms=40.0)
    found = assemble(simulated_run(plan_of(*few, unseen, server=SERVER), truth=truth), library)
    assert not found.saturated
    assert capacity_of(found.fit, found.used) is None
    assert found.grade == "provisional"
    assert any("no point was saturated" in remark for remark in found.remarks)


def test_a_held_out_error_beyond_all_use_is_invalid(library):
    """Half of the points come from a replica that is twice as slow: no model fits that."""
    fast, slow = simulated_run(spread_plan()), simulated_run(spread_plan(), truth=TRUTH.scaled(2.0))
    mixed = [
        one if "V" in str(one.get("id", "")) else other
        for one, other in zip(slow.entries, fast.entries, strict=True)
    ]
    found = assemble(replace(fast, entries=tuple(mixed)), library)
    assert [reason.code for reason in found.reasons] == ["held_out_error"]


def test_a_server_that_does_not_tell_its_memory_gives_no_record(library):
    outcome = simulated_run(spread_plan())
    silent = {**outcome.entries[0], "served": {"version": "", "kv_tokens": None}}
    found = assemble(replace(outcome, entries=(silent, *outcome.entries[1:])), library)
    assert [reason.code for reason in found] == ["kv_tokens"]


def test_a_record_says_what_was_read_and_what_was_worked_out(library):
    outcome = simulated_run(spread_plan())
    found = assemble(outcome, library)
    record = own_record(outcome, found)
    assert record.kind == "measured"
    assert record.limits.kv_tokens == KV_TOKENS
    assert record.limits.kv_tokens_basis == "read from the server"
    assert record.limits.max_num_seqs == 256
    assert record.points == len(FIT)
    assert len(record.span.shapes) == 5
    assert (record.span.concurrency.low, record.span.concurrency.high) == (1, 96)
    assert record.versions.engine_version == "0.32.0"
    assert record.cross_validation.throughput_mape < 0.05
