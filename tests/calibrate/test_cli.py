"""tco-calibrate: documents on stdout, refusals with their exit codes."""

import json
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import pytest

from calibrate.cli import main

ROOT = Path(__file__).parents[2]
TABLE = (files("calibrate") / "data" / "vllm_closed_loop.csv").read_text(encoding="utf-8")


@dataclass
class Run:
    returncode: int
    stdout: str
    stderr: str


@pytest.fixture
def calibrate(monkeypatch, capsys):
    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["tco-calibrate", *map(str, arguments)])
        with pytest.raises(SystemExit) as ending:
            main()
        seen = capsys.readouterr()
        return Run(int(ending.value.code or 0), seen.out, seen.err)

    return run


@pytest.fixture
def one_group(tmp_path):
    lines = TABLE.splitlines(keepends=True)
    mine = [line for line in lines[1:] if "Llama-3.1-70B,h100_sxm,fp8,fp8,fp8,,2," in line]
    assert len(mine) >= 15
    path = tmp_path / "points.csv"
    path.write_text("".join([lines[0], *mine]))
    return path


def test_crossval_prints_one_document(calibrate, one_group):
    run = calibrate("crossval", one_group, "--json")
    assert run.returncode == 0, run.stderr
    said = json.loads(run.stdout)
    (group,) = said["groups"]
    assert (group["model"], group["tp"], group["n"]) == ("meta-llama/Llama-3.1-70B", 2, 15)
    assert 0 < group["throughput_mape"] < 0.05
    assert said["overall"]["n"] == 15


def test_fit_writes_records_whole_and_prints_them(calibrate, one_group, tmp_path):
    out = tmp_path / "records"
    run = calibrate("fit", one_group, "--out", out, "--json")
    assert run.returncode == 0, run.stderr
    (record,) = json.loads(run.stdout)["records"]
    assert [path.name for path in out.iterdir()] == [f"{record['id']}.json"]
    assert json.loads((out / f"{record['id']}.json").read_text()) == record


def test_a_model_the_library_does_not_know_is_fitted_from_its_points_alone(calibrate, one_group):
    one_group.write_text(one_group.read_text().replace("meta-llama/Llama-3.1-70B", "acme/New-70B"))
    run = calibrate("crossval", one_group, "--json")
    assert run.returncode == 0, run.stderr
    (group,) = json.loads(run.stdout)["groups"]
    assert group["kind"] == "unknown"
    assert group["throughput_mape"] < 0.08
    refused = calibrate("fit", one_group, "--json")
    assert refused.returncode == 2
    assert json.loads(refused.stdout)["problems"][0]["value"] == "acme/New-70B"


@pytest.mark.parametrize(
    ("content", "code", "says"),
    [
        (None, 2, "does not exist"),
        ("", 2, "is empty"),
        ("model;system\n1;2\n", 2, "a column is missing"),
        (TABLE.splitlines()[0] + "\n", 2, "no group has the points that --leave fold needs"),
        (
            "\n".join(TABLE.splitlines()[:3]) + "\n",
            2,
            "no group has the points that --leave fold needs",
        ),
        (TABLE.replace(",71.91,", ",nan,", 1), 2, "line 185: ttft_ms"),
        (TABLE.replace(",71.91,", ",-71.91,", 1), 2, "line 185: ttft_ms"),
    ],
)
def test_bad_tables_are_refused_with_a_message_and_no_traceback(
    calibrate, tmp_path, content, code, says
):
    path = tmp_path / "points.csv"
    if content is not None:
        path.write_text(content)
    run = calibrate("crossval", path)
    assert run.returncode == code
    assert says in run.stderr
    assert run.stdout == ""
    assert "Traceback" not in run.stderr
    as_json = calibrate("crossval", path, "--json")
    assert as_json.returncode == code
    assert json.loads(as_json.stdout)["exit_code"] == code


def test_a_binary_file_is_refused(calibrate, tmp_path):
    path = tmp_path / "points.csv"
    path.write_bytes(b"\xff\xfe\x00\x01")
    run = calibrate("fit", path)
    assert run.returncode == 2
    assert "Traceback" not in run.stderr


def test_a_folder_that_cannot_be_written_is_refused(calibrate, one_group, tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    run = calibrate("fit", one_group, "--out", blocked)
    assert run.returncode == 7
    assert "cannot be written" in run.stderr


def test_the_table_is_put_between_its_marks_and_nowhere_else(calibrate, tmp_path):
    page = tmp_path / "page.md"
    page.write_text((ROOT / "docs" / "calibrations.md").read_text(encoding="utf-8"))
    before = page.read_text()
    assert calibrate("table", page).returncode == 0
    assert page.read_text() == before
    assert calibrate("table").stdout.strip() in before


def test_help_loads_no_solver():
    code = (
        "import sys; from typer.testing import CliRunner; from calibrate.cli import app; "
        "assert CliRunner().invoke(app, ['--help']).exit_code == 0; "
        "print(sorted({'scipy', 'numpy', 'pandas'} & set(sys.modules)))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"


def test_the_version_is_that_of_the_planner(calibrate):
    done = calibrate("--version")
    assert done.returncode == 0
    assert done.stdout == f"{version('gpt-or-llama-planner')}\n"
