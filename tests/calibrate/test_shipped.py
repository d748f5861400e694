"""The records that ship: refitted, held out, and printed as the documentation prints them."""

import json
import re
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from calibrate.fitting.points import by_group, parse_points
from calibrate.fitting.printed_table import END, START, markdown_table
from calibrate.fitting.record import digest, record_text
from calibrate.fitting.score import cross_validate, document, text
from calibrate.fitting.shipped import shipped_records
from hardware_profiles import CalibrationRecord, Library

LIBRARY = Library.load()
TABLE = (files("calibrate") / "data" / "vllm_closed_loop.csv").read_text(encoding="utf-8")
PAGE = Path(__file__).parents[2] / "docs" / "calibrations.md"


@pytest.fixture(scope="module")
def crossval():
    return cross_validate(TABLE, folds=5, seed=0)


@pytest.fixture(scope="module")
def refitted():
    return {record.id: record for record in shipped_records(LIBRARY)}


def test_every_record_the_planner_needs_ships():
    assert set(LIBRARY.calibrations) == {
        *(f"llama-3.1-70b-fp8-h100-tp{n}" for n in (2, 4, 8)),
        *(f"llama-3.1-70b-fp8-h200-tp{n}" for n in (1, 2, 4, 8)),
        "llama-3.1-8b-fp8-h200-tp1",
        *(f"gpt-oss-120b-mxfp4-h200-tp{n}" for n in (1, 2, 4, 8)),
        "gpt-oss-120b-mxfp4-b200-tp1",
        *(f"llama-4-scout-bf16-{gpu}-tp8" for gpu in ("h100", "h200")),
        *(f"llama-4-maverick-fp8-{gpu}-tp8" for gpu in ("h100", "h200")),
    }


def test_held_out_errors_of_dense_models_reach_the_design(crossval):
    dense = crossval.by_kind["dense"]
    assert dense.throughput_mape <= 0.04
    assert dense.tpot_mape <= 0.035
    assert dense.ttft_mape <= 0.12
    assert dense.coverage_90 >= 0.85


def test_held_out_errors_of_mixtures_of_experts_reach_the_design(crossval):
    moe = crossval.by_kind["moe"]
    assert moe.throughput_mape <= 0.05
    assert moe.tpot_mape <= 0.045
    assert moe.ttft_mape <= 0.15
    assert moe.coverage_90 >= 0.85


def test_no_single_record_is_worse_than_the_floor(crossval):
    for one in crossval.groups:
        assert one.score.throughput_mape <= 0.05, one.group
        assert one.score.tpot_mape <= 0.045, one.group
        assert one.score.ttft_mape is None or one.score.ttft_mape <= 0.18, one.group
        assert one.score.coverage_90 >= 0.85, one.group


def test_another_split_reaches_the_design_as_well():
    again = cross_validate(TABLE, folds=5, seed=1).by_kind
    assert again["dense"].throughput_mape <= 0.04
    assert again["dense"].tpot_mape <= 0.035
    assert again["moe"].throughput_mape <= 0.05
    assert again["moe"].tpot_mape <= 0.045


def test_records_on_disk_are_what_their_points_give(refitted):
    assert set(refitted) == set(LIBRARY.calibrations)
    for name, shipped in LIBRARY.calibrations.items():
        fresh = refitted[name]
        for parameter, value in shipped.parameters.model_dump().items():
            again = getattr(fresh.parameters, parameter)
            assert again == pytest.approx(value, rel=0.02), (name, parameter)
        assert np.asarray(fresh.covariance) == pytest.approx(
            np.asarray(shipped.covariance), rel=0.05, abs=5e-3
        ), name
        assert fresh.points_sha256 == shipped.points_sha256
        assert fresh.span == shipped.span
        assert fresh.residual_sd == pytest.approx(shipped.residual_sd, rel=0.02)


def test_records_carry_the_errors_of_the_cross_validation(crossval):
    by_place = {(g.group.model, g.group.system, g.group.tp): g.score for g in crossval.groups}
    record = LIBRARY.calibration("llama-3.1-70b-fp8-h100-tp2")
    score = by_place["meta-llama/Llama-3.1-70B", "h100_sxm", 2]
    assert record.cross_validation.throughput_mape == pytest.approx(score.throughput_mape, rel=0.02)
    assert record.cross_validation.tpot_mape == pytest.approx(score.tpot_mape, rel=0.02)
    assert record.points == score.n


def test_a_record_for_llama_31_70b_serves_llama_33_70b_and_says_so():
    record = LIBRARY.calibration("llama-3.1-70b-fp8-h100-tp2")
    assert record.also_serves == ("Llama 3.3 70B",)
    assert any("Llama 3.3 70B" in note for note in record.notes)
    found = LIBRARY.calibrations_for(model="Llama 3.3 70B", accelerator="H100 SXM")
    assert [r.gpus_per_replica for r in found] == [2, 4, 8]


def test_published_points_are_labelled_and_their_band_is_wide():
    published = [r for r in LIBRARY.calibrations.values() if r.kind == "published"]
    assert len(published) == 4
    for record in published:
        assert record.label == "published points, not your measurement"
        assert record.residual_sd >= 0.15
        assert record.span.concurrency.low == record.span.concurrency.high == 64
        assert record.source.confidence == "low"


def test_no_public_measurement_passes_for_the_readers_own():
    for record in LIBRARY.calibrations.values():
        assert "public" in record.label or "not your measurement" in record.label
        assert record.measured_by
        assert record.versions.engine_version or any("version" in note for note in record.notes)


def test_runs_with_cached_prompts_leave_prefill_to_the_data_sheet():
    record = LIBRARY.calibration("llama-3.1-8b-fp8-h200-tp1")
    assert {"b_ms_per_token", "e_ms_per_token2"} <= set(record.prior_dominated)
    assert record.span.cached_share.low == 1.0
    assert any("prefix cache" in note for note in record.notes)
    at = record.covariance_order.index("b_ms_per_token")
    assert record.covariance[at][at] == pytest.approx(0.36)


def test_covariances_are_those_of_something():
    for record in LIBRARY.calibrations.values():
        covariance = np.asarray(record.covariance)
        assert covariance == pytest.approx(covariance.T)
        assert np.linalg.eigvalsh(covariance).min() > -1e-6


def test_a_batch_that_grows_never_serves_less():
    """The extra time of wide batches stays below the time they share."""
    for record in LIBRARY.calibrations.values():
        assert record.parameters.wide_ms < record.parameters.a_ms


def test_a_record_reads_back_from_its_own_text():
    for record in LIBRARY.calibrations.values():
        assert CalibrationRecord.model_validate_json(record_text(record)) == record


def test_the_digest_changes_with_any_point(refitted):
    from calibrate.fitting.library_names import make_ready

    group, rows = next(iter(by_group(parse_points(TABLE)).items()))
    points = make_ready(group, rows, LIBRARY).points
    assert digest(points) == refitted["llama-3.1-70b-fp8-h100-tp2"].points_sha256
    assert digest(points.rows(np.arange(len(points))[::-1])) == digest(points)
    assert digest(points.rows(np.arange(len(points) - 1))) != digest(points)


def test_the_documentation_prints_the_table_of_the_records():
    page = PAGE.read_text(encoding="utf-8")
    printed = page.partition(START)[2].partition(END)[0].strip()
    assert printed == markdown_table(LIBRARY.calibrations.values())


def test_the_documentation_states_the_overall_errors(crossval):
    page = " ".join(PAGE.read_text(encoding="utf-8").split())
    dense, moe = crossval.by_kind["dense"], crossval.by_kind["moe"]

    def shown(share):
        return f"{share * 100:.1f}"

    assert (
        f"dense models {shown(dense.throughput_mape)} % throughput, {shown(dense.tpot_mape)} % "
        f"time per token and {shown(dense.ttft_mape)} % time to first token ({dense.n} points"
    ) in page
    assert (
        f"gpt-oss-120b {shown(moe.throughput_mape)}, {shown(moe.tpot_mape)} and "
        f"{shown(moe.ttft_mape)} % ({moe.n} points"
    ) in page


def test_the_json_of_a_cross_validation_has_the_documented_shape(crossval):
    said = json.loads(json.dumps(document(crossval), allow_nan=False))
    assert said["schema"] == "calibrate.crossval/1"
    assert len(said["groups"]) == 13
    for one in said["groups"]:
        assert {"model", "system", "precision", "tp", "n"} <= set(one)
        assert {"throughput_mape", "tpot_mape", "ttft_mape", "coverage_90"} <= set(one)
    assert said["overall"]["n"] == sum(one["n"] for one in said["groups"])


def test_the_text_of_a_cross_validation_has_a_line_per_group(crossval):
    lines = text(crossval).splitlines()
    assert len(lines) == 1 + 13 + 2 + 1
    assert re.search(r"overall\s+191\s+\d", lines[-1])
