"""The built-in client: clients or a schedule, every token stamped when it arrives."""

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, islice
from typing import Final

import numpy as np

from calibrate.load.completion import PATH, Stamps, completion, read_event, stamped, warm_up
from calibrate.load.driver import (
    CANCELLED,
    Asked,
    Driven,
    Progress,
    Row,
    asked_requests,
    prefix_prompts,
    prompt_of,
)
from calibrate.load.pace import ClosedLoopPace, SchedulePace
from calibrate.plan.plan import Load, Rules
from calibrate.server.endpoint import Endpoint
from calibrate.server.http import HttpError, post_events

BUILT_IN: Final = "built-in"
FEWEST_SENT: Final = 50
ANSWERED_SHARE: Final = 0.8
RESIDENCES: Final = 3.0
_FIRST_ANSWERS: Final = 5
_HEARTBEAT_S: Final = 0.01
_ROUND_S: Final = 0.25


@dataclass(frozen=True, slots=True)
class BuiltInDriver:
    """Asyncio client on one core; prompts are sent as token ids, so lengths are exact."""

    rules: Rules

    @property
    def name(self) -> str:
        """Name that records show."""
        return BUILT_IN

    async def prepare(self, load: Load, endpoint: Endpoint, seed: int) -> None:
        """Put the shared beginnings of the prompts into the cache."""
        await warm_up(endpoint, prefix_prompts(load, seed), output_tokens=2)

    async def run(self, load: Load, endpoint: Endpoint, progress: Progress, seed: int) -> Driven:
        """Put the endpoint under the load."""
        session = _Session(load, endpoint, progress, seed, self.rules)
        lags: list[float] = []
        beat = asyncio.create_task(_beat(lags))
        try:
            await session.work()
        finally:
            beat.cancel()
        lag_ms = float(np.quantile(lags, 0.99)) * 1_000 if lags else None
        return Driven(tuple(session.rows()), lag_ms)


class _Session:
    """One point in progress."""

    def __init__(
        self, load: Load, endpoint: Endpoint, progress: Progress, seed: int, rules: Rules
    ) -> None:
        self.load, self.endpoint, self.progress, self.seed = load, endpoint, progress, seed
        self._stream = asked_requests(load, seed)
        self._prompts = {one.number: prompt_of(one, seed) for one in self._first_block()}
        self.started = time.monotonic()
        self._rows: dict[int, Row] = {}
        self._stamps: dict[int, Stamps] = {}
        self._closed_pace = ClosedLoopPace(load, rules, seed)
        self._schedule_pace = SchedulePace(load)
        self._news = asyncio.Event()
        """Set whenever a first token or the end of an answer came."""

    def _first_block(self) -> list[Asked]:
        """Requests that are made ready before the load begins; more follow as they are needed."""
        block = list(islice(self._stream, self.load.requests))
        self._stream = chain(block, self._stream)
        return block

    def rows(self) -> Iterator[Row]:
        """Rows in the order of sending; what was under way counts as cancelled."""
        for number, row in sorted(self._rows.items(), key=lambda item: item[1].sent_s):
            yield row if row.error != CANCELLED else stamped(row, self._stamps[number])

    async def work(self) -> None:
        """Send until enough is answered, or stop when told to."""
        self.started = time.monotonic()
        senders = self._open() if self.load.is_open else self._closed()
        sending = asyncio.ensure_future(senders)
        stopping = asyncio.create_task(self.progress.stop.wait())
        watching = asyncio.create_task(self._watch_for_pile_up())
        try:
            await asyncio.wait({sending, stopping}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, stopping, watching):
                task.cancel()
            await asyncio.gather(sending, stopping, watching, return_exceptions=True)

    async def _closed(self) -> None:
        """Start clients one after the other; end them all once one finds the window full."""
        pace = self._closed_pace
        clients: set[asyncio.Task[None]] = set()
        try:
            while len(clients) < pace.clients:
                self._news.clear()
                clients |= {
                    asyncio.create_task(self._client(self._first())) for _ in range(pace.to_start())
                }
                if len(clients) < pace.clients:
                    await self._news.wait()
            await asyncio.wait(clients, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _ended(clients)

    def _first(self) -> Asked:
        """First request of a client, its answer cut short."""
        number, share = self._closed_pace.start()
        asked = self._asked(number)
        return replace(asked, output_tokens=max(round(share * asked.output_tokens), 2))

    def _asked(self, number: int) -> Asked:
        asked = next(self._stream)
        assert asked.number == number
        return asked

    async def _client(self, first: Asked) -> None:
        await self._send(first, self._now(), begins=True)
        while not self._closed_pace.is_full:
            await self._send(self._asked(self._closed_pace.send()), self._now())

    async def _open(self) -> None:
        """Send on time, whatever is answered, until all that counts is."""
        under_way: set[asyncio.Task[None]] = set()
        try:
            for asked in self._stream:
                while (wait_s := asked.intended_s - self._now()) > 0:
                    await self._sleep_or_news(wait_s)
                    if self._schedule_pace.is_full:
                        return
                under_way.add(asyncio.create_task(self._send(asked, asked.intended_s)))
        finally:
            await _ended(under_way)

    async def _sleep_or_news(self, seconds: float) -> None:
        self._news.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)

    async def _send(self, asked: Asked, intended_s: float, *, begins: bool = False) -> None:
        stamps = self._stamps[asked.number] = Stamps()
        row = Row(
            intended_s=intended_s,
            sent_s=self._now(),
            first_s=None,
            finished_s=None,
            input_asked=asked.input_tokens,
            output_asked=asked.output_tokens,
            input_tokens=None,
            output_tokens=None,
            streamed_tokens=0,
            error=CANCELLED,
            first_of_client=begins,
        )
        self._rows[asked.number] = row
        self.progress.inside += 1
        try:
            prompt = self._prompts.pop(asked.number, None) or prompt_of(asked, self.seed)
            document = completion(self.endpoint, prompt, asked.output_tokens)
            await self._receive(document, stamps, asked.number)
            error = "" if stamps.tokens else "no_tokens"
        except HttpError as failure:
            error = failure.kind
        finally:
            self.progress.inside -= 1
        self._closed_pace.finished(asked.number, self._now())
        self._schedule_pace.finished(asked.number)
        self._news.set()
        self.progress.failed_in_row = self.progress.failed_in_row + 1 if error else 0
        self._rows[asked.number] = replace(stamped(row, stamps), error=error)

    async def _receive(self, document: dict[str, object], stamps: Stamps, number: int) -> None:
        endpoint = self.endpoint
        events = post_events(endpoint.address, PATH, document, api_key=endpoint.api_key)
        async for data in events:
            now = self._now()
            tokens = read_event(data, stamps)
            if tokens:
                if stamps.first_s is None:
                    stamps.first_s = now
                    self._closed_pace.spoke(number)
                    self._news.set()
                stamps.last_s = now
                self.progress.tokens += tokens

    async def _watch_for_pile_up(self) -> None:
        """Stop an open loop whose requests pile up: the load is above what can be served."""
        while self.load.is_open:
            await asyncio.sleep(_ROUND_S)
            if piles_up(list(self._rows.values()), self._now()):
                self.progress.saturated = True
                self.progress.stop.set()
                return

    def _now(self) -> float:
        return time.monotonic() - self.started


async def _ended(tasks: set[asyncio.Task[None]]) -> None:
    """Drop what is under way; an error in the client itself is not lost."""
    for task in tasks:
        task.cancel()
    for result in await asyncio.gather(*tasks, return_exceptions=True):
        if isinstance(result, Exception):
            raise result


def piles_up(rows: Sequence[Row], now_s: float) -> bool:
    """Whether clearly fewer requests are answered than sent, in the later half of the time.

    Judged once the first answers lie well back, because every load begins with a wave of requests
    that nothing has answered yet.
    """
    answered = sorted(row.finished_s for row in rows if row.finished_s is not None)
    if len(answered) < _FIRST_ANSWERS or now_s < RESIDENCES * answered[_FIRST_ANSWERS - 1]:
        return False
    half_s = now_s / 2
    sent = sum(row.sent_s >= half_s for row in rows)
    left = sum(finished_s >= half_s for finished_s in answered)
    return sent >= FEWEST_SENT and left < ANSWERED_SHARE * sent


async def _beat(lags: list[float], now: Callable[[], float] = time.monotonic) -> None:
    """Measure by how much this client comes late when it asks to be woken."""
    while True:
        before = now()
        await asyncio.sleep(_HEARTBEAT_S)
        lags.append(now() - before - _HEARTBEAT_S)
