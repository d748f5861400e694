"""Tasks of one's own against a real vLLM and a hosted model of the tests, side by side."""

import json
import os
import re
import signal
import socket
import subprocess
import time
from contextlib import contextmanager
from decimal import Decimal

import httpx
import pytest

from tests.quality.conftest import GPT, ran
from tests.quality.openai_server import Scripted, serving_script
from tests.quality.sixty_tasks import KINDS, WITH_TOOL, gpt_is_right, model, task
from tests.quality.test_run import published_usd, standings
from tests.vllm.cpu_server import KV_MIB, VLLM, environment
from tests.vllm.test_running_server import answers

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(900)]

NAME, SEED, MOST_OUTPUT = "small-llama", 20261124, 12
TEMPLATE = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}assistant: "


@contextmanager
def vllm_server(folder, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    template = tmp_path / "template.jinja"
    template.write_text(TEMPLATE)
    command = [
        *(VLLM, "serve", folder, "--load-format", "dummy", "--dtype", "float32"),
        *("--host", "127.0.0.1", "--port", port, "--enforce-eager", "--max-model-len", 2048),
        *("--distributed-executor-backend", "uni", "--max-num-seqs", 2, "--block-size", 32),
        *("--max-num-batched-tokens", 1024, "--kv-cache-memory-bytes", KV_MIB * 2**20),
        *("--served-model-name", NAME, "--chat-template", template, "--enable-auto-tool-choice"),
        *("--tool-call-parser", "pythonic", "--no-enable-prefix-caching"),
    ]
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log, env=os.environ)
    try:
        deadline = time.monotonic() + 300
        while not answers(port):
            assert server.poll() is None, (tmp_path / "server.log").read_text()[-2_000:]
            assert time.monotonic() < deadline
            time.sleep(1)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(60)


def counted(address):
    """Tokens that the server counted, as its own page of figures says."""
    text = httpx.get(f"{address}/metrics").text
    return tuple(
        int(float(re.search(rf"^vllm:{name}_total{{.*}} (\S+)$", text, re.MULTILINE).group(1)))
        for name in ("prompt_tokens", "generation_tokens")
    )


def said_by(address, prompt):
    """What the model says to a prompt, asked without the planner."""
    body = {
        "model": NAME,
        "messages": [{"role": "user", "content": prompt}],
        "seed": SEED,
        "max_completion_tokens": MOST_OUTPUT,
    }
    answer = httpx.post(f"{address}/v1/chat/completions", json=body, timeout=120).json()
    return answer["choices"][0]["message"]["content"]


def llama_is_right(number):
    """Of what a model of random weights can get right: neither JSON, a number nor a call."""
    kind = KINDS[number % 6]
    possible = kind in {"exact", "includes", "regex", "graded"}
    return possible and number not in WITH_TOOL and number % 4 < 2


def tasks_by(address):
    """The sixty tasks; what the model says is an accepted answer where it is to be right."""
    for number in range(60):
        told = task(number)
        if llama_is_right(number) and KINDS[number % 6] != "graded":
            said = said_by(address, told["prompt"]).strip()
            if KINDS[number % 6] == "regex":
                told["scorer"]["pattern"] += f"|{re.escape(said)}"
            else:
                told["scorer"]["expected"].append(said)
        yield told


def referee():
    """A judge that accepts what each side is to get right, by the number of the task."""

    def grade(asked):
        number = int(re.search(r"\[Task\]: Task (\d+)", asked).group(1))
        rule = gpt_is_right if f"{number}.\n" in asked.split("[Submission]:")[1] else llama_is_right
        return f"GRADE: {'C' if rule(number) else 'I'}"

    return Scripted(grade)


def test_sixty_tasks_against_a_real_vllm_and_a_hosted_model_come_out_as_they_are(
    models, tmp_path, monkeypatch
):
    environment(monkeypatch)
    gpt, judge = model(gpt_is_right), referee()
    with (
        vllm_server(models / "llama-small", tmp_path) as own,
        serving_script(gpt) as hosted,
        serving_script(judge) as judging,
    ):
        tasks = tmp_path / "tasks.jsonl"
        tasks.write_text("".join(f"{json.dumps(told)}\n" for told in tasks_by(own)))
        before = counted(own)
        done = ran(
            *("run", tasks, "--out", tmp_path / "run", "--max-output", MOST_OUTPUT),
            *("--model", f"{GPT}={hosted}", "--model", f"Llama 3.3 70B={own}/v1#{NAME}"),
            *("--judge", f"referee={judging}", "--seed", SEED, "--concurrency", 1),
            home=tmp_path,
        )
        after = counted(own)
    assert done.returncode == 0, done.stderr
    found = standings(tmp_path / "run")
    ours, theirs = found["Llama 3.3 70B", "all"], found[GPT, "all"]
    assert ours["acceptance_rate"] == sum(map(llama_is_right, range(60))) / 60
    assert theirs["acceptance_rate"] == sum(map(gpt_is_right, range(60))) / 60
    assert (ours["input_tokens"], ours["output_tokens"]) == (
        after[0] - before[0],
        after[1] - before[1],
    )
    assert theirs["input_tokens"] == gpt.tokens["prompt_tokens"]
    assert theirs["output_tokens"] == gpt.tokens["completion_tokens"]
    spent = published_usd(gpt)
    assert Decimal(str(theirs["usd_per_accepted"])) * sum(map(gpt_is_right, range(60))) == (
        pytest.approx(spent)
    )
    assert ours["tool_calls_right"] == 0
    assert ours["median_latency_s"] > 0
