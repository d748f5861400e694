"""Prices over a horizon: declines, schedules, known changes, retirements and successors."""

from datetime import date
from decimal import Decimal

import pytest

from pricing.errors import InputError
from pricing.price_path import PriceOutlook, outlook
from pricing.refusal import UnknownModelError

START = date(2026, 11, 24)


def path(catalogue, model, months, provider="openai", **assumed):
    offer = catalogue.offer(provider, model)
    views = PriceOutlook(**assumed)
    return outlook(catalogue, offer, start=START, months=months, assumed=views)


def test_a_yearly_decline_compounds_monthly(catalogue):
    months = path(catalogue, "gpt-5.4", 25, decline_per_year=0.2)
    assert [months[n].factor for n in (0, 12, 24)] == pytest.approx([1, 0.8, 0.64])
    assert months[1].factor == pytest.approx(0.8 ** (1 / 12))
    assert [month.first_day for month in months[:3]] == [START, date(2026, 12, 1), date(2027, 1, 1)]


def test_a_schedule_sets_the_factor_from_its_day_on(catalogue):
    months = path(catalogue, "gpt-5.4", 4, schedule={date(2027, 1, 1): 0.5, date(2027, 2, 1): 0.25})
    assert [month.factor for month in months] == [1.0, 1.0, 0.5, 0.25]


def test_a_change_that_is_already_known_is_taken(catalogue):
    months = path(catalogue, "gemini-4-argon", 3, provider="google")
    rates = [month.card.bands[0].input_usd_per_mtok for month in months]
    assert rates == [Decimal(2), Decimal(4), Decimal(4)]


def test_a_model_that_ends_without_a_successor_has_no_price_and_a_reason(catalogue):
    months = path(catalogue, "gpt-5.4-nano", 7)
    assert [month.card is not None for month in months] == [True] * 5 + [False] * 2
    assert months[5].first_day == date(2027, 4, 1)
    assert "ended on 2027-04-01" in months[5].reason


def test_a_successor_takes_over_when_a_model_ends(catalogue):
    months = path(catalogue, "gpt-5.4-nano", 7, successors=(("openai", "gpt-6-luna"),))
    assert [month.offer.model for month in months[4:6]] == ["gpt-5.4-nano", "gpt-6-luna"]
    assert months[5].card.bands[0].input_usd_per_mtok == Decimal("0.1")
    assert "ended" in months[5].reason


def test_a_successor_that_is_not_on_record_is_refused(catalogue):
    with pytest.raises(UnknownModelError):
        path(catalogue, "gpt-5.4", 2, successors=(("openai", "gpt-7"),))


def test_all_that_is_wrong_with_an_outlook_is_said_at_once(catalogue):
    with pytest.raises(InputError) as caught:
        path(catalogue, "gpt-5.4", 0, decline_per_year=20, schedule={START: -1.0})
    assert len(caught.value.problems) == 4


@pytest.mark.parametrize(
    ("months", "decline", "fits"),
    [(1, 0, True), (120, 0, True), (121, 0, False), (2, -1, True), (2, 1, False), (2, 0.999, True)],
)
def test_an_outlook_is_taken_up_to_its_limits(catalogue, months, decline, fits):
    if fits:
        assert len(path(catalogue, "gpt-5.4", months, decline_per_year=decline)) == months
    else:
        with pytest.raises(InputError):
            path(catalogue, "gpt-5.4", months, decline_per_year=decline)


def test_a_horizon_crosses_years_month_by_month(catalogue):
    days = [month.first_day for month in path(catalogue, "gpt-5.4", 15)]
    assert days[0] == START
    assert days[1:3] == [date(2026, 12, 1), date(2027, 1, 1)]
    assert days[-2:] == [date(2027, 12, 1), date(2028, 1, 1)]
