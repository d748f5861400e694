"""What the container file and the deployment page name is what there is."""

import json
import re
import shlex
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tco.store.connect import VARIABLE, store_url
from tco.ui.server.guard import headers
from tests.architecture.supply import IMAGE_EXTRAS

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
OPTION = re.compile(r"\b((?:server|client|browser)\.[a-z][A-Za-z]+)")


def _instructions():
    text = (ROOT / "Containerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    lines = (line.strip() for line in text.splitlines())
    parts = (line.split(maxsplit=1) for line in lines if line and not line.startswith("#"))
    return [(keyword, rest.strip()) for keyword, rest in parts]


INSTRUCTIONS = _instructions()


def given(keyword):
    return [rest for word, rest in INSTRUCTIONS if word == keyword]


def command():
    (words,) = given("CMD")
    return json.loads(words)


def health_check():
    (rest,) = given("HEALTHCHECK")
    return json.loads(rest[rest.index("CMD") + 3 :])


def test_it_knows_every_instruction_it_uses():
    known = {
        "FROM",
        "WORKDIR",
        "COPY",
        "RUN",
        "ENV",
        "USER",
        "VOLUME",
        "EXPOSE",
        "HEALTHCHECK",
        "CMD",
    }
    assert {keyword for keyword, _ in INSTRUCTIONS} == known


def test_everything_it_copies_exists_and_every_package_is_copied():
    sources = {
        word for rest in given("COPY") if "--from" not in rest for word in shlex.split(rest)[:-1]
    }
    assert all((ROOT / source).exists() for source in sources)
    packaged = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]
    wheel = packaged["targets"]["wheel"]
    assert {*wheel["packages"], *wheel["force-include"]} <= sources
    assert PROJECT["readme"] in sources


def test_it_runs_as_nobody_in_particular_when_the_command_starts():
    keywords = [keyword for keyword, _ in INSTRUCTIONS]
    (user,) = given("USER")
    assert user.isdigit()
    assert int(user) > 0
    assert keywords.index("USER") > max(i for i, k in enumerate(keywords) if k == "RUN")
    assert any(f"--uid {user}" in rest for rest in given("RUN"))


def test_its_python_is_one_the_product_supports():
    versions = {re.match(r"python:(\d+\.\d+)-", rest).group(1) for rest in given("FROM")}
    (version,) = versions
    assert f"Programming Language :: Python :: {version}" in PROJECT["classifiers"]


def test_the_extras_it_installs_exist():
    assert "--requirement requirements-image.txt" in " ".join(given("RUN"))
    assert set(IMAGE_EXTRAS) <= set(PROJECT["optional-dependencies"])
    assert {"app", "postgres"} <= set(IMAGE_EXTRAS)


def test_command_health_check_and_port_are_of_one_mind():
    (port,) = given("EXPOSE")
    assert f"--server.port={port}" in command()
    assert "--server.fileWatcherType=none" in command()
    assert f"http://127.0.0.1:{port}/_stcore/health" in health_check()[-1]
    assert "/_stcore/health" in PAGE


def test_its_store_lies_on_its_volume():
    (url,) = [rest.split("=", 1)[1] for rest in given("ENV") if rest.startswith(VARIABLE)]
    (volume,) = given("VOLUME")
    assert store_url({VARIABLE: url}) == url
    assert url.startswith(f"sqlite:///{volume}/")


def test_every_option_named_is_one_of_the_server(monkeypatch):
    from streamlit import config

    known = set(config.get_config_options())
    named = {flag[2:].split("=")[0] for flag in command() if flag.startswith("--")}
    named |= set(OPTION.findall(PAGE))
    assert named <= known


def test_every_variable_of_the_planner_is_documented_and_no_other():
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "tco").rglob("*.py"))
    used = set(re.findall(r'"(PLANNER_[A-Z_]+)"', code))
    assert VARIABLE in used
    assert set(re.findall(r"PLANNER_[A-Z_]+", PAGE)) == used


def test_the_service_starts_the_command_with_options_it_has():
    (start,) = re.findall(r"ExecStart=\S+/tco (.*)", PAGE)
    words = start.split()
    shown = subprocess.run(
        [Path(sys.executable).with_name("tco"), words[0], "--help"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"NO_COLOR": "1", "COLUMNS": "200", "TERM": "dumb"},
    ).stdout
    assert all(word in shown for word in words if word.startswith("--"))


@pytest.fixture
def served():
    """The container's own command on a free loopback port, and that port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [
        word for word in command()[1:] if not word.startswith(("--server.address", "--server.port"))
    ]
    process = subprocess.Popen(
        [sys.executable, *words, "--server.address=127.0.0.1", f"--server.port={port}"],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    yield process, port
    process.terminate()
    process.wait(timeout=30)


def test_the_health_check_passes_while_the_command_runs_and_fails_when_it_is_gone(served):
    process, port = served
    (exposed,) = given("EXPOSE")
    check = [sys.executable, *(word.replace(exposed, str(port)) for word in health_check()[1:])]

    def healthy():
        return subprocess.run(check, capture_output=True, timeout=30, check=False).returncode == 0

    for _ in range(100):
        assert process.poll() is None
        if healthy():
            break
        time.sleep(0.2)
    assert healthy()
    process.terminate()
    process.wait(timeout=30)
    assert not healthy()


def _healthy(port):
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as got:
            return got.status == 200
    except OSError:
        return False


def _answer(port, path, method="GET"):
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", method=method)
    try:
        with urllib.request.urlopen(request, timeout=30) as got:
            return got.status, got.headers, got.read().decode(errors="replace")
    except urllib.error.HTTPError as refused:
        return refused.code, refused.headers, ""


def test_every_answer_carries_the_headers_that_guard_it(served):
    process, port = served
    for _ in range(100):
        assert process.poll() is None
        if _healthy(port):
            break
        time.sleep(0.2)
    _, _, frame = _answer(port, "/")
    script = re.search(r'src="\./(static/js/index[^"]+)"', frame).group(1)
    asked = {
        "/": 200,
        "/bills": 200,
        f"/{script}": 200,
        "/_stcore/health": 200,
        "/_stcore/host-config": 200,
        "/media/none.csv": 404,
        "/..%2f..%2fetc%2fpasswd": 400,
    }
    expected = headers()
    assert "'unsafe-eval'" not in expected["Content-Security-Policy"]
    for path, status in asked.items():
        got, given_headers, _ = _answer(port, path)
        assert got == status, path
        assert {name: given_headers.get_all(name) for name in expected} == {
            name: [value] for name, value in expected.items()
        }, path
