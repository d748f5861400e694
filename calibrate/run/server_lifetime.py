"""The server of a run: up when a point needs it, described in the journal, gone at the end."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

from calibrate.load.completion import warm_up
from calibrate.load.driver import asked_requests, prompt_of, prompt_seed
from calibrate.load.slots import slots_seen
from calibrate.plan.by_number import made_up_config
from calibrate.plan.plan import CalibrationPlan
from calibrate.run.identity import (
    most_clients,
    require_accelerators,
    require_same_server,
    require_server,
)
from calibrate.run.journal import Journal
from calibrate.server.device import cuda_version, foreign_processes, lost_device, read_device
from calibrate.server.http import Address
from calibrate.server.made_up import made_up_spec
from calibrate.server.start import Server, attach, is_on_this_machine, start_server
from hardware_profiles import Library

WARM_UP, SLOTS = -1, -2  # no point's attempt: its prompts must not be in the cache already


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is carried out; nothing here changes what is measured."""

    program: str = "vllm"
    base_url: str | None = None
    served_name: str | None = None
    api_key: str = ""
    port: int | None = None
    driver: str = "auto"
    confirmed_model: str = ""
    """Model that the user says is the one meant, though no library knows it by that name."""
    again: bool = False
    """Measure points once more that came out INVALID; the journal keeps both."""
    going_on: str = "tco-calibrate resume FOLDER"
    """Command that goes on where a run was stopped, as a message tells it."""
    tell: Callable[[str], None] = field(default=lambda _: None)
    """Called with one line of news at a time."""
    pulse: Callable[[str], None] = field(default=lambda _: None)
    """Called several times a second with how far the point in hand has come."""

    @property
    def is_local(self) -> bool:
        """Whether the server is, or will be, on this machine."""
        return self.base_url is None or is_on_this_machine(Address.of(self.base_url).host)


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
        self._session, self._library = session, Library.load()
        self._plan, self._folder, self._journal = plan, folder, journal
        self._options, self._stop = options, stop
        self._server: Server | None = None

    @property
    def reads_device(self) -> bool:
        """Whether the accelerators of this machine are those of the server."""
        return self._plan.device == "cuda" and self._options.is_local

    async def running(self) -> Server | None:
        """Answer with the server that runs, or start one; None where it may not be started.

        Raises
        ------
        ServerError
            If it cannot be started, or is not what the plan is for.
        """
        if self._server is not None and not self._server.has_died:
            return self._server
        self.stop()
        if self.reads_device and not self._device_is_free():
            return None
        self._server = await self._started()
        served = self._server.served
        self._journal.append(
            {
                "kind": "server",
                "at": utc(),
                "argv": list(self._server.argv),
                "attempts": self._server.attempts,
                "base_url": self._options.base_url or "",
                "served": served.model_dump(mode="json"),
            }
        )
        require_server(
            self._plan,
            served,
            self._library,
            attached=self._options.base_url is not None,
            confirmed=self._options.confirmed_model,
        )
        require_same_server(self._journal.entries)
        await self._warm_up(self._server)
        return self._server

    def _device_is_free(self) -> bool:
        """Note the accelerators; False where they are lost or somebody else's."""
        before = read_device()
        self._journal.append(
            {"kind": "device", "at": utc(), "cuda": cuda_version(), **before.model_dump()}
        )
        faults = list(lost_device(before))
        if self._options.base_url is None:
            faults += foreign_processes(before)
        for code, said in faults[:1]:
            self._journal.append({"kind": "refused", "code": code, "said": said})
            return False
        require_accelerators(self._plan, before, self._library)
        return True

    async def _started(self) -> Server:
        options, plan = self._options, self._plan
        if options.base_url is not None:
            server = await attach(options.base_url, options.served_name, options.api_key)
            return await self._with_slots(server)
        number = sum(entry["kind"] == "server" for entry in self._journal.entries)
        log = self._folder / f"server-{number}.log"
        options.tell(f"starting the server; it prints to {log}")
        config = made_up_config(plan.model, self._library)
        return await start_server(
            options.program,
            made_up_spec(plan.server, config, self._folder),
            plan.patience,
            log,
            port=options.port,
            stop=self._stop,
            pulse=options.pulse,
        )

    async def _with_slots(self, server: Server) -> Server:
        """Try how many requests a server takes that does not say."""
        if server.served.settings.max_num_seqs is not None:
            return server
        seed = prompt_seed(self._plan.points[0], SLOTS, self._session)
        wanted = most_clients(self._plan)
        seen = await slots_seen(server.endpoint, wanted, server.served.kv_tokens, seed)
        return replace(server, served=server.served.model_copy(update={"slots_seen": seen}))

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
