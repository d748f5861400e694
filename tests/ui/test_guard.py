"""What a browser may load from the page, and the door that says so."""

import asyncio
import sys
from importlib.resources import files

import pytest
from starlette.responses import PlainTextResponse
from typer.testing import CliRunner

from tco.cli import command_line as commands
from tco.ui.server.guard import Guard, content_security_policy, headers
from tco.ui.server.settings import command, streamlit_arguments

FRAME = (files("streamlit") / "static" / "index.html").read_text("utf-8")


def answers(path, base="", kind="http"):
    """Status and headers of one request that passes the guard."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    guard = Guard(PlainTextResponse("page", headers={"Referrer-Policy": "origin"}), headers(), base)
    scope = {"type": kind, "path": path, "method": "GET", "headers": []}
    asyncio.run(guard(scope, receive, send))
    start = sent[0]
    return start["status"], {k.decode(): v.decode() for k, v in start["headers"]}


def directives(policy):
    parts = (part.split() for part in policy.split("; "))
    return {name: values for name, *values in parts}


def test_the_page_runs_no_script_but_its_own_and_is_framed_by_nobody():
    found = directives(headers()["Content-Security-Policy"])
    own, *hashes = found["script-src"]
    assert own == "'self'"
    assert len(hashes) == FRAME.count("<script>") > 0
    assert all(each.startswith("'sha256-") for each in hashes)
    assert found["default-src"] == found["connect-src"] == found["base-uri"] == ["'self'"]
    assert found["object-src"] == found["frame-ancestors"] == ["'none'"]
    assert not any(value.startswith(("http", "*")) for values in found.values() for value in values)


def test_a_changed_inline_script_changes_the_policy():
    assert content_security_policy(FRAME) != content_security_policy(
        FRAME.replace("prerenderReady = false", "prerenderReady = true")
    )


def test_the_headers_replace_those_of_an_answer():
    status, got = answers("/")
    assert status == 200
    assert got["referrer-policy"] == "no-referrer"
    assert got["content-security-policy"] == headers()["Content-Security-Policy"]


@pytest.mark.parametrize(
    ("path", "base", "status"),
    [
        ("/bills/_stcore/health", "", 300),
        ("/bills/_stcore/host-config", "", 300),
        ("/_stcore/health", "", 200),
        ("/planner/_stcore/health", "planner", 200),
        ("/planner/bills/_stcore/health", "/planner/", 300),
        ("/bills/_stcore/stream", "", 200),
    ],
)
def test_a_browser_is_sent_on_to_where_the_server_is(path, base, status):
    got, given = answers(path, base)
    assert got == status
    assert given["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("quiet", [[], ["--headless"]])
def test_the_command_serves_the_guarded_page_with_every_setting(monkeypatch, quiet):
    started = []
    monkeypatch.setattr("os.execv", lambda path, words: started.append((path, words)))
    done = CliRunner().invoke(commands, ["app", "--port", "8765", *quiet])
    assert done.exit_code == 0
    ((path, words),) = started
    assert path == words[0] == sys.executable
    assert words[: len(command(8765))] == command(8765)
    assert words[1:4] == ["-m", "streamlit", "run"]
    assert words[4].endswith("asgi.py")
    assert set(streamlit_arguments(8765)) <= set(words)
    assert ("--server.headless=true" in words) == bool(quiet)
