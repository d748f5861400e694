"""The journal: whole entries or none, and every change is seen."""

import errno
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time

import pytest

from calibrate import files as storage
from calibrate.files import write_whole
from calibrate.run import journal as journal_module
from calibrate.run.journal import Journal, read_journal
from pricing.errors import StorageError
from tests.calibrate.plans import ROOT

ENTRY = {"kind": "point", "id": "A", "judged": {"figures": [1.5] * 50, "said": "größer\n"}}
WRITER = """
import sys
from pathlib import Path
from calibrate.run.journal import Journal
from calibrate.files import write_whole
folder = Path(sys.argv[1])
entry = {"kind": "point", "id": "A", "rows": list(range(2_000))}
with Journal.open(folder / "journal") as journal:
    print("ready", flush=True)
    number = len(journal.entries)
    while True:
        journal.append({**entry, "number": number})
        write_whole(folder / "record.json", (f'{{"number": {number}}}' + " " * 5_000).encode())
        print(number, flush=True)
        number += 1
"""


def three(path):
    with Journal.open(path) as journal:
        for number in range(3):
            journal.append({**ENTRY, "number": number})
        journal.seal()
    return path.read_bytes()


def test_what_is_added_is_read_back(tmp_path):
    path = tmp_path / "journal"
    three(path)
    contents = read_journal(path)
    assert [entry.get("number") for entry in contents.entries] == [0, 1, 2, None]
    assert contents.entries[0]["judged"] == ENTRY["judged"]
    assert contents.sealed
    assert contents.torn_bytes == 0


def test_entries_are_added_behind_those_of_an_earlier_run_which_keep_their_bytes(tmp_path):
    path = tmp_path / "journal"
    with Journal.open(path) as journal:
        journal.append(ENTRY)
    before = path.read_bytes()
    with Journal.open(path) as journal:
        assert len(journal.entries) == 1
        journal.append(ENTRY)
    assert path.read_bytes().startswith(before)
    assert len(read_journal(path).entries) == 2


def test_a_thousand_flipped_bits_are_all_seen(tmp_path):
    """F18."""
    path = tmp_path / "journal"
    whole = three(path)
    chance = random.Random(18)
    for _ in range(1_000):
        content = bytearray(whole)
        content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
        path.write_bytes(bytes(content))
        assert is_refused_or_unfinished(path)


def test_two_hundred_cuts_are_all_seen(tmp_path):
    """F18."""
    path = tmp_path / "journal"
    whole = three(path)
    chance = random.Random(19)
    for length in [0, len(whole) - 1, *(chance.randrange(len(whole)) for _ in range(198))]:
        path.write_bytes(whole[:length])
        assert is_refused_or_unfinished(path)


def is_refused_or_unfinished(path):
    try:
        contents = read_journal(path)
    except StorageError as error:
        return "is not as it was written" in str(error)
    return not contents.sealed


def test_swapped_doubled_and_foreign_entries_are_seen(tmp_path):
    path = tmp_path / "journal"
    lines = three(path).splitlines(keepends=True)
    for changed in (
        [lines[1], lines[0], *lines[2:]],
        [lines[0], lines[0], *lines[1:]],
        [lines[0], *lines[2:]],
    ):
        path.write_bytes(b"".join(changed))
        with pytest.raises(StorageError, match="is not as it was written"):
            read_journal(path)


@pytest.mark.parametrize("kills", [40, pytest.param(200, marks=pytest.mark.long)])
def test_kills_leave_only_whole_entries(tmp_path, kills):
    """F15: what was said to be written is there, and at most the entry in hand is lost."""
    chance = random.Random(15)
    kept = 0
    for _ in range(kills):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            write_for_ever(tmp_path, writing)
        os.close(writing)
        assert os.read(reading, 1) == b"r"
        time.sleep(chance.uniform(0.0, 0.02))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        said = 0
        while part := os.read(reading, 4_096):
            said += len(part)
        os.close(reading)
        contents = read_journal(tmp_path / "journal")
        numbers = [entry["number"] for entry in contents.entries]
        assert numbers == list(range(len(numbers)))
        assert kept + said <= len(numbers) <= kept + said + 1
        kept = len(numbers)
        if kept and (tmp_path / "record.json").exists():
            assert json.loads((tmp_path / "record.json").read_text())["number"] < kept
    assert kept > kills / 2


def write_for_ever(folder, pipe):
    """Add entries and say each one; ends by being killed."""
    try:
        with Journal.open(folder / "journal") as journal:
            os.write(pipe, b"r")
            while True:
                number = len(journal.entries)
                journal.append({**ENTRY, "number": number})
                os.write(pipe, b".")
                write_whole(folder / "record.json", f'{{"number": {number}}}'.encode())
    finally:
        os._exit(1)


class Disk:
    """Fails the n-th call of one operating-system function."""

    def __init__(self, monkeypatch, name, fails_at, code):
        self.calls, self.fails_at, self.code = 0, fails_at, code
        self.real = getattr(os, name)
        monkeypatch.setattr(os, name, self)

    def __call__(self, *arguments, **more):
        self.calls += 1
        if self.calls == self.fails_at:
            raise OSError(self.code, os.strerror(self.code))
        return self.real(*arguments, **more)


@pytest.mark.parametrize("code", [errno.EIO, errno.ENOSPC, errno.EDQUOT])
@pytest.mark.parametrize("name", ["write", "fsync", "open"])
def test_a_disk_that_fails_at_any_write_costs_the_entry_in_hand_and_no_other(
    tmp_path, monkeypatch, name, code
):
    """F16."""
    record, path = tmp_path / "record.json", tmp_path / "journal"
    failures = 0
    for fails_at in range(1, 12):
        path.unlink(missing_ok=True)
        record.write_text("old")
        with monkeypatch.context() as patch:
            disk = Disk(patch, name, fails_at, code)
            try:
                with Journal.open(path) as journal:
                    journal.append(ENTRY)
                    journal.append(ENTRY)
                write_whole(record, b"new")
            except StorageError:
                failures += 1
        if disk.calls < fails_at:
            break
        whole = read_journal(path).entries if path.exists() else ()
        assert all(entry == ENTRY for entry in whole)
        assert record.read_text() in {"old", "new"}
        assert {entry.name for entry in tmp_path.iterdir()} <= {"journal", "record.json"}
    assert failures >= 2
    assert record.read_text() == "new"


def test_a_limit_on_file_size_leaves_whole_entries(tmp_path):
    """F16."""
    run = subprocess.run(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536)),
        check=False,
    )
    assert "StorageError" in run.stderr
    contents = read_journal(tmp_path / "journal")
    assert len(contents.entries) == int(run.stdout.split()[-1]) + 1
    assert contents.torn_bytes == 0


def test_a_device_in_place_of_the_journal_is_refused(tmp_path):
    """F16."""
    (tmp_path / "journal").symlink_to("/dev/full")
    with pytest.raises(StorageError, match="is not a regular file"):
        Journal.open(tmp_path / "journal")


def test_a_disk_with_too_little_space_is_refused_before_anything_starts(tmp_path):
    with pytest.raises(StorageError, match="are needed"):
        storage.require_space(tmp_path, smallest_bytes=1 << 60)


def test_the_journal_names_itself_in_a_refusal(tmp_path):
    path = tmp_path / "journal"
    path.write_bytes(b"nonsense\n")
    with pytest.raises(StorageError, match=journal_module.JOURNAL):
        Journal.open(path)
