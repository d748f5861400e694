"""Whole runs in simulated time: a plan, a replica whose speed is known, and every request exact."""

import hashlib
import json

import numpy as np

from calibrate.load.driver import Driven, Row, asked_requests
from calibrate.run.judge import judge
from calibrate.run.point import MeasuredPoint, Sidecar, Taken
from calibrate.run.raw_rows import ROWS, packed_rows
from calibrate.run.run import Outcome, run_reasons
from calibrate.server.device import DeviceReading
from calibrate.server.endpoint import Counters
from tco.kernel.simulate import simulate_closed_loop, simulate_open_loop
from tco.kernel.simulate_load import request_set
from tco.kernel.speed import EngineLimits, StepTime

TRUTH = StepTime(9.0, 0.03, 0.06, 3e-5, 2e-7, 0.0, 12.0)
KV_TOKENS = 150_000
NOTHING = Counters(0, 0, 0, 0, 0, 0, 0)

GPU = {
    "index": "0",
    "uuid": "GPU-1",
    "name": "NVIDIA H100 80GB HBM3",
    "driver_version": "570.1",
    "memory.total": "81559",
    "clocks.sm": "1830",
    "clocks.max.sm": "1980",
    "power.draw": "655.5",
    "power.limit": "700.00",
    "temperature.gpu": "64",
    "clocks_event_reasons.active": "0x4",
}
READINGS = (
    DeviceReading(gpus=(GPU,)),
    DeviceReading(gpus=(GPU | {"clocks.sm": "1755", "power.draw": "[N/A]"},)),
)
"""What a driver would have said before and after every point."""


def rows_of(log):
    """What a client would have noted of every request of a simulated log."""
    return [
        Row(
            intended_s=log.arrived_ms[i] / 1_000,
            sent_s=log.arrived_ms[i] / 1_000,
            first_s=log.first_token_ms[i] / 1_000,
            finished_s=log.finished_ms[i] / 1_000,
            input_asked=int(log.input_tokens[i]),
            output_asked=int(log.output_tokens[i]),
            input_tokens=int(log.input_tokens[i]),
            output_tokens=int(log.output_tokens[i]),
            streamed_tokens=int(log.output_tokens[i]),
            error="",
        )
        for i in range(len(log))
    ]


def simulated_rows(load, plan, truth=TRUTH, kv_tokens=KV_TOKENS, noise=0.0):
    """Rows of a point; times are stretched by one random factor of relative size `noise`."""
    asked = asked_requests(load, load.seed)
    limits = EngineLimits(plan.server.max_num_seqs, plan.server.max_num_batched_tokens, kv_tokens)
    requests = request_set(
        np.array([one.input_tokens for one in asked]),
        np.array([one.output_tokens for one in asked]),
        load.cached_share,
    )
    stretch = 1.0 + noise * np.random.default_rng(load.seed).normal()
    step = truth.scaled(stretch)
    if load.is_open:
        times = np.array([one.intended_s * 1_000 for one in asked])
        log = simulate_open_loop(step, limits, requests, times)
    else:
        log = simulate_closed_loop(step, limits, requests, load.concurrency)
    return rows_of(log), log


def counters(rows, log):
    """What the server would have counted meanwhile."""
    prompts = sum(row.input_tokens for row in rows)
    return Counters(
        prompt_tokens=prompts,
        generated_tokens=sum(row.output_tokens for row in rows),
        cache_queries=prompts,
        cache_hits=float(np.sum(log.cached_tokens)),
        preemptions=float(np.sum(log.preemptions)),
        finished=len(rows),
        steps=0,
    )


def taken(rows, log, **more):
    """An undisturbed attempt."""
    return Taken(
        **{
            "driven": Driven(tuple(rows), 1.0),
            "before": NOTHING,
            "after": counters(rows, log),
            "stopped": "",
            "saturated": False,
            "devices": (),
            "clock_step_s": 0.0,
            "block_size": None,
        }
        | more
    )


def simulated_run(
    plan, *, truth=TRUTH, kv_tokens=KV_TOKENS, noise=0.0, folder=None, before=(), devices=()
):
    """The outcome of a whole plan.

    `before` are entries of the journal that come first; `devices` are read at every point. Raw
    rows are written where a `folder` is given.
    """
    server = {
        "kind": "server",
        "at": "2026-11-24T00:00:00Z",
        "argv": ["vllm", "serve", "/models/small", "--port=1", "--max-num-seqs=256"],
        "base_url": "",
        "served": {
            "version": "0.32.0",
            "kv_tokens": kv_tokens,
            "max_model_len": 4096,
            "cache_config": {"block_size": "16"},
        },
    }
    entries = [*before, server]
    for load in plan.points:
        rows, log = simulated_rows(load, plan, truth, kv_tokens, noise)
        name, content = f"{ROWS}/{load.id}.0.jsonl.gz", packed_rows(rows)
        if folder is not None:
            (folder / ROWS).mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        point = MeasuredPoint(
            kind="point",
            id=load.id,
            attempt=0,
            seed=load.seed,
            driver="simulated",
            at="2026-11-24T00:00:00Z",
            seconds=1.0,
            devices=devices,
            rows=Sidecar(file=name, sha256=hashlib.sha256(content).hexdigest(), count=len(rows)),
            judged=judge(load, taken(rows, log, devices=devices), plan.rules),
        )
        entries.append(json.loads(point.model_dump_json()))
    return Outcome(plan, tuple(entries), tuple(run_reasons(plan, entries)))
