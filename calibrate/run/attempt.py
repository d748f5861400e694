"""One attempt at a point under a watchdog: on tokens, not on health."""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from calibrate.load.driver import Driven, LoadDriver, Progress
from calibrate.plan.plan import CalibrationPlan, Load
from calibrate.run.point import Taken
from calibrate.server.device import DeviceReading, read_device
from calibrate.server.endpoint import Counters
from calibrate.server.http import HttpError
from calibrate.server.start import Server

DIED: Final = "server_died"
HUNG: Final = "hung"
FAILING: Final = "engine_failing"
INTERRUPTED: Final = "interrupted"
TOO_LONG: Final = "too_long"
LOST: Final = frozenset({DIED, HUNG, FAILING, INTERRUPTED})
"""Reasons for which a point is not measured at all, and may be tried again."""
BROKEN: Final = frozenset({"no_connection", "connection_lost", "truncated"})
MOST_FAILURES_IN_ROW: Final = 20
_POLL_S: Final = 0.1
_COUNTER_POLL_S: Final = 1.0
_SETTLE_S: Final = 3.0
_RETURN_S: Final = 5.0


@dataclass(slots=True)
class _Watch:
    """What is known of progress so far."""

    tokens: float = -1.0
    since: float = 0.0
    counters_read: float = 0.0


async def attempt_point(
    load: Load,
    plan: CalibrationPlan,
    server: Server,
    driver: LoadDriver,
    *,
    seed: int,
    stop: asyncio.Event,
    reads_device: bool,
    pulse: Callable[[str], None] = lambda _: None,
    wall_clock: Callable[[], float] = time.time,
) -> Taken:
    """Put the server under the load once, and end that early where it leads nowhere.

    Parameters
    ----------
    reads_device
        Whether the accelerators of this machine are those of the server.
    pulse
        Called several times a second with how far the point has come.
    """
    devices = [await _device()] if reads_device else []
    await _prepared(driver, load, server, seed, plan.patience.stall_s)
    before = await _at_rest(server)
    wall, steady = wall_clock(), time.monotonic()
    progress = Progress()
    task = asyncio.create_task(driver.run(load, server.endpoint, progress, seed))
    during = asyncio.create_task(_device()) if reads_device else None
    stopped = await _watched(task, progress, plan, server, stop, pulse)
    if during is not None:
        devices.append(await during)
    driven = await _rows(task)
    clock_step_s = (wall_clock() - wall) - (time.monotonic() - steady)
    if reads_device:
        devices.append(await _device())
    if stopped in {"", FAILING} and await _is_gone(server, driven):
        stopped = DIED
    after = await _settled(server, before, driven) if stopped not in {DIED, HUNG} else None
    return Taken(
        driven=driven,
        before=before,
        after=after,
        stopped=stopped,
        saturated=progress.saturated,
        devices=tuple(devices),
        clock_step_s=clock_step_s,
        block_size=_block_size(server),
    )


async def _prepared(
    driver: LoadDriver, load: Load, server: Server, seed: int, within_s: float
) -> None:
    """Let the driver prepare; where that fails the point itself fails too, and is judged."""
    with suppress(HttpError, TimeoutError):
        await asyncio.wait_for(driver.prepare(load, server.endpoint, seed), within_s)


async def _watched(
    task: "asyncio.Task[Driven]",
    progress: Progress,
    plan: CalibrationPlan,
    server: Server,
    stop: asyncio.Event,
    pulse: Callable[[str], None],
) -> str:
    """Wait for the driver; the reason where it had to be ended, else empty."""
    begun = time.monotonic()
    watch = _Watch(since=begun)
    while not task.done():
        await asyncio.wait({task}, timeout=_POLL_S)
        pulse(f"{progress.tokens:,} tokens in {time.monotonic() - begun:.0f} s")
        reason = ""
        if stop.is_set():
            reason = INTERRUPTED
        elif server.has_died:
            reason = DIED
        elif progress.failed_in_row >= MOST_FAILURES_IN_ROW:
            reason = FAILING
        elif await _stalled(watch, progress, plan.patience.stall_s, server):
            reason = HUNG
        elif time.monotonic() - begun > plan.patience.point_s:
            reason = TOO_LONG
        if reason and not task.done():
            progress.stop.set()
            return reason
    return ""


async def _stalled(watch: _Watch, progress: Progress, stall_s: float, server: Server) -> bool:
    """Whether no token has come for too long."""
    now = time.monotonic()
    if not progress.counts_by_itself and now - watch.counters_read >= _COUNTER_POLL_S:
        watch.counters_read = now
        found = await _counters(server)
        if found is not None:
            progress.tokens = int(found.generated_tokens + found.prompt_tokens)
    waits = progress.inside > 0 or not progress.counts_by_itself
    if progress.tokens != watch.tokens or not waits:
        watch.tokens, watch.since = progress.tokens, now
    return now - watch.since > stall_s


async def _is_gone(server: Server, driven: Driven) -> bool:
    """Whether connections broke and nothing answers any more, though the driver saw it first."""
    broken = any(row.error in BROKEN for row in driven.rows)
    return broken and not await server.endpoint.is_healthy()


async def _rows(task: "asyncio.Task[Driven]") -> Driven:
    """What the driver returns, even when it has to be told to."""
    done, _ = await asyncio.wait({task}, timeout=None if task.done() else _RETURN_S)
    if not done:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        return Driven((), None)
    try:
        return task.result()
    except HttpError:
        return Driven((), None)


async def _at_rest(server: Server) -> Counters | None:
    """Counters once nothing runs: what an earlier point dropped may still be under way."""
    deadline = time.monotonic() + _SETTLE_S
    with suppress(HttpError):
        while time.monotonic() < deadline and max(await server.endpoint.load()) > 0:
            await asyncio.sleep(_POLL_S)
    return await _counters(server)


async def _settled(server: Server, before: Counters | None, driven: Driven) -> Counters | None:
    """Counters once they have caught up with the answers, which they do a moment later."""
    told = sum(row.output_tokens or 0 for row in driven.rows if row.ok)
    deadline = time.monotonic() + _SETTLE_S
    while True:
        after = await _counters(server)
        if after is None or before is None or time.monotonic() > deadline:
            return after
        if after.generated_tokens - before.generated_tokens >= told:
            return after
        await asyncio.sleep(_POLL_S)


async def _counters(server: Server) -> Counters | None:
    try:
        return await server.endpoint.counters()
    except HttpError:
        return None


async def _device() -> DeviceReading:
    return await asyncio.to_thread(read_device)


def _block_size(server: Server) -> int | None:
    text = server.served.cache_config.get("block_size", "")
    return int(text) if text.isdigit() else None
