"""Watches over a server and leaves nothing of it behind, however the run itself ends.

Run as a program: ``watchdog.py LOG GRACE_S -- COMMAND...``. It starts the command in a session of
its own, adopts every process the command orphans, copies the output to the log, and stops all of
them when the command ends, when it is told to by a signal, or when its standard input closes, which
happens even if the process that started it is killed outright. It needs the standard library only.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

HEAD_BYTES = 4 * 1024 * 1024
TAIL_BYTES = 256 * 1024
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_POLL_S = 0.1
_SWEEPS = 50


def watch(log_path: str, grace_s: float, command: list[str]) -> int:
    """Run the command until it ends or the run does; exit status of the command."""
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    told: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda received, _: told.append(received))
    with Path(log_path).open("wb", buffering=0) as file:
        log = _Log(file.write)
        child = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=lambda: _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL),
        )
        assert child.stdout is not None
        try:
            _follow(child, child.stdout.fileno(), log, told)
        finally:
            _stop_all(child, child.stdout.fileno(), log, grace_s)
            log.finish()
    return child.returncode if child.returncode >= 0 else 128 - child.returncode


class _Log:
    """The beginning of an output and its end; a chatty server does not fill the disk."""

    def __init__(self, write: Callable[[bytes], int | None]) -> None:
        self._write, self._left = write, HEAD_BYTES
        self._tail: deque[bytes] = deque()
        self._tail_bytes = 0

    def add(self, part: bytes) -> None:
        head, rest = part[: self._left], part[self._left :]
        if head:
            with suppress(OSError):
                self._write(head)
            self._left -= len(head)
        if rest:
            self._tail.append(rest)
            self._tail_bytes += len(rest)
            while self._tail_bytes - len(self._tail[0]) > TAIL_BYTES:
                self._tail_bytes -= len(self._tail.popleft())

    def finish(self) -> None:
        if self._tail:
            with suppress(OSError):
                self._write(b"\n[...]\n" + b"".join(self._tail))


def _follow(child: subprocess.Popen[bytes], output: int, log: _Log, told: list[int]) -> None:
    """Copy output until the command ends, a signal comes or the run is gone."""
    stdin = sys.stdin.fileno()
    sources = [output, stdin]
    while child.poll() is None and not told:
        with suppress(InterruptedError):
            ready, _, _ = select.select(sources, [], [], _POLL_S)
            if output in ready:
                part = os.read(output, 1 << 16)
                if part:
                    log.add(part)
                else:
                    sources.remove(output)
            if stdin in ready and not os.read(stdin, 1):
                return


def _stop_all(child: subprocess.Popen[bytes], output: int, log: _Log, grace_s: float) -> None:
    """Ask everything below to end, wait for the grace time, then kill what is left."""
    os.set_blocking(output, False)
    _signal_each(_descendants(), signal.SIGTERM)
    deadline = time.monotonic() + grace_s
    while time.monotonic() < deadline and (child.poll() is None or _descendants()):
        _drain(output, log)
        _reap(child.pid)
        time.sleep(_POLL_S / 2)
    for _ in range(_SWEEPS):
        if child.poll() is not None and not _descendants():
            break
        _signal_each(_descendants(), signal.SIGKILL)
        time.sleep(_POLL_S / 5)
        _reap(child.pid)
    _drain(output, log)


def _drain(output: int, log: _Log) -> None:
    with suppress(BlockingIOError, OSError):
        while part := os.read(output, 1 << 16):
            log.add(part)


def _signal_each(pids: set[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, number)


def _reap(command: int) -> None:
    """Collect adopted processes that have ended; the command itself is collected by its handle."""
    for pid in _descendants(ended=True) - {command}:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)


def _descendants(*, ended: bool = False) -> set[int]:
    """Processes below this one: those that run, or direct children that have ended."""
    parent_of, state_of = {}, {}
    for name in (entry.name for entry in Path("/proc").iterdir()):
        if name.isdigit():
            with suppress(OSError, ValueError, IndexError):
                stat = Path(f"/proc/{name}/stat").read_text().rpartition(")")[2].split()
                state_of[int(name)], parent_of[int(name)] = stat[0], int(stat[1])
    below, frontier = set(), {os.getpid()}
    while frontier:
        frontier = {pid for pid, parent in parent_of.items() if parent in frontier}
        below |= frontier
    if ended:
        return {pid for pid in below if state_of[pid] == "Z" and parent_of[pid] == os.getpid()}
    return {pid for pid in below if state_of[pid] != "Z"}


def _prctl(option: int, value: int) -> None:
    ctypes.CDLL(None).prctl(option, value, 0, 0, 0)


if __name__ == "__main__":
    sys.exit(watch(sys.argv[1], float(sys.argv[2]), sys.argv[4:]))
