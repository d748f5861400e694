"""The simulated scheduler against vLLM's own, step by step.

The oracle is vLLM 0.32's `Scheduler`, driven without a model; what it did is written down in
simulate_vllm_cases.json, and simulate_vllm_cases.py wrote it. With steps of 1 ms the simulated
clock counts steps, so first token, last token and preemptions must be equal, not close.
"""

import json
import subprocess
from pathlib import Path

import pytest

from tco.kernel import simulate
from tco.kernel.request_mix import EngineLimits
from tco.kernel.step_time import StepTime

HERE = Path(__file__).parent
CASES = json.loads((HERE / "simulate_vllm_cases.json").read_text())["cases"]
STEPS = StepTime(1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def played(case):
    engine = simulate.Engine(
        STEPS,
        EngineLimits(case["max_num_seqs"], case["max_num_batched_tokens"], case["kv_tokens"]),
    )
    for step, prompt, answer in case["requests"]:
        engine.submit(float(step), prompt, answer)
    while engine.busy:
        engine.advance()
    return engine


def every_request_is_scheduled_as_vllm_does(cases=CASES):
    for number, case in enumerate(cases):
        engine = played(case)
        assert engine.first_ms == case["first"], number
        assert engine.finished_ms == case["last"], number
        assert engine.preemptions == case["preemptions"], number


def test_every_request_is_scheduled_as_vllm_does():
    every_request_is_scheduled_as_vllm_does()


def test_the_cases_are_worth_comparing():
    assert len(CASES) == 200
    assert sum(sum(case["preemptions"]) for case in CASES) > 250
    assert any(
        prompt > c["max_num_batched_tokens"] for c in CASES for _, prompt, _ in c["requests"]
    )
    assert any(len(case["requests"]) > 2 * case["max_num_seqs"] for case in CASES)


@pytest.mark.vllm
def test_new_random_cases_are_scheduled_as_the_installed_vllm_does(tmp_path):
    root = HERE.parents[2]
    python = root / ".venv-vllm" / "bin" / "python"
    script, out = HERE / "simulate_vllm_cases.py", tmp_path / "cases.json"
    subprocess.run([python, script, "7", "300", out], check=True, capture_output=True)
    every_request_is_scheduled_as_vllm_does(json.loads(out.read_text())["cases"])
