"""Calibrations of a real vLLM on CPU, from its start to a record that the planner reads.

Models are small and their weights made up. What is asserted are shapes and conservation laws, never
speed: a busy machine is ten times slower than an idle one.
"""

import csv
import gzip
import json
import shutil
import subprocess
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from hardware_profiles import Library
from tests.calibrate.plans import calibrate, codes, entries, plan_of, points, processes_with

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(1_800)]

ROOT = Path(__file__).parents[2]
VLLM = ROOT / ".venv-vllm" / "bin" / "vllm"
FORGIVING = {
    "waves": 2,
    "little": 0.4,
    "drift": 20.0,
    "trend": 20.0,
    "send_lag_ms": 5_000.0,
    "send_lag_gap": 20.0,
    "held_out_invalid": 50.0,
}
"""Rules about tokens and errors stay as they are; those about speed give way to busy cores."""
PATIENT = {
    "start_s": 300.0,
    "stall_s": 120.0,
    "grace_s": 10.0,
    "backoff_s": (2.0, 8.0),
    "unsteady": 4,
}
KV_MIB, KV_BYTES_PER_TOKEN = 128, 8 * 2 * 4 * 64 * 4
"""Eight layers of four heads of 64 elements of 4 bytes, keys and values."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}
"""Threads that wait for each other come to a stand where one of them has to share its core."""


@pytest.fixture(scope="session")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    maker = Path(__file__).parent / "make_models.py"
    subprocess.run([VLLM.with_name("python"), str(maker), str(folder)], check=True, timeout=300)
    return folder


def shape(name, inputs, outputs, clients, requests, role="fit", **more):
    way = {} if "requests_per_second" in more else {"concurrency": clients}
    return (
        {
            "id": name,
            "role": role,
            "input_tokens": inputs,
            "output_tokens": outputs,
            "requests": requests,
            "seed": 1,
            "lengths": "lognormal",
        }
        | way
        | more
    )


def cpu_plan(folder, *loads, **more):
    server = {
        "model": str(folder),
        "max_model_len": 2048,
        "max_num_seqs": 32,
        "max_num_batched_tokens": 1024,
        "kv_cache_memory_mib": KV_MIB,
        "block_size": 32,
        "dtype": "float32",
        "enforce_eager": True,
        "executor": "uni",
    }
    return plan_of(*loads, rules=FORGIVING, patience=PATIENT, server=server, **more)


def run(tmp_path, plan, monkeypatch, *more):
    for name, value in {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        **ONE_THREAD,
    }.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "plan.json"
    path.write_text(plan.model_dump_json(indent=1))
    process = calibrate(
        *("run", path, "--out", tmp_path / "run", "--vllm", VLLM),
        *("--confirm-model", plan.server.model, *more),
        within_s=1_600,
    )
    assert processes_with(str(tmp_path)) == []
    return process


def assert_conserved(point, folder):
    """Every request and token of a point is accounted for, in figures and in raw rows."""
    judged = point["judged"]
    assert judged["sent"] == judged["ok"] == point["rows"]["count"]
    assert (judged["failed"], judged["cancelled"]) == (0, 0)
    with gzip.open(folder / "run" / point["rows"]["file"], "rt") as lines:
        rows = [json.loads(line) for line in lines]
    assert len(rows) == judged["sent"]
    for row in rows:
        # vLLM's own generator draws the lengths itself and does not tell which it drew.
        asked = row["output_asked"] if point["driver"] == "built-in" else row["output_tokens"]
        assert asked == row["output_tokens"] == row["streamed_tokens"]
        assert 0 <= row["sent_s"] <= row["first_s"] <= row["finished_s"]


LLAMA = [
    shape("E1", 32, 48, 1, 6),
    shape("E2", 32, 48, 12, 48, lengths="even"),
    shape("A1", 256, 32, 4, 16),
    shape("A2", 256, 32, 12, 48),
    shape("B1", 512, 8, 4, 16),
    shape("C1", 1024, 8, 2, 8),
    shape("D1", 64, 96, 6, 24),
    shape("P1", 512, 16, 4, 24, cached_share=0.75),
    shape("V1", 128, 32, 6, 24, "held_out"),
    shape("V2", 384, 24, 8, 32, "held_out"),
    shape("V3", 128, 24, 0, 24, "held_out", requests_per_second=2.0),
]


def test_a_llama_is_calibrated_from_start_to_a_record_in_the_planner(models, tmp_path, monkeypatch):
    plan = cpu_plan(models / "llama-small", *LLAMA, model="Small Llama")
    done = run(tmp_path, plan, monkeypatch, "--json")
    measured = points(tmp_path)
    assert set(measured) == {load.id for load in plan.points}
    for name, point in measured.items():
        assert_conserved(point, tmp_path)
        assert codes(point) == set(), name
    drivers = {point["driver"] for point in measured.values()}
    assert drivers == {"vllm bench serve", "built-in"}

    server = next(entry for entry in entries(tmp_path) if entry["kind"] == "server")
    assert server["served"]["version"].startswith("0.32")
    assert server["served"]["kv_tokens"] == KV_MIB * 1024 * 1024 // KV_BYTES_PER_TOKEN
    assert server["served"]["cache_config"]["block_size"] == "32"
    assert measured["P1"]["judged"]["cached_share"] == pytest.approx(0.75, abs=0.02)
    assert all(measured[name]["judged"]["cached_share"] == 0 for name in ("E1", "A2", "D1"))
    rate = {
        name: point["judged"]["figures"]["output_tokens_per_second"]
        for name, point in measured.items()
    }
    assert rate["E2"] > rate["E1"]
    assert rate["A2"] > 0.8 * rate["A1"]

    assert done.returncode == 0, done.told
    account = json.loads(done.said)
    assert account["verdict"] == "VALID"
    record = loaded_by_the_planner(tmp_path, account["record"], plan)
    assert record.limits.kv_tokens == server["served"]["kv_tokens"]
    assert record.span.cached_share.high == pytest.approx(0.75, abs=0.02)
    assert len(record.span.shapes) == 6


def test_a_llama_4_text_model_is_measured_and_counted(models, tmp_path, monkeypatch):
    loads = [
        shape("E1", 32, 24, 1, 6),
        shape("E2", 32, 24, 2, 8),
        shape("E3", 32, 24, 8, 32),
        shape("A1", 256, 16, 4, 16),
        shape("B1", 512, 8, 4, 16),
    ]
    plan = cpu_plan(
        models / "llama-4-small", *loads, model="Small Llama 4", experts=4, experts_active=1
    )
    done = run(tmp_path, plan, monkeypatch, "--driver", "built-in", "--json")
    measured = points(tmp_path)
    assert set(measured) == {"E1", "E2", "E3", "A1", "B1"}
    for point in measured.values():
        assert_conserved(point, tmp_path)
    assert done.returncode == 0, done.told
    account = json.loads(done.said)
    assert account["grade"] == "provisional"  # nothing was held out
    record = loaded_by_the_planner(tmp_path, account["record"], plan)
    assert (record.experts, record.experts_active) == (4, 1)
    assert "mw_ms" in record.covariance_order


def loaded_by_the_planner(tmp_path, name, plan):
    """The record, from a library that also knows this model and machine."""
    with as_file(files("hardware_profiles") / "data") as shipped:
        data = shutil.copytree(shipped, tmp_path / "data")
    shutil.copy(tmp_path / "run" / f"{name}.json", data / "calibrations")
    add_row(data / "accelerators.csv", "H100 SXM", name=plan.accelerator)
    add_row(data / "models.csv", "Llama 3.1 8B", name=plan.model)
    return Library.load(data).calibration(name)


def add_row(path, like, **changes):
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    (same,) = [row for row in rows if row["name"] == like]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows([*rows, same | changes])
