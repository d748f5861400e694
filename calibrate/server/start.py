"""The server under test: started and proved to be ours, or one that already runs."""

import asyncio
import secrets
import shutil
import socket
from collections.abc import Callable
from contextlib import suppress
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
from calibrate.server.settings import model_folder, settings_of_log, settings_of_model
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
    pulse: Callable[[str], None] = lambda _: None,
) -> Server:
    """Start the engine, wait for it, and prove that it is the one started.

    Raises
    ------
    ServerError
        If it ends, is not ready in time, or another process answers in its place.
    """
    _require_program(program)
    attempt = 0
    while True:
        attempt += 1
        chosen = free_port(port)
        name = NONCE + secrets.token_hex(8)
        argv = [program, *serve_arguments(spec, served_name=name, port=chosen)]
        process = ServerProcess.start(argv, log, grace_s=patience.grace_s, named=spec.environment)
        endpoint = Endpoint(Address("127.0.0.1", chosen), name)
        try:
            fault = await _ready(process, endpoint, patience.start_s, stop, pulse)
            if fault is None:
                await _prove(process, endpoint)
                served = _with_settings(await endpoint.describe(), process, spec)
                return Server(endpoint, served, tuple(argv), process, attempt)
        except BaseException:
            process.stop()
            raise
        process.stop()
        if stop.is_set() or attempt > START_RETRIES[fault]:
            raise start_error(fault, log, attempt)
        await back_off(patience, attempt, stop)


def _require_program(program: str) -> None:
    if shutil.which(program) is None:
        raise ServerError(
            Problem(
                "vllm",
                program,
                "is not a program of this machine",
                "Install vLLM, or give its path with --vllm, such as --vllm /opt/vllm/bin/vllm.",
            )
        )


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
        raise ServerError(Problem("base_url", base_url, *_no_answer(error, api_key))) from None


def _no_answer(error: Exception, api_key: str) -> tuple[str, str]:
    """Why an address cannot be used, and what to do."""
    kind = error.kind if isinstance(error, HttpError) else ""
    if kind in {"http_401", "http_403"}:
        given = "the key in OPENAI_API_KEY" if api_key else "no key"
        return f"wants a key, and {given} was sent", "Put its key into OPENAI_API_KEY."
    if kind == "http_404":
        return (
            "has no /v1/models or no /metrics: tokens, cache hits and memory cannot be read there",
            "Give the address of the engine itself, not of a gateway before it.",
        )
    return f"does not answer: {error}", "Check the address."


def is_on_this_machine(host: str) -> bool:
    """Whether a host is this machine, so that its accelerators can be asked."""
    try:
        found = socket.getaddrinfo(host, 0, type=socket.SOCK_STREAM)
    except OSError:
        return False
    for family, kind, protocol, _, address in found:
        with socket.socket(family, kind, protocol) as probe, suppress(OSError):
            probe.bind(address)
            return True
    return False


def _with_settings(served: Served, process: ServerProcess, spec: ServerSpec) -> Served:
    """What the server says, completed by its log and by the files of its model."""
    settings = served.settings.filled_by(settings_of_log(process.head()))
    folder = model_folder(spec)
    if folder is not None:
        settings = settings.filled_by(settings_of_model(folder))
    return served.model_copy(update={"settings": settings})


async def _ready(
    process: ServerProcess,
    endpoint: Endpoint,
    within_s: float,
    stop: asyncio.Event,
    pulse: Callable[[str], None],
) -> StartFault | None:
    """Wait for health; the fault where it ends or the time does, None where it is ready."""
    begun = asyncio.get_running_loop().time()
    while (waited_s := asyncio.get_running_loop().time() - begun) < within_s and not stop.is_set():
        pulse(f"starting, {waited_s:.0f} s: {process.last_line()}")
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
