"""A team's planner as the documents say: nginx, two processes, PostgreSQL, an OpenID provider."""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.request
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from tests.browser.conftest import ARGUMENTS, CHROMIUM, ROOT, free_port
from tests.browser.oidc_provider import CLIENT, SECRET, provider_for
from tests.postgres_server import postgres_server  # noqa: F401 - a fixture

HOST = "planner.example.org"
PATH = "/planner"
DEPLOY = (ROOT / "docs" / "deploy.md").read_text(encoding="utf-8")
SERVICE = re.search(r"ExecStart=\S+/tco (.*)", DEPLOY)[1].split()
ANN = {"sub": "17", "email": "ann@example.org", "email_verified": True}
START_SECONDS = 60.0
NGINX = """
daemon off;
{user}
worker_processes 1;
error_log {folder}/nginx-error.log;
pid {folder}/nginx.pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
{documented}
}}
"""
ONLY_THIS_MACHINE = """
import os, socket, sys

def told(event, given):
    if event == "socket.getaddrinfo":
        host = given[0]
    elif event in {"socket.connect", "socket.sendto"} and isinstance(given[1], tuple):
        host = given[1][0]
    else:
        return
    name = host.decode() if isinstance(host, bytes) else host
    if name not in {None, "", "localhost", "::1"} and not name.startswith("127."):
        with open(os.environ["TOLD_OF_CALLS"], "a") as file:
            print(name, file=file)
        raise OSError("nothing outside this machine may be called")

sys.addaudithook(told)
bind = socket.socket.bind
socket.socket.bind = lambda self, at: bind(self, ("127.0.0.1", at[1]) if at[0] == "0.0.0.0" else at)
"""


def block(kind):
    """The one block of its kind on the page about serving a team."""
    (text,) = re.findall(rf"^```{kind}\n(.*?)^```$", DEPLOY, re.MULTILINE | re.DOTALL)
    return text


def with_values(text, values):
    """A documented text with values for those it gives; each of them must stand in it."""
    for documented, value in values.items():
        assert documented in text, documented
        text = text.replace(documented, str(value))
    return text


def asked(port, path, host="127.0.0.1"):
    """Status and text that a port of this machine answers with."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers={"Host": host})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, ""
    except OSError:
        return 0, ""


@dataclass
class Planner:
    """One process of the page, started by the documented command."""

    port: int
    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes] | None = None

    @property
    def log(self):
        return self.folder / f"{self.port}.log"

    def start(self, words=("-m", "tco.begin", *SERVICE, "--path", PATH)):
        with self.log.open("a") as out:
            self.process = subprocess.Popen(
                [sys.executable, *(word.replace("%i", str(self.port)) for word in words)],
                cwd=self.folder,
                env=self.environment,
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def wait_until_ready(self):
        deadline = time.monotonic() + START_SECONDS
        while asked(self.port, "/ready")[0] != 200:
            assert self.process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)

    def stop(self):
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    def kill(self):
        self.process.kill()
        self.process.wait(20)

    def metrics(self):
        status, text = asked(self.port, f"{PATH}/_stcore/metrics")
        assert status == 200
        return text


@dataclass
class Team:
    """Where the planner is, and what it is made of."""

    port: int
    planners: tuple[Planner, Planner]
    folder: Path
    provider: object
    calls_outside: Path

    @property
    def home(self):
        return f"https://{HOST}:{self.port}{PATH}/"

    def planner_of(self, name):
        """The process behind a name that the proxy's cookie gives."""
        return self.planners[("planner_a", "planner_b").index(name)]

    def ask(self, path, headers=()):
        """Status and headers of an answer that comes through the proxy."""
        context = ssl.create_default_context(cafile=self.folder / "planner.crt")
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        with context.wrap_socket(plain, server_hostname=HOST) as line:
            connection = HTTPConnection(HOST, self.port)
            connection.sock = line
            connection.request("GET", path, headers=dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.headers


@dataclass
class Watch:
    """Answers of the proxy to somebody who keeps asking, by turns at home in either process."""

    team: Team
    answers: list[tuple[str, object]] = field(default_factory=list)

    def look(self):
        for process in ("planner_a", "planner_b"):
            try:
                path = f"{PATH}/_stcore/health"
                status, _ = self.team.ask(path, {"Cookie": f"planner_process={process}"})
            except (OSError, HTTPException) as error:
                status = repr(error)
            self.answers.append((process, status))

    @contextmanager
    def looking(self):
        """Keep asking until the end of what is done meanwhile."""
        ends = threading.Event()

        def _look():
            while not ends.wait(0.02):
                self.look()

        thread = threading.Thread(target=_look)
        thread.start()
        try:
            yield self
        finally:
            ends.set()
            thread.join()

    def refused(self):
        return [answer for answer in self.answers if answer[1] != 200]


def _certificate(folder):
    """A key, and a certificate that it signs itself."""
    subprocess.run(
        [
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2",
            "-subj", f"/CN={HOST}", "-addext", f"subjectAltName=DNS:{HOST}",
            "-keyout", folder / "planner.key", "-out", folder / "planner.crt",
        ],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip


@contextmanager
def _nginx(folder, port, planners):
    """The documented file, with ports and a certificate of ours."""
    first, second = planners
    documented = with_values(
        block("nginx"),
        {
            "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
            "127.0.0.1:8501": f"127.0.0.1:{first.port}",
            "127.0.0.1:8502": f"127.0.0.1:{second.port}",
            "/etc/ssl/planner.": f"{folder}/planner.",
        },
    )
    user = "user root;" if os.geteuid() == 0 else ""
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(user=user, folder=folder, documented=documented))
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program, "these tests need Debian's package nginx"
    process = subprocess.Popen([program, "-c", file, "-e", folder / "nginx-error.log"])
    try:
        yield
    finally:
        process.terminate()
        process.wait(20)


def _environment(folder, store):
    return {
        **os.environ,
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        "PLANNER_STORE_URL": store,
        "PLANNER_LOG": "json",
        "STREAMLIT_SERVER_COOKIE_SECRET": "one secret of both processes of this test",
        "TOLD_OF_CALLS": str(folder / "calls-outside.txt"),
    }


def _write_secrets(folder, port, issuer):
    """The documented sign-in, with a provider of ours."""
    values = {
        "https://planner.example.org/oauth2callback": f"https://{HOST}:{port}{PATH}/oauth2callback",
        "GIVE 32 RANDOM BYTES, THE SAME TO ALL PROCESSES": "a long secret of this test alone",
        '"planner"': f'"{CLIENT}"',
        "FROM THE PROVIDER": SECRET,
        "https://id.example.org": issuer,
    }
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "secrets.toml").write_text(with_values(block("toml"), values))


@pytest.fixture(scope="session")
def team(tmp_path_factory, postgres_server):  # noqa: F811 - as fixtures are asked for
    """Everything up, and down again afterwards."""
    folder, port = tmp_path_factory.mktemp("team"), free_port()
    _certificate(folder)
    (folder / "sitecustomize.py").write_text(ONLY_THIS_MACHINE)
    environment = _environment(folder, f"{postgres_server}postgres")
    planners = tuple(Planner(free_port(), folder, environment) for _ in range(2))
    with ExitStack() as stack:
        provider = stack.enter_context(provider_for(ANN))
        _write_secrets(folder, port, provider.issuer)
        for planner in planners:
            stack.callback(planner.stop)
            planner.start()
        stack.enter_context(_nginx(folder, port, planners))
        for planner in planners:
            planner.wait_until_ready()
        yield Team(port, planners, folder, provider, folder / "calls-outside.txt")


@pytest.fixture(scope="session")
def visitors():
    """Opens a browser of its own for each visitor, in which the name leads to this machine."""
    with sync_playwright() as playwright:
        arguments = [*ARGUMENTS, f"--host-resolver-rules=MAP {HOST} 127.0.0.1"]
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield lambda: chromium.new_context(
            ignore_https_errors=True, viewport={"width": 1600, "height": 1000}
        ).new_page()
        chromium.close()
