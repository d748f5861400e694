"""What a process does before it serves anybody: its store, and whether it is ready."""

import json
import os
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing

import pytest

from tco.store.connect import VARIABLE
from tco.ui.server.settings import command
from tests.browser.conftest import ROOT, free_port, serving

pytestmark = pytest.mark.browser

WITHOUT_DRIVER = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] == "psycopg":
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
"""


def asked(address):
    try:
        with urllib.request.urlopen(f"{address}/ready", timeout=30) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.load(refused)


def healthy(address):
    with urllib.request.urlopen(f"{address}/_stcore/health", timeout=5) as answer:
        return answer.status


def test_tables_are_made_before_anybody_comes(tmp_path):
    with serving(tmp_path), closing(sqlite3.connect(tmp_path / "s.sqlite")) as store:
        tables = {name for (name,) in store.execute("SELECT name FROM sqlite_master")}
    assert {"scenario", "open_page"} <= tables


def test_a_process_is_ready_while_its_store_answers_and_healthy_when_it_does_not(tmp_path):
    with serving(tmp_path) as address:
        assert asked(address) == (200, {"ready": True, "waits_for": {}})
        (tmp_path / "s.sqlite").write_text("no database any more, " * 1_000)
        status, said = asked(address)
        assert (status, said["waits_for"]) == (503, {"store": "storage"})
        assert healthy(address) == 200
    log = (tmp_path / "log.txt").read_text()
    assert "the store failed code=storage cause=sqlite:///" in log


@pytest.mark.parametrize(
    "way", [["-m", "tco.begin", "app", "--headless"], ["-m", "tco.ui"]], ids=["app", "container"]
)
def test_a_missing_driver_refuses_the_start_with_the_command_that_installs_it(tmp_path, way):
    (tmp_path / "sitecustomize.py").write_text(WITHOUT_DRIVER)
    done = subprocess.run(
        [sys.executable, *way],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
            VARIABLE: "postgresql://planner@127.0.0.1/planner",
            "STREAMLIT_SERVER_PORT": str(free_port()),
        },
    )
    assert done.returncode != 0
    assert "pip install 'gpt-or-llama-planner[postgres]'" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_does_not_answer_yet_is_waited_for(tmp_path):
    port = free_port()
    log = tmp_path / "log.txt"
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command(port), "--server.headless=true"],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                VARIABLE: f"postgresql://planner:secret@127.0.0.1:{free_port()}/planner",
            },
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        from tests.browser.conftest import wait_until_healthy

        wait_until_healthy(process, f"http://127.0.0.1:{port}/_stcore/health", log)
        status, said = asked(f"http://127.0.0.1:{port}")
        assert (status, said["waits_for"]) == (503, {"store": "storage"})
    finally:
        process.terminate()
        process.wait(20)
    assert "secret" not in log.read_text()
