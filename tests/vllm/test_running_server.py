"""A server that runs already, behind a path and a key, is measured if it is the one meant."""

import contextlib
import os
import signal
import socket
import subprocess
import threading
import time

import pytest

from tests.calibrate.plans import (
    calibrate,
    codes,
    points,
)
from tests.vllm.cpu_server import (
    KV_MIB,
    VLLM,
    cpu_plan,
    environment,
    shape,
)

pytestmark = [pytest.mark.vllm, pytest.mark.timeout(1_800)]


@pytest.fixture
def four_slots(models, tmp_path, monkeypatch):
    """A server that runs already, behind a gateway that adds a path; it wants a key."""
    environment(monkeypatch)
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = [
        *(VLLM, "serve", models / "llama-small", "--load-format", "dummy", "--dtype", "float32"),
        *("--host", "127.0.0.1", "--port", port, "--enforce-eager", "--max-model-len", 2048),
        *("--distributed-executor-backend", "uni", "--max-num-seqs", 4, "--block-size", 32),
        *("--max-num-batched-tokens", 1024, "--kv-cache-memory-bytes", KV_MIB * 2**20),
        *("--api-key", "secret"),
    ]
    with (tmp_path / "server.log").open("wb") as log:
        server = subprocess.Popen(list(map(str, command)), stdout=log, stderr=log)
    gateway = Gateway(port)
    try:
        deadline = time.monotonic() + 300
        while not answers(port):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(1)
        yield f"http://127.0.0.1:{gateway.port}/team/llm/v1"
    finally:
        gateway.close()
        server.send_signal(signal.SIGINT)
        server.wait(60)


def answers(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as connection:
            connection.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            return b" 200 " in connection.recv(100)
    except OSError:
        return False


class Gateway:
    """Takes a path off every request and passes it on."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port, self.behind = self.listener.getsockname()[1], port
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        with client, socket.create_connection(("127.0.0.1", self.behind)) as server:
            head = client.recv(1 << 16)
            server.sendall(head.replace(b" /team/llm/", b" /", 1))
            threading.Thread(target=self.copy, args=(client, server), daemon=True).start()
            self.copy(server, client)

    @staticmethod
    def copy(source, target):
        with contextlib.suppress(OSError):
            while part := source.recv(1 << 16):
                target.sendall(part)
            target.shutdown(socket.SHUT_WR)

    def close(self):
        self.listener.close()


NVIDIA_SMI = """#!/bin/sh
case "$*" in
  *compute-apps*) ;;
  *query-gpu*) echo "0, GPU-1, NVIDIA A10G, 570.1, 23028, 1, 1, 1, 1, 40, 0x0" ;;
esac
"""


def test_a_running_server_is_measured_with_a_key_and_a_path_if_it_is_the_one_meant(
    four_slots, models, tmp_path, monkeypatch
):
    """Wrong model, wrong slots and a wrong accelerator are each refused before any load."""
    loads = [shape("A", 64, 24, 1, 6), shape("B", 64, 24, 8, 24), shape("C", 256, 8, 3, 12)]
    loads.append(shape("D", 32, 48, 2, 8))
    small = str(models / "llama-small")
    plan = cpu_plan(small, *loads)
    monkeypatch.setenv("OPENAI_API_KEY", "secret")

    def attached(plan, name, *more):
        path = tmp_path / f"{name}.json"
        path.write_text(plan.model_dump_json())
        out = tmp_path / ("run" if name == "right" else name)
        return calibrate(
            *("run", path, "--out", out, "--base-url", four_slots, *more), within_s=900
        )

    def served(**changes):
        server = plan.server.model_copy(update=changes)
        return plan.model_copy(update={"server": server})

    slots = attached(plan, "slots")
    assert (slots.returncode, "max_num_seqs" in slots.told) == (5, True), slots.told
    other = attached(served(model="meta-llama/Llama-3.1-8B-Instruct", max_num_seqs=4), "model")
    assert (other.returncode, "the plan is for meta-llama" in other.told) == (5, True)
    folder = tmp_path / "bin"
    folder.mkdir()
    (folder / "nvidia-smi").write_text(NVIDIA_SMI)
    (folder / "nvidia-smi").chmod(0o755)
    with monkeypatch.context() as context:
        context.setenv("PATH", f"{folder}:{os.environ['PATH']}")
        on_gpu = served(max_num_seqs=4).model_copy(
            update={"device": "cuda", "accelerator": "H100 SXM"}
        )
        chip = attached(on_gpu, "chip")
    assert (chip.returncode, "NVIDIA A10G" in chip.told) == (5, True), chip.told
    done = attached(served(max_num_seqs=4), "right")
    measured = points(tmp_path)
    assert set(measured) == {"A", "B", "C", "D"}, done.told
    for name, point in measured.items():
        assert codes(point) == set(), name
    assert done.returncode == 0, done.told
