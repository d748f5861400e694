"""One run per folder, and a lock that no dead process keeps."""

import contextlib
import signal
import subprocess
import sys

import pytest

from calibrate.errors import BusyError
from calibrate.run.journal import read_journal
from calibrate.run.lock import hold
from tests.calibrate.plans import ROOT

SAVER = """
import sys
from pathlib import Path
from calibrate.run.journal import Journal
from calibrate.run.lock import hold
folder, me = Path(sys.argv[1]), sys.argv[2]
for number in range(25):
    with hold(folder, wait_s=60), Journal.open(folder / "journal") as journal:
        journal.append({"kind": "point", "id": f"{me}-{number}"})
"""
HOLDER = """
import sys, time
from pathlib import Path
from calibrate.run.lock import hold
with hold(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(600)
"""


def python(code, *arguments):
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def test_eight_processes_save_two_hundred_entries_and_none_is_lost(tmp_path):
    """F19."""
    with contextlib.ExitStack() as stack:
        savers = [stack.enter_context(python(SAVER, tmp_path, number)) for number in range(8)]
        assert [saver.wait(60) for saver in savers] == [0] * 8
    names = [entry["id"] for entry in read_journal(tmp_path / "journal").entries]
    assert len(names) == len(set(names)) == 200


def test_a_second_run_is_turned_away_at_once_and_told_by_whom(tmp_path):
    """F19."""
    with python(HOLDER, tmp_path) as holder:
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(BusyError, match=str(holder.pid)) as caught, hold(tmp_path):
            pass
        assert caught.value.exit_code == 8
        holder.kill()


def test_a_killed_holder_does_not_block(tmp_path):
    """F19."""
    with python(HOLDER, tmp_path) as holder:
        assert holder.stdout.readline() == "held\n"
        holder.send_signal(signal.SIGKILL)
    with hold(tmp_path):
        pass
