"""The server of a run: up when a point needs it, described in the journal, gone at the end."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Final

from calibrate.load.driver import asked_requests, prompt_of, prompt_seed
from calibrate.load.open_loop import warm_up
from calibrate.plan.plan import CalibrationPlan
from calibrate.run.journal import Journal
from calibrate.server.device import cuda_version, foreign_processes, lost_device, read_device
from calibrate.server.start import Server, attach, start_server

WARM_UP: Final = -1  # no point's attempt: its prompts must not be in the cache already


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is carried out; nothing here changes what is measured."""

    program: str = "vllm"
    base_url: str | None = None
    served_name: str | None = None
    api_key: str = ""
    port: int | None = None
    driver: str = "auto"
    again: bool = False
    """Measure points once more that came out INVALID; the journal keeps both."""
    tell: Callable[[str], None] = field(default=lambda _: None)
    """Called with one line of news at a time."""
    pulse: Callable[[str], None] = field(default=lambda _: None)
    """Called several times a second with how far the point in hand has come."""


class ServerLifetime:
    """One server, from when a run first needs it until the run ends."""

    def __init__(
        self,
        plan: CalibrationPlan,
        folder: Path,
        journal: Journal,
        options: Options,
        stop: asyncio.Event,
        session: str,
    ) -> None:
        self._session = session
        self._plan, self._folder, self._journal = plan, folder, journal
        self._options, self._stop = options, stop
        self._server: Server | None = None

    async def running(self) -> Server | None:
        """Answer with the server that runs, or start one; None where it may not be started."""
        if self._server is not None and not self._server.has_died:
            return self._server
        self.stop()
        options, plan = self._options, self._plan
        if plan.device == "cuda":
            before = read_device()
            self._journal.append(
                {"kind": "device", "at": utc(), "cuda": cuda_version(), **before.model_dump()}
            )
            faults = [*lost_device(before), *foreign_processes(before)]
            for code, said in faults[:1]:
                self._journal.append({"kind": "refused", "code": code, "said": said})
                return None
        if options.base_url is not None:
            self._server = await attach(options.base_url, options.served_name, options.api_key)
        else:
            options.tell("starting the server")
            number = sum(entry["kind"] == "server" for entry in self._journal.entries)
            self._server = await start_server(
                options.program,
                plan.server,
                plan.patience,
                self._folder / f"server-{number}.log",
                port=options.port,
                stop=self._stop,
            )
        self._journal.append(
            {
                "kind": "server",
                "at": utc(),
                "argv": list(self._server.argv),
                "attempts": self._server.attempts,
                "base_url": options.base_url or "",
                "served": self._server.served.model_dump(),
            }
        )
        await self._warm_up(self._server)
        return self._server

    async def _warm_up(self, server: Server) -> None:
        """Let the first requests pay for what is compiled or allocated once."""
        first = self._plan.points[0]
        asked = islice(asked_requests(first, seed=0), self._plan.warm_up_requests)
        seed = prompt_seed(first, WARM_UP, self._session)
        prompts = [prompt_of(replace(one, prefix_tokens=0), seed) for one in asked]
        warming = asyncio.ensure_future(
            warm_up(server.endpoint, prompts, min(first.output_tokens, 64))
        )
        stopping = asyncio.ensure_future(self._stop.wait())
        within_s = self._plan.patience.stall_s
        await asyncio.wait(
            {warming, stopping}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED
        )
        for task in (warming, stopping):
            task.cancel()
        # A server that fails here fails in the first point too, and is judged there.
        await asyncio.gather(warming, stopping, return_exceptions=True)

    def stop(self) -> None:
        """End the server; nothing of it is left when this returns."""
        if self._server is not None:
            self._server.stop()
            self._server = None


def utc() -> str:
    """Time of day as a label; nothing is ever subtracted from it."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
