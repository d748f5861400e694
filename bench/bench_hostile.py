"""What one hostile visitor costs a team: their p95 with and without, by turns on the same servers.

The hostile one opens links to the largest question there may be, never the same twice, and reloads:
one time when the page is whole, the next after a moment, with the work behind it just begun. They
come for one window and stay away for the next, so that whatever else the machine does falls on
both alike. Reruns that began close to a change of windows count for neither.
"""

import asyncio
import itertools
import random
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median, quantiles

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

import load_page
from page_visitor import Rerun, visit

from tco.facts.data import Data
from tco.question.files import load_scenario, scenario_from
from tco.question.link import PARAMETER, link_value
from tco.question.presets import preset_paths
from tests.fuzz.largest import largest

MOST_RATIO = 2.0
WINDOW_S = 10.0
SETTLES_S = 1.0
MEASURE_S = 160.0
RELOADS_AFTER_S = 0.5
PATIENCE_S = 60.0
PAGES = ("", "sensitivity")
LINKS = 400
CHECKED = 100
"""Reruns whose figures are compared, spread over all of them."""
MOST_GENERATOR_CORES = 0.7
"""What the load generator may use of a core before its own queue shows in the times."""


def main() -> int:
    options = load_page._options([f"--measure-s={MEASURE_S:g}", *sys.argv[1:]])
    question, links = load_scenario(preset_paths()[0]), _links()
    reloads: list[float] = []
    starts: list[float] = []

    async def hostile(ports: list[int], until: float) -> None:
        await asyncio.sleep(options.ramp_s)
        starts.append(time.perf_counter())
        await _come_and_go(ports[0], links, until, reloads)

    with load_page._servers(options.processes) as servers:
        began, used = time.perf_counter(), time.process_time()
        seen, _, (_, others), cut, _ = asyncio.run(load_page._team(options, servers, hostile))
        generator = (time.process_time() - used) / (time.perf_counter() - began)
    without, beside = _by_window(seen, starts[0])
    wrong = [
        problem
        for rerun in seen[:: max(1, len(seen) // CHECKED)]
        for problem in load_page._problems(rerun, question)
    ]
    _report(options.users, without, beside, len(reloads))
    print(
        f"load generator {generator:.2f} of a core, others {others:.1f} cores; figures that are "
        f"not the visitor’s own {len(wrong)}, visitors cut off {cut}"
    )
    if generator > MOST_GENERATOR_CORES:
        print("the load generator is at its own limit: measure with fewer --users")
    return 1 if wrong or cut else 0


def _links() -> list[str]:
    catalogue = Data.shipped().catalogue
    return [
        link_value(scenario_from(largest(requests=1e6 + 1_000.0 * number)), catalogue)
        for number in range(LINKS)
    ]


async def _come_and_go(port: int, links: list[str], until: float, reloads: list[float]) -> None:
    """Stay away for a window, reload through the next, and so on."""
    loop, ends = asyncio.get_running_loop(), itertools.cycle(links)
    while loop.time() < until:
        await asyncio.sleep(WINDOW_S)
        await _reload(port, ends, min(loop.time() + WINDOW_S, until), reloads)


async def _reload(port: int, links: Iterable[str], until: float, reloads: list[float]) -> None:
    """Ask and ask again, and stay for every second answer only."""
    dice, loop = random.Random(1), asyncio.get_running_loop()
    for number, link in enumerate(links):
        if loop.time() >= until:
            return
        start = time.perf_counter()
        visitor = await visit(-2, port, PAGES[number // 2 % 2], f"{PARAMETER}={link}")
        stays = PATIENCE_S if number % 2 else dice.expovariate(1 / RELOADS_AFTER_S)
        try:
            async with asyncio.timeout_at(min(loop.time() + stays, until)):
                await visitor.open_page()
        except TimeoutError:
            pass
        finally:
            await load_page._leave(visitor)
        reloads.append(time.perf_counter() - start)


def _by_window(
    reruns: Sequence[Rerun], start: float
) -> tuple[list[list[float]], list[list[float]]]:
    """Seconds of the reruns of each window without the hostile one, and of each with them."""
    windows: dict[int, list[float]] = {}
    for rerun in reruns:
        number, since = divmod(rerun.began_s - start, WINDOW_S)
        if number >= 0 and SETTLES_S <= since <= WINDOW_S - SETTLES_S:
            windows.setdefault(int(number), []).append(rerun.seconds)
    return (
        [windows[number] for number in sorted(windows) if number % 2 == 0],
        [windows[number] for number in sorted(windows) if number % 2 == 1],
    )


def _report(
    users: int, without: list[list[float]], beside: list[list[float]], reloads: int
) -> None:
    alone, together = (list(itertools.chain(*windows)) for windows in (without, beside))
    ratio = _p95(together) / _p95(alone)
    pairs = [_p95(two) / _p95(one) for one, two in zip(without, beside, strict=False)]
    print(
        f"{users} visitors: p95 of a rerun {_p95(alone):.2f} s ({len(alone)} reruns), and "
        f"{_p95(together):.2f} s ({len(together)}) beside a hostile one who reloads the largest "
        f"question ({reloads} times): {ratio:.2f} × (at most {MOST_RATIO:g})"
    )
    print(
        f"of {len(pairs)} pairs of windows, median {median(pairs):.2f} ×; "
        f"p50 {median(alone):.2f} s and {median(together):.2f} s"
    )


def _p95(seconds: Sequence[float]) -> float:
    return quantiles(seconds, n=20)[18]


if __name__ == "__main__":
    sys.exit(main())
