"""The commands of docs/calibrate.md that need no server, carried out as they stand there."""

import json
import os
import re
import shlex
import subprocess
import sys

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
from tests.calibrate.fake_server import vllm_script
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


def blocks(heading, language=""):
    """Code blocks of a section of the page."""
    _, _, section = PAGE.read_text().partition(f"\n## {heading}")
    fences = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
    found = fences.findall(section.split("\n## ")[0])
    return [text for written_in, text in found if written_in == language]


def in_a_shell(text, folder):
    """Carry lines out as a shell would, with the command of this checkout."""
    program = folder / "tco-calibrate"
    program.write_text(f'#!/bin/bash\nexec {shlex.join(COMMAND)} "$@"\n')
    program.chmod(0o755)
    around = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        ["bash", "-ec", text], cwd=folder, env=around, capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    return done


def evaluated(folder, record):
    """The answer that the page's scenario has from the record of a run, and its own facts."""
    facts, scenario = blocks("On a laptop", "toml")
    (folder / "run" / "library.toml").write_text(facts)
    told = re.sub(r'(?<=calibration = ").*(?=")', record, scenario)
    (folder / "laptop.toml").write_text(told)
    evaluate = [sys.executable, "-c", "from tco.cli import main; main()", "evaluate"]
    done = subprocess.run(
        [*evaluate, "laptop.toml", "--library", "run", "--json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    return json.loads(done.stdout)


@pytest.mark.faults
def test_the_way_on_a_laptop_ends_in_an_answer_of_the_planner(tmp_path):
    """The blocks of the page, with a stand-in for vLLM that is quick."""
    step = {"a_ms": 1.0, "b_ms_per_token": 0.02, "e_ms_per_token2": 1e-5}
    vllm_script(tmp_path / ".venv-vllm" / "bin", step=step)
    (walk,) = blocks("On a laptop")
    done = in_a_shell(walk, tmp_path)
    assert done.stdout.count("note: CPU is not in the planner's library") == 2
    account = json.loads((tmp_path / "run" / "run.json").read_text())
    document = evaluated(tmp_path, account["record"])
    assert account["record"] in json.dumps(document)


def test_the_scenario_of_the_page_names_the_record_of_its_plan(tmp_path):
    calibrate("plan", "--cpu", "--out", tmp_path / "plan.json")
    plan = read_plan(tmp_path / "plan.json")
    (name,) = re.findall(r'calibration = "(.*)"', blocks("On a laptop", "toml")[1])
    assert name == f"small-llama-bf16-cpu-tp1-{plan.id[:8]}"


def test_measurements_made_elsewhere_become_a_record_that_is_yours(tmp_path):
    """The block of the page as a shell runs it."""
    result_files(tmp_path)
    (block,) = blocks("Measurements made elsewhere")
    in_a_shell(block, tmp_path)
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
