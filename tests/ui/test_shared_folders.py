"""Folders on the page of scenarios: chosen, made, opened to others, and moved into."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tco.store.folders import folders, let_in, owner_of
from tco.store.scenario_store import ScenarioStore
from tco.ui.session import sign_in
from tests.ui.test_price_changes import go

APP = str(Path(__file__).parents[2] / "app.py")


@pytest.fixture
def visit(store, monkeypatch):
    """The page of scenarios as somebody who signed in sees it."""

    def _visit(name):
        monkeypatch.setattr(sign_in, "configured", lambda: True)
        monkeypatch.setattr(sign_in, "signed_in_visitor", lambda: name)
        monkeypatch.setattr(sign_in, "gate", lambda: True)
        return go(AppTest.from_file(APP, default_timeout=60).run(), "scenarios")

    return _visit


def whose(page):
    (box,) = [each for each in page.selectbox if each.label == "Whose scenarios"]
    return box


def press(page, label):
    (button,) = [each for each in page.button if each.label == label]
    return button.click().run()


def told(page):
    assert not page.exception
    return " ".join(each.value for each in (*page.success, *page.error)).replace("\\", "")


def test_somebody_makes_a_folder_lets_others_in_and_moves_a_scenario_there(store, visit):
    page = visit("ann")
    page.session_state["shared-folders"] = True
    page.run()
    page.text_input(key="folder-name").set_value("Finance")
    assert "ann is owner in Finance." in told(press(page, "Make"))
    whose(page).set_value("Finance").run()
    page.text_input(key="member").set_value("rob")
    assert "rob is reader in Finance." in told(press(page, "Set"))
    assert folders(store)[0].members == (("ann", "owner"), ("rob", "reader"))

    whose(page).set_value("").run()
    press(page, "Save this page as new")
    assert "Now in Finance." in told(press(page, "Move"))
    assert ScenarioStore(store, "ann").listed() == ()
    assert len(ScenarioStore(store, owner_of("Finance"), "rob").listed()) == 1


def test_a_reader_sees_what_is_in_a_folder_and_is_refused_a_change(store, visit):
    page = visit("ann")
    press(page, "Save this page as new")
    let_in(store, "Finance", "ann", "owner", by="ann")
    let_in(store, "Finance", "rob", "reader", by="ann")
    (kept,) = ScenarioStore(store, "ann").listed()
    ScenarioStore(store, "ann").move(kept.id, "Finance", revision=kept.revision)

    page = visit("rob")
    assert whose(page).value == ""
    assert "Nothing is saved yet." in [text.value for text in page.markdown]
    whose(page).set_value("Finance").run()
    assert kept.name in page.table[0].value["Scenario"].to_list()[0]
    assert "needs its editor" in told(press(page, "Remove"))
    assert len(ScenarioStore(store, owner_of("Finance"), "rob").listed()) == 1


def test_who_was_let_out_is_back_among_their_own_scenarios(store, visit):
    let_in(store, "Finance", "ann", "owner", by="ann")
    let_in(store, "Finance", "rob", "reader", by="ann")
    page = visit("rob")
    whose(page).set_value("Finance").run()
    let_in(store, "Finance", "rob", None, by="ann")
    page.run()
    assert not page.exception
    assert whose(page).value == ""


def test_where_nobody_signs_in_there_are_no_folders(store):
    page = go(AppTest.from_file(APP, default_timeout=60).run(), "scenarios")
    assert [each for each in page.selectbox if each.label == "Whose scenarios"] == []
