"""A run against endpoints that count: nothing asked twice, nothing beyond the budget, all true."""

import gzip
import json
import signal
import zipfile
from decimal import Decimal

import pytest

from tests.quality.conftest import GPT, KEY, LLAMA, both_sides, ran, started
from tests.quality.openai_server import LOCKED, REFUSAL, Scripted, serving_script
from tests.quality.sixty_tasks import (
    WITH_TOOL,
    gpt_is_right,
    llama_is_right,
    task,
    write_tasks,
)
from tests.tco.command import tco

INPUT_USD, OUTPUT_USD = Decimal("2.5e-6"), Decimal("15e-6")
"""A token of GPT-5.4, as its seller publishes it."""


def published_usd(scripted):
    return sum(
        usage["prompt_tokens"] * INPUT_USD + usage["completion_tokens"] * OUTPUT_USD
        for usage in scripted.usages
    )


def standings(folder):
    told = json.loads(tco("quality", "sum", folder, "--json").stdout)
    return {(row["model"], row["difficulty"]): row for row in told["standings"]}


def test_acceptance_is_the_known_truth_by_model_and_difficulty(whole):
    folder, done, _ = whole
    assert done.returncode == 0, done.stderr
    found = standings(folder)
    for name, rule in ((GPT, gpt_is_right), (LLAMA, llama_is_right)):
        for place, difficulty in enumerate(("easy", "medium", "hard")):
            numbers = range(place, 60, 3)
            row = found[name, difficulty]
            assert row["tasks"] == len(numbers)
            assert row["acceptance_rate"] == sum(map(rule, numbers)) / len(numbers)
        assert found[name, "all"]["acceptance_rate"] == sum(map(rule, range(60))) / 60


def test_tokens_are_those_the_servers_counted_and_usd_those_of_the_published_rates(whole, tmp_path):
    folder, done, sides = whole
    found = standings(folder)
    for name, side in ((GPT, sides.gpt), (LLAMA, sides.llama)):
        assert found[name, "all"]["input_tokens"] == side.tokens["prompt_tokens"]
        assert found[name, "all"]["output_tokens"] == side.tokens["completion_tokens"]
    spent = published_usd(sides.gpt)
    assert f"120 done, {spent.normalize():f} USD spent" in done.stderr
    accepted = found[GPT, "all"]["acceptance_rate"] * 60
    assert found[GPT, "all"]["usd_per_accepted"] == pytest.approx(float(spent) / accepted, 1e-12)
    assert found[LLAMA, "all"]["usd_per_accepted"] is None
    table = tmp_path / "requests.csv"
    rows = [
        f"{place},openai,gpt-5.4,2026-11-20,{u['prompt_tokens']},{u['completion_tokens']}"
        for place, u in enumerate(sides.gpt.usages)
    ]
    table.write_text("\n".join(["id,provider,model,as_of,input_tokens,output_tokens", *rows]))
    quoted = json.loads(tco("prices", "quote", table, "--json").stdout)
    assert Decimal(quoted["usd"]) == spent


def test_calls_that_were_right_and_failures_that_were_mended_are_told(whole):
    folder, *_ = whole
    found = standings(folder)
    right = sum(map(llama_is_right, WITH_TOOL)) / len(WITH_TOOL)
    assert found[LLAMA, "all"]["tool_calls_right"] == pytest.approx(right)
    assert found[LLAMA, "all"]["recovered_share"] == pytest.approx(right)
    assert found[LLAMA, "all"]["refused_share"] == 0


def test_every_task_is_asked_once_of_each_model_with_the_seed(whole):
    *_, sides = whole
    for side in (sides.gpt, sides.llama):
        assert set(side.asked.values()) == {1}
        assert {body["seed"] for body in side.bodies} == {20261124}
    graded = [n for n in range(60) if task(n)["scorer"]["kind"] == "graded"]
    assert sum(sides.judge.asked.values()) == 2 * len(graded)
    assert {prompt for prompt, _ in sides.gpt.asked} == {f"Task {n}" for n in range(60)}


def test_a_key_is_shown_to_its_endpoint_alone_and_written_nowhere(whole):
    folder, done, sides = whole
    assert sides.gpt.keys == {f"Bearer {KEY}"}
    assert f"Bearer {KEY}" not in sides.llama.keys | sides.judge.keys
    written = [path for path in folder.parent.rglob("*") if path.is_file()]
    assert written
    for path in written:
        assert KEY.encode() not in unpacked(path), path
    assert KEY not in done.stdout + done.stderr


def unpacked(path):
    """Bytes of a file, of every member where it is an archive."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            return b"".join(archive.read(name) for name in archive.namelist())
    content = path.read_bytes()
    return gzip.decompress(content) if content[:2] == b"\x1f\x8b" else content


def test_the_budget_stops_a_run_at_its_limit_and_a_higher_one_takes_it_up(tmp_path):
    tasks = write_tasks(tmp_path / "tasks.jsonl")
    ask = ("run", tasks, "--out", tmp_path / "run", "--max-output", 100)
    with both_sides() as sides:
        first = ran(*ask, *sides.options, "--budget", "0.003", home=tmp_path)
        assert first.returncode == 6
        assert "The budget held the rest back" in first.stderr
        assert Decimal("0.001") < published_usd(sides.gpt) <= Decimal("0.003")
        assert set(sides.llama.asked.values()) == {1}
        assert len({prompt for prompt, _ in sides.llama.asked}) == 60
        second = ran(*ask, *sides.options, "--budget", "1", "--resume", home=tmp_path)
        assert second.returncode == 0, second.stderr
    whole_tasks = {prompt for prompt, _ in sides.gpt.asked}
    assert whole_tasks == {f"Task {n}" for n in range(60)}
    without_tools = {f"Task {n}" for n in range(60) if n not in WITH_TOOL}
    assert all(times == 1 for (p, _), times in sides.gpt.asked.items() if p in without_tools)
    assert f"{published_usd(sides.gpt).normalize():f} USD spent" in second.stderr


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_is_killed_or_interrupted_repeats_no_answer_when_it_is_resumed(tmp_path, how):
    tasks = write_tasks(tmp_path / "tasks.jsonl", range(30))
    ask = ("run", tasks, "--out", tmp_path / "run", "--concurrency", 2)
    with both_sides() as sides:
        for side in (sides.gpt, sides.llama):
            side.hold_from = 12
        process = started(*ask, *sides.options, home=tmp_path)
        while not process.stderr.readline().startswith("24 done"):
            assert process.poll() is None
        process.send_signal(how)
        process.communicate(timeout=60)
        assert process.returncode == (6 if how == signal.SIGINT else -9)
        answered = {side: dict(side.finished) for side in (sides.gpt, sides.llama)}
        for side in (sides.gpt, sides.llama):
            side.hold_from = None
        done = ran(*ask, *sides.options, "--resume", home=tmp_path)
        assert done.returncode == 0, done.stderr
        for side, before in answered.items():
            assert len(before) == 12
            assert all(side.asked[key] == 1 for key in before)
            assert {prompt for prompt, _ in side.finished} == {f"Task {n}" for n in range(30)}
    found = standings(tmp_path / "run")
    assert found[GPT, "all"]["acceptance_rate"] == sum(map(gpt_is_right, range(30))) / 30
    assert found[GPT, "all"]["tries"] == 30


def test_a_refusal_is_told_and_is_no_accepted_answer(tmp_path):
    declines = Scripted(lambda prompt: REFUSAL if prompt == "Task 1" else "word0")
    with serving_script(declines) as address:
        tasks = write_tasks(tmp_path / "tasks.jsonl", (0, 1))
        done = ran(
            *("run", tasks, "--model", f"any={address}", "--out", tmp_path / "run"), home=tmp_path
        )
    assert done.returncode == 0, done.stderr
    found = standings(tmp_path / "run")["any", "all"]
    assert (found["acceptance_rate"], found["refused_share"]) == (0.5, 0.5)


def test_a_server_that_lets_nobody_in_leaves_its_tasks_unanswered_and_says_so(tmp_path):
    tasks = write_tasks(tmp_path / "tasks.jsonl", (0,))
    with serving_script(Scripted(lambda prompt: LOCKED)) as address:
        done = ran(
            *("run", tasks, "--model", f"any={address}", "--out", tmp_path / "run"), home=tmp_path
        )
    assert done.returncode == 6
    assert "0 of 1 answered" in done.stderr


REFUSED = [
    (["--model", "openai/gpt-5.4=https://a.example/v1"], "--key", "OPENAI_API_KEY"),
    (["--model", "any=ftp://a.example"], "--model", "must be an address"),
    (["--model", "any=https://user:secret@a.example"], "--model", "without a secret"),
    (["--model", "any"], "--model", "NAME=ADDRESS"),
    (["--model", "a=http://a.example", "--model", "A=http://b.example"], "--model", "twice"),
    (["--model", "openai/gpt-5.44=https://a.example"], "model", "lists no such model"),
    (["--model", "any=http://a.example"], "--judge", "has no endpoint"),
]


@pytest.mark.parametrize(("asked", "field", "limit"), REFUSED)
def test_who_cannot_be_asked_is_refused_before_anything_is_sent(
    tmp_path, monkeypatch, asked, field, limit
):
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    tasks = write_tasks(tmp_path / "tasks.jsonl", (0, 5))
    done = tco("quality", "run", tasks, *asked, "--out", tmp_path / "run")
    assert done.returncode == 2
    assert field in done.stderr
    assert limit in done.stderr
    assert not (tmp_path / "run").exists()


def test_a_folder_is_taken_up_for_the_same_run_only(whole, tmp_path, monkeypatch):
    folder, _, sides = whole
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    tasks = write_tasks(tmp_path / "tasks.jsonl")
    ask = ("quality", "run", tasks, *sides.options, "--out", folder)
    assert "Resume it with --resume." in tco(*ask).stderr
    assert "of other tasks or models" in tco(*ask, "--resume", "--seed", 1).stderr


WRONG_TASKS = [
    ("{", "is not valid JSON"),
    (json.dumps(task(0) | {"difficulty": "harder"}), "difficulty"),
    (json.dumps(task(0) | {"messages": [{"role": "user", "content": "x"}]}), "either a prompt"),
    (json.dumps(task(0) | {"scorer": {"kind": "regex", "pattern": "("}}), "regular expression"),
    (json.dumps(task(0) | {"scorer": {"kind": "rgex"}}), "scorer"),
    (json.dumps(task(0) | {"calls": [{"name": "f"}]}), "not among its tools"),
    (json.dumps(task(0) | {"propmt": "x"}), "Did you mean 'prompt'?"),
    (f"{json.dumps(task(0))}\n{json.dumps(task(0))}", "stands twice"),
    ("\n", "holds no task"),
]


@pytest.mark.parametrize(("text", "limit"), WRONG_TASKS)
def test_a_line_that_is_no_task_is_named_with_what_is_wrong(tmp_path, text, limit):
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text(text)
    done = tco("quality", "run", tasks, "--model", "any=http://a.example")
    assert done.returncode == 2
    assert "tasks.jsonl" in done.stderr
    assert limit in done.stderr
