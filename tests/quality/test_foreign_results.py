"""What other programs say of a task is held to what can be, whichever file it comes in."""

import json
import zipfile

import pytest
from inspect_ai.log import read_eval_log

from pricing import csv_table
from pricing.catalogue import Catalogue
from pricing.errors import MOST_PROBLEMS, InputError, PlannerError
from tco.own_data.benchmark import read_trials
from tco.quality import inspect_logs
from tco.quality.promptfoo import promptfoo_trials
from tco.quality.scoring import fault_of, is_admitted
from tco.quality.summary import summary_of
from tco.quality.tasks import read_tasks
from tests.fuzz.damage import damaged
from tests.quality.promptfoo_file import promptfoo_file, table
from tests.tco.command import tco

HEAD = "task,difficulty,model,accepted\n"


@pytest.mark.parametrize(
    "spoilt",
    [
        {"success": "false"},
        {"success": 1},
        {"cost": -5},
        {"cost": "nan"},
        {"cost": 10**400},
        {"latencyMs": -3},
        {"latencyMs": 10**400},
        {"latencyMs": "1"},
        {"response": {"isRefusal": "no"}},
        {"response": {"tokenUsage": {"prompt": "x"}}},
        {"response": {"tokenUsage": {"completion": -4}}},
        {"promptIdx": "x"},
        {"testIdx": None, "testCase": {"description": ""}, "provider": None},
        {"provider": "\x1b]0;owned\x07"},
    ],
)
def test_a_result_that_cannot_be_is_refused(tmp_path, spoilt):
    file = tmp_path / "results.json"
    first, *others = table()
    file.write_text(json.dumps(promptfoo_file([first | spoilt, *others])))
    with pytest.raises(InputError, match="no result file of promptfoo"):
        promptfoo_trials(file)


@pytest.fixture
def log(whole):
    """One log of a run, and what it says as plain values."""
    path = next(whole[0].rglob("*.eval"))
    return json.loads(read_eval_log(str(path)).model_dump_json())


def summed(log, path):
    path.write_text(json.dumps(log))
    return summary_of([path], Catalogue.load())


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("samples.0.scores.accepted.metadata", {"tool_calls_right": 7.0}),
        ("samples.0.scores.accepted.metadata", {"refused": "no"}),
        ("samples.0.events", [{"event": "nothing"}]),
        ("samples.0.metadata", "text"),
        ("eval", {}),
    ],
)
def test_a_log_that_cannot_be_is_refused(tmp_path, log, place, value):
    *parents, last = [int(k) if k.isdigit() else k for k in place.split(".")]
    held = log
    for key in parents:
        held = held[key]
    held[last] = value
    with pytest.raises(InputError, match=r"log\.json|is no task"):
        summed(log, tmp_path / "log.json")


def test_metadata_that_is_not_ours_is_no_difficulty(tmp_path, log):
    for sample in log["samples"]:
        sample["metadata"] = {"task": "a name"}
    found = summed(log, tmp_path / "log.json")
    assert {trial.difficulty for trial in found.trials} == {None}


@pytest.mark.parametrize("count", [60, pytest.param(3_000, marks=pytest.mark.long)])
def test_a_damaged_log_of_inspect_is_read_or_refused(tmp_path, log, count):
    log["samples"] = log["samples"][:2]
    whole, path = json.dumps(log).encode(), tmp_path / "log.json"
    for spoilt in damaged(whole, count):
        path.write_bytes(spoilt)
        try:
            summary_of([path], Catalogue.load())
        except PlannerError:
            continue


def archive(path, content, *, says=None):
    """A log's archive of one file, which may say that it is smaller than it is."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("header.json", content)
    if says is not None:
        real, told = (len(content).to_bytes(4, "little"), says.to_bytes(4, "little"))
        path.write_bytes(path.read_bytes().replace(real, told))


@pytest.mark.parametrize("says", [None, 10])
def test_an_archive_that_unpacks_to_more_than_a_log_is_refused(tmp_path, monkeypatch, says):
    monkeypatch.setattr(inspect_logs, "MOST_LOG_BYTES", 1_000_000)
    path = tmp_path / "bomb.eval"
    archive(path, b'{"version": 2, "eval": "' + b" " * 2_000_000 + b'"}', says=says)
    assert path.stat().st_size < 10_000
    with pytest.raises(InputError, match=r"bomb\.eval"):
        summary_of([path], Catalogue.load())


def test_of_a_table_of_faults_the_first_are_told_and_how_many_more(tmp_path):
    trials = tmp_path / "tasks.csv"
    trials.write_text(HEAD + "a,easy,m,perhaps\n" * 5_000)
    with pytest.raises(InputError, match="faults more") as refused:
        read_trials(trials)
    assert len(refused.value.problems) == MOST_PROBLEMS + 1
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text("x\n" * 5_000)
    with pytest.raises(InputError, match="4,950 faults more"):
        read_tasks(tasks)


def test_a_table_of_more_rows_or_columns_than_are_held_is_refused(tmp_path, monkeypatch):
    trials = tmp_path / "tasks.csv"
    monkeypatch.setattr(csv_table, "MOST_CELLS", 400)
    trials.write_text(HEAD + "a,easy,m,yes\n" * 100)
    assert len(read_trials(trials)) == 100
    trials.write_text(HEAD + "a,easy,m,yes\n" * 101)
    with pytest.raises(InputError, match="more than 100 rows of 4 columns"):
        read_trials(trials)
    trials.write_text(",".join(map(str, range(200_000))))
    with pytest.raises(InputError, match=r"more than 1,000 columns"):
        read_trials(trials)


@pytest.mark.parametrize("name", ["a\x1b[2Jb", "a\u202eb", "x" * 20_000])
@pytest.mark.parametrize("place", ["task", "model"])
def test_a_name_that_a_terminal_would_obey_is_refused(tmp_path, place, name):
    trials = tmp_path / "tasks.csv"
    row = {"task": "t", "difficulty": "easy", "model": "m", "accepted": "yes", place: f'"{name}"'}
    trials.write_bytes((HEAD + ",".join(row.values()) + "\n").encode())
    with pytest.raises(InputError, match=place):
        read_trials(trials)


@pytest.mark.parametrize(
    ("schema", "why"),
    [
        ({"type": "nonsense"}, "is no JSON Schema"),
        ({"items": [{"$ref": "http://127.0.0.1:9/x"}]}, "is no JSON Schema"),
        ({"items": {"$ref": "http://127.0.0.1:9/x"}}, "refers to http://127.0.0.1:9/x"),
        ({"allOf": [{"$ref": "file:///etc/passwd"}]}, "refers to file:///etc/passwd"),
    ],
)
def test_a_schema_that_is_none_or_leads_away_is_refused_before_anything_is_asked(
    tmp_path, schema, why
):
    assert why in fault_of(schema)
    task = {"id": "a", "difficulty": "easy", "prompt": "x"}
    tasks = tmp_path / "tasks.jsonl"
    tasks.write_text(json.dumps(task | {"scorer": {"kind": "json-schema", "admits": schema}}))
    done = tco("quality", "run", tasks, "--model", "m=http://127.0.0.1:9", "--out", tmp_path / "o")
    assert done.returncode == 2
    assert f"a: scorer: admits: {why}" in done.stderr
    assert not (tmp_path / "o").exists()


def test_a_schema_may_refer_to_its_own_parts():
    schema = {"$defs": {"n": {"type": "number"}}, "items": {"$ref": "#/$defs/n"}}
    assert fault_of(schema) is None
    assert is_admitted("[1, 2]", schema)
    assert not is_admitted('["1"]', schema)


@pytest.mark.parametrize("held", [b"{", b"\xff", b"[]"])
def test_a_damaged_description_of_a_run_is_named(tmp_path, held):
    tasks = tmp_path / "tasks.jsonl"
    scorer = {"kind": "exact", "expected": ["y"]}
    tasks.write_text(json.dumps({"id": "a", "difficulty": "easy", "prompt": "x", "scorer": scorer}))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "run.json").write_bytes(held)
    asked = ("run", tasks, "--model", "m=http://127.0.0.1:9", "--out", tmp_path / "run", "--resume")
    done = tco("quality", *asked)
    assert done.returncode == 2
    assert "run.json" in done.stderr
