"""A server as a process of ours: started, watched, explained when it ends, and stopped whole."""

import re
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final, Literal, Self

from calibrate.errors import ServerError
from calibrate.plan.server_spec import NamedVariable, server_environment
from calibrate.server import watchdog
from pricing.errors import Problem

StartFault = Literal["gpu_memory", "port", "driver", "flag", "model", "exited", "not_ready"]
SIGNS: Final[dict[StartFault, str]] = {
    "gpu_memory": r"out of memory|No available memory for the cache|less than desired|"
    r"Not enough .*memory|larger than the available KV cache memory",
    "port": r"[Aa]ddress already in use",
    "flag": r"unrecognized arguments|error: argument|invalid choice|expected one argument",
    "model": r"Repository Not Found|not a local folder|not a valid model|does not appear to have|"
    r"No such file or directory|config\.json|is not supported for now|gated repo",
    "driver": r"NVIDIA driver|libcuda|CUDA driver version|no CUDA-capable device|"
    r"No CUDA GPUs are available",
}
START_REMEDIES: Final[dict[StartFault, str]] = {
    "gpu_memory": "Use more GPUs, a shorter max_model_len or a smaller share of memory.",
    "port": "Another server may have taken it; run again, or free the port.",
    "flag": "This engine version does not take a setting of the plan.",
    "model": "Check the model's id, revision and access, or the folder.",
    "driver": "Check the driver with nvidia-smi.",
    "exited": "",
    "not_ready": "Raise patience.start_s if the model is large.",
}
START_RETRIES: Final[dict[StartFault, int]] = {
    "gpu_memory": 1,
    "port": 1,
    "driver": 1,
    "flag": 0,
    "model": 0,
    "exited": 0,
    "not_ready": 0,
}
LONGEST_SHOWN: Final = 100
_HEAD_BYTES: Final = 1024 * 1024
_TAIL_BYTES: Final = 64 * 1024


class ServerProcess:
    """A running command under a watchdog."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path, grace_s: float) -> None:
        self._process, self.log, self._grace_s = process, log, grace_s

    @classmethod
    def start(
        cls,
        command: Sequence[str],
        log: Path,
        *,
        grace_s: float,
        named: Sequence[NamedVariable] = (),
    ) -> Self:
        """Start a command that cannot outlive this process.

        Parameters
        ----------
        named
            Variables of the shell that it is given beside the usual ones.

        Raises
        ------
        ServerError
            If the program cannot be found.
        """
        watched = [sys.executable, "-I", watchdog.__file__, str(log), str(grace_s), "--", *command]
        process = subprocess.Popen(
            watched,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            env=server_environment(named),
        )
        return cls(process, log, grace_s)

    @property
    def pid(self) -> int:
        """Process id of the watchdog; the server is among its descendants."""
        return self._process.pid

    @property
    def exit_status(self) -> int | None:
        """Status with which the command ended; None while it runs."""
        return self._process.poll()

    def stop(self) -> None:
        """End the command and everything it started; returns when nothing is left."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        try:
            self._process.wait(self._grace_s + 15)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGKILL)
            self._process.wait()

    def head(self) -> str:
        """First part of what the command printed."""
        with suppress(OSError), self.log.open("rb") as log:
            return log.read(_HEAD_BYTES).decode(errors="replace")
        return ""

    def last_line(self) -> str:
        """What the command printed last, cut to fit a terminal."""
        lines = [line for line in self.tail().splitlines() if line.strip()]
        return lines[-1].strip()[:LONGEST_SHOWN] if lines else "nothing printed yet"

    def tail(self) -> str:
        """Last part of what the command printed."""
        try:
            return self.log.read_bytes()[-_TAIL_BYTES:].decode(errors="replace")
        except OSError:
            return ""


def start_fault(log: str) -> StartFault:
    """What a server that ended at start says of the reason, read from its log."""
    for fault, pattern in SIGNS.items():
        if re.search(pattern, log):
            return fault
    return "exited"


def start_error(fault: StartFault, log: Path, attempts: int) -> ServerError:
    """Refusal after the last attempt to start."""
    said = [line.strip() for line in _lines(log) if line.strip()]
    return ServerError(
        Problem(
            "server",
            fault,
            f"could not be started in {attempts} attempt{'s' if attempts > 1 else ''}"
            + (f"; it said last: {said[-1][:200]}" if said else ""),
            f"{START_REMEDIES[fault]} {f'Log: {log}' if said else 'It printed nothing.'}".strip(),
        )
    )


def free_port(wanted: int | None = None) -> int:
    """Find a port of the loopback address that nobody listens on.

    Raises
    ------
    ServerError
        If the one wanted is taken, perhaps by another server.
    """
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", wanted or 0))
        except OSError:
            raise ServerError(
                Problem("port", str(wanted), "is in use", "Leave it out to use a free one.")
            ) from None
        return int(probe.getsockname()[1])


def owns_port(root_pid: int, port: int) -> bool | None:
    """Whether a process below `root_pid` listens on the port; None where that cannot be seen."""
    try:
        sockets = _listening(port)
        below = _below(root_pid)
    except OSError:
        return None
    if not sockets or not below:
        return None
    return any(_sockets_of(pid) & sockets for pid in below)


def _listening(port: int) -> set[str]:
    """Inodes of sockets that listen on the port."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with suppress(FileNotFoundError):
            for line in Path(table).read_text().splitlines()[1:]:
                cells = line.split()
                if cells[3] == "0A" and int(cells[1].rpartition(":")[2], 16) == port:
                    inodes.add(cells[9])
    return inodes


def _sockets_of(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(OSError):
                match = re.fullmatch(r"socket:\[(\d+)\]", str(entry.readlink()))
                if match:
                    found.add(match.group(1))
    return found


def _below(root_pid: int) -> set[int]:
    parents = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with suppress(OSError, IndexError):
                stat = (entry / "stat").read_text().rpartition(")")[2].split()
                parents[int(entry.name)] = int(stat[1])
    below, frontier = set(), {root_pid}
    while frontier:
        frontier = {pid for pid, parent in parents.items() if parent in frontier}
        below |= frontier
    return below


def _lines(log: Path) -> list[str]:
    try:
        return log.read_text(errors="replace").splitlines()
    except OSError:
        return []
