"""A command ends with the code that is documented, whatever becomes of its output or of it."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FULL = Path("/dev/full")
"""A device of Linux on which every write fails for want of space."""
COMMANDS = [
    ["tco", "--help"],
    ["tco", "--version"],
    ["tco", "evaluate"],
    ["tco", "evaluate", "--json"],
    ["tco", "break-even"],
    ["tco", "check", "scenarios/default.toml", "--max-monthly", "1e9"],
    ["tco", "export", "--format", "csv"],
    ["tco", "export", "--format", "xlsx"],
    ["tco", "prices", "list"],
    ["tco", "prices", "since", "2026-01-01", "--json"],
    ["tco", "rank", "--json"],
    ["tco", "schema"],
    ["tco", "sensitivity", "--json"],
    ["tco", "usage", "shapes"],
    ["tco", "evaluate", "absent.toml", "--json"],
    ["tco-calibrate", "--help"],
    ["tco-calibrate", "table"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_output_on_a_full_disk_ends_with_the_code_of_storage(words):
    with FULL.open("w") as full:
        done = subprocess.run(
            ours(words), stdout=full, stderr=subprocess.PIPE, text=True, check=False, cwd=ROOT
        )
    assert done.returncode == 7, done.stderr
    assert "Traceback" not in done.stderr
    assert "cannot be written" in done.stderr


def test_an_agent_that_cannot_be_answered_on_a_full_disk_ends_with_the_code_of_storage():
    begins = {
        "jsonrpc": "2.0",
        "id": 0,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "agent", "version": "1"},
        },
    }
    with FULL.open("w") as full:
        done = subprocess.run(
            ours(["tco", "mcp"]),
            input=f"{json.dumps(begins)}\n",
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert done.returncode == 7, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("words", [["tco", "prices", "list"], ["tco", "evaluate", "--json"]])
def test_output_into_a_pipe_that_was_closed_ends_with_the_code_of_storage(words):
    running = subprocess.Popen(ours(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    running.stdout.close()
    _, said = running.communicate(timeout=60)
    assert running.returncode == 7, said
    assert b"Traceback" not in said


def ours(words):
    """The command as its script starts it."""
    command, *rest = words
    package = {"tco": "tco", "tco-calibrate": "calibrate"}[command]
    return [sys.executable, "-m", f"{package}.begin", *rest]


TOLD = """
import os, signal, sys

number, moment = sys.argv[1:3]

class Told:
    def find_spec(self, name, path=None, target=None):
        if name == moment:
            sys.meta_path.remove(self)
            os.kill(os.getpid(), getattr(signal, number))

sys.meta_path.insert(0, Told())
from {package}.begin import begin
sys.argv[:] = [sys.argv[0], *sys.argv[3:]]
begin()
print("went on", file=sys.stderr)
"""


@pytest.mark.parametrize("number", ["SIGTERM", "SIGINT"])
@pytest.mark.parametrize(
    ("words", "moment"),
    [
        (["tco", "evaluate"], "typer"),
        (["tco", "evaluate"], "tco.commands.ending"),
        (["tco", "evaluate"], "tco.cli"),
        (["tco", "evaluate"], "pydantic"),
        (["tco", "evaluate"], "tco.answer.evaluation"),
        (["tco", "evaluate", "--json"], "numpy"),
        (["tco", "sensitivity"], "tco.analysis.sensitivity"),
        (["tco", "usage", "bill", "absent.csv"], "duckdb"),
        (["tco-calibrate", "table"], "typer"),
        (["tco-calibrate", "table"], "calibrate.commands.run_cli"),
        (["tco-calibrate", "table"], "hardware_profiles.library"),
    ],
)
def test_a_command_that_is_told_to_end_while_it_is_imported_says_so_by_its_code(
    words, moment, number
):
    (*_, module), rest = ours(words)[:3], words[1:]
    code = TOLD.format(package=module.partition(".")[0])
    done = subprocess.run(
        [sys.executable, "-c", code, number, moment, *rest],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 6, done.stderr
    assert "Traceback" not in done.stderr
    assert "went on" not in done.stderr
    assert done.stdout == ""


LATE = """
import builtins, os, signal, sys

class Last:
    def __del__(self, kill=os.kill, pid=os.getpid(), number=signal.SIGTERM):
        kill(pid, number)

builtins.last = Last()
from tco.begin import begin
begin()
"""


@pytest.mark.parametrize(("words", "code"), [(["--version"], 0), (["evaluate", "absent.toml"], 2)])
def test_a_command_that_is_done_ends_with_its_own_code_if_it_is_told_to_end_then(words, code):
    done = subprocess.run(
        [sys.executable, "-c", LATE, *words], capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stderr


@pytest.mark.parametrize("package", ["tco", "calibrate"])
def test_next_to_nothing_is_imported_before_a_command_can_be_told_to_end(package):
    came = f"import {package}.begin; print(*{{*sys.modules}} - had)"
    code = f"import sys; had = {{*sys.modules}}; {came}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    ours = {
        name for name in done.stdout.split() if name.startswith(("tco", "calibrate", "pricing"))
    }
    assert ours == {package, f"{package}.begin", "pricing", "pricing.told_to_end"}
    assert not {"importlib.metadata", "typer", "pydantic", "zipfile"} & set(done.stdout.split())


def test_the_installed_commands_begin_where_they_can_be_told():
    project = (ROOT / "pyproject.toml").read_text()
    assert re.findall(r'^(tco\S*) = "(.+)"$', project, re.MULTILINE) == [
        ("tco", "tco.begin:begin"),
        ("tco-calibrate", "calibrate.begin:begin"),
    ]
