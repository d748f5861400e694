"""A stand-in for ``vllm``: continuous batching in real time, and every fault on demand.

Run as ``fake_server.py serve MODEL --flags`` or ``fake_server.py bench serve --flags``. How it
behaves is read from the environment variable ``FAKE`` (JSON), which `vllm_script` bakes into a
little program, because the launcher passes on no variable that it does not know.
"""

import asyncio
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from tco.kernel.request_mix import EngineLimits
from tco.kernel.simulate_engine import Engine
from tco.kernel.step_time import StepTime

ROOT = Path(__file__).parents[2]
STEP = {
    "a_ms": 4.0,
    "b_ms_per_token": 0.01,
    "c_ms_per_sequence": 0.15,
    "d_ms_per_context_token": 0.0001,
    "e_ms_per_token2": 1e-8,
    "mw_ms": 0.0,
    "t0_ms": 1.0,
}


def vllm_script(folder, **behaviour):
    """A program that behaves as told; give its path as ``--vllm``."""
    folder.mkdir(parents=True, exist_ok=True)
    behaviour.setdefault("stats", str(folder / "stats.json"))
    path = folder / "vllm"
    path.write_text(
        f"#!{sys.executable}\n"
        "import os, sys\n"
        f"os.environ['FAKE'] = {json.dumps(behaviour)!r}\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "from fake_server import main\n"
        "main(sys.argv[1:])\n"
    )
    path.chmod(0o755)
    return path


class Fake:
    """The server."""

    def __init__(self, flags, behaviour):
        self.flags, self.fake = flags, behaviour
        self.name = flags["served-model-name"]
        self.kv_tokens = int(behaviour.get("kv_tokens", 200_000))
        self.engine = Engine(
            StepTime(**{**STEP, **behaviour.get("step", {})}),
            EngineLimits(
                int(flags["max-num-seqs"]), int(flags["max-num-batched-tokens"]), self.kv_tokens
            ),
        )
        self.events = {}
        self.said = {}
        self.asked = 0
        self.chance = random.Random(behaviour.get("seed", 1))
        self.counts = dict.fromkeys(
            ("prompt", "generated", "queries", "hits", "ok", "failed", "requests"), 0
        )
        self.seen = set()
        self.wake = asyncio.Event()
        self.begun = time.monotonic()

    async def serve(self):
        server = await asyncio.start_server(
            self.answer, "127.0.0.1", int(self.flags["port"]), limit=1 << 24
        )
        asyncio.get_running_loop().create_task(self.work())
        async with server:
            await server.serve_forever()

    # The engine

    def now_ms(self):
        return (time.monotonic() - self.begun) * 1_000

    async def work(self):
        """Step the engine; its clock is met, never followed, so that delays do not add up."""
        while True:
            if not self.engine.busy:
                self.wake.clear()
                await self.wake.wait()
            self.engine.advance(1)
            ahead_s = (self.engine.now_ms - self.now_ms()) / 1_000
            await asyncio.sleep(max(ahead_s, 0))
            for number, event in list(self.events.items()):
                if self.engine.tokens_said(number) > self.said[number]:
                    event.set()

    def submit(self, prompt, tokens):
        cached = self.cached_tokens(prompt)
        when = max(self.now_ms(), self.engine.now_ms)
        number = self.engine.submit(when, len(prompt), tokens, cached)
        self.events[number], self.said[number] = asyncio.Event(), 0
        self.counts["prompt"] += len(prompt)
        self.counts["queries"] += len(prompt)
        self.counts["hits"] += cached
        self.wake.set()
        return number

    def cached_tokens(self, prompt, block=16):
        """Whole blocks of the prompt's beginning that were sent before."""
        cached, known = 0, True
        for end in range(block, len(prompt), block):
            key = hash(tuple(prompt[:end]))
            if known and key in self.seen and not self.fake.get("no_cache"):
                cached = end
            else:
                known = False
                self.seen.add(key)
        return cached

    # HTTP

    async def answer(self, reader, writer):
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            method, path, _ = head.split(" ", 2)
            if not self.may_enter(head):
                return await self.send(writer, 401, "no key")
            prefix = self.fake.get("prefix", "")
            if not path.startswith(prefix):
                return await self.send(writer, 404, "")
            path = path.removeprefix(prefix)
            length = [line for line in head.lower().split("\r\n") if "content-length" in line]
            body = await reader.readexactly(int(length[0].split(":")[1])) if length else b""
            if method == "POST":
                await self.complete(writer, json.loads(body))
            else:
                await self.get(writer, path)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    def may_enter(self, head):
        key = self.fake.get("key")
        return key is None or f"authorization: bearer {key}" in head.lower()

    def info(self):
        return json.dumps({"vllm_config": self.fake["info"]})

    async def get(self, writer, path):
        pages = {
            "/health": lambda: "",
            "/version": lambda: json.dumps({"version": "0.32.0+fake"}),
            "/v1/models": lambda: json.dumps(
                {
                    "data": [
                        {
                            "id": self.shown_name(),
                            "root": self.fake.get("root", self.flags["model"]),
                            "max_model_len": int(self.flags["max-model-len"]),
                        }
                    ]
                }
            ),
            "/metrics": self.metrics,
            "/server_info?config_format=json": self.info,
        }
        if "info" not in self.fake:
            del pages["/server_info?config_format=json"]
        if self.fake.get("no_metrics"):
            del pages["/metrics"]
        if path == "/health" and self.fake.get("mode") == "never_ready":
            await self.send(writer, 503, "")
        elif path in pages:
            await self.send(writer, 200, pages[path]())
        else:
            await self.send(writer, 404, "")

    def shown_name(self):
        return "somebody-else" if self.fake.get("mode") == "foreign" else self.name

    async def send(self, writer, status, text):
        body = text.encode()
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    def metrics(self):
        counts, engine = self.counts, self.engine
        values = {
            "vllm:prompt_tokens_total": counts["prompt"],
            "vllm:generation_tokens_total": counts["generated"],
            "vllm:prefix_cache_queries_total": counts["queries"],
            "vllm:prefix_cache_hits_total": counts["hits"],
            "vllm:num_preemptions_total": sum(engine.preemptions),
            "vllm:num_requests_running": engine.batch,
            "vllm:num_requests_waiting": engine.queued,
            'vllm:request_success_total{finished_reason="length"}': counts["ok"],
            "vllm:iteration_tokens_total_count": 0,
            f'vllm:cache_config_info{{block_size="16",kv_cache_size_tokens="{self.kv_tokens}"}}': 1,
        }
        return "".join(f"{name} {float(value)}\n" for name, value in values.items())

    async def complete(self, writer, document):
        self.asked += 1
        self.counts["requests"] += 1
        mode, number_asked = self.fake.get("mode"), self.asked
        if document["model"] != self.name:
            return await self.send(writer, 404, "unknown model")
        if mode == "die" and number_asked > self.fake["at"]:
            os._exit(1)
        if mode == "hang" and number_asked > self.fake["at"]:
            await asyncio.sleep(3_600)
        if mode in {"http500", "http429"} and self.unlucky():
            self.note("failed")
            return await self.send(writer, int(mode[4:]), "no")
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
            b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        )
        if mode == "engine_dead" and number_asked > self.fake["at"]:
            self.note("failed")
            self.event(writer, {"error": {"message": "EngineDeadError", "code": 500}})
            return await self.end(writer)
        tokens = document["max_tokens"]
        if mode == "short":
            tokens = max(round(tokens * (1 - self.fake["p"])), 1)
        return await self.stream(writer, document, tokens)

    async def stream(self, writer, document, tokens):
        prompt = document["prompt"]
        number = self.submit(prompt, tokens)
        cut = self.fake.get("mode") == "truncate" and self.unlucky()
        shown = 0
        while shown < tokens:
            await self.events[number].wait()
            self.events[number].clear()
            said = self.engine.tokens_said(number)
            new, self.said[number] = said - self.said[number], said
            self.counts["generated"] += new
            for _ in range(new):
                self.event(writer, {"choices": [{"text": "a", "token_ids": [7]}]})
            shown += new
            await writer.drain()
            if cut and shown >= tokens / 2:
                self.note("failed")
                del self.events[number]
                return
        del self.events[number]
        told = tokens * (2 if self.fake.get("mode") == "usage_x2" else 1)
        if self.fake.get("mode") != "no_usage":
            usage = {"prompt_tokens": len(prompt), "completion_tokens": told}
            self.event(writer, {"choices": [], "usage": usage})
        self.note("ok")
        await self.end(writer)

    def event(self, writer, document):
        data = b"data: " + json.dumps(document).encode() + b"\n\n"
        writer.write(b"%x\r\n%s\r\n" % (len(data), data))

    async def end(self, writer):
        data = b"data: [DONE]\n\n"
        writer.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(data), data))
        await writer.drain()

    def unlucky(self):
        return self.chance.random() < self.fake["p"]

    def note(self, what):
        self.counts[what] += 1
        Path(self.fake["stats"]).write_text(json.dumps(self.counts))


def parse(arguments):
    flags = {}
    for argument in arguments:
        if argument.startswith("--"):
            name, _, value = argument[2:].partition("=")
            flags[name] = value or True
        else:
            flags["model"] = argument
    return flags


def serve(arguments, behaviour):
    mode = behaviour.get("mode")
    if mode == "exit_oom":
        sys.exit("torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 15.25 GiB.")
    if mode == "bad_flag":
        sys.exit("vllm serve: error: unrecognized arguments: --no-such-flag")
    if behaviour.get("chatty"):
        for _ in range(10_000):
            sys.stdout.write("x" * 1_000 + "\n")
    if mode == "stubborn":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if mode in {"orphan", "stubborn"}:
        sleeper = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
        subprocess.Popen([sys.executable, "-c", sleeper, behaviour["mark"]], start_new_session=True)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(Fake(parse(arguments), behaviour).serve())


def bench(arguments):
    """The generator's file, by way of the built-in client."""
    from calibrate.load.built_in import BuiltInDriver
    from calibrate.load.driver import CANCELLED, Progress
    from calibrate.plan.plan import Load, Rules
    from calibrate.server.endpoint import Endpoint
    from calibrate.server.http import Address

    names = [a[2:] for a in arguments if a.startswith("--")]
    flags = {
        name: arguments[i + 1]
        for name in names
        for i in [arguments.index(f"--{name}")]
        if i + 1 < len(arguments)
    }
    load = Load(
        id="bench",
        role="fit",
        input_tokens=int(flags["random-input-len"]),
        output_tokens=int(flags["random-output-len"]),
        spread=float(flags["random-range-ratio"]),
        concurrency=int(flags["max-concurrency"]),
        requests=int(flags["num-prompts"]),
        seed=0,
    )
    endpoint = Endpoint(Address.of(flags["base-url"]), flags["model"])
    driver = BuiltInDriver(Rules(waves=1, fewest_waves=1))
    driven = asyncio.run(driver.run(load, endpoint, Progress(), int(flags["seed"])))
    rows = [row for row in driven.rows if row.error != CANCELLED]
    gaps = [
        [(row.finished_s - row.first_s) / (row.output_tokens - 1)] * (row.output_tokens - 1)
        if row.ok
        else []
        for row in rows
    ]
    Path(flags["result-dir"], flags["result-filename"]).write_text(
        json.dumps(
            {
                "duration": max((row.finished_s or 0) for row in rows),
                "completed": sum(row.ok for row in rows),
                "failed": sum(not row.ok for row in rows),
                "total_output_tokens": sum(row.output_tokens or 0 for row in rows if row.ok),
                "input_lens": [row.input_asked for row in rows],
                "output_lens": [row.output_tokens or 0 for row in rows],
                "ttfts": [(row.first_s or row.sent_s) - row.sent_s for row in rows],
                "itls": gaps,
                "start_times": [3_156.0 + row.sent_s for row in rows],
                "errors": [row.error for row in rows],
            }
        )
    )


def main(arguments):
    behaviour = json.loads(os.environ.get("FAKE", "{}"))
    if arguments[:1] == ["serve"]:
        serve(arguments[1:], behaviour)
    elif arguments[:2] == ["bench", "serve"]:
        bench(arguments[2:])
