"""A folder of one's own records, named by a command, serves every command and the page."""

import json
import os
from pathlib import Path

import pytest

from hardware_profiles import Library
from hardware_profiles.own_records import VARIABLE
from hardware_profiles.record_digest import with_digest
from tco.question.files import read_scenario_file
from tco.question.presets import preset_paths
from tests.tco.command import tco

SHIPPED = "llama-3.1-70b-fp8-h100-tp2"
ANSWERED = 'calibration = "mine"'


@pytest.fixture(autouse=True)
def no_other_library(monkeypatch, tmp_path):
    monkeypatch.setenv(VARIABLE, "")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def folder(tmp_path):
    """A library of one record, as a team writes it after measuring."""
    record = Library.load().calibration(SHIPPED)
    document = json.loads(record.model_dump_json(exclude={"run"}))
    document |= {"id": "mine", "label": "measured by our team", "measured_on": "2026-11-02"}
    kept = tmp_path / "records"
    kept.mkdir()
    (kept / "mine.json").write_text(json.dumps(with_digest(document)))
    return kept


@pytest.fixture
def question(tmp_path):
    """The default scenario, its options served as that record says."""
    path = tmp_path / "own.toml"
    text = preset_paths()[0].read_text().replace(f'calibration = "{SHIPPED}"', ANSWERED)
    assert text.count(ANSWERED) > 1
    path.write_text(text)
    return path


def commands(path, tmp_path):
    """Every command that answers a scenario, cheaply."""
    sweep = ("--vary", "workload.requests_per_month=1000000,2000000", "--out", tmp_path / "s.csv")
    yield "evaluate", path
    yield "break-even", path
    yield "export", path, "--format", "csv"
    yield "validate", path
    yield "sensitivity", path, "--draws", "0", "--only", "volume"
    yield "solve", path, "--for", "volume"
    yield "compare", path, path
    yield "check", path, "--max-monthly", "100000000"
    yield "sweep", path, *sweep, "--workers", "1"


NAMES = [words[0] for words in commands(Path(), Path())]


@pytest.mark.parametrize("number", range(len(NAMES)), ids=NAMES)
def test_a_command_answers_from_the_library_it_is_given(question, folder, tmp_path, number):
    words = list(commands(question, tmp_path))[number]
    refused = tco(*words)
    assert refused.returncode == 2
    assert "mine" in refused.stderr
    assert tco(*words, "--library", folder).returncode == 0


def test_a_ranking_holds_the_machines_that_were_measured_there(folder):
    assert "mine" not in tco("rank", "--csv").stdout
    assert "mine" in tco("rank", "--csv", "--library", folder).stdout


def test_whatever_answers_from_it_says_that_the_speed_is_yours(question, folder):
    said = tco("evaluate", question, "--library", folder, "--json").stdout
    assert "Speed: yours, measured by our team, measured 2026-11-02." in said
    assert "not-your-measurement" not in json.dumps(
        [one for one in json.loads(said)["alternatives"] if "H100" in one["label"]]
    )


def test_a_folder_that_is_not_there_is_refused_by_name(question, tmp_path):
    refused = tco("evaluate", question, "--library", tmp_path / "gone")
    assert refused.returncode == 2
    assert str(tmp_path / "gone") in refused.stderr


def test_a_record_by_the_name_of_one_that_ships_is_refused_and_said(folder):
    document = json.loads((folder / "mine.json").read_text()) | {"id": SHIPPED}
    (folder / "twin.json").write_text(json.dumps(with_digest(document)))
    refused = tco("evaluate", "--library", folder)
    assert refused.returncode == 2
    assert f"{SHIPPED}" in refused.stderr
    assert "ships" in refused.stderr


def test_the_page_is_started_with_the_library_it_is_given(folder, monkeypatch):
    started = []
    monkeypatch.setattr("os.execve", lambda *_: started.append(os.environ[VARIABLE]))
    tco("app", "--library", folder)
    assert started == [str(folder)]


def test_the_scenario_of_these_tests_is_one(question):
    assert read_scenario_file(question).scenario.self_hosted
