"""Two generators of load see the same speed of a real vLLM."""

import asyncio
import json
import statistics
import subprocess

import pytest

from calibrate.load.built_in import BuiltInDriver
from calibrate.load.driver import Progress, prompt_seed
from calibrate.load.vllm_bench import rows_of_bench
from calibrate.plan.plan import Rules
from calibrate.run.steady_window import figures, open_window
from calibrate.server.start import start_server
from tests.vllm.cpu_server import (
    VLLM,
    cpu_plan,
    environment,
    shape,
)

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(3_600)]

ROUNDS, MOST_ROUNDS = 5, 15
"""Rounds until the middle ratios are looked at, and until they have to be right: a machine that is
busy besides moves single ratios, and not their middle."""
MOST_APART = 0.05
SPREAD = 0.5
"""Of lengths, so that clients which the engine's own generator starts together fall out of step."""
LOADS = [
    shape("few", 64, 32, 4, 96, lengths="even", spread=SPREAD),
    shape("many", 64, 32, 16, 256, lengths="even", spread=SPREAD),
]
SEEN = {
    "time per token": lambda found: found.mean_tpot_ms,
    "tokens per second": lambda found: found.output_tokens_per_second,
}


def test_the_client_and_the_engine_s_own_generator_by_hand_see_the_same_speed(
    models, tmp_path, monkeypatch
):
    """Interleaved, so that what else the machine does meets both; one window judges both."""
    environment(monkeypatch)
    plan = cpu_plan(models / "llama-small", *LOADS)
    apart = asyncio.run(compared(plan, tmp_path))
    assert all(map(is_close, apart.values())), apart


def is_close(ratios):
    return 1 / (1 + MOST_APART) < statistics.median(ratios) < 1 + MOST_APART


async def compared(plan, folder):
    """Figures of the built-in client over the generator's, by load and figure, round by round."""
    server = await start_server(
        str(VLLM), plan.server, plan.patience, folder / "server.log", stop=asyncio.Event()
    )
    apart = {(load.id, name): [] for load in plan.points for name in SEEN}
    try:
        for number in range(MOST_ROUNDS):
            if number and number % ROUNDS == 0 and all(map(is_close, apart.values())):
                break
            for load in plan.points:
                ours, theirs = await round_of(load, plan, server, folder, number)
                for name, of in SEEN.items():
                    apart[load.id, name].append(of(ours) / of(theirs))
    finally:
        server.stop()
    return apart


async def round_of(load, plan, server, folder, number):
    """What the client and the generator see of one load, one after the other, in turns."""
    seed = prompt_seed(load, number, "by hand")

    async def ours():
        driven = await BuiltInDriver(Rules()).run(load, server.endpoint, Progress(), seed)
        return figures(open_window(driven.rows, load))

    async def theirs():
        document = await asyncio.to_thread(by_hand, load, plan, server, folder, seed)
        return figures(open_window(rows_of_bench(document, load), load))

    if number % 2:
        second, first = await theirs(), await ours()
        return first, second
    return await ours(), await theirs()


def by_hand(load, plan, server, folder, seed):
    """The file of ``vllm bench serve``, as a user would run it."""
    command = [
        *(VLLM, "bench", "serve", "--backend", "openai", "--base-url", server.endpoint.address),
        *("--model", server.endpoint.served_name, "--tokenizer", plan.server.model),
        *("--dataset-name", "random", "--random-input-len", load.input_tokens),
        *("--random-output-len", load.output_tokens, "--random-range-ratio", load.spread),
        *("--num-prompts", load.requests, "--num-warmups", "0"),
        *("--max-concurrency", load.concurrency, "--ignore-eos", "--temperature", "0"),
        *("--seed", seed, "--percentile-metrics", "tpot,e2el", "--disable-tqdm"),
        *("--save-result", "--save-detailed"),
        *("--result-dir", folder, "--result-filename", "hand.json"),
    ]
    subprocess.run(list(map(str, command)), check=True, capture_output=True, timeout=600)
    return json.loads((folder / "hand.json").read_text())
