"""Charts leave the page as pictures: each by its button, all by the command, where a browser is."""

import io
import json
import re
import zipfile
from pathlib import Path

import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from pricing.errors import InputError, Problem
from tco.analysis.compare import compare
from tco.answer.evaluation import evaluate
from tco.charts import pictures
from tco.charts import printed as paper
from tco.charts.chart import Case
from tco.charts.paper import answer_charts
from tco.charts.registry import CHARTS
from tco.charts.style import LIGHT, THEMED
from tco.exports.forms import FORMS
from tco.facts.data import Data
from tco.question.files import changed
from tco.question.presets import presets
from tco.ui.views import PAGES
from tests.tco.command import tco_process

APP = str(Path(__file__).parents[2] / "app.py")
DEFAULT = next(iter(presets().values()))


def asked(scenario):
    return Case(scenario, evaluate(scenario), Data.shipped())


def opened(app, path):
    (app._page_hash,) = [
        key for key, info in app._registered_pages.items() if info["url_pathname"] == path
    ]
    return app.run()


CASE = asked(DEFAULT)


def two_answers():
    """What the one chart needs that is of two answers."""
    other = changed(DEFAULT, {"workload.requests_per_month": 5e6})
    return compare(DEFAULT, other), {}, ("one", "other")


@pytest.fixture(scope="module")
def figures():
    return dict(answer_charts(CASE))


def test_every_chart_of_the_pages_saves_itself_under_its_own_name(figures):
    app = AppTest.from_file(APP, default_timeout=120).run()
    names = []
    for page in PAGES:
        first = page is PAGES[0]
        opened(app, "" if first else page.path)
        for tab in [tab.label for tab in app.tabs] or [None]:
            if tab:
                app.session_state["coordinates" if first else page.path] = tab
                app.run()
            for chart in app.get("plotly_chart"):
                config = json.loads(chart.proto.config)
                assert config["displayModeBar"] is True
                assert config["modeBarButtons"] == [["toImage"]]
                options = config["toImageButtonOptions"]
                assert options["format"] == "png"
                assert options["scale"] == 2
                names.append(options["filename"])
    assert set(names) == {f"planner-{chart.name}" for chart in CHARTS}
    assert set(figures) == {chart.name for chart in CHARTS if chart.subject is not None}


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.name)
def test_what_is_sent_is_a_figure_as_plotly_knows_it_and_is_told_in_words(chart):
    subject = two_answers() if chart.subject is None else chart.subject(CASE)
    for palette in (LIGHT, THEMED):
        sent = chart.figure(subject, palette)
        typed = {**sent, "data": [{"type": "scatter", **trace} for trace in sent["data"]]}
        assert json.loads(go.Figure(sent).to_json()) == json.loads(json.dumps(typed))
    assert chart.finding(subject).endswith(".")


def test_each_chart_on_paper_says_what_it_is_and_of_which_scenario(figures):
    titles = [figure.layout.title.text for figure in figures.values()]
    assert len(set(titles)) == len(titles)
    assert all(title.endswith(f". {DEFAULT.name}") for title in titles)
    assert all(figure.layout.paper_bgcolor == LIGHT.paper for figure in figures.values())
    placeholders = re.compile(r"#0000[0-4]\d")  # colours the page's theme would replace
    assert not any(placeholders.search(figure.to_json()) for figure in figures.values())


def test_a_name_is_never_markup_in_a_picture():
    scenario = changed(DEFAULT, {"name": "<b>mine</b>"})
    name, figure = next(answer_charts(asked(scenario)))
    assert name == "break-even-by-utilisation"
    assert "&lt;b&gt;mine" in figure.layout.title.text


def test_charts_the_answer_has_nothing_for_are_left_out():
    alone = changed(DEFAULT, {"self_hosted": []})
    found = dict(answer_charts(asked(alone)))
    assert {"bills", "length", "fan", "cash"} <= set(found)
    assert not {"volume", "month", "use", "drivers", "map"} & set(found)


@pytest.mark.parametrize(
    ("package", "browser", "word"),
    [(None, "chromium", "charts]"), ("kaleido", None, "BROWSER_PATH")],
)
def test_what_is_missing_is_named(monkeypatch, package, browser, word):
    monkeypatch.setattr(pictures, "find_spec", lambda _name: package)
    monkeypatch.setattr(pictures, "browser_path", lambda: browser)
    with pytest.raises(InputError, match="charts") as refused:
        pictures.pictures([])
    assert word in refused.value.problems[0].remedy


@pytest.mark.parametrize(
    ("does", "most_s", "word"),
    [("exit 1", 60.0, "which failed"), ("exec sleep 60", 0.2, "within 0.2")],
)
def test_a_report_that_is_not_printed_says_whether_it_failed_or_took_too_long(
    monkeypatch, tmp_path, does, most_s, word
):
    browser = tmp_path / "browser"
    browser.write_text(f"#!/bin/sh\n{does}\n")
    browser.chmod(0o755)
    monkeypatch.setenv("BROWSER_PATH", str(browser))
    monkeypatch.setattr(paper, "PRINT_S", most_s)
    with pytest.raises(InputError) as refused:
        paper.printed("<p></p>")
    assert word in refused.value.problems[0].limit


def test_the_command_refuses_without_a_browser_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "none"))
    done = tco_process("export", "--charts", str(tmp_path / "charts"))
    assert done.returncode == 2
    assert "BROWSER_PATH" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_and_a_folder_are_not_asked_for_at_once(tmp_path):
    done = tco_process("export", "--charts", str(tmp_path), "--format", "csv")
    assert done.returncode == 2
    assert "one at a time" in done.stderr


def test_an_archive_of_equal_files_is_equal():
    files = {"a.svg": b"<svg/>", "b.png": b"\x89PNG"}
    assert pictures.zipped(files) == pictures.zipped(files)
    with zipfile.ZipFile(io.BytesIO(pictures.zipped(files))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files


def test_the_page_offers_every_form_of_export_and_says_what_each_is_for():
    app = opened(AppTest.from_file(APP, default_timeout=60).run(), "export")
    offered = [button.label for button in app.get("download_button")]
    said = [text.value for text in app.markdown]
    for form in FORMS.values():
        assert form.title in offered
        assert form.about in said


@pytest.mark.parametrize("problem", [None, Problem("charts", "", "need a browser", "Install it.")])
def test_the_archive_is_offered_only_where_it_can_be_drawn(monkeypatch, problem):
    monkeypatch.setattr(pictures, "missing", lambda: problem)
    app = opened(AppTest.from_file(APP, default_timeout=60).run(), "export")
    assert not app.exception
    offered = [button.label for button in app.get("download_button")]
    said = "\n".join(text.value for text in app.markdown)
    assert ("Charts (ZIP)" in offered) == (problem is None)
    assert ("Install it" in said) == (problem is not None)
