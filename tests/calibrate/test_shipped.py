"""The records that ship: refitted, held out, and printed as the documentation prints them."""

import json
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from calibrate.fitting.printed_table import END, START, markdown_table
from calibrate.fitting.record import digest, record_text
from calibrate.fitting.score import cross_validate, document, text
from calibrate.fitting.shipped import (
    measured_record,
    records_of,
    shipped_groups,
    shipped_records,
)
from hardware_profiles import Library
from hardware_profiles.calibration import read_record
from hardware_profiles.physics import beaten
from tests.calibrate.plans import calibrate

LIBRARY = Library.load()
TABLE = (files("calibrate") / "data" / "vllm_closed_loop.csv").read_text(encoding="utf-8")
PAGE = Path(__file__).parents[2] / "docs" / "calibrations.md"


SOME = ("Llama-3.1-70B,h100_sxm", "gpt-oss-120b,h200_sxm")


def rows_of(*names):
    """Rows of the shipped table for these models and accelerators."""
    head, *rows = TABLE.splitlines()
    return "\n".join([head, *(row for row in rows if any(name in row for name in names))]) + "\n"


@pytest.fixture(scope="module")
def crossval():
    return cross_validate(rows_of(*SOME), LIBRARY)


@pytest.fixture(scope="module")
def whole():
    return {leave: cross_validate(TABLE, LIBRARY, leave=leave) for leave in LEAVES}


LEAVES = ("fold", "shape", "above", "below", "layout")
REACH = {
    ("fold", "dense"): (0.03, 0.03, 0.10),
    ("fold", "moe"): (0.03, 0.035, 0.13),
    ("shape", "dense"): (0.07, 0.07, None),
    ("shape", "moe"): (0.07, 0.07, None),
    ("above", "dense"): (0.06, 0.06, None),
    ("above", "moe"): (0.06, 0.06, None),
    ("layout", "dense"): (0.09, 0.09, None),
    ("layout", "moe"): (0.09, 0.09, None),
}
"""Mean absolute errors of throughput, time per token and first token that are to be reached."""


def test_every_record_the_planner_needs_ships():
    assert set(LIBRARY.calibrations) == {
        *(f"llama-3.1-70b-fp8-h100-tp{n}" for n in (2, 4, 8)),
        *(f"llama-3.1-70b-fp8-h200-tp{n}" for n in (1, 2, 4, 8)),
        *(f"llama-3.1-70b-{p}-b200-tp{n}" for p in ("fp8", "nvfp4") for n in (1, 2, 4, 8)),
        "llama-3.1-8b-fp8-h200-tp1",
        "llama-3.1-8b-fp8-h100-tp1",
        "llama-3.1-8b-bf16-h100-tp1",
        "llama-3.1-8b-bf16-a100-tp1",
        *(f"gpt-oss-120b-mxfp4-h100-tp{n}" for n in (2, 4, 8)),
        *(f"gpt-oss-120b-mxfp4-h200-tp{n}" for n in (1, 2, 4, 8)),
        *(f"gpt-oss-120b-mxfp4-b200-tp{n}" for n in (1, 2, 4, 8)),
        *(f"llama-4-scout-bf16-{gpu}-tp8" for gpu in ("h100", "h200")),
        *(f"llama-4-maverick-fp8-{gpu}-tp8" for gpu in ("h100", "h200")),
    }


@pytest.mark.parametrize("kind", ["dense", "moe"])
def test_held_out_errors_of_some_groups_reach_the_design(crossval, kind):
    throughput, tpot, ttft = REACH["fold", kind]
    found = crossval.by_kind[kind]
    assert found.throughput_mape <= throughput
    assert found.tpot_mape <= tpot
    assert found.ttft_mape <= ttft
    assert found.coverage_90 >= 0.85


@pytest.mark.long
@pytest.mark.parametrize(("leave", "kind"), REACH, ids="-".join)
def test_held_out_errors_of_every_kind_of_carrying_reach_the_design(whole, leave, kind):
    found = whole[leave].by_kind[kind]
    throughput, tpot, ttft = REACH[leave, kind]
    assert found.throughput_mape <= throughput
    assert found.tpot_mape <= tpot
    assert ttft is None or found.ttft_mape <= ttft


@pytest.mark.long
@pytest.mark.parametrize("leave", LEAVES)
def test_widened_intervals_cover_what_they_should(whole, leave):
    for found in whole[leave].by_kind.values():
        assert 0.85 <= found.coverage_90 <= 0.95
        assert 0.85 <= found.ttft_coverage_90 <= 0.95


@pytest.mark.long
def test_rates_beyond_the_measured_clients_are_hardly_optimistic(whole):
    for found in whole["above"].by_kind.values():
        assert abs(found.throughput_bias) <= 0.03


def test_points_that_ship_without_a_record_are_told_with_the_reason(monkeypatch):
    name = "llama-3.1-8b-fp8-h100-tp1"
    only = {name: shipped_groups(LIBRARY)[name]}
    monkeypatch.setattr("calibrate.fitting.shipped.shipped_groups", lambda _: only)
    assert name in {record.id for record in shipped_records(LIBRARY).records}
    monkeypatch.setattr("calibrate.fitting.shipped.WORST_ERROR", 0.0)
    fitted = shipped_records(LIBRARY)
    assert {record.kind for record in fitted.records} == {"published"}
    (told,) = fitted.without
    assert "off by" in str(told)


@pytest.mark.long
def test_the_records_that_ship_are_what_a_fit_gives():
    refitted = {record.id: record for record in shipped_records(LIBRARY).records}
    assert set(refitted) == set(LIBRARY.calibrations)
    for name, shipped in LIBRARY.calibrations.items():
        same(refitted[name], shipped)


@pytest.mark.parametrize(
    "name",
    ["llama-3.1-70b-fp8-h100-tp2", "gpt-oss-120b-mxfp4-h200-tp2", "llama-3.1-8b-fp8-h100-tp1"],
)
def test_some_records_that_ship_are_what_a_fit_gives(name):
    same(measured_record(*shipped_groups(LIBRARY)[name]), LIBRARY.calibration(name))


def same(fresh, shipped):
    for parameter, value in shipped.parameters.model_dump().items():
        again = getattr(fresh.parameters, parameter)
        assert again == pytest.approx(value, rel=0.02), (shipped.id, parameter)
    assert np.asarray(fresh.covariance) == pytest.approx(
        np.asarray(shipped.covariance), rel=0.05, abs=5e-3
    ), shipped.id
    assert fresh.points_sha256 == shipped.points_sha256
    assert fresh.span == shipped.span
    assert fresh.residual_sd == pytest.approx(shipped.residual_sd, rel=0.02)


def test_no_record_that_ships_beats_its_data_sheet():
    for record in LIBRARY.calibrations.values():
        model, chip = LIBRARY.model(record.model), LIBRARY.accelerator(record.accelerator)
        assert list(beaten(record, model, chip, "")) == []
        if record.kind == "measured":
            least_ms = (
                model.kv_growing_elements_per_token
                * model.kv_copies(record.gpus_per_replica)
                / (record.gpus_per_replica * chip.memory_bandwidth_tb_per_s * 1e9)
            )
            assert record.parameters.d_ms_per_context_token >= 0.999 * least_ms


def test_records_carry_the_errors_of_the_cross_validation(crossval):
    by_place = {(g.group.model, g.accelerator, g.gpus): g.score for g in crossval.groups}
    record = LIBRARY.calibration("llama-3.1-70b-fp8-h100-tp2")
    score = by_place["meta-llama/Llama-3.1-70B", "H100 SXM", 2]
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
    assert "e_ms_per_token2" in record.prior_dominated
    assert record.span.cached_share.low == 1.0
    assert any("prefix cache" in note for note in record.notes)


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
        assert read_record(record_text(record), "record") == record


def test_the_digest_changes_with_any_point():
    points = shipped_groups(LIBRARY)["llama-3.1-70b-fp8-h100-tp2"][0].points
    assert digest(points) == LIBRARY.calibration("llama-3.1-70b-fp8-h100-tp2").points_sha256
    assert digest(points.rows(np.arange(len(points))[::-1])) == digest(points)
    assert digest(points.rows(np.arange(len(points) - 1))) != digest(points)


def test_the_documentation_prints_the_table_of_the_records():
    page = PAGE.read_text(encoding="utf-8")
    printed = page.partition(START)[2].partition(END)[0].strip()
    assert printed == markdown_table(LIBRARY.calibrations.values())


@pytest.mark.long
@pytest.mark.parametrize("leave", LEAVES)
def test_the_documentation_states_the_errors_of_each_kind_of_carrying(whole, leave):
    found = whole[leave]
    cells = [f"| {leave} |"]
    for kind in ("dense", "moe"):
        one = found.by_kind[kind]
        cells += [
            f"{one.throughput_mape:.1%}",
            f"{one.throughput_bias:+.1%}",
            f"{one.tpot_mape:.1%}",
        ]
    (line,) = (
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(cells[0])
    )
    assert [cell.replace("%", " %") in line for cell in cells[1:]] == [True] * 6


def test_the_json_of_a_cross_validation_has_the_documented_shape(crossval):
    said = json.loads(json.dumps(document(crossval), allow_nan=False))
    assert said["schema"] == "calibrate.crossval/3"
    assert said["leave"] == "fold"
    for one in said["groups"]:
        assert {"model", "accelerator", "gpus", "n", "screened"} <= set(one)
        assert {"throughput_mape", "throughput_bias", "tpot_mape"} <= set(one)
        assert {"ttft_mape", "coverage_90"} <= set(one)
    assert said["overall"]["n"] == sum(one["n"] for one in said["groups"])


def test_the_text_of_a_cross_validation_has_a_line_per_group_and_per_reason(crossval):
    lines = text(crossval).splitlines()
    assert sum(line.startswith("screened") for line in lines) == len(crossval.screened)
    assert sum(line.startswith("skipped") for line in lines) == len(crossval.skipped)
    kinds = len(crossval.by_kind)
    extra = len(crossval.screened) + len(crossval.skipped)
    assert len(lines) == 1 + len(crossval.groups) + kinds + 2 + extra


def test_a_users_own_measurements_carry_the_users_name_and_nobody_elses():
    table = rows_of("Llama-3.1-70B,h100_sxm,fp8,fp8,fp8,,2,")
    head = table.splitlines()[0]
    assert head.endswith(",measured_by")
    own = table.replace('"SemiAnalysis InferenceX, unofficial copy"', "")
    fitted = records_of(own, LIBRARY, measured_by="Our team", name="mine.csv")
    (record,) = fitted.records
    assert record.own
    assert record.label == "your measurements (Our team)"
    assert record.measured_by == "Our team"
    assert record.source.name == "mine.csv"
    assert LIBRARY.with_own({record.id: record}).calibration(record.id) is record
    (unnamed,) = records_of(own, LIBRARY).records
    assert not unnamed.own
    assert unnamed.measured_by == "not recorded"
    assert "NVIDIA" not in record_text(record) + record_text(unnamed)


def test_a_model_that_no_library_knows_is_fitted_by_its_config(tmp_path):
    table = rows_of("Llama-3.1-70B,h100_sxm,fp8,fp8,fp8,,2,")
    (tmp_path / "points.csv").write_text(table.replace("meta-llama/Llama-3.1-70B", "acme/Ours-70B"))
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "hidden_size": 8192,
        "num_hidden_layers": 80,
        "num_attention_heads": 64,
        "num_key_value_heads": 8,
        "intermediate_size": 28_672,
        "vocab_size": 128_256,
        "max_position_embeddings": 131_072,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    words = ("fit", tmp_path / "points.csv", "--measured-by", "Our team", "--json")
    refused = calibrate(*words)
    assert refused.returncode == 2
    assert "--config MODEL=FILE" in refused.said
    done = calibrate(*words, "--config", f"acme/Ours-70B={tmp_path / 'config.json'}")
    assert done.returncode == 0, done.told
    (record,) = json.loads(done.said)["records"]
    known = records_of(table, LIBRARY).records[0]
    assert record["model"] == "Ours-70B"
    assert record["experts"] == 0
    assert record["limits"]["kv_tokens"] == pytest.approx(known.limits.kv_tokens, rel=0.05)


def test_a_group_that_is_far_off_held_out_gives_no_record_and_stops_no_other():
    good = rows_of("Llama-3.1-70B,h100_sxm,fp8,fp8,fp8,,2,")
    head, *rows = rows_of("Llama-3.1-70B,h100_sxm,fp8,fp8,fp8,,4,").splitlines()
    tpot = head.split(",").index("tpot_ms")
    bad = []
    for number, row in enumerate(rows):
        cells = row.split(",")
        cells[tpot] = str(float(cells[tpot]) * (1.08**number) ** 4)
        bad.append(",".join(cells))
    fitted = records_of(good + "\n".join(bad) + "\n", LIBRARY)
    assert [record.gpus_per_replica for record in fitted.records] == [2]
    (problem,) = fitted.without
    assert "tp4" in problem.field
