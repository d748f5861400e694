"""The HTTP server: whom it answers, what it takes, and that its description holds."""

import json
import socket
from contextlib import closing

import anyio
import httpx
import pytest
import schemathesis
from hypothesis import settings

from tco.question.files import MAX_BYTES
from tco.service.hosts import LOOPBACK
from tco.service.scenario_folder import ScenarioFolder
from tco.service.web import MOST_AT_ONCE, MOST_WAITING, _Turns, web_application
from tests.service.conftest import TOKEN, serving
from tests.tco.command import tco

JSON = {"Content-Type": "application/json"}
application = web_application(ScenarioFolder(), hosts=(*LOOPBACK, "testserver"))
described = schemathesis.openapi.from_asgi("/openapi.json", application)
A_PART = settings(max_examples=max(5, settings().max_examples // 10))
"""Many an example is a whole scenario to answer."""


@described.parametrize()
@A_PART
def test_every_answer_is_as_the_description_says_and_what_it_forbids_is_refused(case):
    case.call_and_validate()


def problems(answer):
    told = answer.json()
    assert told["schema"] == "tco.error/1"
    assert all(problem["remedy"] for problem in told["problems"])
    return [(problem["field"], problem["limit"]) for problem in told["problems"]]


def test_it_says_that_it_is_well_and_how_to_ask(address):
    well = httpx.get(f"{address}/health")
    assert well.json()["status"] == "ok"
    assert well.json()["catalogue_version"]
    page = httpx.get(address)
    assert page.headers["content-type"].startswith("text/html")
    for operation in ("/v1/evaluate", "/v1/rank", "/v1/quote", "/v1/break-even", "/v1/explain"):
        assert f"POST {operation}" in page.text
    assert "<script" not in page.text


@pytest.mark.parametrize(
    ("headers", "body", "status", "field"),
    [
        (JSON, b"{", 400, "body"),
        (JSON, b'{"a": 1, "a": 2}', 400, "body"),
        (JSON, b"[" * 1_000, 400, "body"),
        (JSON, b" " * (MAX_BYTES + 1), 413, "body"),
        (JSON, b"[]", 422, "scenario"),
        ({"Content-Type": "text/plain"}, b"{}", 415, "Content-Type"),
        ({**JSON, "Host": "evil.example"}, b"{}", 421, "Host"),
    ],
)
def test_what_is_no_question_is_refused_with_a_reason(address, headers, body, status, field):
    answer = httpx.post(f"{address}/v1/evaluate", headers=headers, content=body)
    assert answer.status_code == status
    assert problems(answer)[0][0] == field


def test_what_is_not_there_is_said_in_the_same_words(address):
    assert httpx.get(f"{address}/v1/nothing").status_code == 404
    wrong = httpx.get(f"{address}/v1/evaluate")
    assert wrong.status_code == 405
    assert wrong.headers["allow"] == "POST"
    assert problems(wrong)[0][0] == "GET"


def test_with_a_token_only_who_shows_it_is_answered():
    with serving(TCO_TOKEN=TOKEN) as address:
        ask = f"{address}/v1/list-machines"
        for wrong in ({}, {"Authorization": f"Bearer {TOKEN}x"}, {"Authorization": TOKEN}):
            answer = httpx.post(ask, headers={**JSON, **wrong}, content=b"{}")
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
        right = {**JSON, "Authorization": f"Bearer {TOKEN}"}
        assert httpx.post(ask, headers=right, content=b"{}").status_code == 200
        assert httpx.get(f"{address}/health").status_code == 200
        assert httpx.get(f"{address}/openapi.json").status_code == 401


@pytest.mark.parametrize("reached", [("--address", "0.0.0.0"), ("--host", "planner.example.org")])
def test_who_lets_others_in_has_to_set_a_token(reached, monkeypatch):
    monkeypatch.delenv("TCO_TOKEN", raising=False)
    done = tco("serve", *reached)
    assert done.returncode == 2
    assert "TCO_TOKEN: must be set where other machines can call" in done.stderr


def test_a_token_that_is_soon_guessed_is_refused(monkeypatch):
    monkeypatch.setenv("TCO_TOKEN", "short")
    assert tco("serve").returncode == 2


def test_a_port_that_is_taken_is_named():
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        done = tco("serve", "--port", port)
    assert done.returncode == 2
    assert f"(got 127.0.0.1:{port})" in done.stderr


def test_who_comes_when_the_line_is_full_is_sent_away():
    async def fill():
        turns, go = _Turns(), anyio.Event()
        answers = []

        def work():
            anyio.from_thread.run(go.wait)
            return "done"

        async def ask():
            answers.append(await turns.take(work))

        async with anyio.create_task_group() as group:
            for _ in range(MOST_AT_ONCE + MOST_WAITING):
                group.start_soon(ask)
            await anyio.wait_all_tasks_blocked()
            answers.append(await turns.take(work))
            go.set()
        return answers

    first, *others = anyio.run(fill)
    assert first.status_code == 503
    assert others == ["done"] * (MOST_AT_ONCE + MOST_WAITING)


def test_a_folder_that_is_none_is_refused(tmp_path):
    for command in ("serve", "mcp"):
        done = tco(command, "--folder", tmp_path / "nowhere")
        assert done.returncode == 2
        assert "--folder" in done.stderr
    assert json.loads(tco("evaluate", "--json").stdout)["schema"]
