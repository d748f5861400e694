"""Whole runs in simulated time: a plan, a replica whose speed is known, and every request exact."""

import hashlib
import json
from math import isnan
from typing import NamedTuple

import numpy as np

from calibrate.load.built_in import piles_up
from calibrate.load.driver import CANCELLED, Driven, Row, asked_requests, prompt_seed
from calibrate.load.pace import ClosedLoopPace, SchedulePace
from calibrate.plan.plan import SECONDS_PER_MINUTE
from calibrate.propose.candidates import OVERHEAD_S
from calibrate.propose.loads import START_MINUTES
from calibrate.run.judge import judge
from calibrate.run.point import MeasuredPoint, Sidecar, Taken, points_of
from calibrate.run.raw_rows import ROWS, packed_rows
from calibrate.run.run import Outcome
from calibrate.run.session import load_at_speed_met
from calibrate.run.time_left import is_time_up, missing_points, still_fits
from calibrate.run.verdict import TIME_UP, is_unsteady, run_reasons
from calibrate.server.device import DeviceReading
from calibrate.server.endpoint import Counters
from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate_engine import Engine
from tco.kernel.step_time import StepTime

TRUTH = StepTime(9.0, 0.03, 0.06, 3e-5, 2e-7, 0.0, 12.0)
KV_TOKENS = 150_000
LOOK_EVERY = 50
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
    return [_row(log, i) for i in range(len(log))]


def _row(log, i, **more):
    return Row(
        **{
            "intended_s": log.arrived_ms[i] / 1_000,
            "sent_s": log.arrived_ms[i] / 1_000,
            "first_s": log.first_token_ms[i] / 1_000,
            "finished_s": log.finished_ms[i] / 1_000,
            "input_asked": int(log.input_tokens[i]),
            "output_asked": int(log.output_tokens[i]),
            "input_tokens": int(log.input_tokens[i]),
            "output_tokens": int(log.output_tokens[i]),
            "streamed_tokens": int(log.output_tokens[i]),
            "error": "",
        }
        | more
    )


class Seen(NamedTuple):
    """A request as far as it has come; the time of the answer is None where there is none yet."""

    sent_s: float
    finished_s: float | None


class SimulatedClient:
    """The client's own pace, with an engine in simulated time behind it."""

    def __init__(self, load, plan, step, kv_tokens, seed):
        limits = EngineLimits(
            plan.server.max_num_seqs, plan.server.max_num_batched_tokens, kv_tokens
        )
        self.engine = Engine(step, limits)
        self.load, self.rules, self.seed = load, plan.rules, seed
        self.stream = asked_requests(load, seed)
        self.firsts, self.waiting = set(), set()
        self.saturated = False

    def work(self):
        if self.load.is_open:
            self.schedule()
        else:
            self.closed_loop()
        return list(self.rows())

    def submit(self, asked, when_ms, share=1.0):
        answer = max(round(asked.output_tokens * share), 2)
        cached = min(asked.prefix_tokens, asked.input_tokens - 1)
        number = self.engine.submit(when_ms, asked.input_tokens, answer, cached)
        assert number == asked.number
        return number

    def closed_loop(self):
        pace, engine = ClosedLoopPace(self.load, self.rules, self.seed), self.engine
        while True:
            for _ in range(pace.to_start()):
                number, share = pace.start()
                self.firsts.add(self.submit(next(self.stream), engine.now_ms, share))
                self.waiting.add(number)
            starting = len(self.firsts) < pace.clients
            done = engine.advance(1) if starting else engine.advance()
            for number in [n for n in self.waiting if not np.isnan(engine.first_ms[n])]:
                self.waiting.discard(number)
                pace.spoke(number)
            for number in done:
                pace.finished(number, engine.now_ms / 1_000)
                if pace.is_full:
                    return
                pace.send()
                self.submit(next(self.stream), engine.now_ms)

    def schedule(self):
        pace, engine = SchedulePace(self.load), self.engine
        sent_ms, looked_at = -1.0, 0
        while not pace.is_full:
            while sent_ms <= engine.now_ms:
                asked = next(self.stream)
                sent_ms = asked.intended_s * 1_000
                self.submit(asked, sent_ms)
            for number in engine.advance():
                pace.finished(number)
            if len(engine.sent_ms) - looked_at >= LOOK_EVERY:
                looked_at = len(engine.sent_ms)
                if piles_up(list(self.seen()), engine.now_ms / 1_000):
                    self.saturated = True
                    return

    def seen(self):
        """When each request was sent and answered, as a client knows it while it is sending."""
        engine = self.engine
        for sent_ms, finished_ms in zip(engine.sent_ms, engine.finished_ms, strict=True):
            if sent_ms <= engine.now_ms:
                answered_s = None if isnan(finished_ms) else finished_ms / 1_000
                yield Seen(sent_ms / 1_000, answered_s)

    def rows(self):
        engine = self.engine
        for i, sent_ms in enumerate(engine.sent_ms):
            if sent_ms > engine.now_ms:
                return
            ended = not np.isnan(engine.finished_ms[i])
            spoke = not np.isnan(engine.first_ms[i])
            said = engine.tokens_said(i)
            last_ms = engine.finished_ms[i] if ended else engine.now_ms if spoke else np.nan
            yield Row(
                intended_s=sent_ms / 1_000,
                sent_s=sent_ms / 1_000,
                first_s=engine.first_ms[i] / 1_000 if spoke else None,
                finished_s=None if np.isnan(last_ms) else last_ms / 1_000,
                input_asked=engine.prompt[i],
                output_asked=engine.answer[i],
                input_tokens=engine.prompt[i] if ended else None,
                output_tokens=engine.answer[i] if ended else None,
                streamed_tokens=engine.answer[i] if ended else said,
                error="" if ended else CANCELLED,
                first_of_client=i in self.firsts,
            )

    def counters(self):
        """What the server would have counted meanwhile."""
        engine = self.engine
        prompts = sum(engine.prompt)
        return Counters(
            prompt_tokens=prompts,
            generated_tokens=sum(map(engine.tokens_said, range(len(engine.prompt)))),
            cache_queries=prompts,
            cache_hits=float(sum(engine.cached)),
            preemptions=float(sum(engine.preemptions)),
            finished=0,
            steps=0,
        )


def simulated_rows(load, plan, truth=TRUTH, kv_tokens=KV_TOKENS):
    """Rows of a point, and the client that has its counters."""
    client = SimulatedClient(load, plan, truth, kv_tokens, load.seed)
    return client.work(), client


def taken(rows, client, **more):
    """An undisturbed attempt."""
    return Taken(
        **{
            "driven": Driven(tuple(rows), 1.0),
            "before": NOTHING,
            "after": client.counters(),
            "stopped": "",
            "saturated": False,
            "devices": (),
            "clock_step_s": 0.0,
            "block_size": None,
        }
        | more
    )


def simulated_run(
    plan,
    *,
    truth=TRUTH,
    kv_tokens=KV_TOKENS,
    noise=0.0,
    session="simulated",
    folder=None,
    keeps_rows=True,
    before=(),
    devices=(),
    start_s=START_MINUTES * SECONDS_PER_MINUTE,
):
    """The outcome of a whole plan, or of as much of it as its time holds.

    `before` are entries of the journal that come first; `devices` are read at every point. Prompts
    and noise are those of the `session`. Raw rows are written where a `folder` is given, and not
    even named where they are not kept, which is quicker. The server takes `start_s` to start, and
    every point as long beside its load as a plan expects.
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
    clock_s = start_s
    for load in plan.points:
        minutes = clock_s / SECONDS_PER_MINUTE
        if not still_fits(plan, load, entries, minutes):
            continue
        if is_time_up(plan, minutes):
            entries.append({"kind": TIME_UP, "at": "2026-11-24T00:00:00Z", "minutes": minutes})
            break
        for attempt in range(plan.patience.unsteady + 1):
            sent = load_at_speed_met(load, points_of(entries))
            seed = prompt_seed(sent, attempt, session)
            stretch = 1.0 + noise * np.random.default_rng(seed).normal()
            client = SimulatedClient(sent, plan, truth.scaled(stretch), kv_tokens, seed)
            rows = client.work()
            point = _point(client, rows, plan, attempt, devices)
            if keeps_rows:
                point = _with_rows(point, packed_rows(rows), len(rows), folder)
            clock_s += point.seconds
            entries.append(json.loads(point.model_dump_json()))
            if not is_unsteady(plan, point, points_of(entries)):
                break
    finished = not missing_points(plan, entries)
    return Outcome(plan, tuple(entries), tuple(run_reasons(plan, entries)), finished)


def _point(client, rows, plan, attempt, devices):
    """One attempt at a point, judged."""
    sent = client.load
    about = taken(rows, client, devices=devices, saturated=client.saturated)
    return MeasuredPoint(
        kind="point",
        id=sent.id,
        attempt=attempt,
        seed=client.seed,
        driver="simulated",
        at="2026-11-24T00:00:00Z",
        seconds=client.engine.now_ms / 1_000 + OVERHEAD_S,
        sent=sent,
        devices=devices,
        judged=judge(sent, about, plan.rules),
    )


def _with_rows(point, content, count, folder):
    """The same point with the name of its raw rows, which are written where there is a folder."""
    name = f"{ROWS}/{point.id}.{point.attempt}.jsonl.gz"
    if folder is not None:
        (folder / ROWS).mkdir(exist_ok=True)
        (folder / name).write_bytes(content)
    digest = hashlib.sha256(content).hexdigest()
    return point.model_copy(update={"rows": Sidecar(file=name, sha256=digest, count=count)})
