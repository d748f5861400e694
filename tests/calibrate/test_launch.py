"""Servers as processes: explained when they end, known by their port, and never left behind."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from calibrate.errors import ServerError
from calibrate.server.process import (
    START_RETRIES,
    ServerProcess,
    free_port,
    owns_port,
    start_error,
    start_fault,
)
from tests.calibrate.plans import ROOT, processes_with

SAID = {
    "gpu_memory": [
        "torch.OutOfMemoryError: CUDA out of memory. Tried to allocate 15.25 GiB.",
        "ValueError: No available memory for the cache blocks.",
        "ValueError: Free memory on device (3.1/79.1 GiB) on startup is less than desired GPU "
        "memory utilization (0.92, 72.8 GiB).",
    ],
    "port": ["OSError: [Errno 98] Address already in use"],
    "flag": ["vllm serve: error: unrecognized arguments: --x", "error: argument --dtype: invalid"],
    "model": [
        "huggingface_hub.errors.RepositoryNotFoundError: 404. Repository Not Found for url",
        "OSError: /models/x does not appear to have a file named config.json",
    ],
    "driver": ["RuntimeError: No CUDA GPUs are available", "Found no NVIDIA driver on your system"],
    "exited": ["Segmentation fault", ""],
}


@pytest.mark.parametrize(("fault", "line"), [(f, line) for f, ls in SAID.items() for line in ls])
def test_a_server_that_ended_is_explained_by_what_it_said(fault, line):
    assert start_fault(f"INFO starting\n{line}\n") == fault
    assert START_RETRIES[fault] == (1 if fault in {"gpu_memory", "port", "driver"} else 0)


def test_a_refusal_repeats_the_last_line_and_says_what_to_do(tmp_path):
    log = tmp_path / "log"
    log.write_text("INFO\nCUDA out of memory\n")
    problem = start_error("gpu_memory", log, 2).problems[0]
    assert "in 2 attempts" in problem.limit
    assert "CUDA out of memory" in problem.limit
    assert "Use more GPUs" in problem.remedy
    assert str(log) in problem.remedy


@pytest.mark.parametrize("content", [None, "", "\n \n"])
def test_no_refusal_sends_anybody_to_a_log_that_says_nothing(tmp_path, content):
    log = tmp_path / "log"
    if content is not None:
        log.write_text(content)
    for fault in START_RETRIES:
        problem = start_error(fault, log, 1).problems[0]
        assert "log" not in problem.remedy.lower()


def test_a_port_is_owned_by_those_below_and_by_nobody_else():
    with socket.create_server(("127.0.0.1", 0)) as mine:
        port = mine.getsockname()[1]
        assert owns_port(os.getppid(), port) is not False
        family = ["bash", "-c", "sleep 60 & wait"]
        with subprocess.Popen(family, start_new_session=True) as other:
            time.sleep(0.3)
            assert owns_port(other.pid, port) is False
            os.killpg(other.pid, signal.SIGKILL)
        with pytest.raises(ServerError, match="is in use"):
            free_port(port)
    assert free_port() != port


FAMILY = """
import signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
for _ in range(2):
    subprocess.Popen([sys.executable, "-c", child, sys.argv[1]], start_new_session=True)
print("ready", flush=True)
time.sleep(600)
"""
STARTER = """
import sys, time
from pathlib import Path
from calibrate.server.process import ServerProcess
process = ServerProcess.start(sys.argv[3:], Path(sys.argv[1]), grace_s=0.3)
while "ready" not in process.tail():
    time.sleep(0.02)
print("up", flush=True)
if sys.argv[2] == "stop":
    process.stop()
    print("down", flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("how", ["stop", "kill"])
def test_nothing_is_left_of_a_server_however_its_run_ends(tmp_path, how):
    """F15, F20: a family that ignores SIGTERM, each in a session of its own."""
    mark = f"family-of-{tmp_path.name}"
    command = [sys.executable, "-c", FAMILY, mark]
    with subprocess.Popen(
        [sys.executable, "-c", STARTER, str(tmp_path / "log"), how, *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout.readline() == "up\n"
        assert len(processes_with(mark)) >= 3
        if how == "stop":
            assert run.stdout.readline() == "down\n"
            left = [pid for pid in processes_with(mark) if pid != run.pid]
            assert left == []
        run.kill()
    deadline = time.monotonic() + 15
    while processes_with(mark):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_end_of_a_long_output_is_kept(tmp_path):
    command = [sys.executable, "-c", "for i in range(200_000): print('line', i, 'x' * 60)"]
    process = ServerProcess.start(command, tmp_path / "log", grace_s=0.2)
    deadline = time.monotonic() + 30
    while process.exit_status is None:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    process.stop()
    assert "line 199999" in process.tail()
    assert (tmp_path / "log").stat().st_size < 5_000_000
