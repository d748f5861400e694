"""What the page says moved is what the catalogue's own rates say on the two days."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pricing.catalogue import Catalogue
from pricing.listing import list_offers
from pricing.since import changes_between
from tco.answer.evaluation import evaluate
from tco.question.link import PARAMETER, link_value
from tco.question.presets import presets
from tco.store.connect import open_store
from tco.store.scenario_store import ScenarioStore
from tco.ui.session import start
from tco.ui.session.saved import LOCAL_OWNER
from tco.ui.session.ways import CHANGED_SINCE
from tco.ui.tables.price_changes import (
    began_or_ended,
    change_finding,
    day_of_version,
    models_of,
    moved,
    rate_table,
)

APP = str(Path(__file__).parents[2] / "app.py")
DEFAULT = next(iter(presets().values()))
THEN, NOW = date(2026, 10, 1), date(2026, 11, 24)
RATES = {
    "input": "input_usd_per_mtok",
    "cached input": "cached_input_usd_per_mtok",
    "output": "output_usd_per_mtok",
}


@pytest.fixture(scope="module")
def catalogue():
    return Catalogue.load()


@pytest.fixture(scope="module")
def changes(catalogue):
    return changes_between(catalogue, THEN, NOW)


def listed(catalogue, day):
    """Rates of a day by offer, tier, length and class, from the list and not from the diff."""
    return {
        (rate.provider, rate.model, rate.tier, rate.above_input_tokens, tokens): getattr(rate, name)
        for rate in list_offers(catalogue, on=day)
        for tokens, name in RATES.items()
    }


def test_the_changes_between_two_days_are_those_of_the_listed_rates(catalogue, changes):
    before, after = listed(catalogue, THEN), listed(catalogue, NOW)
    expected = {
        key: (before[key], after[key])
        for key in before.keys() & after.keys()
        if before[key] != after[key]
    }
    found = {
        (c.provider, c.model, c.card.tier, c.above_input_tokens, c.tokens): (
            Decimal(c.old) if c.old else None,
            Decimal(c.new) if c.new else None,
        )
        for c in moved(changes, None)
        if c.kind == "rate" and c.tokens in RATES
    }
    assert len(expected) > 20
    assert found == expected


def test_a_day_against_itself_and_the_way_back(catalogue, changes):
    assert changes_between(catalogue, NOW, NOW) == ()
    back = changes_between(catalogue, NOW, THEN)
    there = {(c.provider, c.model, c.tokens, c.old, c.new) for c in changes if c.kind == "rate"}
    assert there == {
        (c.provider, c.model, c.tokens, c.new, c.old) for c in back if c.kind == "rate"
    }


def test_a_change_is_told_in_figures(changes):
    table = rate_table(moved(changes, {("openrouter", "meta-llama/llama-3.3-70b-instruct")}))
    rows = table.set_index("Tokens")
    assert list(rows.loc["output", ["Before", "After", "Since"]]) == ["0.24", "0.79", "2026-11-09"]
    assert rows.loc["output", "Change"] == "+229.2\N{NO-BREAK SPACE}%"
    assert rows.loc["cached input", "Before"] == rows.loc["cached input", "Change"] == "—"


def test_what_was_only_first_looked_at_is_not_told_as_new(changes):
    words = began_or_ended(moved(changes, {("openai", "gpt-5.4")}))
    assert words
    assert all("may be older" in sentence for sentence in words)
    ended = [w for w in began_or_ended(moved(changes, None)) if "no longer" in w]
    assert ended
    assert not any("may be older" in sentence for sentence in ended)


def test_only_the_models_of_the_scenario_are_told_when_asked(catalogue, changes):
    mine = models_of(DEFAULT, catalogue)
    assert ("openai", "gpt-5.4") in mine
    assert {(c.provider, c.model) for c in moved(changes, mine)} <= mine
    assert all(c.card.residency == "global" for c in moved(changes, None))
    none = moved(changes, set())
    assert change_finding(none, THEN, NOW) == "No rate moved from 2026-10-01 to 2026-11-24."


def go(app, path):
    (app._page_hash,) = [
        key for key, info in app._registered_pages.items() if info["url_pathname"] == path
    ]
    return app.run()


def told(app):
    return next(text.value for text in app.markdown if text.value.startswith(("From ", "No rate")))


def test_the_page_tells_the_days_a_visitor_asks_for(changes):
    app = go(AppTest.from_file(APP, default_timeout=60).run(), "prices")
    assert told(app).startswith("No rate moved")
    app.date_input(key=CHANGED_SINCE).set_value(THEN).run()
    app.session_state["changed-of"] = "every model"
    app.run()
    assert not app.exception
    rates = [c for c in moved(changes, None) if c.kind == "rate"]
    assert f"{len(rates)} rates" in told(app)
    assert len(app.dataframe[1].value) == len(rates)
    app.date_input(key="changed-until").set_value(THEN).run()
    assert any("earlier one first" in text.value for text in app.markdown)


@pytest.mark.parametrize(
    ("version", "asked"), [("2026.10.01", True), (Catalogue.load().version, False)]
)
def test_a_link_whose_prices_are_older_leads_to_what_moved(catalogue, monkeypatch, version, asked):
    monkeypatch.setattr(catalogue, "version", version)
    monkeypatch.setattr(catalogue, "sha256", "0" * 64)
    value = link_value(DEFAULT, catalogue)
    monkeypatch.undo()
    app = AppTest.from_file(APP, default_timeout=60)
    app.query_params[PARAMETER] = value
    app.run()
    assert app.session_state[start.LINK_PRICES] == version
    assert app.warning
    ways = [button for button in app.button if button.key == "link price changes"]
    assert bool(ways) == asked
    if asked:
        ways[0].click().run()
        assert not app.exception
        assert app.title[0].value == "Prices"
        assert app.date_input(key=CHANGED_SINCE).value == THEN


@pytest.mark.parametrize(
    ("version", "asked"), [("2026.10.01", True), (Catalogue.load().version, False)]
)
def test_a_saved_scenario_with_older_prices_leads_there_too(tmp_path, monkeypatch, version, asked):
    url = f"sqlite:///{tmp_path / 'scenarios.sqlite'}"
    monkeypatch.setenv("PLANNER_STORE_URL", url)
    now = evaluate(DEFAULT)
    then = replace(now, stamp=replace(now.stamp, catalogue_version=version))
    opened = open_store(url)
    ScenarioStore(opened, LOCAL_OWNER).create(DEFAULT, then, "as it was")
    opened.dispose()
    app = go(AppTest.from_file(APP, default_timeout=60).run(), "scenarios")
    ways = [button for button in app.button if button.key == "kept price changes"]
    assert bool(ways) == asked
    if asked:
        ways[0].click().run()
        assert app.title[0].value == "Prices"
        assert app.date_input(key=CHANGED_SINCE).value == THEN


def test_only_a_version_that_is_a_day_is_read_as_one():
    assert day_of_version("2026.10.14") == date(2026, 10, 14)
    assert day_of_version("2026.13.14") is None
    assert day_of_version("") is None
