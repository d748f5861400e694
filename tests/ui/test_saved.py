"""A saved scenario comes back to the page, with who set what and what was noted."""

from pathlib import Path

import pytest
from sqlalchemy import text
from streamlit.testing.v1 import AppTest

from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.question.files import changed
from tco.question.presets import presets
from tco.store.scenario_store import ScenarioStore
from tco.ui.session.saved import LOCAL_OWNER, my_scenarios, saved_scenarios
from tco.ui.tables.changes_by import settings, with_changes
from tco.ui.tables.scenario_tables import history, saved_table, version_title
from tco.ui.tables.tables import ledger_table
from tco.words.figures import NO_VALUE
from tco.words.markdown import literal
from tco.words.money import usd

APP = str(Path(__file__).parents[2] / "app.py")
DEFAULT = next(iter(presets().values()))
REQUESTS = "workload.requests_per_month"


def kept_twice(store):
    """Two versions by two people; only the volume differs."""
    ann, ben = ScenarioStore(store, LOCAL_OWNER, "ann"), ScenarioStore(store, LOCAL_OWNER, "ben")
    kept = ann.create(DEFAULT, evaluate(DEFAULT), "first")
    more = changed(DEFAULT, {REQUESTS: 9e6})
    kept = ben.save(kept.id, more, evaluate(more), revision=kept.revision)
    kept = ben.note(kept.id, REQUESTS, "as sales expect", revision=kept.revision)
    return ann, kept


def test_each_value_names_who_set_it_last(store):
    mine, kept = kept_twice(store)
    versions = [mine.load(kept.id, number) for number in (1, 2)]
    found = settings(versions)
    assert (found[REQUESTS].by, found[REQUESTS].version) == ("ben", 2)
    assert found["finance.horizon_months"].by == "ann"
    evaluation = evaluate(versions[-1].scenario)
    table = with_changes(ledger_table(evaluation, "All", ""), versions, versions[-1].notes)
    row = table.set_index("Field").loc[REQUESTS]
    assert (row["Set by"], row["Our note"]) == ("ben", "as sales expect (ben)")
    assert table.set_index("Field").loc["costs.pue", "Set by"] == ""  # the library's


def test_the_list_tells_the_verdict_and_what_it_is_worth(store):
    mine, _ = kept_twice(store)
    (row,) = saved_table(mine.listed()).to_dict("records")
    verdict = evaluate(changed(DEFAULT, {REQUESTS: 9e6})).verdict
    assert row["Latest verdict"] == literal(verdict.headline)
    assert row["Worth a year"] == literal(usd(verdict.worth_usd_per_year))


def test_what_was_kept_before_its_worth_was_is_shown_without_one(store):
    mine, _ = kept_twice(store)
    with store.begin() as connection:
        connection.execute(text("UPDATE version SET answer = json_remove(answer, '$.worth')"))
    (row,) = mine.listed()
    assert row.latest.answer.headline
    assert saved_table([row])["Worth a year"][0] == NO_VALUE


def test_before_it_is_signed_a_version_shows_what_it_changes(store):
    kept_twice(store)
    page = go(AppTest.from_file(APP, default_timeout=60).run(), "scenarios")
    assert "**What changed since version 1**" in [each.value for each in page.markdown]
    (table,) = [t.value for t in page.table if "Before" in t.value]
    assert table.to_dict("records") == [
        {
            "Assumption": "Requests",
            "Before": "6,000,000\xa0requests/month",
            "After": "9,000,000\xa0requests/month",
        }
    ]


def test_a_scenario_is_renamed_and_its_newest_version_chosen_after_a_save(store):
    mine, _ = kept_twice(store)
    page = go(AppTest.from_file(APP, default_timeout=60).run(), "scenarios")
    (name,) = [box for box in page.text_input if box.label == "Name"]
    name.set_value("Board, March")
    (rename,) = [b for b in page.button if b.label == "Rename"]
    rename.click().run()
    assert [one.name for one in mine.listed()] == ["Board, March"]
    (volume,) = [box for box in page.text_input if (box.key or "").endswith(f"/{REQUESTS}")]
    volume.set_value("12M").run()
    page.button(key="save-kept").click().run()
    assert not page.exception
    (version,) = [box for box in page.selectbox if box.label == "Version"]
    assert version.value == len(mine.listed()[0].versions) == 3


def test_the_store_and_its_log_are_told_in_words(store):
    mine, kept = kept_twice(store)
    table = saved_table(mine.listed())
    assert list(table["Versions"]) == ["2"]
    assert version_title(kept.versions[0]).startswith("1 · ann, ")
    assert list(history(mine.history(kept.id))["What"]) == ["noted", "saved", "created"]


def go(page, path):
    (page._page_hash,) = [
        key for key, info in page._registered_pages.items() if info["url_pathname"] == path
    ]
    return page.run()


def test_a_saved_scenario_is_opened_signed_off_and_its_notes_are_in_the_ledger(store):
    kept_twice(store)
    page = go(AppTest.from_file(APP, default_timeout=60).run(), "scenarios")
    page.button(key="open-kept").click().run()
    assert not page.exception
    assert page.selectbox(key="start").value == "uploaded"
    page.text_input(key="sign-comment").set_value("agreed")
    (sign,) = [button for button in page.button if button.label.startswith("Sign off")]
    sign.click().run()
    assert any("signed off" in text.value for text in page.markdown)
    assert not [button for button in page.button if button.label.startswith("Sign off")]
    page.button(key="remove-kept").click().run()
    assert "locked" in page.error[0].value or "signed" in page.error[0].value
    go(page, "assumptions")
    assert not page.exception
    assert "ben" in set(page.dataframe[0].value["Set by"])


def test_saving_the_page_puts_it_in_the_store(store):
    page = go(AppTest.from_file(APP, default_timeout=60).run(), "scenarios")
    page.text_input(key="save-comment").set_value("mine")
    (save,) = [button for button in page.button if button.label == "Save this page as new"]
    save.click().run()
    assert page.success[0].value.startswith("Saved")
    (kept,) = ScenarioStore(store, LOCAL_OWNER).listed()
    assert kept.latest.comment == "mine"
    assert ScenarioStore(store, LOCAL_OWNER).load(kept.id).scenario == DEFAULT


def test_a_visitor_the_proxy_does_not_name_sees_nobodys_scenarios(store, monkeypatch):
    kept_twice(store)
    assert any("saved:" in name for name in saved_scenarios()[0])
    monkeypatch.setenv("PLANNER_USER_HEADER", "X-Forwarded-Email")
    assert saved_scenarios()[0] == {}
    with pytest.raises(InputError, match="names nobody"):
        my_scenarios()


def test_one_scenario_that_cannot_be_read_leaves_the_others_to_compare(store):
    mine, kept = kept_twice(store)
    spoilt = mine.create(changed(DEFAULT, {"name": "Spoilt"}), evaluate(DEFAULT))
    with store.begin() as connection:
        connection.execute(
            text("UPDATE version SET document = '{' WHERE scenario_id = :id"), {"id": spoilt.id}
        )
    found, refused = saved_scenarios()
    assert [title.split(" (")[0] for title in found] == [f"saved: {kept.name}"]
    assert [problem.field for problem in refused] == ["Spoilt"]
    page = go(AppTest.from_file(APP, default_timeout=60).run(), "compare")
    assert not page.exception
    assert any("Spoilt" in error.value for error in page.error)
    assert any(option.startswith("saved: ") for option in page.selectbox(key="compared-1").options)


def test_a_version_whose_seal_does_not_hold_is_shown_as_not_signed(store):
    mine, kept = kept_twice(store)
    kept = mine.sign_off(kept.id, version=2, revision=kept.revision)
    with store.begin() as connection:
        connection.execute(text("UPDATE version SET seal = NULL"))
    (row,) = mine.listed()
    assert row.signed is None
    assert "NOT SIGNED" in saved_table([row])["Signed off"][0]
    assert "NOT SIGNED" in version_title(row.versions[1])
    assert "NOT SIGNED" not in version_title(row.versions[0])
    page = go(AppTest.from_file(APP, default_timeout=60).run(), "scenarios")
    assert not page.exception
    assert any("not what was signed off" in error.value for error in page.error)
