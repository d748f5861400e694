"""Calibrations of a real vLLM on CPU, from its start to a record that the planner reads.

Models are small and their weights made up. What is asserted are shapes and conservation laws, never
speed: a busy machine is ten times slower than an idle one.
"""

import asyncio
import contextlib
import csv
import gzip
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import threading
import time
from importlib.resources import as_file, files
from pathlib import Path

import pytest

from calibrate.load.built_in import BuiltInDriver
from calibrate.load.driver import Progress
from calibrate.plan.plan import Rules
from calibrate.run.steady_window import figures, open_window
from calibrate.server.start import start_server
from hardware_profiles import Library
from tests.calibrate.plans import (
    calibrate,
    codes,
    entries,
    finish,
    plan_of,
    points,
    processes_with,
    start,
)

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
    environment(monkeypatch)
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
    shape("V3", 128, 24, 0, 24, "held_out", requests_per_second=2.0),
]


def environment(monkeypatch):
    for name, value in {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        **ONE_THREAD,
    }.items():
        monkeypatch.setenv(name, value)


def test_a_proposed_plan_is_stopped_resumed_and_ends_valid(tmp_path, monkeypatch):
    """The walk of the docs: plan, run, Ctrl-C, resume, validate, report."""
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
    assert "tco-calibrate resume" in process.told
    kept = points(tmp_path)
    home = tmp_path / "library"
    done = calibrate("resume", folder, "--vllm", VLLM, "--library", home, within_s=1_500)
    assert done.returncode == 0, done.told
    assert points(tmp_path).items() >= kept.items()
    account = json.loads((folder / "run.json").read_text())
    assert account["verdict"] == "VALID"
    assert (home / f"{account['record']}.json").exists()
    assert calibrate("validate", folder).returncode == 0
    assert calibrate("report", folder).returncode == 0
    said = {s["name"]: s["value"] for s in record_of_run(folder, account)["run"]["engine_config"]}
    assert (said["layers"], said["hidden"], said["weights_dtype"]) == ("8", "512", "float32")
    assert processes_with(str(tmp_path)) == []


def record_of_run(folder, account):
    return json.loads((folder / f"{account['record']}.json").read_text())


@pytest.fixture
def four_slots(models, tmp_path, monkeypatch):
    """A server that runs already, behind a gateway that adds a path; it wants a key."""
    environment(monkeypatch)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [
        *(VLLM, "serve", models / "llama-small", "--load-format", "dummy", "--dtype", "float32"),
        *("--host", "127.0.0.1", "--port", port, "--enforce-eager", "--max-model-len", 2048),
        *("--distributed-executor-backend", "uni", "--max-num-seqs", 4, "--block-size", 32),
        *("--max-num-batched-tokens", 1024, "--kv-cache-memory-bytes", KV_MIB * 2**20),
        *("--api-key", "secret"),
    ]
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log)
    gateway = Gateway(port)
    try:
        deadline = time.monotonic() + 300
        while not answers(port):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(1)
        yield f"http://127.0.0.1:{gateway.port}/team/llm/v1"
    finally:
        gateway.close()
        server.send_signal(signal.SIGINT)
        server.wait(60)


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return b" 200 " in connection.recv(100)
    except OSError:
        return False


class Gateway:
    """Takes a path off every request and passes it on."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.behind = self.listener.getsockname()[1], port
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, socket.create_connection(("127.0.0.1", self.behind)) as server:
            head = client.recv(1 << 16)
            server.sendall(head.replace(b" /team/llm/", b" /", 1))
            threading.Thread(target=self.copy, args=(client, server), daemon=True).start()
            self.copy(server, client)

    @staticmethod
    def copy(source, target):
        with contextlib.suppress(OSError):
            while part := source.recv(1 << 16):
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)

    def close(self):
        self.listener.close()


NVIDIA_SMI = """#!/bin/sh
case "$*" in
  *compute-apps*) ;;
  *query-gpu*) echo "0, GPU-1, NVIDIA A10G, 570.1, 23028, 1, 1, 1, 1, 40, 0x0" ;;
esac
"""


def test_a_running_server_is_measured_with_a_key_and_a_path_if_it_is_the_one_meant(
    four_slots, models, tmp_path, monkeypatch
):
    """Wrong model, wrong slots and a wrong accelerator are each refused before any load."""
    loads = [shape("A", 64, 24, 1, 6), shape("B", 64, 24, 8, 24), shape("C", 256, 8, 3, 12)]
    loads.append(shape("D", 32, 48, 2, 8))
    small = str(models / "llama-small")
    plan = cpu_plan(small, *loads)
    monkeypatch.setenv("OPENAI_API_KEY", "secret")

    def attached(plan, name, *more):
        path = tmp_path / f"{name}.json"
        path.write_text(plan.model_dump_json())
        out = tmp_path / ("run" if name == "right" else name)
        return calibrate(
            *("run", path, "--out", out, "--base-url", four_slots, *more), within_s=900
        )

    def served(**changes):
        server = plan.server.model_copy(update=changes)
        return plan.model_copy(update={"server": server})

    slots = attached(plan, "slots")
    assert (slots.returncode, "max_num_seqs" in slots.told) == (5, True), slots.told
    other = attached(served(model="meta-llama/Llama-3.1-8B-Instruct", max_num_seqs=4), "model")
    assert (other.returncode, "the plan is for meta-llama" in other.told) == (5, True)
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "nvidia-smi").write_text(NVIDIA_SMI)
    (folder / "nvidia-smi").chmod(0o755)
    with monkeypatch.context() as context:
        context.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        on_gpu = served(max_num_seqs=4).model_copy(
            update={"device": "cuda", "accelerator": "H100 SXM"}
        )
        chip = attached(on_gpu, "chip")
    assert (chip.returncode, "NVIDIA A10G" in chip.told) == (5, True), chip.told
    done = attached(served(max_num_seqs=4), "right")
    measured = points(tmp_path)
    assert set(measured) == {"A", "B", "C", "D"}, done.told
    for name, point in measured.items():
        assert codes(point) == set(), name
    assert done.returncode == 0, done.told


ROUNDS = 5


def test_the_client_and_the_engine_s_own_generator_by_hand_see_the_same_speed(
    models, tmp_path, monkeypatch
):
    """Interleaved, so that what else the machine does meets both; the middle ratio counts."""
    environment(monkeypatch)
    plan = cpu_plan(models / "llama-small", shape("A", 64, 32, 4, 96, lengths="even"))
    ratios = asyncio.run(interleaved(plan, tmp_path))
    for name, found in ratios.items():
        assert 1 / 1.15 < statistics.median(found) < 1.15, (name, found)


async def interleaved(plan, folder):
    """Time per token and end to end of the built-in client over the generator's, by round."""
    stop = asyncio.Event()
    server = await start_server(
        str(VLLM), plan.server, plan.patience, folder / "server.log", stop=stop
    )
    (load,) = plan.points
    ratios = {"tpot": [], "e2e": []}
    try:
        for number in range(ROUNDS):
            driven = await BuiltInDriver(Rules()).run(load, server.endpoint, Progress(), number)
            ours = figures(open_window(driven.rows, load))
            theirs = await asyncio.to_thread(by_hand, plan, server, folder, number)
            ratios["tpot"].append(ours.mean_tpot_ms / theirs["mean_tpot_ms"])
            ratios["e2e"].append(ours.mean_e2e_ms / theirs["mean_e2el_ms"])
    finally:
        server.stop()
    return ratios


def by_hand(plan, server, folder, number):
    """What ``vllm bench serve`` prints, as a user would run it."""
    (load,) = plan.points
    command = [
        *(VLLM, "bench", "serve", "--backend", "openai", "--base-url", server.endpoint.address),
        *("--model", server.endpoint.served_name, "--tokenizer", plan.server.model),
        *("--dataset-name", "random", "--random-input-len", load.input_tokens),
        *("--random-output-len", load.output_tokens, "--random-range-ratio", load.spread),
        *("--num-prompts", load.requests, "--num-warmups", "0"),
        *("--max-concurrency", load.concurrency, "--ignore-eos", "--temperature", "0"),
        *("--seed", 900 + number, "--percentile-metrics", "tpot,e2el", "--disable-tqdm"),
        *("--save-result", "--result-dir", folder, "--result-filename", "hand.json"),
    ]
    subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=600)
    return json.loads((folder / "hand.json").read_text())


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
    shared = measured["P1"]["judged"]["cached_share"]
    assert shared == pytest.approx(share_sent(measured["P1"], tmp_path, 384), abs=0.02)
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
    assert record.span.cached_share.high == pytest.approx(shared, abs=1e-3)
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
    record = json.loads((tmp_path / "run" / f"{name}.json").read_text())
    routed = {key: record.get(key, 0) for key in ("experts", "experts_active")}
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
