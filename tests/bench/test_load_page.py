"""The load client notices one visitor's figures on another's screen."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from tco.answer.evaluation import evaluate
from tco.charts.break_even import break_even_chart, spoken_of
from tco.charts.style import THEMED
from tco.question.files import changed
from tco.question.presets import presets
from tco.ui.tables.tables import break_even_table
from tco.words.markdown import literal

BENCH = Path(__file__).parents[2] / "bench"
QUESTION = next(iter(presets().values()))


@pytest.fixture(scope="module")
def load_page():
    sys.path.insert(0, str(BENCH))
    try:
        import load_page
    finally:
        sys.path.remove(str(BENCH))
    return load_page


def rerun_of(load_page, shown, typed=None):
    scenario = changed(QUESTION, {"workload.requests_per_month": shown})
    evaluation = evaluate(scenario)
    frame = break_even_table(evaluation)
    screen = load_page.Screen(
        headings=(literal(evaluation.verdict.headline),),
        texts=(literal(evaluation.verdict.sentence), f":small[{shown:,.0f} requests a month]"),
        tiles={k: literal(v) for k, v in load_page._tiles(scenario, evaluation).items()},
        tables=(tuple(tuple(map(str, row)) for row in frame.itertuples(index=False)),),
        charts=(json.dumps(break_even_chart(spoken_of(evaluation), THEMED)),),
    )
    return load_page.Rerun(7, typed or shown, 0.0, 0.1, None, screen)


def test_a_screen_of_the_visitors_own_is_right(load_page):
    assert list(load_page._problems(rerun_of(load_page, 5e6), QUESTION)) == []


def test_a_screen_of_somebody_else_is_wrong_in_every_part(load_page):
    told = "\n".join(load_page._problems(rerun_of(load_page, 5e6, typed=9e6), QUESTION))
    assert "visitor 7, 9,000,000" in told
    for part in (
        "Your bill",
        "The choice, a month",
        "sentence",
        "volume",
        "table",
        "chart",
    ):
        assert part in told


@pytest.mark.parametrize("part", ["texts", "tiles", "tables", "charts"])
def test_one_part_of_somebody_else_is_enough(load_page, part):
    mine, theirs = rerun_of(load_page, 2e5), rerun_of(load_page, 9e7)
    mixed = replace(mine.screen, **{part: getattr(theirs.screen, part)})
    assert list(load_page._problems(replace(mine, screen=mixed), QUESTION))


@pytest.mark.parametrize("volume", [1e5, 6e6, 1e8])
def test_the_bill_by_hand_is_the_bill(load_page, volume):
    scenario = changed(QUESTION, {"workload.requests_per_month": volume})
    evaluation = evaluate(scenario)
    by_hand = load_page._bill_by_hand(scenario, evaluation)
    assert by_hand == pytest.approx(evaluation.alternatives[0].monthly_usd, rel=1e-9)


def test_a_rerun_of_the_first_page_stays_within_its_bytes_and_shows_its_own_figures(load_page):
    volumes = (7e6, 6.5e7, 2e5, 7e6)
    with load_page._servers(1) as servers:
        reruns = asyncio.run(reruns_of(load_page, next(iter(servers)), volumes))
    assert [rerun.requests_per_month for rerun in reruns] == list(volumes)
    for rerun in reruns:
        assert list(load_page._problems(rerun, QUESTION)) == []
        assert 0 < rerun.traffic.received_compressed < rerun.traffic.received
        assert rerun.traffic.received + rerun.traffic.sent <= 1_000 * load_page.KILOBYTES


async def reruns_of(load_page, port, volumes):
    visitor = await load_page._enter(0, port)
    reruns = [await visitor.change(volume) for volume in volumes]
    await load_page._leave(visitor)
    return reruns
