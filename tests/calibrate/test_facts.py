"""What a record keeps of its run: enough to say on what, with what and how it was measured."""

import hashlib

import numpy as np
import pytest

from calibrate.fitting.record import record_text
from calibrate.load.driver import prompt_seed
from calibrate.result.assemble import assemble
from calibrate.result.own_record import own_record
from calibrate.run.raw_rows import packed_rows
from hardware_profiles import Library
from hardware_profiles.calibration import read_record
from tests.calibrate.simulated_runs import (
    KV_TOKENS,
    READINGS,
    TRUTH,
    SimulatedClient,
    simulated_run,
)
from tests.calibrate.test_known_truth import spread_plan


@pytest.fixture(scope="module")
def plan():
    return spread_plan()


@pytest.fixture(scope="module")
def outcome(plan):
    said = {"cuda": "12.8", **READINGS[0].model_dump()}
    before = {"kind": "device", "at": "2026-11-24T00:00:00Z", **said}
    return simulated_run(plan, before=[before], devices=READINGS)


@pytest.fixture(scope="module")
def found(outcome):
    return assemble(outcome, Library.load())


@pytest.fixture(scope="module")
def record(outcome, found):
    return own_record(outcome, found)


def test_server_driver_and_accelerators_are_named_with_clocks_and_power(record, plan):
    run = record.run
    assert (record.schema_version, run.plan, run.verdict) == (2, plan.id, "VALID")
    assert run.argv[:3] == ("vllm", "serve", "/models/small")
    assert run.max_model_len == 4096
    assert [(s.name, s.value) for s in run.cache_config] == [("block_size", "16")]
    versions = record.versions
    assert (versions.engine_version, versions.driver, versions.cuda) == ("0.32.0", "570.1", "12.8")
    (gpu,) = run.accelerators
    assert (gpu.name, gpu.count) == ("NVIDIA H100 80GB HBM3", 1)
    assert (gpu.sm_mhz_low, gpu.sm_mhz_high, gpu.sm_mhz_most) == (1755, 1830, 1980)
    assert (gpu.power_limit_w, gpu.power_high_w, gpu.temperature_high_c) == (700, 655.5, 64)


def test_every_load_has_its_realised_moments_and_the_digest_of_its_rows(record, plan):
    assert [load.id for load in record.run.loads] == [load.id for load in plan.points]
    for load, asked in zip(record.run.loads, plan.points, strict=True):
        client = SimulatedClient(asked, plan, TRUTH, KV_TOKENS, prompt_seed(asked, 0, "simulated"))
        rows = client.work()
        assert load.rows_sha256 == hashlib.sha256(packed_rows(rows)).hexdigest()
        sent = np.array([row.input_asked for row in rows], dtype=float)
        assert load.input_moments.mean == pytest.approx(sent.mean(), rel=0.03)
        assert load.input_moments.mean_square == pytest.approx((sent**2).mean(), rel=0.06)
        assert load.input_moments.mean_square >= load.input_moments.mean**2
        assert (load.requests, load.concurrency) == (len(rows), asked.concurrency)
        assert 0 <= load.goodput_share <= 1


def test_what_the_curve_says_is_kept_beside_what_was_measured(record, found):
    loads = {load.id: load for load in record.run.loads}
    for point in found.held_out.points:
        kept = loads[point.id]
        assert kept.answered_per_second == pytest.approx(point.measured_rate, rel=1e-5)
        assert kept.predicted.requests_per_second == pytest.approx(point.predicted_rate, rel=1e-5)
    errors = found.held_out.errors
    assert record.run.held_out_errors.throughput == pytest.approx(errors["throughput"], rel=1e-5)
    assert all(load.predicted is not None for load in loads.values())
    assert record.run.next_steps[-1].startswith("Put it into the planner")


def test_a_record_is_read_back_as_it_was_written(record):
    assert read_record(record_text(record), "record") == record


def test_only_records_of_the_second_schema_have_a_run(record):
    with pytest.raises(ValueError, match="run belongs"):
        type(record).model_validate(record.model_dump() | {"schema_version": 1})
    with pytest.raises(ValueError, match="run belongs"):
        type(record).model_validate(record.model_dump() | {"run": None})
