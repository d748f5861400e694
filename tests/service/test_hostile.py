"""Clients that send nothing, send half a question, or ask and leave: others are answered."""

import json
import socket
import threading
import time
from contextlib import closing, contextmanager

import httpx
import pytest

from tco.question.files import load_scenario
from tco.question.presets import preset_paths
from tco.service import connections, web
from tco.service.hosts import LOOPBACK
from tco.service.listen import server_of
from tco.service.scenario_folder import ScenarioFolder
from tco.service.web import web_application

SOON_S = 0.3
HEAD = b"POST /v1/evaluate HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


class Slow(ScenarioFolder):
    """A folder that finds the default scenario once it is told to."""

    go = threading.Event()
    asked = threading.Semaphore(0)

    def scenario(self, asked):
        self.asked.release()
        assert self.go.wait(60)
        return load_scenario(preset_paths()[0])


@contextmanager
def served(folder=None):
    """Address of a server in a thread of this process."""
    server = server_of(web_application(folder or ScenarioFolder(), hosts=LOOPBACK))
    with closing(socket.create_server(("127.0.0.1", 0))) as door:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [door]})
        thread.start()
        try:
            yield door.getsockname()
        finally:
            server.should_exit = True
            thread.join()


def ending(client):
    """What a connection said before it was closed."""
    said = b""
    client.settimeout(60)
    try:
        while part := client.recv(65_536):
            said += part
    except ConnectionResetError:
        pass
    return said


def ask(place, body=b"{}"):
    client = socket.create_connection(place)
    client.sendall(HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
    return client


def seen_to(place):
    """Wait until what was sent before has been read: questions after it are answered."""
    for _ in range(3):
        assert httpx.get(f"http://127.0.0.1:{place[1]}/health").status_code == 200


@pytest.mark.parametrize(
    "sent", [b"", b"POST /v1/eval", HEAD, b"GET /health HTTP/1.1\r\nHost: ::1"]
)
def test_a_connection_that_sends_no_request_is_closed(monkeypatch, sent):
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", SOON_S)
    with served() as place, socket.create_connection(place) as client:
        client.sendall(sent)
        assert ending(client) == b""


def test_a_connection_that_was_answered_and_sends_no_more_is_closed(monkeypatch):
    monkeypatch.setattr(connections, "HEAD_WITHIN_S", SOON_S)
    with served() as place, socket.create_connection(place) as client:
        client.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /he")
        assert ending(client).count(b"HTTP/1.1 200 OK") == 1


def test_so_many_are_connected_at_once_and_the_next_when_one_has_left(monkeypatch):
    monkeypatch.setattr(connections, "MOST_CONNECTIONS", 3)
    with served() as place:
        held = [socket.create_connection(place) for _ in range(3)]
        with socket.create_connection(place) as client:
            assert ending(client) == b""
        held.pop().close()
        for _ in range(100):
            try:
                well = httpx.get(f"http://127.0.0.1:{place[1]}/health")
            except httpx.HTTPError:
                time.sleep(0.05)
            else:
                break
        assert well.status_code == 200
        for client in held:
            client.close()


def test_a_body_that_does_not_arrive_is_refused_in_time(monkeypatch):
    monkeypatch.setattr(web, "BODY_WITHIN_S", SOON_S)
    with served() as place, socket.create_connection(place) as client:
        client.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        said = ending(client)
    assert said.startswith(b"HTTP/1.1 408 ")
    (problem,) = json.loads(said.partition(b"\r\n\r\n")[2])["problems"]
    assert problem["field"] == "body"


def test_who_leaves_while_they_send_is_no_mistake_of_ours(caplog):
    with served() as place:
        with socket.create_connection(place) as client:
            client.sendall(HEAD + b"Content-Length: 100\r\n\r\n{")
        assert httpx.get(f"http://127.0.0.1:{place[1]}/health").status_code == 200
    assert not caplog.records


def test_who_leaves_gives_up_their_place_in_line(monkeypatch, caplog):
    monkeypatch.setattr(web, "MOST_AT_ONCE", 1)
    monkeypatch.setattr(web, "MOST_WAITING", 1)
    with served(Slow()) as place:
        first = ask(place)
        Slow.asked.acquire()
        second = ask(place)
        seen_to(place)
        full = ask(place)
        assert ending(full).startswith(b"HTTP/1.1 503 ")
        second.close()
        seen_to(place)
        waits = ask(place)
        Slow.go.set()
        assert ending(first).startswith(b"HTTP/1.1 200 ")
        assert ending(waits).startswith(b"HTTP/1.1 200 ")
        for client in (first, full, waits):
            client.close()
    assert not caplog.records
