"""What a browser may load from the page, and the door that says so."""

import asyncio
import sys
from importlib.resources import files

import pytest
from starlette.responses import PlainTextResponse
from typer.testing import CliRunner

from tco.cli import command_line as commands
from tco.service.hosts import LOOPBACK
from tco.ui.server.guard import Guard, content_security_policy, headers
from tco.ui.server.settings import ENVIRONMENT, command, streamlit_arguments

FRAME = (files("streamlit") / "static" / "index.html").read_text("utf-8")

HOSTS = (*LOOPBACK, "planner.example.org", "*.team.example.org")


def answers(path, base="", kind="http", host=(b"localhost:8501",), origin=()):
    """Status and headers of one request that passes the guard."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    guard = Guard(
        PlainTextResponse("page", headers={"Referrer-Policy": "origin"}), headers(), base, HOSTS
    )
    named = [(b"host", name) for name in host] + [(b"origin", name) for name in origin]
    scope = {"type": kind, "path": path, "method": "GET", "headers": named}
    asyncio.run(guard(scope, receive, send))
    start = sent[0]
    if start["type"] == "websocket.close":
        return start["code"], {}
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


@pytest.mark.parametrize(
    "host",
    [
        (b"evil.example",),
        (b"evil.example:8501",),
        (b"localhost.evil.example",),
        (b"127.0.0.1.evil.example",),
        (b"localhost@evil.example",),
        (b"localhost/evil.example",),
        (b"team.example.org",),
        (b"evilteam.example.org",),
        (b"[::1]evil.example",),
        (b"0.0.0.0",),
        (b"",),
        (b"localhost", b"evil.example"),
        (),
    ],
)
def test_a_page_whose_name_was_pointed_at_this_machine_gets_nothing(host):
    assert answers("/", host=host)[0] == 421
    assert answers("/_stcore/stream", host=host)[0] == 421
    assert answers("/_stcore/stream", kind="websocket", host=host)[0] == 1008


@pytest.mark.parametrize(
    "host",
    [
        b"localhost",
        b"LOCALHOST:8501",
        b"127.0.0.1:8501",
        b"[::1]:8501",
        b"planner.example.org",
        b"planner.example.org.",
        b"a.team.example.org:443",
    ],
)
def test_the_page_answers_to_its_own_names(host):
    assert answers("/", host=(host,))[0] == 200


def test_names_given_to_the_command_are_added_to_those_of_this_machine():
    given = [word for word in command(8501, ["planner.example.org"]) if "allowedHosts" in word]
    assert given == [f"--server.allowedHosts={name}" for name in (*LOOPBACK, "planner.example.org")]


@pytest.mark.parametrize("quiet", [[], ["--headless"]])
def test_the_command_serves_the_guarded_page_with_every_setting(monkeypatch, quiet):
    started = []
    monkeypatch.setattr("os.execve", lambda *given: started.append(given))
    done = CliRunner().invoke(commands, ["app", "--port", "8765", *quiet])
    assert done.exit_code == 0
    ((path, words, environment),) = started
    assert environment.items() >= ENVIRONMENT.items()
    assert path == words[0] == sys.executable
    assert words[: len(command(8765))] == command(8765)
    assert words[1:4] == ["-m", "streamlit", "run"]
    assert words[4].endswith("asgi.py")
    assert set(streamlit_arguments(8765)) <= set(words)
    assert ("--server.headless=true" in words) == bool(quiet)


@pytest.mark.parametrize(
    "origin",
    [b"http://localhost:8501", b"https://planner.example.org", b"https://a.team.example.org"],
)
def test_a_page_of_ours_may_ask(origin):
    for kind, path in (("http", "/_stcore/health"), ("websocket", "/_stcore/stream")):
        assert answers(path, kind=kind, origin=[origin])[0] == 200


@pytest.mark.parametrize(
    "origin",
    [
        [b"https://evil.example"],
        [b"null"],
        [b""],
        [b"https://localhost.evil.example"],
        [b"ftp://localhost"],
        [b"http://localhost:8501", b"https://evil.example"],
    ],
)
def test_a_page_of_another_site_is_refused_before_anything_looks_its_name_up(origin):
    assert answers("/_stcore/stream", kind="websocket", origin=origin)[0] == 1008
    assert answers("/_stcore/health", origin=origin)[0] == 403
