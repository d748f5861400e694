"""A usage file on the page becomes a scenario with its picture; a wrong one explains itself."""

import json
import subprocess
import sys
from pathlib import Path

import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from tco.charts.style import LIGHT, THEMED
from tco.charts.your_log import LOG_COSTS_CHART, LOG_LENGTHS_CHART, LOG_WEEK_CHART, log_costs
from tco.own_data.usage.log_picture import DayCost, LogPicture, picture_of
from tco.own_data.usage.log_remarks import PAGES_LACK
from tco.own_data.usage.scenario_of_log import ScenarioTerms, scenario_of_log
from tco.own_data.usage.sellers import Sellers
from tco.own_data.usage.usage_log import open_usage
from tco.question.presets import presets
from tco.ui.session.usage_upload import USAGE_UPLOAD
from tco.words.markdown import literal
from tests.usage import written, written_gateways, written_sellers
from tests.usage.reading import CATALOGUE, put
from tests.usage.truth import bill, sent

APP = str(Path(__file__).parents[2] / "app.py")
REQUESTS = sent(51, 400, written.SHORT_GPT, days=tuple(f"2026-11-{n:02}" for n in range(2, 17)))
START = next(iter(presets().values()))


@pytest.fixture
def page():
    return AppTest.from_file(APP, default_timeout=60).run()


def upload(page, name, text):
    (uploader,) = (one for one in page.file_uploader if one.key == USAGE_UPLOAD)
    uploader.upload(name, text.encode()).run()


def test_an_export_becomes_the_scenario_of_the_page_with_its_picture(page):
    upload(page, *written_gateways.helicone(REQUESTS))
    assert not page.exception
    assert not page.error
    assert page.selectbox(key="start").value == "uploaded"
    assert "From your log" in str(page.selectbox(key="start").options)
    page.session_state["your log"] = True
    page.run()
    assert not page.exception
    said = " ".join(str(one.value) for one in page.markdown)
    assert "from your log" in said
    assert "not told by your log" in said


def test_what_a_log_may_lack_stands_beside_its_picture(page):
    """Pages that say that more follow, each as OpenAI's usage has it."""
    name, text = written_sellers.openai_usage(REQUESTS)
    upload(page, name, json.dumps(json.loads(text) | {"has_more": True}))
    assert not page.exception
    page.session_state["your log"] = True
    page.run()
    assert literal(PAGES_LACK) in " ".join(str(one.value) for one in page.markdown)


def test_every_value_that_came_from_the_log_says_so_until_it_is_changed(page):
    def marked():
        said = [str(one.value) for one in page.sidebar.markdown]
        return sum("from your log" in text for text in said)

    assert marked() == 0
    upload(page, *written_gateways.helicone(REQUESTS))
    assert not page.exception
    before = marked()
    assert before == len(
        ("model", "tier", "residency", "requests", "prompt", "output", "cached share")
    )
    (requests,) = (one for one in page.text_input if one.label == "Requests a month")
    requests.set_value("5,000").run()
    assert marked() == before - 1


def test_a_monthly_invoice_becomes_requests_a_month(page):
    page.session_state["invoice"] = True
    page.run()
    page.selectbox(key="invoice model").set_value(("openai", "gpt-5.4")).run()
    for key, value in (("dollars", "$5.5k"), ("prompt", "1000"), ("output", "200")):
        page.text_input(key=f"invoice {key}").set_value(value)
    page.button(key="take invoice").click().run()
    assert not page.exception
    assert "Your invoice" in str(page.selectbox(key="start").options)
    (requests,) = (one for one in page.text_input if one.label == "Requests a month")
    assert requests.value == "1,000,000"


def test_an_invoice_without_dollars_explains_itself_and_changes_nothing(page):
    before = page.selectbox(key="start").value
    page.session_state["invoice"] = True
    page.run()
    page.text_input(key="invoice dollars").set_value("0")
    page.button(key="take invoice").click().run()
    assert not page.exception
    assert "above 0" in page.error[0].value
    assert page.selectbox(key="start").value == before


@pytest.mark.parametrize(
    ("name", "text", "word"),
    [
        ("a.csv", "a,b\n1,2\n", "no shape"),
        ("a.json", '{"data": [', "JSON"),
        ("a.csv", "", "empty"),
        ("costs.csv", "start_time,amount_value,amount_currency\n1795000000,1.5,usd\n", "reconcile"),
    ],
)
def test_a_wrong_usage_file_explains_itself_and_changes_nothing(page, name, text, word):
    before = page.selectbox(key="start").value
    upload(page, name, text)
    assert not page.exception
    assert word in page.error[0].value
    assert page.selectbox(key="start").value == before


def test_the_picture_adds_up_to_the_log(tmp_path):
    with open_usage(put(tmp_path, written_gateways.helicone(REQUESTS))) as log:
        made = scenario_of_log(log, Sellers(CATALOGUE), ScenarioTerms(START))
        picture = picture_of(log, made, Sellers(CATALOGUE))
    assert sum(picture.week) == len(REQUESTS)
    assert sum(count for _, count in picture.lengths) == len(REQUESTS)
    assert sum(one.upper_usd for one in picture.costs) == pytest.approx(float(bill(REQUESTS)))
    assert picture.edges == (272_000,)
    for longest, count in picture.lengths:
        at_most = [other for other, _ in picture.lengths if other < longest]
        below = max(at_most, default=0)
        assert count == sum(below < r.input <= longest for r in REQUESTS)
    for chart in (LOG_COSTS_CHART, LOG_WEEK_CHART, LOG_LENGTHS_CHART):
        spec = chart.figure(picture, LIGHT)
        go.Figure(data=spec["data"], layout=spec["layout"])
        assert chart.finding(picture).endswith(".")


@pytest.mark.parametrize("models", [1, 7, 8, 9, 30])
def test_the_costs_of_a_log_add_up_whatever_the_number_of_its_models(models):
    """The first of a log's models costs least, so that what is left out would be seen."""
    costs = tuple(
        DayCost(f"2026-11-{day:02}", f"model {number:02}", 0.0, float(number + day))
        for day in (2, 3)
        for number in range(1, models + 1)
    )
    picture = LogPicture("a log", (), (), (), costs, (), ())
    bars = log_costs(picture, THEMED)["data"]
    for day in ("2026-11-02", "2026-11-03"):
        drawn = sum(bar["y"][bar["x"].index(day)] for bar in bars)
        assert drawn == sum(one.upper_usd for one in costs if one.day == day)
    assert len(bars) == min(models, 8)
    assert ("Other models" in {bar["name"] for bar in bars}) == (models > 8)
    looks = [(bar["marker"]["color"], bar["marker"]["pattern"]["shape"]) for bar in bars]
    assert len({shape for _, shape in looks}) == len(bars)
    assert {colour for colour, _ in looks} <= set(THEMED.series)


def test_the_page_loads_no_engine_of_logs_before_there_is_a_log():
    code = (
        "import sys, tco.ui.session.usage_upload, tco.ui.parts.your_log, tco.charts.your_log;"
        "print([name for name in ('duckdb', 'zstandard') if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "[]"
