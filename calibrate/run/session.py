"""One run into one folder: the server up, every point that is missing measured, the server down."""

import asyncio
import hashlib
import secrets
import signal
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from calibrate.errors import InterruptedRunError, ServerError
from calibrate.files import write_whole
from calibrate.load.choose_driver import driver_for
from calibrate.load.driver import LoadDriver, Row, prompt_seed
from calibrate.load.vllm_bench import BENCH
from calibrate.plan.plan import SECONDS_PER_MINUTE, CalibrationPlan, Load
from calibrate.run.attempt import DIED, FAILING, HUNG, INTERRUPTED, LOST, attempt_point
from calibrate.run.journal import Journal
from calibrate.run.judge import judge
from calibrate.run.news import described, told
from calibrate.run.point import MeasuredPoint, Sidecar, Taken, points_of
from calibrate.run.raw_rows import ROWS, packed_rows
from calibrate.run.server_lifetime import Options, ServerLifetime, utc
from calibrate.run.time_left import is_time_up, points_to_measure, still_fits, time_left
from calibrate.run.verdict import TIME_UP, is_unsteady
from calibrate.server.start import Server, back_off
from pricing.errors import Problem


class Session:
    """A run in progress; every finished point is in the journal before the next begins."""

    def __init__(
        self, plan: CalibrationPlan, folder: Path, journal: Journal, options: Options
    ) -> None:
        self.plan, self.folder, self.journal, self.options = plan, folder, journal, options
        self._stop = asyncio.Event()
        self._signal = 0
        self._nonce = secrets.token_hex(8)
        self._lifetime = ServerLifetime(plan, folder, journal, options, self._stop, self._nonce)
        self._lost: dict[str, int] = {DIED: 0, HUNG: 0, FAILING: 0}
        self._unsteady: dict[str, int] = {}

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
            except ServerError:
                # A start that a signal cut short is no fault of the server.
                if not self._signal:
                    raise
            finally:
                self._lifetime.stop()
        if self._signal:
            self.journal.append({"kind": INTERRUPTED, "at": utc(), "signal": self._signal})
            raise _interrupted(self._signal, self.options.going_on)

    async def _measure_all(self) -> None:
        plan = self.plan
        todo = points_to_measure(plan, self.journal.entries, again=self.options.again)
        self._record_start(todo)
        begun, planned, passed_over = time.monotonic(), len(plan.points), 0
        for number, load in enumerate(todo, start=planned - len(todo) + 1):
            if self._stop.is_set():
                return
            minutes = (time.monotonic() - begun) / SECONDS_PER_MINUTE
            if not still_fits(plan, load, self.journal.entries, minutes):
                passed_over += 1
                continue
            if is_time_up(plan, minutes):
                self.options.tell(f"{minutes:.0f} minutes are over; resume measures the rest")
                self.journal.append({"kind": TIME_UP, "at": utc(), "minutes": minutes})
                return
            left = time_left(plan, self.journal.entries, planned - number + 1, minutes)
            self.options.tell(
                f"point {number} of {planned}: {load.id}, {described(load)}; {left} left"
            )
            if not await self._measure(load):
                return
        if passed_over:
            limit = f"{plan.within_minutes:g} minutes hold no more"
            self.options.tell(f"{limit}; spare points left out: {passed_over}")

    async def _measure(self, load: Load) -> bool:
        """Measure one point, again where the server was lost; whether the run can go on."""
        while not self._stop.is_set():
            server = await self._lifetime.running()
            if server is None:
                return False
            point, taken = await self._attempted(load, server)
            if taken.stopped == INTERRUPTED:
                return False
            if taken.stopped not in LOST:
                self._keep(point, taken.driven.rows)
                if self._may_be_steadier(point):
                    continue
                return True
            self.journal.append(point.model_dump(mode="json"))
            if not await self._may_go_on(load, taken.stopped):
                return False
        return False

    async def _attempted(self, load: Load, server: Server) -> tuple[MeasuredPoint, Taken]:
        """One attempt at a point, judged."""
        attempt = self._attempts(load)
        sent = load_at_speed_met(load, points_of(self.journal.entries))
        driver = self._driver(sent, server)
        seed = prompt_seed(load, attempt, self._nonce)
        begun, at = time.monotonic(), utc()
        taken = await attempt_point(
            sent,
            self.plan,
            server,
            driver,
            seed=seed,
            stop=self._stop,
            reads_device=self._lifetime.reads_device,
            pulse=partial(self._pulse, load.id),
        )
        point = MeasuredPoint(
            kind="lost" if taken.stopped in LOST else "point",
            id=load.id,
            attempt=attempt,
            seed=seed,
            driver=driver.name,
            at=at,
            seconds=round(time.monotonic() - begun, 3),
            sent=sent,
            devices=taken.devices,
            judged=judge(sent, taken, self.plan.rules),
        )
        return point, taken

    def _driver(self, sent: Load, server: Server) -> LoadDriver:
        """Load generator of a point; the engine's own needs the tokenizer on this machine."""
        options = self.options
        is_here = options.driver == BENCH or options.base_url is None
        return driver_for(
            sent,
            options.driver,
            options.program if is_here else None,
            server.served.model or self.plan.server.model,
            self.plan.rules,
        )

    def _keep(self, point: MeasuredPoint, rows: Sequence[Row]) -> None:
        """Write the raw rows, then the journal entry that names them."""
        name = f"{ROWS}/{point.id}.{point.attempt}.jsonl.gz"
        content = packed_rows(rows)
        write_whole(self.folder / name, content)
        digest = hashlib.sha256(content).hexdigest()
        sidecar = Sidecar(file=name, sha256=digest, count=len(rows))
        whole = point.model_copy(update={"rows": sidecar})
        self.journal.append(whole.model_dump(mode="json"))
        self.options.tell(told(whole))

    def _may_be_steadier(self, point: MeasuredPoint) -> bool:
        """Whether nothing but unrest speaks against a point, and it may be tried once more."""
        allowed = self.plan.patience.unsteady
        tried = self._unsteady[point.id] = self._unsteady.get(point.id, 0) + 1
        if tried > allowed or not is_unsteady(self.plan, point, points_of(self.journal.entries)):
            return False
        self.options.tell(f"{point.id}: measured again, {tried} of {allowed}")
        return True

    async def _may_go_on(self, load: Load, reason: str) -> bool:
        """Restart after a death or a hang, so many times and no more."""
        self._lost[reason] += 1
        patience = self.plan.patience
        allowed = patience.hangs if reason == HUNG else patience.deaths
        self.options.tell(f"{load.id}: {reason}, {self._lost[reason]} of {allowed + 1}")
        self._lifetime.stop()
        if self._lost[reason] > allowed or self.options.base_url is not None:
            return False
        await back_off(patience, self._lost[reason], self._stop)
        return True

    def _attempts(self, load: Load) -> int:
        return sum(
            entry["kind"] in {"point", "lost"} and entry["id"] == load.id
            for entry in self.journal.entries
        )

    def _pulse(self, point: str, said: str) -> None:
        self.options.pulse(f"{point}: {said}")

    def _record_start(self, todo: Sequence[Load]) -> None:
        self.journal.append(
            {
                "kind": "started",
                "at": utc(),
                "plan": self.plan.id,
                "missing": len(todo),
                "nonce": self._nonce,
            }
        )

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


def load_at_speed_met(load: Load, measured: Mapping[str, MeasuredPoint]) -> Load:
    """A schedule at its share of the rate that was met; any other load as it is planned."""
    if load.rate_of is None or load.rate_share is None:
        return load
    met = measured.get(load.rate_of)
    if met is None or met.judged.verdict == "INVALID" or met.judged.figures is None:
        return load
    return load.at_rate(round(load.rate_share * met.judged.figures.requests_per_second, 4))


def _interrupted(number: int, going_on: str) -> InterruptedRunError:
    return InterruptedRunError(
        Problem(
            "run",
            signal.Signals(number).name,
            "stopped by a signal; finished points are kept",
            f"Go on with: {going_on}",
        )
    )
