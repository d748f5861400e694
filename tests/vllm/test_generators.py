"""Two generators of load see the same speed of a real vLLM."""

import asyncio
import json
import statistics
import time

import pytest

from calibrate.load.built_in import BuiltInDriver
from calibrate.load.driver import Progress, prompt_seed
from calibrate.load.vllm_bench import rows_of_bench
from calibrate.plan.plan import Rules
from calibrate.run.steady_window import open_window
from calibrate.server.start import start_server
from tests.vllm.cpu_server import (
    MEASUREMENTS,
    VLLM,
    cpu_plan,
    environment,
    shape,
)

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(1_800)]

ROUNDS = 3
MOST_APART = 0.05
SPREAD = 0.5
"""Of lengths, so that clients which the engine's own generator starts together fall out of step."""
WITHOUT_END = Rules(waves=100_000, fewest_waves=100_000)
LOADS = [
    shape("few", 64, 32, 3, 60, lengths="even", spread=SPREAD),
    shape("many", 64, 32, 12, 192, lengths="even", spread=SPREAD),
]


@pytest.mark.parametrize("load", LOADS, ids=lambda load: load["id"])
def test_the_client_and_the_engine_s_own_generator_by_hand_see_the_same_speed(
    load, models, tmp_path, monkeypatch
):
    """Requests of both by turns on one server, so that what else the machine does meets both."""
    environment(monkeypatch)
    plan = cpu_plan(models / "llama-small", load)
    found = []
    for _ in range(MEASUREMENTS):
        found.append(asyncio.run(compared(plan, tmp_path)))
        middle = map(statistics.median, found[-1].values())
        if all(1 / (1 + MOST_APART) < ratio < 1 + MOST_APART for ratio in middle):
            return
    raise AssertionError(found)


async def compared(plan, folder):
    """Figures of the built-in client over the generator's, round by round."""
    server = await start_server(
        str(VLLM), plan.server, plan.patience, folder / "server.log", stop=asyncio.Event()
    )
    ratios = {"time per token": [], "tokens per second": []}
    try:
        for number in range(ROUNDS):
            ours, theirs = await side_by_side(plan, server, folder, number)
            for name, mine, other in zip(ratios, seen(ours), seen(theirs), strict=True):
                ratios[name].append(mine / other)
    finally:
        server.stop()
    return ratios


async def side_by_side(plan, server, folder, number):
    """Requests of both generators that were sent in one span, in which both kept the load up."""
    (load,) = plan.points
    progress = Progress()
    seed = prompt_seed(load, number, "side by side")
    begun_s = time.monotonic()
    driving = asyncio.create_task(
        BuiltInDriver(WITHOUT_END).run(load, server.endpoint, progress, seed)
    )
    document = await by_hand(plan, server, folder, seed + 1)
    progress.stop.set()
    ours = (await driving).rows
    theirs = rows_of_bench(document, load)
    window = open_window(theirs, load)
    # Both tell the time by the machine's own clock, which does not jump.
    later_s = min(document["start_times"]) - begun_s
    opens_s, closes_s = later_s + window.sent_s.min(), later_s + window.sent_s.max()
    return [row for row in ours if row.ok and opens_s <= row.sent_s <= closes_s], [
        row for row in theirs if row.ok and opens_s <= later_s + row.sent_s <= closes_s
    ]


def seen(rows):
    """Mean time per token, and tokens per second of one client."""
    decoding_s = sum(row.finished_s - row.first_s for row in rows)
    residence_s = sum(row.finished_s - row.sent_s for row in rows)
    tokens = sum(row.output_tokens for row in rows)
    return decoding_s / (tokens - len(rows)), tokens / residence_s


async def by_hand(plan, server, folder, seed):
    """The file of ``vllm bench serve``, as a user would run it."""
    (load,) = plan.points
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
    process = await asyncio.create_subprocess_exec(
        *map(str, command), stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
    )
    assert await process.wait() == 0
    return json.loads((folder / "hand.json").read_text())
