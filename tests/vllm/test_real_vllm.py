"""Calibrations of a real vLLM on CPU, from its start to a record that the planner reads.

Models are small and their weights made up. What is asserted are shapes, conservation laws and
ratios of speeds, never a speed: a busy machine is ten times slower than an idle one.
"""

import csv
import gzip
import json
import shlex
import shutil
import signal
import time
from importlib.resources import as_file, files

import numpy as np
import pytest

from hardware_profiles import Library
from tco.kernel.simulate import WHOLE_RUN, simulate_closed_loop, simulate_open_loop, summarise
from tco.kernel.simulate_load import request_set
from tco.serving.posterior import limits_of, step_of
from tests.calibrate.plans import (
    calibrate,
    codes,
    entries,
    finish,
    points,
    processes_with,
    start,
)
from tests.calibrate.test_walk import evaluated
from tests.vllm.cpu_server import (
    FORGIVING,
    KV_BYTES_PER_TOKEN,
    KV_MIB,
    MEASUREMENTS,
    VLLM,
    cpu_plan,
    environment,
    run,
    shape,
)

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(1_800)]


def assert_conserved(point, folder):
    """Every request and token of a point is accounted for, in figures and in raw rows."""
    judged = point["judged"]
    assert judged["sent"] == judged["ok"] + judged["cancelled"] == point["rows"]["count"]
    assert judged["failed"] == 0
    with gzip.open(folder / "run" / point["rows"]["file"], "rt") as lines:
        rows = [json.loads(line) for line in lines]
    assert len(rows) == judged["sent"]
    for row in rows:
        if row["error"]:  # dropped when the window was full
            continue
        # vLLM's own generator draws the lengths itself and does not tell which it drew.
        asked = row["output_asked"] if point["driver"] == "built-in" else row["output_tokens"]
        assert asked == row["output_tokens"] == row["streamed_tokens"]
        assert 0 <= row["sent_s"] <= row["first_s"] <= row["finished_s"]


def share_sent(point, folder, shared):
    """Share of the prompt tokens of a point that other prompts begin with as well."""
    with gzip.open(folder / "run" / point["rows"]["file"], "rt") as lines:
        lengths = [json.loads(line)["input_asked"] for line in lines]
    return sum(min(shared, length) for length in lengths) / sum(lengths)


LLAMA = [
    shape("E1", 32, 48, 1, 6),
    shape("E2", 32, 48, 12, 48, lengths="even"),
    shape("A1", 256, 32, 4, 16),
    shape("A2", 256, 32, 12, 48),
    shape("B1", 512, 8, 4, 16),
    shape("C1", 1024, 8, 2, 8),
    shape("D1", 64, 96, 6, 24),
    shape("P1", 512, 16, 4, 24, cached_share=0.75),
    shape("V1", 128, 32, 6, 24, "held_out", lengths="even"),
    shape("V2", 384, 24, 8, 32, "held_out"),
    shape("V3", 128, 24, 0, 40, "held_out", requests_per_second=2.0, rate_of="V1", rate_share=0.4),
]


def test_a_proposed_plan_is_stopped_resumed_and_ends_valid(tmp_path, monkeypatch):
    """The walk of the docs: plan, run, Ctrl-C, resume, validate, report, evaluate."""
    environment(monkeypatch)
    path, folder = tmp_path / "plan.json", tmp_path / "run"
    assert calibrate("plan", "--cpu", "--within", "9", "--out", path).returncode == 0
    plan = json.loads(path.read_text())
    for name in ("little", "drift", "trend", "send_lag_ms", "send_lag_gap", "held_out_invalid"):
        plan["rules"][name] = FORGIVING[name]
    path.write_text(json.dumps(plan))
    process = start(["run", str(path), "--out", str(folder), "--vllm", str(VLLM)])
    journal, deadline = folder / "journal", time.monotonic() + 600
    while not (journal.exists() and b'"kind":"point"' in journal.read_bytes()):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    assert finish(process, 120).returncode == 6
    _, _, going_on = process.told.rpartition("Go on with: tco-calibrate ")
    kept = points(tmp_path)
    home = tmp_path / "library"
    done = calibrate(*shlex.split(going_on), "--library", home, within_s=1_500)
    assert done.returncode == 0, done.told
    assert points(tmp_path).items() >= kept.items()
    account = json.loads((folder / "run.json").read_text())
    assert account["verdict"] == "VALID"
    assert (home / f"{account['record']}.json").exists()
    assert calibrate("validate", folder).returncode == 0
    assert calibrate("report", folder).returncode == 0
    assert account["record"] in json.dumps(evaluated(tmp_path, account["record"]))
    said = {s["name"]: s["value"] for s in record_of_run(folder, account)["run"]["engine_config"]}
    assert (said["layers"], said["hidden"], said["weights_dtype"]) == ("8", "512", "float32")
    assert processes_with(str(tmp_path)) == []


def record_of_run(folder, account):
    return json.loads((folder / f"{account['record']}.json").read_text())


def test_a_llama_is_calibrated_from_start_to_a_record_in_the_planner(models, tmp_path, monkeypatch):
    plan = cpu_plan(models / "llama-small", *LLAMA, model="Small Llama")
    missed = {}
    for number in range(MEASUREMENTS):
        folder = tmp_path / f"measurement-{number}"
        folder.mkdir()
        missed[number] = speeds_missed(folder, *calibrated_and_read(folder, plan, monkeypatch))
        if not missed[number]:
            return
    raise AssertionError(missed)


def calibrated_and_read(folder, plan, monkeypatch):
    """The record as the planner reads it and as it was written; its tokens are accounted for."""
    done = run(folder, plan, monkeypatch, "--json")
    measured = points(folder)
    assert set(measured) == {load.id for load in plan.points}
    for name, point in measured.items():
        assert_conserved(point, folder)
        assert codes(point) == set(), name
    drivers = {point["driver"] for point in measured.values()}
    assert drivers == {"vllm bench serve", "built-in"}

    server = next(entry for entry in entries(folder) if entry["kind"] == "server")
    assert server["served"]["version"].startswith("0.32")
    assert server["served"]["kv_tokens"] == KV_MIB * 1024 * 1024 // KV_BYTES_PER_TOKEN
    assert server["served"]["cache_config"]["block_size"] == "32"
    shared = measured["P1"]["judged"]["cached_share"]
    assert shared == pytest.approx(share_sent(measured["P1"], folder, 384), abs=0.02)
    assert all(measured[name]["judged"]["cached_share"] == 0 for name in ("E1", "A2", "D1"))

    assert done.returncode == 0, done.told
    account = json.loads(done.said)
    assert account["verdict"] == "VALID"
    record = loaded_by_the_planner(folder, account["record"], plan)
    assert record.limits.kv_tokens == server["served"]["kv_tokens"]
    assert record.span.cached_share.high == pytest.approx(shared, abs=1e-3)
    assert len(record.span.shapes) == 6
    return record, record_of_run(folder / "run", account)


def speeds_missed(folder, record, document):
    """Each speed out of its bounds.

    More clients answer more; and on three loads that the fit never saw, the closed form and the
    simulator stand beside the server. What the machine does besides meets points and loads alike
    only in part, so the bounds are wide.
    """
    rate = {
        name: point["judged"]["figures"]["output_tokens_per_second"]
        for name, point in points(folder).items()
    }
    missed = []
    if not rate["E2"] > rate["E1"] or not rate["A2"] > 0.8 * rate["A1"]:
        missed.append(rate)
    loads = {load["id"]: load for load in document["run"]["loads"] if load["role"] == "held_out"}
    assert set(loads) == {"V1", "V2", "V3"}
    for name, load in loads.items():
        seen = (load["answered_per_second"], load["mean_tpot_ms"], load["mean_ttft_ms"])
        said = load["predicted"]
        told = (said["requests_per_second"], said["mean_tpot_ms"], said["mean_ttft_ms"])
        for way in (told, simulated_again(record, load, folder / "run")):
            ratios = np.divide(way, seen)
            if (np.maximum(ratios, 1 / ratios) >= (1.25, 1.35, 2.0)).any():
                missed.append((name, way, seen))
    return missed


def simulated_again(record, load, folder):
    """What the simulator makes of the requests as they were sent: rate, per token, to the first."""
    with gzip.open(folder / load["rows"], "rt") as lines:
        rows = sorted(map(json.loads, lines), key=lambda row: row["sent_s"])
    prompts = [row["input_asked"] for row in rows]
    # vLLM's own generator does not tell which lengths it drew, and what was dropped has none.
    answers = [row["output_asked"] or row["output_tokens"] or load["output_tokens"] for row in rows]
    requests = request_set(np.array(prompts, dtype=float), np.array(answers, dtype=float))
    sent_ms = 1_000 * np.array([row["sent_s"] for row in rows])
    step, limits = step_of(record), limits_of(record)
    if load["concurrency"] is None:
        log, window = simulate_open_loop(step, limits, requests, sent_ms), WHOLE_RUN
    else:
        clients = load["concurrency"]
        log = simulate_closed_loop(step, limits, requests, clients, sent_ms[:clients])
        window = (0.2, 0.8)
    found = summarise(log, window)
    return found.requests_per_second, found.mean_tpot_ms, found.mean_ttft_ms


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
    record = json.loads((tmp_path / "run" / f"{name}.json").read_text())
    routed = {key: record.get(key, 0) for key in ("experts", "experts_active")}
    if plan.experts:
        routed |= {"moe_layers": 32, "params_active": 4_000_000_000}
    add_row(data / "models.csv", "Llama 3.1 8B", name=plan.model, **routed)
    return Library.load(data).calibration(name)


def add_row(path, like, **changes):
    with path.open(newline="") as file:
        rows = list(csv.DictReader(file))
    (same,) = [row for row in rows if row["name"] == like]
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows([*rows, same | changes])
