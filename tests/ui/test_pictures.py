"""Charts leave the page as pictures: each by its button, all by the command, where a browser is."""

import io
import json
import re
import zipfile
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pricing.errors import InputError, Problem
from tco.answer.evaluation import evaluate
from tco.charts import LIGHT, pictures
from tco.charts.of_an_answer import Asked, answer_charts
from tco.facts.data import Data
from tco.question.files import changed
from tco.question.presets import presets
from tco.ui.views import PAGES
from tests.tco.test_cli import tco

APP = str(Path(__file__).parents[2] / "app.py")
DEFAULT = next(iter(presets().values()))


def asked(scenario):
    return Asked(scenario, evaluate(scenario), Data.shipped())


def go(app, path):
    (app._page_hash,) = [
        key for key, info in app._registered_pages.items() if info["url_pathname"] == path
    ]
    return app.run()


@pytest.fixture(scope="module")
def figures():
    return dict(answer_charts(asked(DEFAULT)))


def test_every_chart_of_the_pages_saves_itself_under_its_own_name(figures):
    app = AppTest.from_file(APP, default_timeout=120).run()
    names = []
    for page in PAGES:
        first = page is PAGES[0]
        go(app, "" if first else page.path)
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
    assert len(set(names)) == 13
    drawn = {f"planner-{name}" for name in figures}
    assert set(names) - drawn == {"planner-contributions"}  # of two answers, not of one
    assert drawn <= set(names)


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
    assert {"bills", "length", "fan"} <= set(found)
    assert not {"volume", "month", "use", "cash", "drivers", "map"} & set(found)


@pytest.mark.parametrize(
    ("package", "browser", "word"),
    [(None, "chromium", "charts]"), ("kaleido", None, "BROWSER_PATH")],
)
def test_what_is_missing_is_named(monkeypatch, package, browser, word):
    monkeypatch.setattr(pictures, "find_spec", lambda _name: package)
    monkeypatch.setattr(pictures, "_browser", lambda: browser)
    with pytest.raises(InputError, match="charts") as refused:
        pictures.pictures([])
    assert word in refused.value.problems[0].remedy


def test_the_command_refuses_without_a_browser_and_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", str(tmp_path / "none"))
    done = tco("export", "--charts", str(tmp_path / "charts"))
    assert done.returncode == 2
    assert "BROWSER_PATH" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_file_and_a_folder_are_not_asked_for_at_once(tmp_path):
    done = tco("export", "--charts", str(tmp_path), "--format", "csv")
    assert done.returncode == 2
    assert "one at a time" in done.stderr


def test_an_archive_of_equal_files_is_equal():
    files = {"a.svg": b"<svg/>", "b.png": b"\x89PNG"}
    assert pictures.zipped(files) == pictures.zipped(files)
    with zipfile.ZipFile(io.BytesIO(pictures.zipped(files))) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == files


@pytest.mark.parametrize("problem", [None, Problem("charts", "", "need a browser", "Install it.")])
def test_the_archive_is_offered_only_where_it_can_be_drawn(monkeypatch, problem):
    monkeypatch.setattr(pictures, "missing", lambda: problem)
    app = go(AppTest.from_file(APP, default_timeout=60).run(), "export")
    assert not app.exception
    offered = [button.label for button in app.get("download_button")]
    said = "\n".join(text.value for text in app.markdown)
    assert ("Charts (ZIP)" in offered) == (problem is None)
    assert ("Install it" in said) == (problem is not None)
