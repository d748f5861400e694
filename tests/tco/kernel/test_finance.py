import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.finance import (
    discount_factors,
    lasting_from,
    level_payment,
    monthly_rate,
    present_value,
    price_factors,
)

rates = st.floats(0, 0.9)
flows = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=120)


@given(rates)
def test_twelve_months_compound_to_the_annual_rate(rate):
    assert (1 + float(monthly_rate(rate))) ** 12 == pytest.approx(1 + rate, rel=1e-12)


def test_money_now_is_not_discounted():
    assert present_value([100.0], 0.10) == 100.0


@given(flows)
def test_at_rate_zero_present_value_is_the_sum(money):
    assert present_value(money, 0.0) == pytest.approx(sum(money), abs=1e-6)


@given(flows, rates)
def test_a_year_later_is_worth_one_plus_the_rate_less(money, rate):
    later = [0.0] * 12 + money
    assert present_value(later, rate) * (1 + rate) == pytest.approx(
        present_value(money, rate), rel=1e-9, abs=1e-6
    )


@given(st.floats(1e3, 1e6), st.floats(0, 0.2), st.floats(0, 0.5), st.integers(1, 120), rates)
def test_level_payments_repay_exactly_the_capital(price, install, residual, months, rate):
    payment = level_payment((1 + install) * price, -residual * price, months, rate)
    discounted = payment * discount_factors(rate, months)[1:].sum()
    worth = price * (1 + install) - residual * price * discount_factors(rate, months)[-1]
    assert discounted == pytest.approx(worth, rel=1e-7)


def test_without_capital_cost_a_server_costs_its_loss_of_value():
    assert level_payment(35_000, -7_000, 48, 0.0) == pytest.approx(583.33, abs=0.005)


@pytest.mark.parametrize(
    ("values", "first"),
    [([1, 2], 0), ([-1, 1], 1), ([1, -1, 1], 2), ([1, -1], None), ([0.0], None)],
)
def test_positive_for_good_starts_after_the_last_that_is_not(values, first):
    assert lasting_from(np.array(values)) == first


@given(st.lists(st.floats(1e3, 1e6), min_size=3, max_size=3), st.integers(1, 120), rates)
def test_capital_cost_of_draws_is_that_of_each_draw(prices, months, rate):
    drawn = np.array(prices)[:, None]
    payments = level_payment(1.1 * drawn, -0.2 * drawn, months, rate)
    alone = [level_payment(1.1 * p, -0.2 * p, months, rate) for p in prices]
    assert payments[:, 0].tolist() == alone


@given(st.lists(st.integers(-2, 2), min_size=1, max_size=6))
def test_positive_for_good_is_told_by_looking_at_every_month(values):
    months = range(len(values))
    lasting = [month for month in months if all(value > 0 for value in values[month:])]
    assert lasting_from(np.array(values)) == (lasting[0] if lasting else None)


@given(st.lists(flows.filter(lambda money: len(money) > 3), min_size=1, max_size=3), rates)
def test_present_values_of_series_are_those_of_each(series, rate):
    cut = np.array([money[:4] for money in series])
    worth = present_value(cut, rate)
    assert worth == pytest.approx([float(present_value(money, rate)) for money in cut])


def test_drawn_price_changes_compound_for_each_draw():
    changes = np.array([[-0.5], [0.0], [0.1]])
    drawn = price_factors(25, changes)
    for place, change in enumerate(changes[:, 0].tolist()):
        assert drawn[place].tolist() == price_factors(25, change).tolist()
    assert drawn[0, [0, 12, 24]] == pytest.approx([1.0, 0.5, 0.25])
