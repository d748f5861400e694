"""Laws of a token bill, and the mistakes they must notice."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from pricing.price_set import PriceSet
from pricing.rate_card import Band
from pricing.refusal import UnknownModelError
from pricing.rules import price
from pricing.usage import RequestUsage
from tests.pricing.law_book import CATALOGUE, DAY, LAWS, MISTAKES, Book, Engine, offer, plain


def examine(law: str, engine: Engine, examples: int, *, shrink: bool = True) -> None:
    check, strategies = LAWS[law]
    if not strategies:
        check(engine)
        return

    @settings(
        max_examples=examples,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        phases=[Phase.generate, *([Phase.shrink] if shrink else [])],
    )
    @given(**strategies)
    def run(**drawn: object) -> None:
        check(engine, **drawn)

    run()


@pytest.mark.parametrize("law", LAWS)
def test_the_engine_keeps_the_law(law):
    examine(law, Engine(), settings.default.max_examples)


KILLED_BY = {
    "edge by >=": "L12",
    "edge by uncached input": "L12",
    "edge by input without writes": "L12",
    "edge by input + output": "L13",
    "output not re-rated": "L7",
    "graduated": "L7",
    "edge on every model": "L7",
    "cached counted twice": "L11",
    "cached not re-rated": "L11",
    "per 1K taken for per 1M": "L8-L9",
    "per 1M taken for per 1K": "L8-L9",
    "batch on input only": "L15",
    "cents per request": "L8-L9",
    "writes billed as input": "L12",
    "last row dropped": "L4-L6",
    "unknown = 0": "L17",
    "mean request priced": "L18",
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_seeded_mistake_breaks_its_law(mistake):
    with pytest.raises(AssertionError):
        examine(KILLED_BY[mistake], MISTAKES[mistake], 300, shrink=False)


@pytest.mark.parametrize(
    ("law", "mutant"),
    [
        ("L12", lambda band, tokens: tokens >= band.above_input_tokens),
        ("L12", lambda band, tokens: band.above_input_tokens == 0),
        ("L7", lambda band, tokens: True),
    ],
)
def test_our_own_band_test_changed_breaks_a_law(monkeypatch, law, mutant):
    monkeypatch.setattr(Band, "contains", mutant)
    with pytest.raises(AssertionError):
        examine(law, Engine(), 300, shrink=False)


@given(st.integers(0, 120), st.integers(0, 120))
@settings(database=None, derandomize=True)
def test_l16_a_period_costs_the_sum_of_its_days_each_at_its_own_price(first, days):
    sol = CATALOGUE.offer("openai", "gpt-5.6-sol")
    start = date(2026, 7, 9) + timedelta(days=first % 100)
    usage = RequestUsage(100_000, output_tokens=1_000)
    change = date(2026, 8, 21)
    dates = [start + timedelta(days=n) for n in range(days % 40)]
    period = sum((price(CATALOGUE, sol, usage, on=day).usd for day in dates), Decimal(0))
    before = sum(day < change for day in dates)
    assert period == before * Decimal("0.53") + (len(dates) - before) * Decimal("0.42")


def test_l16_a_price_added_for_later_changes_no_price_before():
    today = offer(Book(Decimal(2), Decimal(1), Decimal(2), Decimal(8)))
    change = date(2027, 1, 1)
    card = today.price_sets[0].card
    dearer = replace(card.times(Decimal(3)), since=change)
    sets = (PriceSet(replace(card, until=change)), PriceSet(dearer))
    later = replace(today, price_sets=sets, _cards={})
    usage = RequestUsage(500_000, 1_000, 0, 1_000)
    was = price(CATALOGUE, today, usage, on=DAY).usd
    assert price(CATALOGUE, later, usage, on=DAY).usd == was
    assert price(CATALOGUE, later, usage, on=date(2027, 1, 1)).usd != was


@pytest.mark.parametrize("provider", CATALOGUE.providers)
def test_l17_every_alias_costs_what_the_id_costs(provider):
    for sold in CATALOGUE.offers(provider=provider):
        assert all(CATALOGUE.offer(provider, alias) is sold for alias in sold.aliases)
    with pytest.raises(UnknownModelError):
        CATALOGUE.offer(provider, "no-such-model")


def test_the_plain_formula_and_the_engine_agree_where_no_mistake_is_seeded():
    rng = np.random.default_rng(1)
    book = Book(Decimal("2.5"), Decimal("0.25"), Decimal("3.125"), Decimal(15))
    for tokens in rng.integers(1, 900_000, 300):
        cached = int(rng.integers(0, tokens))
        usage = RequestUsage(int(tokens), cached, int(tokens) - cached, 77)
        assert Engine().cost(book, usage) == plain(book, usage)
