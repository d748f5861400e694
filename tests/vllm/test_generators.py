"""Two generators of load see the same speed of a real vLLM."""

import asyncio
import json
import statistics
import subprocess

import pytest

from calibrate.load.built_in import BuiltInDriver
from calibrate.load.driver import Progress
from calibrate.plan.plan import Rules
from calibrate.run.steady_window import figures, open_window
from calibrate.server.start import start_server
from tests.vllm.cpu_server import (
    VLLM,
    cpu_plan,
    environment,
    shape,
)

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(1_800)]

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
