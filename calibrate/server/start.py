"""The server under test: started and proved to be ours, or one that already runs."""

import asyncio
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from calibrate.errors import ServerError
from calibrate.plan.plan import Patience
from calibrate.plan.server_spec import ServerSpec, serve_arguments
from calibrate.server.endpoint import Endpoint, Served
from calibrate.server.http import Address, HttpError
from calibrate.server.process import (
    START_RETRIES,
    ServerProcess,
    StartFault,
    free_port,
    owns_port,
    start_error,
    start_fault,
)
from pricing.errors import Problem

NONCE: Final = "tco-"
_POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class Server:
    """An engine that answers under the name that was meant."""

    endpoint: Endpoint
    served: Served
    argv: tuple[str, ...]
    """Empty where it was not started here."""
    process: ServerProcess | None
    attempts: int

    @property
    def has_died(self) -> bool:
        """Whether the process that was started has ended."""
        return self.process is not None and self.process.exit_status is not None

    def stop(self) -> None:
        """End it, if it was started here; nothing of it is left when this returns."""
        if self.process is not None:
            self.process.stop()


async def start_server(
    program: str,
    spec: ServerSpec,
    patience: Patience,
    log: Path,
    *,
    port: int | None = None,
    stop: asyncio.Event,
) -> Server:
    """Start the engine, wait for it, and prove that it is the one started.

    Raises
    ------
    ServerError
        If it ends, is not ready in time, or another process answers in its place.
    """
    attempt = 0
    while True:
        attempt += 1
        chosen = free_port(port)
        name = NONCE + secrets.token_hex(8)
        argv = [program, *serve_arguments(spec, served_name=name, port=chosen)]
        process = ServerProcess.start(argv, log, grace_s=patience.grace_s)
        endpoint = Endpoint(Address("127.0.0.1", chosen), name)
        try:
            fault = await _ready(process, endpoint, patience.start_s, stop)
            if fault is None:
                await _prove(process, endpoint)
                return Server(endpoint, await endpoint.describe(), tuple(argv), process, attempt)
        except BaseException:
            process.stop()
            raise
        process.stop()
        if stop.is_set() or attempt > START_RETRIES[fault]:
            raise start_error(fault, log, attempt)
        await back_off(patience, attempt, stop)


async def attach(base_url: str, served_name: str | None, api_key: str = "") -> Server:
    """Use a server that already runs.

    Raises
    ------
    ServerError
        If it does not answer, or serves several models and none was named.
    """
    endpoint = Endpoint(Address.of(base_url), served_name or "", api_key)
    try:
        names = await endpoint.names()
        if served_name is None and len(names) == 1:
            endpoint = Endpoint(endpoint.address, names[0], api_key)
        if endpoint.served_name not in names:
            raise ServerError(
                Problem(
                    "served_name",
                    served_name or "",
                    f"the server at {base_url} serves {', '.join(names) or 'nothing'}",
                    "Name one of these with --served-name.",
                )
            )
        return Server(endpoint, await endpoint.describe(), (), None, 1)
    except (HttpError, ValueError) as error:
        raise ServerError(
            Problem("base_url", base_url, f"does not answer: {error}", "Check the address.")
        ) from None


async def _ready(
    process: ServerProcess, endpoint: Endpoint, within_s: float, stop: asyncio.Event
) -> StartFault | None:
    """Wait for health; the fault where it ends or the time does, None where it is ready."""
    deadline = asyncio.get_running_loop().time() + within_s
    while asyncio.get_running_loop().time() < deadline and not stop.is_set():
        if process.exit_status is not None:
            return start_fault(process.tail())
        if await endpoint.is_healthy():
            return None
        await asyncio.sleep(_POLL_S)
    return "not_ready"


async def _prove(process: ServerProcess, endpoint: Endpoint) -> None:
    """Check name and owner of the port: something else may have been there first."""
    try:
        names = await endpoint.names()
    except (HttpError, ValueError) as error:
        names = (str(error),)
    if endpoint.served_name in names and owns_port(process.pid, endpoint.address.port) is not False:
        return
    raise ServerError(
        Problem(
            "server",
            f"port {endpoint.address.port}",
            f"another server answers there, as {', '.join(names)[:200]}",
            "Stop it or choose another port; nothing was sent to it.",
        )
    )


async def back_off(patience: Patience, attempt: int, stop: asyncio.Event) -> None:
    """Wait before the next attempt, longer every time, or until told to stop."""
    seconds = patience.backoff_s[min(attempt, len(patience.backoff_s)) - 1]
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
