"""The HTTP server: bound to this machine unless told otherwise, and then not without a token."""

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import typer
import uvicorn
from starlette.types import ASGIApp

from pricing.errors import InputError, Problem
from tco.service.connections import PromptProtocol
from tco.service.hosts import LOOPBACK
from tco.service.scenario_folder import ScenarioFolder
from tco.service.web import web_application

SHORTEST_TOKEN: Final = 16
"""Characters of a token that nobody guesses."""
ENDS_WITHIN_S: Final = 5


def listen(
    folder: Path | None, *, address: str, port: int, names: Sequence[str], token: str | None
) -> None:
    """Serve until told to end.

    Raises
    ------
    InputError
        If others could reach it without a token, or the address cannot be had.
    """
    _check_token(token, is_reached=address not in LOOPBACK or bool(names))
    hosts = (*LOOPBACK, address, *names)
    application = web_application(ScenarioFolder.of(folder), hosts=hosts, token=token)
    with _bound(address, port) as door:
        typer.echo(f"Serving on http://{address}:{door.getsockname()[1]}", err=True)
        server_of(application).run(sockets=[door])


def server_of(application: ASGIApp) -> uvicorn.Server:
    """Build the server of an application; it runs on a socket that is bound."""
    return uvicorn.Server(
        uvicorn.Config(
            application,
            http=PromptProtocol,
            ws="none",
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=ENDS_WITHIN_S,
        )
    )


def _bound(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        return socket.create_server((address, port), family=family)
    except OSError as error:
        where, why = f"{address}:{port}", error.strerror or "cannot be had"
        problem = Problem("--port", where, why, "Choose another --port or --address.")
        raise InputError(problem) from error


def _check_token(token: str | None, *, is_reached: bool) -> None:
    if token is None and is_reached:
        limit = "must be set where other machines can call"
        raise InputError(Problem("TCO_TOKEN", "", limit, "Set it in the environment."))
    if token is not None and len(token) < SHORTEST_TOKEN:
        limit = f"must have at least {SHORTEST_TOKEN} characters"
        raise InputError(Problem("TCO_TOKEN", "", limit, "Take a random one."))
