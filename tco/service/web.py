"""The tools over HTTP: a document each, health, limits, and a token where one is set."""

import hmac
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from http import HTTPStatus
from typing import Any, Final

import anyio
import anyio.to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from pricing.catalogue import Catalogue
from pricing.errors import InputError, PlannerError, Problem
from pricing.faults import MOST_SHOWN
from pricing.parsing import parse_json
from tco.answer.documents import json_text
from tco.question.files import LARGE_REMEDY, MAX_BYTES, MalformedError
from tco.service.hosts import names_one_of
from tco.service.openapi import openapi, page, path_of
from tco.service.scenario_folder import ScenarioFolder
from tco.service.tools import SERVICE_TOOLS, Tool
from tco.words.figures import as_entered, plural

MOST_AT_ONCE: Final = 4
"""Questions that are answered at the same time."""
MOST_WAITING: Final = 32
"""Questions that wait for their turn; who comes then is sent away."""
BODY_WITHIN_S: Final = 20.0
"""How long a question may take to arrive."""
_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}
_OPEN: Final = "/health"
Answering = Callable[[Request], Awaitable[Response]]


def web_application(
    folder: ScenarioFolder, *, hosts: Collection[str], token: str | None = None
) -> Starlette:
    """Build the application.

    Parameters
    ----------
    hosts
        Names that it answers to.
    token
        What a caller must show as a bearer; None: everybody who reaches it may ask.
    """
    described = openapi(with_token=token is not None)
    turns = _Turns()
    return Starlette(
        routes=[
            Route(_OPEN, _health, methods=["GET"]),
            Route("/openapi.json", partial(_fixed, JSONResponse(described)), methods=["GET"]),
            Route("/", partial(_fixed, HTMLResponse(page(described))), methods=["GET"]),
            *(
                Route(path_of(tool), _endpoint(tool, folder, turns), methods=["POST"])
                for tool in SERVICE_TOOLS
            ),
        ],
        middleware=[Middleware(_Door, hosts=hosts, token=token)],
        exception_handlers={HTTPException: _not_there, ClientDisconnect: _gone},
    )


class _Turns:
    """As many threads as questions are answered at once, and a line that has an end."""

    def __init__(self) -> None:
        self._limiter: anyio.CapacityLimiter | None = None

    async def take(self, work: Callable[[], Response]) -> Response:
        """Do the work when it is its turn, or say that too many wait."""
        if self._limiter is None:  # it belongs to the loop that serves
            self._limiter = anyio.CapacityLimiter(MOST_AT_ONCE)
        if self._limiter.statistics().tasks_waiting >= MOST_WAITING:
            limit = "has as many questions waiting as it takes"
            problem = Problem("server", "", limit, "Ask later.")
            return _refused(HTTPStatus.SERVICE_UNAVAILABLE, problem, {"Retry-After": "5"})
        return await anyio.to_thread.run_sync(work, limiter=self._limiter)


class _Door:
    """Middleware that keeps out whoever calls by another name, or without the token."""

    def __init__(self, app: ASGIApp, hosts: Collection[str], token: str | None) -> None:
        self._app, self._hosts = app, tuple(hosts)
        self._expected = None if token is None else f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or say why not."""
        answer: ASGIApp = self._app
        if scope["type"] == "http":
            if not names_one_of(scope, self._hosts):
                limit = "is no name that this server answers to"
                remedy = "Call it by its own name, or start it with --host."
                answer = _refused(
                    HTTPStatus.MISDIRECTED_REQUEST,
                    Problem("Host", _header(scope, b"host"), limit, remedy),
                )
            elif scope["path"] != _OPEN and not self._is_known(scope):
                answer = _refused(
                    HTTPStatus.UNAUTHORIZED,
                    Problem("Authorization", "", "needs the token", "Send it as a bearer."),
                    {"WWW-Authenticate": "Bearer"},
                )
        await answer(scope, receive, send)

    def _is_known(self, scope: Scope) -> bool:
        if self._expected is None:
            return True
        shown = dict(scope["headers"]).get(b"authorization", b"")
        return hmac.compare_digest(shown, self._expected)


def _header(scope: Scope, name: bytes) -> str:
    """Start of a header as it was sent; empty where it was not."""
    held: bytes = dict(scope["headers"]).get(name, b"")
    return held.decode("latin-1")[:MOST_SHOWN]


async def _fixed(response: Response, _request: Request) -> Response:
    response.headers.update(_HEADERS)
    return response


async def _health(_request: Request) -> Response:
    return _json({"status": "ok", "catalogue_version": Catalogue.load().version})


def _endpoint(tool: Tool[Any], folder: ScenarioFolder, turns: _Turns) -> Answering:
    async def _answer(request: Request) -> Response:
        kind = request.headers.get("content-type", "")
        if kind.split(";")[0].strip() != "application/json":
            remedy = "Send Content-Type: application/json."
            problem = Problem("Content-Type", kind[:MOST_SHOWN], "must be application/json", remedy)
            return _refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, problem)
        try:
            with anyio.fail_after(BODY_WITHIN_S):
                content = await _body(request)
        except TimeoutError:
            limit = f"did not arrive within {as_entered(BODY_WITHIN_S)} s"
            problem = Problem("body", "", limit, "Send it at once.")
            return _refused(HTTPStatus.REQUEST_TIMEOUT, problem, {"Connection": "close"})
        if content is None:
            limit = f"is larger than {plural(MAX_BYTES, 'byte')}"
            problem = Problem("body", "", limit, LARGE_REMEDY)
            return _refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, problem)
        try:
            arguments = parse_json(content)
        except ValueError as error:
            problem = Problem("body", "", f"is not valid JSON: {error}", "Correct it.")
            return _refused(HTTPStatus.BAD_REQUEST, problem)
        answer = partial(_answered, partial(tool.answer, arguments, folder))
        return await _while_asked_for(partial(turns.take, answer), request)

    return _answer


def _answered(answer: Callable[[], dict[str, Any]]) -> Response:
    try:
        return _json(answer())
    except MalformedError as error:
        return _json(error.document(), HTTPStatus.UNPROCESSABLE_ENTITY)
    except PlannerError as error:
        return _json(error.document(), HTTPStatus.CONFLICT)


async def _while_asked_for(
    answering: Callable[[], Awaitable[Response]], request: Request
) -> Response:
    """Wait for the answer to whoever is still there: who leaves gives up their place in line."""
    found: list[Response] = []

    async def _ask() -> None:
        found.append(await answering())
        group.cancel_scope.cancel()

    async with anyio.create_task_group() as group:
        group.start_soon(_ask)
        while (await request.receive())["type"] != "http.disconnect":
            pass
        group.cancel_scope.cancel()
    if not found:
        raise ClientDisconnect
    return found[0]


async def _body(request: Request) -> bytes | None:
    """What was sent; None where it is larger than a question may be."""
    content = bytearray()
    async for part in request.stream():
        content += part
        if len(content) > MAX_BYTES:
            return None
    return bytes(content)


async def _gone(_request: Request, _error: Exception) -> Response:
    """Nobody is there to read it."""
    return Response(status_code=HTTPStatus.NO_CONTENT)


async def _not_there(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    named = Problem(request.method, request.url.path, "is no operation", "See /openapi.json.")
    return _refused(error.status_code, named, dict(error.headers or {}))


def _refused(status: int, problem: Problem, headers: dict[str, str] | None = None) -> Response:
    response = _json(InputError(problem).document(), status)
    response.headers.update(headers or {})
    return response


def _json(content: dict[str, Any], status: int = HTTPStatus.OK) -> Response:
    return _as_json(json_text(content), status)


def _as_json(text: str, status: int = HTTPStatus.OK) -> Response:
    return Response(text, status, _HEADERS, media_type="application/json")
