"""Runs that are ended, killed, locked out or left behind: nothing is lost, nothing keeps running.

Numbers such as F14 are those of the fault list in docs/calibrate.md.
"""

import json
import random
import shlex
import signal
import socket
import subprocess
import time
from functools import partial

import pytest

from calibrate.plan.server_spec import serve_arguments
from calibrate.run.journal import read_journal
from tests.calibrate.fake_server import vllm_script
from tests.calibrate.plans import (
    arguments,
    calibrate,
    codes,
    entries,
    finish,
    load,
    plan_of,
    points,
    processes_with,
    start,
)

pytestmark = pytest.mark.faults


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_f14_a_signal_ends_a_run_whole_and_resume_repeats_nothing(tmp_path, number):
    plan = plan_of(*(load(f"P{i}", 2, 40) for i in range(4)))
    program = vllm_script(tmp_path / "bin")
    journal = tmp_path / "run" / "journal"
    chance = random.Random(number)
    command = arguments(tmp_path, plan, program)
    interrupted = 0
    for session in range(1, 8):
        process = start(command)
        wait_until(partial(has_begun, process, journal, session))
        time.sleep(chance.uniform(0.0, 2.0))
        process.send_signal(number)
        finish(process, within_s=30)
        assert processes_with(str(tmp_path / "bin")) == []
        contents = read_journal(journal)
        assert contents.torn_bytes == 0
        if contents.sealed:
            break
        assert process.returncode == 6, process.told
        interrupted += 1
        _, _, said = process.told.rpartition("Go on with: tco-calibrate ")
        command = shlex.split(said)
        assert command == [
            *("resume", str(tmp_path / "run"), "--vllm", str(program), "--driver", "built-in")
        ]
    finish(start(command))
    measured = [entry["id"] for entry in entries(tmp_path) if entry["kind"] == "point"]
    assert measured == ["P0", "P1", "P2", "P3"]
    assert interrupted >= 1


def has_begun(process, journal, session):
    """Whether that many sessions have begun, or this one is over."""
    begun = journal.read_bytes().count(b'"kind":"started"') if journal.exists() else 0
    return begun == session or process.poll() is not None


def test_f15_a_killed_run_leaves_no_process_and_loses_the_point_in_hand_at_most(tmp_path):
    plan = plan_of(*(load(f"P{i}", 2, 60) for i in range(3)))
    program = vllm_script(tmp_path / "bin")
    process = start(arguments(tmp_path, plan, program))
    journal = tmp_path / "run" / "journal"
    wait_until(lambda: journal.exists() and b'"kind":"point"' in journal.read_bytes())
    process.kill()
    process.communicate()
    kept = journal.read_bytes()
    wait_until(lambda: not processes_with(str(tmp_path / "bin")))
    resumed = calibrate("resume", tmp_path / "run", "--vllm", program, "--driver", "built-in")
    assert resumed.returncode == 4  # too few points for a fit
    assert journal.read_bytes().startswith(kept[: kept.rindex(b"\n") + 1])
    measured = [entry["id"] for entry in entries(tmp_path) if entry["kind"] == "point"]
    assert measured == ["P0", "P1", "P2"]


def test_f16_a_folder_that_cannot_be_written_is_refused_with_its_own_code(attempt, tmp_path):
    (tmp_path / "run").write_text("a file in the way")
    done = attempt()
    assert done.returncode == 7
    assert "cannot be written" in done.told


def test_f19_a_second_run_on_the_same_folder_is_turned_away(tmp_path):
    plan = plan_of(load("A", 1, 200))
    program = vllm_script(tmp_path / "bin")
    first = start(arguments(tmp_path, plan, program))
    wait_until(lambda: (tmp_path / "run" / "journal").exists())
    second = calibrate(*arguments(tmp_path, plan, program, "--json"))
    assert second.returncode == 8
    assert json.loads(second.said)["code"] == "busy"
    first.send_signal(signal.SIGTERM)
    finish(first)


def test_f19_a_folder_of_another_plan_is_refused(attempt, tmp_path):
    attempt(plan_of(load("A", 2, 16)))
    done = attempt(plan_of(load("B", 2, 16)))
    assert done.returncode == 2
    assert "another plan" in done.told


@pytest.mark.parametrize("mode", ["orphan", "stubborn"])
def test_f20_orphans_and_servers_that_ignore_signals_are_ended_too(attempt, tmp_path, mode):
    mark = f"orphan-of-{tmp_path.name}-{mode}"
    attempt(plan_of(load("A", 2, 16)), mode=mode, mark=mark)
    assert set(points(tmp_path)) == {"A"}
    assert processes_with(mark) == []


def test_f20_ten_megabytes_of_log_block_nothing_and_do_not_fill_the_disk(attempt, tmp_path):
    attempt(plan_of(load("A", 2, 16)), chatty=True)
    assert set(points(tmp_path)) == {"A"}
    assert (tmp_path / "run" / "server-0.log").stat().st_size < 6_000_000


def test_a_server_that_already_runs_is_used_by_its_name_and_left_running(tmp_path):
    plan = plan_of(load("A", 2, 20))
    program = vllm_script(tmp_path / "bin")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    argv = serve_arguments(plan.server, served_name="theirs", port=port)
    with subprocess.Popen([program, *argv]) as theirs:
        wait_until(lambda: listens(port))
        try:
            given = ["--base-url", f"http://127.0.0.1:{port}"]
            done = calibrate(*arguments(tmp_path, plan, program, *given, "--served-name", "ours"))
            assert done.returncode == 5
            assert "serves theirs" in done.told
            done = calibrate(*arguments(tmp_path, plan, program, *given))
            assert done.returncode == 4  # one point is too few to fit
            assert codes(points(tmp_path)["A"]) == set()
            assert theirs.poll() is None
        finally:
            theirs.terminate()


def listens(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_until(holds, within_s=30):
    deadline = time.monotonic() + within_s
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)
