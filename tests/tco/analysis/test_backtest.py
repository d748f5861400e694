"""The planner on past days: what was known then, and what became of it."""

import json
from dataclasses import replace
from datetime import date

import pytest

from pricing.as_known import as_known
from pricing.catalogue import Catalogue
from pricing.errors import InputError
from pricing.refusal import PriceRefusedError
from tco.analysis.backtest import backtest
from tco.analysis.decision import Question
from tco.question.files import changed
from tests.tco import backtest_page
from tests.tco.command import tco

GROK = {"provider": "x-ai", "model": "grok-4.20"}
CUT = date(2026, 4, 30)


@pytest.fixture(scope="module")
def asked(plain_scenario):
    """Ten million requests of 1,000 and 101 tokens on GPT-4o, or on Grok 4.20."""
    given = {
        "baseline": {"provider": "openai", "model": "gpt-4o"},
        "apis": [GROK],
        "self_hosted": [],
        "finance.discount_rate": 0.0,
    }
    return Question.of(changed(plain_scenario, given))


def a_month(card):
    (band,) = card.bands[:1]
    return float(10_000 * band.input_usd_per_mtok + 1_010 * band.output_usd_per_mtok)


def test_a_day_knows_the_price_it_had_and_neither_the_next_nor_an_end():
    catalogue = Catalogue.load()
    before = as_known(catalogue, date(2026, 4, 1)).offer(*GROK.values())
    old = catalogue.offer(*GROK.values()).rate_card(on=date(2026, 4, 1))
    assert before.rate_card(on=date(2027, 4, 1)).bands == old.bands
    after = as_known(catalogue, CUT).offer(*GROK.values())
    assert after.rate_card(on=CUT).bands != old.bands
    gpt = as_known(catalogue, date(2026, 4, 1)).offer("openai", "gpt-4o")
    assert gpt.retires is None
    assert catalogue.offer("openai", "gpt-4o").retires is not None
    with pytest.raises(PriceRefusedError):
        as_known(catalogue, date(2025, 1, 1)).offer(*GROK.values()).rate_card(on=date(2027, 1, 1))


def test_what_a_move_became_is_the_sum_of_its_months_at_their_prices(asked):
    """Seven months from 1 April: April at the old price, six at that of 30 April."""
    found = next(q for q in backtest(asked).quarters if q.day == date(2026, 4, 1))
    catalogue = asked.data.catalogue
    stay = a_month(catalogue.offer("openai", "gpt-4o").rate_card(on=found.day))
    offer = catalogue.offer(*GROK.values())
    old, new = (a_month(offer.rate_card(on=day)) for day in (found.day, CUT))
    move = 0.0
    if (cost := asked.data.library.assumption("migration_api_usd").value) is not None:
        move = cost
    grok = next(p for p in found.promises if p.key == "x-ai/grok-4.20/standard")
    assert found.months == 7
    assert new < old
    assert grok.became_usd == pytest.approx(7 * stay - old - 6 * new - move)
    assert grok.promised.p50 == pytest.approx(7 * (stay - old) - move, rel=0.02)
    assert not grok.kept


def test_nothing_that_was_sold_later_is_promised_and_no_day_comes_before_the_baseline(asked):
    found = backtest(asked)
    catalogue = asked.data.catalogue
    assert found.quarters[0].day == date(2024, 7, 1)
    for quarter in found.quarters:
        assert quarter.promises or quarter is found.quarters[0]
        for promise in quarter.promises:
            provider, model = promise.key.split("/")[0], "/".join(promise.key.split("/")[1:-1])
            assert catalogue.offer(provider, model).first_day <= quarter.day


def test_what_is_promised_does_not_change_with_what_came_later(asked):
    """The same question from a list that ends today promises the same as one that knows more."""
    day = date(2026, 4, 1)
    early = as_known(asked.data.catalogue, day)
    then = Question(asked.scenario, replace(asked.data, catalogue=early))
    one, other = (
        next(q for q in backtest(question).quarters if q.day == day) for question in (asked, then)
    )
    of = {p.key: (p.cheaper, p.promised) for p in one.promises}
    assert of == {p.key: (p.cheaper, p.promised) for p in other.promises}
    assert all(p.became_usd == pytest.approx(p.promised.p50, rel=0.05) for p in other.promises)


def test_a_baseline_of_this_quarter_is_refused(asked):
    scenario = changed(asked.scenario, {"baseline.model": "gpt-6.1-terra"})
    with pytest.raises(InputError, match="start of any quarter"):
        backtest(Question(scenario, asked.data))


def test_the_command_prints_tables_or_one_document():
    shown = tco("backtest", backtest_page.SCENARIO)
    assert shown.returncode == 0
    assert "switch to" in shown.stdout
    document = json.loads(tco("backtest", backtest_page.SCENARIO, "--json").stdout)
    assert document["schema"] == "tco.backtest/1"
    assert {"key", "cheaper", "promised", "became_usd", "kept"} <= set(
        document["quarters"][1]["offers"][0]
    ) | {"label"}


def test_the_page_says_what_the_planner_would_have_said():
    assert backtest_page.PAGE.read_text() == backtest_page.page()
