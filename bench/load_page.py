"""A team on the page: many visitors, two processes, every shown figure checked afterwards.

    python bench/load_page.py --users 100 --think-s 10 --ramp-s 15 --measure-s 60

Visitors change their volume after an exponential pause. What each of them saw is compared, once
the clock has stopped, with an evaluation of that volume in this process; one figure of another
visitor is a mixed result, and fails the run. Bytes of a rerun do not depend on what else the
machine does, its CPU a little (cores share their caches), times very much.
"""

import argparse
import asyncio
import json
import os
import random
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean, quantiles

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from page_visitor import Rerun, Screen, Visitor, visit

from tco.answer.evaluation import evaluate
from tco.answer.tiles import tiles
from tco.answer.worked import Evaluation
from tco.charts.break_even import break_even_chart, spoken_of
from tco.charts.style import THEMED
from tco.facts.data import Data
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths
from tco.question.scenario import Scenario
from tco.question.traffic import mean_tokens
from tco.ui.server.settings import ENVIRONMENT, command
from tco.ui.tables.tables import break_even_table
from tco.words.markdown import literal
from tco.words.money import usd_short

Stranger = Callable[[list[int], float], Coroutine[object, object, None]]
"""Given the ports of the servers and the time to leave at."""
START_SECONDS = 30.0
VOLUMES = (1e5, 1e8)
TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
CPU_MS, KILOBYTES = 60.0, 25.0
"""What a rerun may take of each."""
VISITOR_MB = 1.5


def main() -> int:
    options = _options()
    question = load_scenario(preset_paths()[0])
    with _servers(options.processes) as servers:
        seen = asyncio.run(_team(options, servers))
        memory = seen[-1]
        if options.leave_s:
            time.sleep(options.leave_s)
            memory = (*memory, _resident_mb(servers))
    reruns, first_pages, (cpu_per_run, others), failed, _ = seen
    wrong = [problem for rerun in reruns for problem in _problems(rerun, question)]
    _report(options, reruns, first_pages, cpu_per_run, others)
    _report_memory(options, *memory)
    for problem in wrong[:5]:
        print(f"wrong: {problem}")
    print(f"{'figures that are not the visitor’s own':46} {len(wrong)}")
    print(f"{'visitors cut off':46} {failed}")
    return 1 if wrong or failed or not reruns else 0


def _options(words: Sequence[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--users", type=int, default=100)
    parser.add_argument("--think-s", type=float, default=10.0)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--ramp-s", type=float, default=15.0)
    parser.add_argument("--measure-s", type=float, default=20.0)
    parser.add_argument("--leave-s", type=float, default=0.0, help="wait for memory to come back")
    parser.add_argument("--seed", type=int, default=20261124)
    return parser.parse_args(words)


async def _team(
    options: argparse.Namespace, servers: dict[int, int], *strangers: Stranger
) -> tuple[list[Rerun], list[float], tuple[float, float], int, tuple[float, float]]:
    """Let everybody in during the ramp, then count until the time is over.

    Parameters
    ----------
    strangers
        Who else is on the page until then; they are not counted.
    """
    for port in servers:  # the first visit of a process imports the page
        await _leave(await _enter(-1, port))
    empty_mb = _resident_mb(servers)
    ports, dice = list(servers), random.Random(options.seed)
    begun = asyncio.get_running_loop().time()
    measured_from = begun + options.ramp_s
    until = measured_from + options.measure_s
    reruns: list[Rerun] = []
    first_pages: list[float] = []
    visits = [
        _stay(
            number, ports[number % len(ports)], options, dice.random(), until, reruns, first_pages
        )
        for number in range(options.users)
    ]
    others_there = asyncio.gather(*(come(ports, until) for come in strangers))
    team = asyncio.gather(*visits, return_exceptions=True)
    await asyncio.sleep(options.ramp_s)
    before, ready, inside = _cpu_seconds(servers), len(reruns), len(first_pages)
    others = _others_seconds(servers)
    await asyncio.sleep(options.measure_s)
    others = (_others_seconds(servers) - others) / options.measure_s
    counted = reruns[ready:]
    runs = len(counted) + len(first_pages) - inside  # who came late was served in this time too
    used = (_cpu_seconds(servers) - before) / max(runs, 1)
    full_mb = _resident_mb(servers)
    ends = await team
    await others_there
    failed = [end for end in ends if isinstance(end, BaseException)]
    for end in failed[:3]:
        print(f"cut off: {end!r}")
    return counted, first_pages, (used, others), len(failed), (empty_mb, full_mb)


async def _stay(
    number: int,
    port: int,
    options: argparse.Namespace,
    start_share: float,
    until: float,
    reruns: list[Rerun],
    first_pages: list[float],
) -> None:
    """Come within the ramp, read, change the volume, read, until the time is over."""
    dice, clock = random.Random(f"{options.seed}/{number}"), asyncio.get_running_loop().time
    await asyncio.sleep(start_share * options.ramp_s)
    visitor, seconds = None, 0.0
    async with asyncio.timeout_at(until + options.think_s):
        visitor = await visit(number, port)
        seconds = await visitor.open_page()
    first_pages.append(seconds)
    try:
        while clock() < until:
            pause = dice.expovariate(1 / options.think_s)
            await asyncio.sleep(min(pause, max(0.0, until - clock())))
            if clock() >= until:
                return
            low, high = VOLUMES
            volume = float(round(low * (high / low) ** dice.random()))
            async with asyncio.timeout_at(until + options.think_s):
                reruns.append(await visitor.change(volume))
    finally:
        await _leave(visitor)


async def _enter(number: int, port: int) -> Visitor:
    visitor = await visit(number, port)
    await visitor.open_page()
    return visitor


async def _leave(visitor: Visitor) -> None:
    await visitor.socket.close()


def _problems(rerun: Rerun, question: Scenario) -> Iterator[str]:
    """Whatever one visitor saw that does not belong to the volume they typed."""
    scenario = changed(question, {"workload.requests_per_month": rerun.requests_per_month})
    evaluation, seen = evaluate(scenario), rerun.screen
    who = f"visitor {rerun.visitor}, {rerun.requests_per_month:,.0f} requests a month"
    for label, expected in _tiles(scenario, evaluation).items():
        if seen.tiles.get(label) != literal(expected):
            yield f"{who}: {label!r} shows {seen.tiles.get(label)!r}, not {literal(expected)!r}"
    verdict = evaluation.verdict
    if literal(verdict.headline) not in seen.headings:
        yield f"{who}: headings {seen.headings}"
    if literal(verdict.sentence) not in seen.texts:
        yield f"{who}: the sentence is another"
    if not any(f"{rerun.requests_per_month:,.0f}" in text for text in seen.texts):
        yield f"{who}: the volume is not repeated"
    yield from _table_problems(who, evaluation, seen)
    yield from _chart_problems(who, evaluation, seen)


def _tiles(scenario: Scenario, evaluation: Evaluation) -> dict[str, str]:
    """Figures of the tiles; today's bill from a formula that is not the planner's."""
    shown = {tile.label: tile.value for tile in tiles(evaluation)}
    return {**shown, "Your bill, a month": usd_short(_bill_by_hand(scenario, evaluation))}


def _bill_by_hand(scenario: Scenario, evaluation: Evaluation) -> float:
    """Mean tokens times the published rates, for prompts that stay below the first band's edge."""
    (only,), option = scenario.workload.classes, scenario.baseline
    offer = Data.shipped().catalogue.offer(option.provider, option.model)
    band = offer.rate_card(option.tier, on=scenario.prices_on).bands[0]
    prompt, output = mean_tokens((only,), "input"), mean_tokens((only,), "output")
    cached = prompt * only.cached_share
    per_request = (
        (prompt - cached) * float(band.input_usd_per_mtok)
        + cached * float(band.cached_input_usd_per_mtok or band.input_usd_per_mtok)
        + output * float(band.output_usd_per_mtok)
    ) / 1e6
    people = sum(
        line.cost_usd or 0.0 for line in evaluation.alternatives[0].lines if line.driver == "fixed"
    )
    return per_request * scenario.workload.requests_per_month + people


def _table_problems(who: str, evaluation: Evaluation, seen: Screen) -> Iterator[str]:
    frame = break_even_table(evaluation)
    expected = tuple(tuple(str(cell) for cell in row) for row in frame.itertuples(index=False))
    open_ones = [table for table in seen.tables if table and len(table[0]) == len(frame.columns)]
    if open_ones and expected not in open_ones:
        yield f"{who}: the break-even table is another"


def _chart_problems(who: str, evaluation: Evaluation, seen: Screen) -> Iterator[str]:
    expected = json.loads(json.dumps(break_even_chart(spoken_of(evaluation), THEMED)))
    if expected not in [json.loads(chart) for chart in seen.charts]:
        yield f"{who}: the break-even chart is another"


def _report(
    options: argparse.Namespace,
    reruns: Sequence[Rerun],
    pages: Sequence[float],
    cpu: float,
    others: float,
) -> None:
    if not reruns:
        return
    print(
        f"{options.users} visitors, {options.think_s:g} s to think, {options.processes} processes"
    )
    count = len(reruns)
    rows = (
        ("reruns measured, all of them checked", f"{count}"),
        ("CPU of a rerun", f"{1_000 * cpu:.0f} ms (to reach: {CPU_MS:g})"),
        (
            "bytes of a rerun, before compression",
            f"{_kilobytes(r.traffic.received for r in reruns)} (to reach: {KILOBYTES:g})",
        ),
        ("the same, compressed", _kilobytes(r.traffic.received_compressed for r in reruns)),
        ("sent by the visitor for it", _kilobytes(r.traffic.sent for r in reruns)),
        ("rerun, p50 / p95", _percentiles([r.seconds for r in reruns])),
        ("first page, p50 / p95", _percentiles(pages)),
        ("cores that others kept busy meanwhile", f"{others:.1f} of {os.cpu_count()}"),
    )
    for label, value in rows:
        print(f"{label:46} {value}")


def _report_memory(
    options: argparse.Namespace, empty_mb: float, full_mb: float, left_mb: float | None = None
) -> None:
    """What the processes hold beyond what they held for one visitor each [MB]."""
    each = (full_mb - empty_mb) / options.users
    print(f"{'memory of a visitor':46} {each:.2f} MB (to reach: {VISITOR_MB:g})")
    if left_mb is not None:
        kept = f"{left_mb - empty_mb:.0f} of {full_mb - empty_mb:.0f} MB"
        print(f"{'still held after they left':46} {kept}")


def _resident_mb(servers: dict[int, int]) -> float:
    """Memory that the server processes hold together [MB]."""
    kilobytes = 0
    for pid in servers.values():
        status = Path(f"/proc/{pid}/status").read_text().splitlines()
        kilobytes += next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))
    return kilobytes * 1_024 / 1e6


def _kilobytes(bytes_of_reruns: Iterator[int]) -> str:
    return f"{fmean(bytes_of_reruns) / 1e3:.1f} kB"


def _percentiles(seconds: Sequence[float]) -> str:
    if len(seconds) < 2:
        return "too few"
    cuts = quantiles(seconds, n=20)
    return f"{cuts[9]:.2f} s / {cuts[18]:.2f} s"


def _cpu_seconds(servers: dict[int, int]) -> float:
    """CPU that the server processes have used so far [s]."""
    ticks = 0
    for pid in servers.values():
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / TICKS_PER_SECOND


def _others_seconds(servers: dict[int, int]) -> float:
    """CPU that the whole machine has used so far, without the servers and this client [s]."""
    user, nice, system, _, _, interrupts, soft, *_ = map(
        int, Path("/proc/stat").read_text().splitlines()[0].split()[1:]
    )
    busy = (user + nice + system + interrupts + soft) / TICKS_PER_SECOND
    return busy - _cpu_seconds(servers) - sum(os.times()[:2])


@contextmanager
def _servers(count: int) -> Iterator[dict[int, int]]:
    """Serve the page from processes of our own on free loopback ports; stop them by their id."""
    running: dict[int, subprocess.Popen[bytes]] = {}
    try:
        for _ in range(count):
            port = _free_port()
            running[port] = subprocess.Popen(
                [*command(port), "--server.headless=true"],
                cwd=ROOT,
                env={**os.environ, **ENVIRONMENT},
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        for port, process in running.items():
            _wait(port, process)
        yield {port: process.pid for port, process in running.items()}
    finally:
        for process in running.values():
            process.terminate()
        for process in running.values():
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise SystemExit("the page's server stopped at once")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=1):
                return
        except OSError:
            time.sleep(0.1)
    raise SystemExit(f"the page's server did not answer within {START_SECONDS:g} s")


if __name__ == "__main__":
    sys.exit(main())
