"""The page on a port of its own, and a Chromium that reports every error and every request."""

import os
import shutil
import socket
import subprocess
import time
import urllib.request
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tco.store.connect import VARIABLE
from tco.ui.server.settings import command
from tests.browser.steps import DESK, settled

ROOT = Path(__file__).parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_SECONDS = 60.0
DRAWN = ".js-plotly-plot .main-svg"


@dataclass
class Watched:
    """A page, and what it said and asked for."""

    page: Page
    errors: list[str] = field(default_factory=list)
    strangers: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("dialog", lambda dialog: self.errors.append(f"dialog {dialog.message}"))
        self.page.on("request", self._asked)

    def _heard(self, message):
        if message.type == "error":
            self.errors.append(message.text)

    def _asked(self, request):
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1":
            self.strangers.append(request.url)


def free_port():
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def serving(folder, *, port=None):
    """Serve the page as `tco app` does, from a folder; only our own process counts as started."""
    port = port or free_port()
    log = folder / "log.txt"
    with log.open("w") as out:
        server = subprocess.Popen(
            [*command(port), "--server.headless=true"],
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                VARIABLE: f"sqlite:///{folder}/s.sqlite",
            },
            stdout=out,
            stderr=subprocess.STDOUT,
        )
        try:
            wait_until_healthy(server, f"http://127.0.0.1:{port}/_stcore/health", log)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait(20)


@pytest.fixture(scope="session")
def address(tmp_path_factory):
    """Address of the page, served for all the tests."""
    with serving(tmp_path_factory.mktemp("elsewhere")) as address:
        yield address


def wait_until_healthy(server, health, log):
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(health, timeout=1) as answer:
                if answer.read() == b"ok":
                    return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"the page did not start:\n{log.read_text()}")


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def contexts(browser: Browser):
    """One browser profile per theme and visitor, so that scripts are loaded once."""
    opened = {}

    def _context(scheme, visitor):
        if (scheme, visitor) not in opened:
            opened[scheme, visitor] = browser.new_context(color_scheme=scheme)
        return opened[scheme, visitor]

    yield _context
    for context in opened.values():
        context.close()


@pytest.fixture
def visit(contexts, address):
    """Open the page; afterwards it must have been quiet and have stayed on this machine."""
    opened = []

    def _visit(width=DESK["width"], height=DESK["height"], scheme="light", at=None, visitor="one"):
        page = contexts(scheme, visitor).new_page()
        page.set_viewport_size({"width": width, "height": height})
        watched = Watched(page)
        opened.append(watched)
        page.goto(at or address)
        page.wait_for_selector(DRAWN, timeout=60_000)
        settled(page)
        return page

    yield _visit
    for watched in opened:
        watched.page.close()
        assert watched.errors == []
        assert watched.strangers == []
