"""A scenario with facts of its own on the page: opened by a link, as everywhere else."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from tco.facts.data import Data
from tco.question.files import scenario_file
from tco.question.link import PARAMETER, link_value
from tco.words.markdown import literal
from tests.tco.test_own_facts import CONFIG, OPTIONS, record_text
from tests.tco.test_own_facts import in_scenario as tables
from tests.tco.test_unmeasured import NEW_MODEL_NEW_CHIP
from tests.ui.test_page import APP, DEFAULT, field, go, open_everything, shown

RENT = """
[[rentals]]
id = "our-rack"
accelerator = "H100 SXM"
gpus = 8
usd_per_instance_hour = 16.0
source = { name = "frame contract 4711", as_of = "2026-10-02" }

[[purchases]]
id = "our-server"
accelerator = "H100 SXM"
gpus = 8
price_usd = 210_000.0

[[api_prices]]
provider = "openai, our contract"
model = "gpt-5.4"
source = { name = "agreement of October", as_of = "2026-10-01" }
[[api_prices.rates]]
bands = [{ above = 0, input = 2.0, cached = 0.2, output = 11.0 }]
"""
INT4 = 6
"""Place of the option that serves INT4 weights."""


@pytest.fixture(scope="module")
def scenario(tmp_path_factory):
    from tco.answer.documents import scenario_toml

    folder = tmp_path_factory.mktemp("own")
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "mine.json").write_text(record_text())
    kept = '\n[library]\ncalibrations = ["mine.json"]\n'
    text = scenario_toml(DEFAULT) + NEW_MODEL_NEW_CHIP.split("[[library", 1)[0] + OPTIONS + kept
    text += "[[library" + NEW_MODEL_NEW_CHIP.split("[[library", 1)[1] + tables(RENT)
    return scenario_file(text, "own.toml", folder).scenario


@pytest.fixture
def page(scenario):
    app = AppTest.from_file(APP, default_timeout=120)
    app.query_params[PARAMETER] = link_value(scenario, Data.shipped().catalogue)
    app.run()
    assert not app.exception
    assert not app.error
    return app


def test_every_view_opens_on_a_scenario_with_facts_of_its_own(page):
    open_everything(page, panels=False)


def test_the_page_says_what_is_yours_and_what_is_an_estimate(page):
    said = shown(page)
    assert "Yours, in this scenario" in said
    assert literal("our-rack") in said
    assert literal("Qwen3-32B") in said
    go(page, "bills")
    heads = {str(column) for table in page.dataframe for column in table.value.columns}
    assert any("(estimate, ±" in head for head in heads)


def test_choosing_a_record_for_an_estimate_takes_its_place(page, scenario):
    assert scenario.self_hosted[INT4].name == "INT4 on one H100"
    page.session_state["more"] = True
    page.run()
    choice = field(page, f"self_hosted.{INT4}.calibration")
    choice.set_value("mine").run()
    assert not page.error
    assert not page.exception


def test_a_record_of_one_s_own_model_is_taken_where_the_scenario_brings_the_model(page):
    go(page, "calibration")
    text = record_text(id="qwen", model="Qwen3-32B", also_serves=[])
    (upload,) = (one for one in page.file_uploader if "calibration record" in one.label)
    upload.upload("qwen.json", text.encode()).run()
    assert not page.error
    assert any("qwen is yours in this session" in said.value for said in page.success)


def test_the_page_shows_who_said_each_own_fact(page):
    """The lines of a bill name their source, on the page as in every file."""
    go(page, "bills")
    said = set()
    for alternative in page.selectbox(key="lines-of").options:
        page.selectbox(key="lines-of").select(alternative).run()
        said |= {str(cell) for table in page.dataframe for cell in table.value.to_numpy().ravel()}
    for source in ("frame contract 4711", "agreement of October", "offer of a neocloud"):
        assert any(f"yours: {source}" in cell for cell in said), source
