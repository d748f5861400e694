"""One run into one folder: the server up, every point that is missing measured, the server down."""

import asyncio
import gzip
import hashlib
import json
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from calibrate.attempt import DIED, FAILING, HUNG, INTERRUPTED, LOST, attempt_point
from calibrate.device import foreign_processes, lost_device, read_device
from calibrate.driver import LoadDriver, Row, asked_requests, prompt_of
from calibrate.errors import InterruptedRunError
from calibrate.journal import Entry, Journal
from calibrate.open_loop import BuiltInDriver, warm_up
from calibrate.plan import CalibrationPlan, Load
from calibrate.point import MeasuredPoint, Sidecar, judge
from calibrate.server import Server, attach, back_off, start_server
from calibrate.storage import write_whole
from calibrate.vllm_bench import VllmBenchDriver
from pricing.errors import Problem

ROWS: Final = "rows"
WARM_UP_SEED: Final = 1 << 40  # no point's: its prompts must not be in the cache already
SECONDS_PER_MINUTE: Final = 60
DRIVERS: Final = ("auto", "vllm-bench", "built-in")


@dataclass(frozen=True, slots=True)
class Options:
    """How a run is carried out; nothing here changes what is measured."""

    program: str = "vllm"
    base_url: str | None = None
    served_name: str | None = None
    api_key: str = ""
    port: int | None = None
    driver: str = "auto"
    tell: Callable[[str], None] = field(default=lambda _: None)
    """Called with one line of news at a time."""


class Session:
    """A run in progress; every finished point is in the journal before the next begins."""

    def __init__(
        self, plan: CalibrationPlan, folder: Path, journal: Journal, options: Options
    ) -> None:
        self.plan, self.folder, self.journal, self.options = plan, folder, journal, options
        self._stop = asyncio.Event()
        self._signal = 0
        self._server: Server | None = None
        self._lost: dict[str, int] = {DIED: 0, HUNG: 0, FAILING: 0}
        self._gone: set[str] = set()

    async def run(self) -> None:
        """Measure what is missing.

        Raises
        ------
        InterruptedRunError
            If a signal stopped it; finished points are kept.
        ServerError
            If the server could not be started.
        StorageError
            If a point could not be written.
        """
        with self._signals():
            try:
                await self._measure_all()
            finally:
                self._stop_server()
        if self._signal:
            self.journal.append({"kind": INTERRUPTED, "at": _utc(), "signal": self._signal})
            raise _interrupted(self._signal, self.folder)

    async def _measure_all(self) -> None:
        todo = missing_points(self.plan, self.journal.entries)
        self._record_start(todo)
        for number, load in enumerate(todo, start=1):
            if self._stop.is_set():
                return
            left = f"; {self._time_left(len(todo) - number + 1)} left"
            self.options.tell(f"point {number} of {len(todo)}: {load.id}, {_describe(load)}{left}")
            if not await self._measure(load):
                return

    async def _measure(self, load: Load) -> bool:
        """Measure one point, again where the server was lost; whether the run can go on."""
        while not self._stop.is_set():
            server = await self._running_server()
            if server is None:
                return False
            attempt = self._attempts(load)
            driver = self._driver_for(load)
            seed = prompt_seed(load, attempt)
            begun, at = time.monotonic(), _utc()
            taken = await attempt_point(load, self.plan, server, driver, seed=seed, stop=self._stop)
            point = MeasuredPoint(
                kind="lost" if taken.stopped in LOST else "point",
                id=load.id,
                attempt=attempt,
                seed=seed,
                driver=driver.name,
                at=at,
                seconds=round(time.monotonic() - begun, 3),
                devices=taken.devices,
                judged=judge(load, taken, self.plan.rules),
            )
            if taken.stopped == INTERRUPTED:
                return False
            if taken.stopped not in LOST:
                self._keep(point, taken.driven.rows)
                return True
            self.journal.append(point.model_dump(mode="json"))
            if not await self._may_go_on(load, taken.stopped):
                return False
        return False

    def _keep(self, point: MeasuredPoint, rows: Sequence[Row]) -> None:
        """Write the raw rows, then the journal entry that names them."""
        name = f"{ROWS}/{point.id}.{point.attempt}.jsonl.gz"
        content = packed_rows(rows)
        write_whole(self.folder / name, content)
        digest = hashlib.sha256(content).hexdigest()
        sidecar = Sidecar(file=name, sha256=digest, count=len(rows))
        whole = point.model_copy(update={"rows": sidecar})
        self.journal.append(whole.model_dump(mode="json"))
        self.options.tell(_told(whole))

    async def _may_go_on(self, load: Load, reason: str) -> bool:
        """Restart after a death or a hang, so many times and no more."""
        self._lost[reason] += 1
        patience = self.plan.patience
        allowed = patience.hangs if reason == HUNG else patience.deaths
        self.options.tell(f"{load.id}: {reason}, {self._lost[reason]} of {allowed + 1}")
        self._stop_server()
        if self._lost[reason] > allowed or self.options.base_url is not None:
            return False
        await back_off(patience, self._lost[reason], self._stop)
        return True

    async def _running_server(self) -> Server | None:
        if self._server is not None and not self._server.has_died:
            return self._server
        self._stop_server()
        options, plan = self.options, self.plan
        if plan.device == "cuda":
            before = read_device()
            self.journal.append({"kind": "device", "at": _utc(), **before.model_dump()})
            faults = [*lost_device(before), *foreign_processes(before)]
            for code, said in faults[:1]:
                self.journal.append({"kind": "refused", "code": code, "said": said})
                return None
        if options.base_url is not None:
            self._server = await attach(options.base_url, options.served_name, options.api_key)
        else:
            options.tell("starting the server")
            number = sum(entry["kind"] == "server" for entry in self.journal.entries)
            self._server = await start_server(
                options.program,
                plan.server,
                plan.patience,
                self.folder / f"server-{number}.log",
                port=options.port,
                stop=self._stop,
            )
        self.journal.append(
            {
                "kind": "server",
                "at": _utc(),
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
        first = self.plan.points[0]
        asked = asked_requests(
            first.model_copy(update={"requests": max(self.plan.warm_up_requests, 1)}), seed=0
        )[: self.plan.warm_up_requests]
        prompts = [prompt_of(replace(one, prefix_tokens=0), WARM_UP_SEED) for one in asked]
        warming = asyncio.ensure_future(
            warm_up(server.endpoint, prompts, min(first.output_tokens, 64))
        )
        stopping = asyncio.ensure_future(self._stop.wait())
        within_s = self.plan.patience.stall_s
        await asyncio.wait(
            {warming, stopping}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED
        )
        for task in (warming, stopping):
            task.cancel()
        # A server that fails here fails in the first point too, and is judged there.
        await asyncio.gather(warming, stopping, return_exceptions=True)

    def _driver_for(self, load: Load) -> LoadDriver:
        bench = self.options.driver == "vllm-bench" or (
            self.options.driver == "auto"
            and not load.is_open
            and not load.cached_share
            and load.lengths == "even"
        )
        if bench:
            return VllmBenchDriver(self.options.program, self.plan.server.model)
        return BuiltInDriver()

    def _attempts(self, load: Load) -> int:
        return sum(
            entry["kind"] in {"point", "lost"} and entry["id"] == load.id
            for entry in self.journal.entries
        )

    def _time_left(self, points: int) -> str:
        """Time for as many points as are missing, by those measured or else by the plan."""
        took = [float(str(e["seconds"])) for e in self.journal.entries if e["kind"] == "point"]
        if took:
            minutes = points * sum(took) / len(took) / SECONDS_PER_MINUTE
        elif self.plan.expected_minutes is not None:
            minutes = self.plan.expected_minutes * points / len(self.plan.points)
        else:
            return "unknown time"
        return f"about {minutes:.0f} min" if minutes >= 1 else "less than a minute"

    def _record_start(self, todo: Sequence[Load]) -> None:
        self.journal.append(
            {"kind": "started", "at": _utc(), "plan": self.plan.id, "missing": len(todo)}
        )

    def _stop_server(self) -> None:
        if self._server is not None:
            self._server.stop()
            self._server = None

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        for number in numbers:
            loop.add_signal_handler(number, self._heard, number)
        try:
            yield
        finally:
            for number in numbers:
                loop.remove_signal_handler(number)

    def _heard(self, number: int) -> None:
        self._signal = number
        self._stop.set()


def prompt_seed(load: Load, attempt: int) -> int:
    """Seed of its own for every attempt at every point, whatever the plan's seeds are.

    Two points of one seed would begin their prompts alike, and find them in the prefix cache.
    """
    text = f"{load.seed} {load.id} {attempt}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4]) >> 1


def missing_points(plan: CalibrationPlan, entries: Sequence[Entry]) -> tuple[Load, ...]:
    """Points of the plan that no entry finishes, in the plan's order."""
    done = {entry["id"] for entry in entries if entry["kind"] == "point"}
    return tuple(load for load in plan.points if load.id not in done)


def packed_rows(rows: Sequence[Row]) -> bytes:
    """Raw rows, one JSON document a line, compressed; the same rows give the same bytes."""
    lines = "".join(json.dumps(asdict(row), allow_nan=False) + "\n" for row in rows)
    return gzip.compress(lines.encode(), mtime=0)


def _interrupted(number: int, folder: Path) -> InterruptedRunError:
    return InterruptedRunError(
        Problem(
            "run",
            signal.Signals(number).name,
            "stopped by a signal; finished points are kept",
            f"Go on with: tco-calibrate resume {folder}",
        )
    )


def _describe(load: Load) -> str:
    how = (
        f"{load.concurrency} clients"
        if load.concurrency is not None
        else f"{load.requests_per_second:g} requests/s"
    )
    return f"{load.input_tokens}/{load.output_tokens} tokens, {how}"


def _told(point: MeasuredPoint) -> str:
    found = point.judged.figures
    if found is None or point.judged.verdict == "INVALID":
        return f"{point.id}: {point.judged.verdict} {point.reasons_text}"
    return (
        f"{point.id}: VALID {found.output_tokens_per_second:,.0f} tokens/s, "
        f"{found.mean_tpot_ms:.1f} ms/token, first after {found.mean_ttft_ms:,.0f} ms"
    )


def _utc() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
