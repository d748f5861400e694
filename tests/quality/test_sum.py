"""Benchmarks summed up, whoever ran them, and what they do to a scenario."""

import csv
import json

import numpy as np
import pytest
from inspect_ai.log import read_eval_log, write_eval_log

from tco.question.files import document_of, load_scenario
from tco.question.presets import preset_paths
from tests.quality.conftest import GPT, LLAMA, ran
from tests.quality.openai_server import Scripted, serving_script
from tests.quality.sixty_tasks import gpt_is_right, llama_is_right
from tests.quality.sixty_tasks import task as task_of
from tests.tco.command import tco

DEFAULT = preset_paths()[0]


def summed(*arguments):
    done = tco("quality", "sum", *arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_run_says_who_is_better_on_the_same_tasks_and_how_many_would_settle_it(whole):
    folder, *_ = whole
    (found,) = summed(folder)["differences"]
    gains = sum(llama_is_right(n) and not gpt_is_right(n) for n in range(60))
    losses = sum(gpt_is_right(n) and not llama_is_right(n) for n in range(60))
    assert (found["model"], found["against"], found["tasks"]) == (LLAMA, GPT, 60)
    assert (found["only_model"], found["only_against"]) == (gains, losses)
    assert found["settled"]
    assert "fewer answers accepted" in found["words"]


def test_what_is_measured_goes_into_a_scenario_by_model_and_the_verdict_is_told_twice(
    whole, tmp_path
):
    folder, *_ = whole
    written = tmp_path / "measured.toml"
    told = summed(folder, "--scenario", DEFAULT, "--to", written)
    held = load_scenario(written)
    rates = {quality.model: quality.acceptance_rate for quality in held.qualities}
    assert rates == {
        "gpt-5.4": sum(map(gpt_is_right, range(60))) / 60,
        "Llama 3.3 70B": sum(map(llama_is_right, range(60))) / 60,
    }
    assert told["scenario"] == document_of(held)
    answers = {
        name: json.loads(tco("evaluate", path, "--json").stdout)
        for name, path in (("before", DEFAULT), ("after", written))
    }
    for name, answer in answers.items():
        assert told[name] == answer["verdict"]
    assert told["usd_per_accepted"] == {
        a["key"]: a["usd_per_accepted"] for a in answers["after"]["alternatives"]
    }
    again = tco("quality", "sum", folder, "--scenario", DEFAULT, "--to", written)
    assert again.returncode == 7
    assert "--force" in again.stderr


def test_todays_times_become_the_objective(tmp_path):
    """A model of 400 ms to the first token and 20 ms a token, and another twice as slow."""
    rows = ["task,difficulty,model,accepted,latency_s,input_tokens,output_tokens,requests"]
    for name, slow in (("openai/gpt-5.4", 1), ("Llama 3.3 70B", 2)):
        for task in range(12):
            tokens, requests = 20 + 13 * task, 1 + task % 3
            seconds = slow * (0.4 * requests + 0.02 * (tokens - requests))
            rows.append(f"t{task},easy,{name},yes,{seconds},100,{tokens},{requests}")
    table, written = tmp_path / "trials.csv", tmp_path / "quick.toml"
    table.write_text("\n".join(rows))
    asked = ("--scenario", DEFAULT, "--as-quick-as", "openai/gpt-5.4", "--to", written)
    assert tco("quality", "sum", table, *asked).returncode == 0
    objective = load_scenario(written).objective
    assert objective.mean_ttft_ms == pytest.approx(400)
    assert objective.mean_tpot_ms == pytest.approx(20)


def test_times_of_a_run_become_the_objective_as_an_independent_fit_has_them(tmp_path):
    """A server that takes longer for longer answers; what it took is read from the run's table."""
    slow = Scripted(
        lambda prompt: "word0 " * int(prompt.split()[-1]), delay_s=0.3, delay_s_per_token=0.01
    )
    tasks, table, written = (tmp_path / name for name in ("tasks.jsonl", "times.csv", "quick.toml"))
    prompts = [task_of(0) | {"id": f"t{n}", "prompt": f"Task {5 * n + 1}"} for n in range(16)]
    tasks.write_text("".join(f"{json.dumps(one)}\n" for one in prompts))
    with serving_script(slow) as address:
        models = ("--model", f"Llama 3.3 70B={address}")
        done = ran("run", tasks, *models, "--out", tmp_path / "run", home=tmp_path)
    assert done.returncode == 0, done.stderr
    asked = ("--scenario", DEFAULT, "--as-quick-as", LLAMA, "--to", written, "--tasks", table)
    assert tco("quality", "sum", tmp_path / "run", *asked).returncode == 0
    rows = list(csv.DictReader(table.read_text().splitlines()))
    counts = [[float(r["requests"]), float(r["output_tokens"]) - 1] for r in rows]
    fitted = np.linalg.lstsq(np.array(counts), [float(r["latency_s"]) for r in rows])[0]
    objective = load_scenario(written).objective
    assert [objective.mean_ttft_ms, objective.mean_tpot_ms] == pytest.approx(1_000 * fitted)


@pytest.mark.parametrize(
    ("name", "limit"),
    [("gpt", "Known: openai/gpt-5.4"), ("openai/gpt-5.4", "too little to tell by")],
)
def test_times_that_do_not_tell_are_no_objective(tmp_path, name, limit):
    table = tmp_path / "trials.csv"
    table.write_text("task,difficulty,model,accepted,latency_s\nt1,easy,openai/gpt-5.4,yes,1\n")
    done = tco("quality", "sum", table, "--scenario", DEFAULT, "--as-quick-as", name)
    assert done.returncode == 2
    assert limit in done.stderr


def test_times_that_do_not_grow_with_the_answer_are_no_objective(tmp_path):
    table = tmp_path / "trials.csv"
    rows = ["task,difficulty,model,accepted,latency_s,output_tokens,requests"]
    rows += [f"t{n},easy,{GPT},yes,{5 - n / 10},{20 + n},1" for n in range(12)]
    table.write_text("\n".join(rows))
    done = tco("quality", "sum", table, "--scenario", DEFAULT, "--as-quick-as", GPT)
    assert done.returncode == 2
    assert "do not grow with the length" in done.stderr


def test_a_log_in_json_says_what_it_says_as_an_archive(whole, tmp_path):
    log = read_eval_log(str(next(whole[0].rglob("*.eval"))))
    written = tmp_path / "log.json"
    write_eval_log(log, str(written))
    archive = next(whole[0].rglob("*.eval"))
    assert summed(written) == summed(archive)


def test_a_log_that_is_damaged_is_named(whole, tmp_path):
    log = next(whole[0].rglob("*.eval"))
    damaged = tmp_path / "damaged.eval"
    damaged.write_bytes(log.read_bytes()[:200])
    done = tco("quality", "sum", damaged)
    assert done.returncode == 2
    assert "damaged.eval: is no log of Inspect" in done.stderr


def test_a_model_without_an_accepted_answer_is_not_planned_with(tmp_path):
    table = tmp_path / "trials.csv"
    table.write_text("task,difficulty,model,accepted\nt1,easy,gpt-5.4,no\n")
    done = tco("quality", "sum", table, "--scenario", DEFAULT)
    assert done.returncode == 2
    assert "had no answer accepted" in done.stderr


def test_too_few_tasks_are_said_to_be_too_few(tmp_path):
    table = tmp_path / "trials.csv"
    rows = [
        f"t{task},easy,{model},{'yes' if task < right else 'no'}"
        for model, right in (("a", 6), ("b", 7))
        for task in range(10)
    ]
    table.write_text("\n".join(["task,difficulty,model,accepted", *rows]))
    shown = tco("quality", "sum", table)
    assert "Not enough to tell b from a" in " ".join(shown.stdout.split())
    assert "would settle it" in " ".join(shown.stdout.split())


def test_the_table_of_tasks_reads_back_to_the_same_figures(whole, tmp_path):
    folder, *_ = whole
    table = tmp_path / "results.csv"
    told = summed(folder, "--tasks", table)
    again = summed(table)
    assert again["standings"] == told["standings"]
    assert again["differences"] == told["differences"]
    assert again["measured_as"] == told["measured_as"]
