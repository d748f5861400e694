"""Everything on record stands on the page, and one press adds an offer to the scenario."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.analysis.decision import Question
from tco.analysis.rank import rank
from tco.question.presets import presets

APP = str(Path(__file__).parents[2] / "app.py")
DEFAULT = next(iter(presets().values()))


@pytest.fixture
def prices():
    page = AppTest.from_file(APP, default_timeout=60).run()
    (target,) = [
        key for key, info in page._registered_pages.items() if info["url_pathname"] == "prices"
    ]
    page._page_hash = target
    page.session_state["market"] = True
    return page.run()


def test_one_press_adds_the_cheapest_offer_to_the_scenario(prices):
    assert not prices.exception
    rows = [row for row in rank(Question.of(DEFAULT)).rows if row.alternative.eligible]
    first = next(row for row in rows if not row.in_scenario)
    assert prices.selectbox(key="market-offer").value == first.alternative.label
    prices.button(key="market-add").click().run()
    assert not prices.exception
    scenario = prices.session_state["last good question"]
    assert first.option in (*scenario.apis, *scenario.self_hosted)
    assert scenario.baseline == DEFAULT.baseline
    assert set(DEFAULT.apis) < set(scenario.apis) or len(scenario.self_hosted) > len(
        DEFAULT.self_hosted
    )


def test_the_table_holds_what_the_ranking_holds(prices):
    table = next(frame.value for frame in prices.dataframe if "Kept out by" in frame.value.columns)
    rows = [row for row in rank(Question.of(DEFAULT)).rows if row.alternative.eligible]
    assert list(table["Offer"]) == [row.alternative.label for row in rows[: len(table)]]
    assert set(table["Kept out by"]) == {""}
