"""Sweeps: the right points in the right order, whatever happens on the way."""

import builtins
import csv
import json
import os
import signal
import subprocess
import sys
import time
from itertools import product
from pathlib import Path

import pandas as pd
import pytest

from pricing.errors import InputError, StorageError
from tco.analysis.compare import compare
from tco.analysis.decision import Question, decide
from tco.analysis.sweep import RESULTS, answer_point, sweep
from tco.analysis.sweep_grid import Rows, grid, rows_of_csv
from tco.answer.evaluation import evaluate
from tco.answer.working import look_up
from tco.commands.progress import progress_lines
from tco.facts.data import Data
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths

DEFAULT = preset_paths()[0]
FAULTS = [
    fault
    for fault in vars(builtins).values()
    if isinstance(fault, type)
    and issubclass(fault, Exception)
    and not issubclass(fault, (Warning, UnicodeError, BaseExceptionGroup))
]
"""All that Python itself raises of a program, with a text for their argument."""
TCO = str(Path(sys.executable).with_name("tco"))


@pytest.fixture(scope="module")
def scenario():
    return load_scenario(DEFAULT)


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def run(*arguments, **options):
    return subprocess.run(
        [TCO, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
        **options,
    )


def test_a_grid_is_every_combination_the_last_path_varying_quickest():
    points = grid(["a.b=1,2", "c=x,true,1e3"])
    assert len(points) == 6
    assert [tuple(p.values()) for p in points.from_index(0)] == list(
        product((1, 2), ("x", True, 1000.0))
    )
    assert list(points.from_index(4)) == list(points.from_index(0))[4:]


def test_a_range_has_equal_steps_or_equal_ratios():
    assert grid(["a=1:3:3"]).values == ((1.0, 2.0, 3.0),)
    assert grid(["a=1:100:3:log"]).values[0] == pytest.approx((1, 10, 100))


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([], "at least one path"),
        (["volume"], "after an equals sign"),
        (["=1,2"], "dotted path"),
        (["a=1", "a=2"], "once"),
        (["a=1:2"], "low:high:count"),
        (["a=1:2:3:lin"], "log"),
        (["a=1:two:3"], "in numbers"),
        (["a=0:2:3:log"], "positive"),
        (["a=1:2:0"], "counts from 1"),
        (["a=1:nan:3"], "finite"),
        (["a=1:2:100000", "b=1:2:100000"], "at most 10,000,000"),
    ],
)
def test_what_is_no_grid_is_refused(texts, words):
    with pytest.raises(InputError, match=words):
        grid(texts)


def test_a_row_is_what_the_scenario_written_so_answers(scenario, tmp_path):
    out = tmp_path / "out.csv"
    done = sweep(
        scenario, grid(["workload.requests_per_month=1e6,1e8", "fleet.spare_replicas=0,2"]), out
    )
    assert done.complete
    rows = read(out)
    assert [row["point"] for row in rows] == ["0", "1", "2", "3"]
    for row in rows:
        written = changed(
            scenario,
            {
                "workload.requests_per_month": float(row["workload.requests_per_month"]),
                "fleet.spare_replicas": int(row["fleet.spare_replicas"]),
            },
        )
        decision = decide(Question.of(written), "own")
        assert float(row["own_worth_usd"]) == -decision.gap_usd
        assert float(row["staying_present_usd"]) == decision.staying_usd
        assert float(row["threshold"]) == decision.threshold
        assert row["best_own"] == decision.best
    assert not list(tmp_path.glob("*.jsonl"))


@pytest.mark.parametrize("path", preset_paths(), ids=lambda path: path.stem)
def test_a_row_agrees_with_the_whole_answer(path):
    scenario = load_scenario(path)
    row, answer = answer_point(scenario, {}, Data.shipped()), evaluate(scenario)
    best = answer.break_even(row["best_own"])
    assert (row["action"], row["chosen"]) == (answer.verdict.action, answer.verdict.chosen)
    assert (row["cheaper_for_good_from"], row["bill_from_month"]) == (
        best.volume.cheaper_for_good_from,
        best.month.bill_from,
    )
    assert row["discounted_payback_month"] == best.month.discounted_payback
    assert row["own_worth_usd"] == pytest.approx(best.month.npv_usd, rel=1e-9, abs=1e-3)
    costs = {one.alternative: one.compared_usd for one in answer.appraisals}
    assert row["chosen_present_usd"] == pytest.approx(costs[answer.verdict.chosen], rel=1e-9)
    if answer.verdict.worth_of == answer.verdict.chosen:
        assert row["worth_usd"] == pytest.approx(answer.verdict.worth_usd, rel=1e-9)


def test_no_row_and_no_step_of_a_comparison_asks_what_would_turn_it(
    plain_scenario, plain_data, monkeypatch
):
    asked = []
    monkeypatch.setattr(
        "tco.answer.verdict.deciders", lambda *_: asked.append("what would turn it") or ()
    )
    other = changed(plain_scenario, {"workload.requests_per_month": 2e7, "fleet.spare_replicas": 2})
    assert answer_point(plain_scenario, {}, plain_data)["status"] == "answered"
    assert not asked
    assert len(compare(plain_scenario, other, plain_data).contributions) == 2
    assert len(asked) == 2  # of the two answers themselves


def test_what_is_refused_is_a_row_with_its_reason(scenario, tmp_path):
    out = tmp_path / "out.csv"
    points = grid(["workload.profile=flat,wavy", "finance.discount_rate=0.08,12"])
    sweep(scenario, points, out)
    rows = read(out)
    assert [row["status"] for row in rows] == ["answered", "refused", "refused", "refused"]
    assert "discount_rate" in rows[1]["reason"]
    assert "wavy" in rows[2]["reason"]
    assert all(rows[3][name] == "" for name in RESULTS if name not in {"status", "reason"})


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.__name__)
def test_whatever_breaks_the_planner_is_a_failed_row(scenario, monkeypatch, fault):
    def broken(written, data):
        raise fault("by zero")

    monkeypatch.setattr("tco.analysis.sweep.look_up", broken)
    row = answer_point(scenario, {"workload.requests_per_month": 2e6}, Data.shipped())
    assert row["status"] == "failed"
    assert fault.__name__ in row["reason"]


def test_a_point_that_breaks_the_planner_leaves_the_rest_answered(scenario, tmp_path, monkeypatch):
    def broken_at_two_million(written, data):
        if written.workload.requests_per_month == 2e6:
            raise ZeroDivisionError
        return look_up(written, data)

    monkeypatch.setattr("tco.analysis.sweep.look_up", broken_at_two_million)
    out = tmp_path / "out.csv"
    sweep(scenario, grid(["workload.requests_per_month=1e6,2e6,3e6"]), out)
    rows = read(out)
    assert [row["status"] for row in rows] == ["answered", "failed", "answered"]
    assert "ZeroDivisionError" in rows[1]["reason"]


@pytest.mark.parametrize("path", ["workload.request_per_month", "self_hosted.9.rent", "name.x"])
def test_a_path_that_does_not_exist_is_refused_before_anything_is_answered(
    scenario, tmp_path, path
):
    with pytest.raises(InputError, match=path):
        sweep(scenario, grid(["workload.growth_per_month=0", f"{path}=1"]), tmp_path / "out.csv")
    assert list(tmp_path.iterdir()) == []


def test_two_processes_write_the_bytes_of_one(scenario, tmp_path):
    points = grid(["workload.requests_per_month=1e6:1e8:24:log", "workload.profile=flat,consumer"])
    for workers in (1, 2):
        sweep(scenario, points, tmp_path / f"{workers}.csv", workers=workers)
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()


def test_a_list_leaves_empty_cells_as_the_scenario_has_them(scenario, tmp_path):
    listed = tmp_path / "list.csv"
    listed.write_text("workload.requests_per_month,workload.profile\n1e6,\n,flat\n")
    points = rows_of_csv(listed)
    assert points.rows == ({"workload.requests_per_month": 1e6}, {"workload.profile": "flat"})
    sweep(scenario, points, tmp_path / "out.csv")
    rows = read(tmp_path / "out.csv")
    assert rows[0]["workload.profile"] == ""
    assert rows[1]["own_worth_usd"] != rows[0]["own_worth_usd"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b\n", "at least one row"),
        ("a,b\n1\n", "the header has 2"),
        ("a,a\n1,2\n", "stands twice"),
        (",b\n1,2\n", "without a name"),
    ],
)
def test_what_is_no_list_is_refused(tmp_path, text, words):
    listed = tmp_path / "list.csv"
    listed.write_text(text)
    with pytest.raises(InputError, match=words):
        rows_of_csv(listed)


def test_parquet_holds_the_rows_of_the_csv(scenario, tmp_path):
    points = grid(["workload.requests_per_month=1e6,1e8", "workload.profile=flat,3"])
    for name in ("out.csv", "out.parquet"):
        sweep(scenario, points, tmp_path / name)
    ours, theirs = pd.read_csv(tmp_path / "out.csv"), pd.read_parquet(tmp_path / "out.parquet")
    assert list(ours.columns) == list(theirs.columns)
    assert theirs["worth_usd"].dtype == float
    assert ours["worth_usd"].tolist()[::2] == theirs["worth_usd"].tolist()[::2]
    assert theirs["workload.profile"].tolist() == ["flat", "3"] * 2


def test_text_that_a_spreadsheet_would_run_is_neutralised(scenario, tmp_path):
    points = Rows(("workload.profile",), ({"workload.profile": "=cmd()"},))
    sweep(scenario, points, tmp_path / "out.csv")
    (row,) = read(tmp_path / "out.csv")
    assert row["workload.profile"] == "'=cmd()"


def test_files_in_the_way_and_other_endings_are_refused_before_any_work(scenario, tmp_path):
    points = grid(["workload.profile=flat"])
    with pytest.raises(InputError, match=r"\.parquet"):
        sweep(scenario, points, tmp_path / "out.xls")
    with pytest.raises(StorageError, match="no folder"):
        sweep(scenario, points, tmp_path / "none" / "out.csv")
    (tmp_path / "out.csv").write_text("mine")
    with pytest.raises(StorageError, match="--force"):
        sweep(scenario, points, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "mine"
    sweep(scenario, points, tmp_path / "out.csv", replace=True)
    assert len(read(tmp_path / "out.csv")) == 1


class _CutOffError(Exception):
    pass


def cut_off_after(points):
    def tell(finished, _all):
        if finished == points:
            raise _CutOffError

    return tell


@pytest.mark.parametrize(
    "torn", ["", '{"status": "answ', "\x00", '\x00\x00\n{"status": "answered"}\n']
)
def test_a_run_that_was_cut_off_goes_on_to_the_same_bytes(scenario, tmp_path, torn, monkeypatch):
    points = grid(["workload.requests_per_month=1e6:1e8:12:log"])
    sweep(scenario, points, tmp_path / "whole.csv")
    out, checkpoint = tmp_path / "out.csv", tmp_path / "out.csv.checkpoint.jsonl"
    with pytest.raises(_CutOffError):
        sweep(scenario, points, out, progress=cut_off_after(5))
    assert not out.exists()
    with checkpoint.open("a") as file:
        file.write(torn)  # as a power cut leaves it
    answered = []
    import tco.analysis.sweep as module

    real = module.answer_point
    monkeypatch.setattr(module, "answer_point", lambda *a: answered.append(a[1]) or real(*a))
    done = sweep(scenario, points, out)
    assert done.resumed == 5
    assert len(answered) == 7
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert not checkpoint.exists()


def test_a_checkpoint_of_another_sweep_is_not_gone_on_with(scenario, tmp_path):
    out = tmp_path / "out.csv"
    with pytest.raises(_CutOffError):
        sweep(scenario, grid(["fleet.spare_replicas=0,1,2"]), out, progress=cut_off_after(1))
    other = grid(["fleet.spare_replicas=0,1,3"])
    with pytest.raises(InputError, match="another sweep"):
        sweep(scenario, other, out)
    moved = changed(scenario, {"fleet.min_replicas": 2})
    with pytest.raises(InputError, match="another sweep"):
        sweep(moved, grid(["fleet.spare_replicas=0,1,2"]), out)
    assert sweep(scenario, other, out, replace=True).resumed == 0


def test_ctrl_c_ends_with_6_and_the_same_command_goes_on(tmp_path):
    out = tmp_path / "out.csv"
    command = ["sweep", DEFAULT, "--vary", "workload.requests_per_month=1e6:1e8:300:log"]
    command += ["--out", out, "--workers", "2", "--json"]
    process = subprocess.Popen(
        [TCO, *map(str, command)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    checkpoint = tmp_path / "out.csv.checkpoint.jsonl"
    until = time.monotonic() + 60
    while time.monotonic() < until and (
        not checkpoint.exists() or len(checkpoint.read_text().splitlines()) < 20
    ):
        time.sleep(0.05)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the group
    said, shouted = process.communicate(timeout=60)
    assert process.returncode == 6, shouted
    document = json.loads(said)
    kept = len(checkpoint.read_text().splitlines()) - 1
    assert document["schema"] == "tco.sweep/2"
    assert not document["complete"]
    assert document["finished"] == kept >= 16
    assert not out.exists()
    assert "goes on from there" in shouted
    assert "Traceback" not in shouted
    done = run(*command)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["complete"], document["resumed"], document["points"]) == (True, kept, 300)
    assert [row["point"] for row in read(out)] == [str(n) for n in range(300)]


def test_the_command_wants_a_grid_or_a_list_and_not_both(tmp_path):
    out = tmp_path / "out.csv"
    for extra in ([], ["--vary", "a=1", "--list", "list.csv"]):
        done = run("sweep", DEFAULT, "--out", out, *extra)
        assert done.returncode == 2
        assert "--vary" in done.stderr
    assert run("sweep", DEFAULT, "--out", out, "--list", tmp_path / "none.csv").returncode == 2


def test_away_from_a_terminal_a_long_run_says_a_line_now_and_then():
    said, clock = [], iter([0.0, 1.0, 10.0, 31.0, 40.0, 62.0])
    tell = progress_lines(said.append, lambda: next(clock))
    for finished in (100, 150, 400, 500, 720):
        tell(finished, 1_000)
    assert [text.replace("\xa0", " ") for text in said] == [
        "400 of 1,000 points, about 62 s left",
        "720 of 1,000 points, about 28 s left",
    ]


def test_a_full_disk_is_said_and_what_is_finished_is_kept(scenario, tmp_path, monkeypatch):
    import tco.analysis.sweep as module

    real, asked = module.answer_point, []

    def failing(*arguments):
        asked.append(arguments)
        if len(asked) == 3:
            raise OSError(28, "No space left on device")
        return real(*arguments)

    monkeypatch.setattr(module, "answer_point", failing)
    points = grid(["fleet.spare_replicas=0,1,2,3"])
    with pytest.raises(StorageError, match="No space left"):
        sweep(scenario, points, tmp_path / "out.csv")
    monkeypatch.undo()
    assert sweep(scenario, points, tmp_path / "out.csv").resumed == 2
