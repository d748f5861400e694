"""A real vLLM on CPU, with a small model, and the plans for it."""

from pathlib import Path

from tests.calibrate.plans import (
    calibrate,
    plan_of,
    processes_with,
)

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
MEASUREMENTS = 3
"""A machine that is busy besides misses a bound once; what is wrong misses it every time."""
ONE_THREAD = {"OMP_NUM_THREADS": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}
"""Threads that wait for each other come to a stand where one of them has to share its core."""


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


def environment(monkeypatch):
    for name, value in {
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "VLLM_ENABLE_V1_MULTIPROCESSING": "0",
        **ONE_THREAD,
    }.items():
        monkeypatch.setenv(name, value)


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
