"""No control character of a file reaches the terminal: a name is refused, anything else escaped."""

import json
import subprocess
import sys
from importlib.resources import files

import pytest

from hardware_profiles.calibration import read_record
from pricing.errors import InputError, Problem
from pricing.printable import printable
from tco.question.files import document_of, flatten, scenario_from
from tco.question.presets import preset_paths, presets
from tests.tco.command import tco

DEFAULT = next(iter(presets().values()))
CONTROLS = ("\x1b[2J", "\x07", "\x00", "\x9b31m", "\r", "\x7f", "\u202e", "\u2066", "\u2028")
TEXTS = [path for path, value in flatten(document_of(DEFAULT)).items() if isinstance(value, str)]


def put(document, path, value):
    place = document
    *parents, last = path.split(".")
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place[key]
    place[int(last) if isinstance(place, list) else last] = value
    return document


@pytest.mark.parametrize("path", TEXTS)
def test_no_text_of_a_scenario_holds_a_control_character(path):
    for control in CONTROLS:
        with pytest.raises(InputError) as refused:
            scenario_from(put(document_of(DEFAULT), path, f"a{control}b"))
        assert not any(mark in str(refused.value) for mark in CONTROLS)


@pytest.mark.parametrize("name", ["id", "label", "model", "measured_by", "kv_tokens_basis"])
def test_no_text_of_a_record_holds_one(name):
    folder = files("hardware_profiles") / "data" / "calibrations"
    text = (folder / "llama-3.1-8b-bf16-h100-tp1.json").read_text()
    for control in CONTROLS:
        spoilt = text.replace(f'"{name}": "', f'"{name}": "{json.dumps(control)[1:-1]}', 1)
        assert spoilt != text
        with pytest.raises(InputError) as refused:
            read_record(spoilt, "record")
        assert not any(mark in str(refused.value) for mark in CONTROLS)


def test_a_refusal_shows_them_as_numbers():
    said = str(Problem("\x1b[2J", "\x07", "is no\rname", "\u202e"))
    assert not any(mark in said for mark in CONTROLS)
    assert "\\u001b[2J" in said
    assert printable("two\nlines\tand é 🦙") == "two\nlines\tand é 🦙"


def test_what_a_program_names_a_task_is_escaped_and_a_model_of_that_name_refused(tmp_path):
    results = tmp_path / "results.json"
    row = {
        "provider": "m",
        "testIdx": 0,
        "promptIdx": 0,
        "success": True,
        "testCase": {"description": "\x1b]0;owned\x07"},
    }
    results.write_text(json.dumps({"results": {"results": [row]}}))
    table = tmp_path / "tasks.csv"
    assert tco("quality", "sum", results, "--tasks", table).returncode == 0
    assert "\\u001b]0;owned\\u0007" in table.read_text()
    table.write_text("task,difficulty,model,accepted\na,easy,\x1b]0;owned\x07gpt,yes\n")
    done = tco("quality", "sum", table)
    assert done.returncode == 2
    assert "\x1b]" not in done.stderr
    assert "x1b]0;owned" in done.stderr


@pytest.mark.parametrize("name", ["\x1b[2J.toml", "a\x07.json"])
def test_a_file_name_is_escaped_in_what_is_said_of_it(tmp_path, name):
    done = subprocess.run(
        [sys.executable, "-m", "tco.cli", "evaluate", str(tmp_path / name)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "\x1b" not in done.stderr
    assert "\x07" not in done.stderr


def test_the_worked_scenarios_hold_none():
    assert len(preset_paths()) == len(presets())
