"""A real PostgreSQL on a free loopback port, started from Debian's package."""

import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

NOBODY = "nobody"
"""PostgreSQL refuses to run as root."""


def postgres_programs():
    found = shutil.which("initdb")
    homes = [Path(found).resolve().parent] if found else []
    homes += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    home = next((home for home in homes if (home / "postgres").exists()), None)
    assert home is not None, "these tests need Debian's package postgresql"
    return home


def _free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="session")
def postgres_server():
    """Address of a server of our own on a free loopback port, stopped and wiped afterwards."""
    programs = postgres_programs()
    folder = Path(tempfile.mkdtemp(prefix="planner-postgres-"))
    password = secrets.token_urlsafe(12)
    (folder / "password").write_text(password)
    as_user = {}
    if os.geteuid() == 0:
        for path in (folder, folder / "password"):
            shutil.chown(path, NOBODY)
        as_user = {"user": NOBODY, "group": NOBODY if _has_group(NOBODY) else "nogroup"}
        as_user["extra_groups"] = []
    initdb = [programs / "initdb", "-D", folder / "data", "-U", "planner", "-E", "UTF8"]
    initdb += ["--locale=C", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}", "-N"]
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C"}
    subprocess.run(
        initdb, check=True, capture_output=True, cwd=folder, env=environment, timeout=60, **as_user
    )
    port = _free_port()
    server = [programs / "postgres", "-D", folder / "data", "-p", str(port)]
    server += [
        "-c",
        "listen_addresses=127.0.0.1",
        "-c",
        "unix_socket_directories=",
        "-c",
        "fsync=off",
    ]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            server, cwd=folder, env=environment, stdout=log, stderr=log, **as_user
        )
    try:
        _wait_for(process, port, folder / "log")
        yield f"postgresql://planner:{password}@127.0.0.1:{port}/"
    finally:
        process.terminate()
        process.wait(timeout=30)
        shutil.rmtree(folder)


def _has_group(name):
    import grp

    return any(group.gr_name == name for group in grp.getgrall())


def _wait_for(process, port, log):
    for _ in range(300):
        assert process.poll() is None, log.read_text()
        if "ready to accept connections" in log.read_text():
            return
        time.sleep(0.1)
    raise AssertionError(log.read_text())
