"""The commands of docs/calibrate.md that need no server, carried out as they stand there."""

import json
import os
import re
import shlex
import subprocess

import numpy as np
import pytest

from calibrate.fitting.priors import roofline
from calibrate.plan.by_number import small_llama
from calibrate.plan.plan import read_plan
from calibrate.propose.candidates import step_of
from hardware_profiles import Library
from hardware_profiles.own_records import own_records
from tco.kernel.request_mix import EngineLimits, RequestMix
from tco.kernel.speed import closed_loop
from tests.calibrate.plans import COMMAND, ROOT, calibrate

PAGE = ROOT / "docs" / "calibrate.md"
NO_SERVER = ("plan", "job")


def commands():
    """Lines of code blocks that start with the command, continued ones joined."""
    for block in re.findall(r"^```\w*\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE):
        for line in block.replace("\\\n", " ").splitlines():
            if line.startswith("tco-calibrate "):
                yield shlex.split(line, comments=True)[1:]


def result_files(folder):
    """Files as ``vllm bench serve`` writes them, of a replica at the speed of its data sheet."""
    library = Library.load()
    prior = roofline(library.model("Llama 3.1 8B"), "fp8", library.accelerator("H100 SXM"), 1)
    step, limits = step_of(prior, np.log(prior.centre)), EngineLimits(1024, 8192, 400_000)
    loads = [(i, o, c) for i, o in ((500, 100), (1500, 300), (128, 512)) for c in (4, 16, 48, 96)]
    for number, (inputs, outputs, clients) in enumerate(loads):
        mix = RequestMix.of_lengths(float(inputs), float(outputs), 0.0)
        _, rate, per_token_ms, first_ms = closed_loop(step, limits, mix, float(clients))
        document = {
            "completed": 100,
            "failed": 0,
            "num_prompts": 100,
            "total_input_tokens": 100 * inputs,
            "total_output_tokens": 100 * outputs,
            "request_throughput": float(rate),
            "request_rate": "inf",
            "max_concurrency": clients,
            "mean_ttft_ms": float(first_ms),
            "mean_tpot_ms": float(per_token_ms),
        }
        (folder / f"result{number}.json").write_text(json.dumps(document))


def test_measurements_made_elsewhere_become_a_record_that_is_yours(tmp_path):
    """The block of the page as a shell runs it."""
    result_files(tmp_path)
    _, _, section = PAGE.read_text().partition("## Measurements made elsewhere")
    (block,) = re.findall(r"^```\n(.*?)^```", section.split("\n## ")[0], re.DOTALL | re.MULTILINE)
    program = tmp_path / "tco-calibrate"
    program.write_text(f'#!/bin/bash\nexec {shlex.join(COMMAND)} "$@"\n')
    program.chmod(0o755)
    around = {**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-ec", block],
        cwd=tmp_path,
        env=around,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    (record,) = own_records([tmp_path / "records"], {"HOME": str(tmp_path)}).values()
    assert record.label == "your measurements (our platform team)"
    assert Library.load().with_own({record.id: record}).calibration(record.id).own


def test_the_page_walks_every_command():
    assert {words[0] for words in commands()} >= {
        *("plan", "run", "report", "validate", "job", "import"),
    }


@pytest.mark.parametrize(
    "words", [w for w in commands() if w[0] in NO_SERVER], ids=lambda w: " ".join(w)[:60]
)
def test_a_command_of_the_page_does_what_it_says(words, tmp_path):
    config = tmp_path / "models" / "ours" / "config.json"
    config.parent.mkdir(parents=True)
    config.write_text(json.dumps(small_llama()))
    if words[0] == "job":
        calibrate("plan", "--cpu", "--out", tmp_path / "plan.json")
        words = words[: words.index(">")]
    done = calibrate(*(tmp_path / w if w.endswith(".json") else w for w in words))
    assert done.returncode == 0, done.told
    if words[0] == "plan":
        assert read_plan(tmp_path / "plan.json").points
    else:
        assert "tco-calibrate run" in done.said
