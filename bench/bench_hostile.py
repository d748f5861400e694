"""What one hostile visitor costs a team of 100: their p95 with and without, on the same servers.

The hostile one opens links to the largest question there may be, never the same twice, and reloads:
one time when the page is whole, the next after a moment, with the work behind it just begun.
"""

import asyncio
import itertools
import random
import sys
import time
from pathlib import Path
from statistics import quantiles

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
RELOADS_AFTER_S = 0.5
PATIENCE_S = 60.0
PAGES = ("", "sensitivity")
LINKS = 400


def main() -> int:
    options = load_page._options(sys.argv[1:])
    question, links = load_scenario(preset_paths()[0]), _links()
    reloads: list[float] = []

    async def hostile(ports: list[int], until: float) -> None:
        await _reload(ports[0], links, until, reloads)

    with load_page._servers(options.processes) as servers:
        alone, *_, cut = asyncio.run(load_page._team(options, servers))
        beside, *_, cut_beside = asyncio.run(load_page._team(options, servers, hostile))
    wrong = [p for rerun in beside for p in load_page._problems(rerun, question)]
    without, with_one = _p95(alone), _p95(beside)
    print(
        f"{options.users} visitors: p95 of a rerun {without:.2f} s, and {with_one:.2f} s beside a "
        f"hostile one who reloads the largest question ({len(reloads)} times): "
        f"{with_one / without:.2f} × (at most {MOST_RATIO:g})"
    )
    print(
        f"figures that are not the visitor’s own {len(wrong)}, visitors cut off {cut + cut_beside}"
    )
    return 1 if wrong or cut or cut_beside else 0


def _links() -> list[str]:
    catalogue = Data.shipped().catalogue
    return [
        link_value(scenario_from(largest(requests=1e6 + 1_000.0 * number)), catalogue)
        for number in range(LINKS)
    ]


async def _reload(port: int, links: list[str], until: float, reloads: list[float]) -> None:
    """Ask and ask again, and stay for every second answer only."""
    dice, loop = random.Random(1), asyncio.get_running_loop()
    for number, link in enumerate(itertools.cycle(links)):
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


def _p95(reruns: list[Rerun]) -> float:
    return quantiles([rerun.seconds for rerun in reruns], n=20)[18]


if __name__ == "__main__":
    sys.exit(main())
