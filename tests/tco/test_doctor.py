"""`tco doctor` says what is there, what is absent, and what is at fault."""

import json
import re
import stat

import pytest

from tco.answer.evaluation import evaluate
from tco.store.connect import VARIABLE, open_store
from tco.store.scenario_store import ScenarioStore
from tests.tco.command import tco


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv(VARIABLE, raising=False)
    return tmp_path


def looks(*arguments):
    done = tco("doctor", *arguments, "--json")
    document = json.loads(done.stdout)
    assert document["schema"] == "tco.doctor/1"
    return done.returncode, {each["about"]: each for each in document["looks"]}


def test_it_looks_at_everything_and_touches_nothing(home):
    code, found = looks()
    assert code == 0
    for about in ("planner", "extra app", "price catalogue", "records", "store", "vLLM", "folder"):
        assert found[about]["state"] in {"well", "absent"}, found[about]
    assert "is empty" in found["store"]["found"]
    assert not (home / "data").exists()
    people = settled(tco("doctor").stdout)
    assert all(settled(f"{about}: {each['found']}") in people for about, each in found.items())


def settled(said):
    """Without the space that is free, which other programs use up and give back meanwhile."""
    return re.sub(r"[\d,]+ MB free", "MB free", said)


def test_a_store_that_is_there_is_counted(home, default):
    engine = open_store()
    for owner in ("ada", "bob"):
        ScenarioStore(engine, owner).create(default, evaluate(default))
    engine.dispose()
    assert "2 scenarios of 2 owners" in looks()[1]["store"]["found"]


@pytest.mark.parametrize(
    "url", ["mysql://h/n", "sqlite:///FILE", "postgresql://nobody@127.0.0.1:9/none"]
)
def test_a_store_that_cannot_be_used_is_a_fault(home, monkeypatch, url):
    (home / "notes").write_text("not a database, " * 100)
    monkeypatch.setenv(VARIABLE, url.replace("FILE", str(home / "notes")))
    code, found = looks()
    assert code == 10
    assert (found["store"]["state"], bool(found["store"]["remedy"])) == ("fault", True)


def _program(folder, name, says):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{says}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_each_gpu_is_named_as_the_driver_names_it(home, monkeypatch):
    _program(home, "nvidia-smi", "echo 'NVIDIA H200, 143771 MiB, 570.1'")
    monkeypatch.setenv("PATH", str(home))
    assert looks()[1]["GPU"]["found"] == "NVIDIA H200, 143771 MiB, 570.1"


def test_a_driver_that_fails_is_told_and_not_taken_for_a_gpu(home, monkeypatch):
    _program(home, "nvidia-smi", "echo 'no devices were found' >&2; exit 6")
    monkeypatch.setenv("PATH", str(home))
    found = looks()[1]["GPU"]
    assert (found["state"], found["found"]) == ("absent", "nvidia-smi: no devices were found")


def test_a_folder_of_records_that_is_none_is_refused(home):
    assert tco("doctor", "--library", home / "none").returncode == 2
