"""The page of alternatives: add, copy, move and remove, one press each."""

import json
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from hardware_profiles.library import Library
from tco.question.presets import presets
from tco.ui.parts.own_machine import power_of, served_on
from tco.words.markdown import literal
from tests.tco.test_own_facts import CONFIG
from tests.ui.test_page import field, go

APP = str(Path(__file__).parents[2] / "app.py")
DEFAULT = next(iter(presets().values()))


@pytest.fixture
def page():
    return go(AppTest.from_file(APP, default_timeout=120).run(), "alternatives")


def press(page, label):
    (button,) = [button for button in page.button if button.label == label]
    return button.click().run()


def press_key(page, key):
    return page.button(key=key).click().run()


def compared(page):
    return list(page.dataframe[0].value["Alternative"])


def test_every_alternative_has_a_price_an_age_and_a_bill(page):
    table = page.dataframe[0].value
    assert len(table) == 1 + len(DEFAULT.apis) + len(DEFAULT.self_hosted)
    assert all(table["Price"].str.contains("per Mtok|per GPU|a server"))
    assert not table.astype(str).apply(lambda column: column.str.contains("\\\\")).any(axis=None)
    assert all(table["Age of the price"].str.contains("old|undated"))


def test_an_alternative_is_removed_copied_and_moved_and_edits_beside_it_stay(page):
    field(page, "workload.requests_per_month").set_value("7M").run()
    before = compared(page)
    page.selectbox(key="arranged").set_value(("self_hosted", 0)).run()
    press(page, "Copy")
    place = 2 + len(DEFAULT.apis)
    copy = f"{DEFAULT.self_hosted[0].name} (2)"
    assert compared(page) == [*before[:place], copy, *before[place:]]
    page.selectbox(key="arranged").set_value(("self_hosted", 1)).run()
    press(page, "Remove")
    assert compared(page) == before
    assert field(page, "workload.requests_per_month").value == "7,000,000"
    press(page, "Later")
    assert sorted(compared(page)) == sorted(before)
    assert compared(page) != before
    assert not page.exception
    assert not page.error


def test_a_price_that_is_none_is_refused_and_nothing_is_added(page):
    before = compared(page)
    page.text_input(key="own machine price").set_value("dear").run()
    press(page, "Compare with this machine")
    assert "is no figure" in page.error[0].value
    assert compared(page) == before


def test_an_own_server_draws_what_a_listed_one_with_the_same_accelerators_does():
    library = Library.load()
    assert power_of(library, "H100 SXM", 8) == {"max_power_kw": 10.2}
    assert power_of(library, "H100 SXM", 4) == {}


def test_a_machine_is_offered_the_records_that_fit_into_it():
    library = Library.load()
    for model, record in served_on(library, "H100 SXM", 2):
        found = library.calibrations[record]
        assert found.gpus_per_replica <= 2
        assert model in {found.model, *found.also_serves}
    assert not any("tp4" in record for _, record in served_on(library, "H100 SXM", 2))


def test_tokens_at_an_own_price_are_compared_and_said_to_be_yours(page):
    typed = {"seller": "our reseller", "model": "GPT, ours", "input": "2.0", "output": "$10"}
    for name, text in typed.items():
        page.text_input(key=f"own tokens {name}").set_value(text)
    press_key(page, "own tokens add")
    assert not page.error
    table = page.dataframe[0].value.set_index("Alternative")
    (row,) = [name for name in table.index if "GPT, ours" in name]
    assert table.loc[row, "Price"] == "$2.00 in, $10.00 out per Mtok"
    assert "your contract" in row


def test_a_price_a_thousand_tokens_is_refused_and_nothing_is_added(page):
    before = compared(page)
    typed = {"seller": "s", "model": "m", "input": "0.002", "output": "0.01"}
    for name, text in typed.items():
        page.text_input(key=f"own tokens {name}").set_value(text)
    press_key(page, "own tokens add")
    assert "multiplied by 1,000" in page.error[0].value
    assert compared(page) == before


def paste(page, config, name="Qwen3 of ours"):
    page.text_input(key="own model name").set_value(name)
    page.text_area(key="own model config").set_value(config)
    page.selectbox(key="own model gpus").set_value("2")
    page.selectbox(key="own model machine").set_value("aws/p5.48xlarge/us-east-1/on-demand").run()
    return press_key(page, "own model add")


def test_a_model_from_a_pasted_configuration_is_compared_as_an_estimate(page):
    paste(page, json.dumps(CONFIG))
    assert not page.error
    assert any("Qwen3 of ours" in name and "estimate, ±" in name for name in compared(page))


@pytest.mark.parametrize("name", ["  ", "x" * 201])
def test_a_model_without_a_name_that_fits_is_refused(page, name):
    before = compared(page)
    paste(page, json.dumps(CONFIG), name)
    assert "This model is not taken" in page.error[0].value
    assert not page.exception
    assert compared(page) == before


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("{", "is no JSON table"),
        ("[1]", "is no JSON table"),
        (json.dumps(CONFIG | {"model_type": "mamba"}), "keys and values are known of"),
        (json.dumps({"model_type": "qwen3"}), "hidden_size"),
    ],
)
def test_what_is_no_configuration_of_a_known_kind_is_refused(page, config, said):
    before = compared(page)
    paste(page, config)
    assert literal(said) in page.error[0].value
    assert compared(page) == before
