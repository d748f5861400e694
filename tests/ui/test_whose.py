"""The ledger says whose each value is: preset, typed, from a log, from the library, an estimate."""

import tomllib
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.answer.evaluation import evaluate
from tco.question.files import changed, flatten, load_scenario
from tco.question.presets import preset_paths, presets
from tco.ui.tables.tables import ledger_table
from tco.ui.tables.whose import ESTIMATED, FROM_LIBRARY, FROM_LOG, PRESET, TYPED, with_whose
from tests.ui.test_page import field, go

APP = str(Path(__file__).parents[2] / "app.py")
DEFAULT = next(iter(presets().values()))
REQUESTS = "workload.requests_per_month"
OUTPUT = "workload.classes.0.output"


def ledger(scenario, began=DEFAULT, told=()):
    table = ledger_table(evaluate(scenario), "All", "")
    table = with_whose(table, scenario, began, lambda path: path in told)
    return table.set_index("Field")


def test_values_of_a_preset_are_the_preset_s_and_not_yours():
    table = ledger(DEFAULT)
    assert table["Whose"][REQUESTS] == PRESET
    assert table["Source"][REQUESTS] == f"preset: {DEFAULT.name}"
    assert table["Confidence"][REQUESTS] == ""
    assert TYPED not in set(table["Whose"])
    assert "your scenario" not in set(table["Source"])


def test_a_typed_value_is_typed_and_its_neighbours_are_still_the_preset_s():
    table = ledger(changed(DEFAULT, {REQUESTS: 7e6}))
    assert table["Whose"][REQUESTS] == TYPED
    assert table["Source"][REQUESTS] == "your scenario"
    assert table["Whose"]["workload.growth_per_month"] == PRESET


def test_a_typed_mean_is_typed_and_its_spread_keeps_its_source():
    length = DEFAULT.workload.classes[0].output.with_mean(350.0)
    table = ledger(changed(DEFAULT, {f"{OUTPUT}.tokens": list(length.tokens)}))
    assert float(table["Value"][OUTPUT].replace(",", "")) == pytest.approx(350)
    assert table["Whose"][OUTPUT] == TYPED
    assert table["Source"][OUTPUT].startswith("typed; spread as in: ")
    assert table["Whose"]["workload.classes.0.input"] == PRESET


def test_what_came_from_a_file_is_typed_and_from_a_log_the_log_s():
    table = ledger(DEFAULT, began=None, told=(OUTPUT,))
    assert table["Whose"][OUTPUT] == FROM_LOG
    assert table["Whose"][REQUESTS] == TYPED


@pytest.mark.parametrize("file", preset_paths(), ids=lambda file: file.stem)
def test_only_what_the_file_of_a_preset_holds_is_called_the_preset_s(file):
    written = set(flatten(tomllib.loads(file.read_text("utf-8"))))
    began = load_scenario(file)
    table = ledger(began, began)
    for path in table.index[table["Whose"] == PRESET]:
        assert any(key == path or key.startswith(f"{path}.") for key in written), path
    assert not table.index[table["As of"].eq("") | table["Source"].eq("")].tolist()
    unasked = {f"workload.classes.0.{name}" for name in ("reasoning_share", "llama_answer_ratio")}
    assert {table["Whose"][field] for field in unasked - written} <= {ESTIMATED}


def test_a_default_that_is_typed_or_logged_is_no_longer_the_planner_s():
    spares = "fleet.spare_replicas"
    assert ledger(DEFAULT)["Source"][spares] == "planner's default"
    two = changed(DEFAULT, {spares: 2})
    typed = ledger(changed(two, {spares: 1}), began=two)
    assert typed["Whose"][spares] == TYPED
    assert (typed["Source"][spares], typed["As of"][spares]) == ("your scenario", "as given")
    assert ledger(DEFAULT, began=None, told=(spares,))["Whose"][spares] == FROM_LOG


def test_what_the_library_holds_and_what_is_assumed_are_told_apart():
    table = ledger(DEFAULT)
    assert set(table["Whose"]["costs.pue":"costs.pue"]) == {FROM_LIBRARY}
    assert table["Whose"]["workload.classes.0.cache_written_share"] == ESTIMATED


def test_the_page_tells_it_after_an_edit():
    page = AppTest.from_file(APP, default_timeout=120).run()
    field(page, REQUESTS).set_value("7M").run()
    table = go(page, "assumptions").dataframe[0].value.set_index("Field")
    assert table["Whose"][REQUESTS] == TYPED
    assert table["Whose"]["workload.growth_per_month"] == PRESET
    assert not page.exception
