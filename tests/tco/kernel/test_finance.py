import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.finance import (
    discount_factors,
    monthly_capital_cost,
    monthly_rate,
    present_value,
    purchase_outlays,
    stays_positive_from,
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
    payment = monthly_capital_cost(price, install * price, residual * price, months, rate)
    discounted = payment * discount_factors(rate, months)[1:].sum()
    worth = price * (1 + install) - residual * price * discount_factors(rate, months)[-1]
    assert discounted == pytest.approx(worth, rel=1e-7)


def test_without_capital_cost_a_server_costs_its_loss_of_value():
    assert monthly_capital_cost(35_000, 0, 7_000, 48, 0.0) == pytest.approx(583.33, abs=0.005)


@given(
    st.lists(st.integers(0, 5), min_size=1, max_size=60),
    st.floats(10, 1e5),
    st.floats(0, 1),
    st.integers(1, 60),
)
def test_what_machines_cost_is_what_their_value_falls_by(steps, price, residual, life):
    """At rate 0 outlays add up to straight-line depreciation, whenever machines are bought."""
    needed = np.maximum.accumulate(np.array(steps, dtype=float))
    outlays = purchase_outlays(needed, price, 0.0, residual * price, life)
    per_month = (price - residual * price) / life
    assert outlays.sum() == pytest.approx(needed.sum() * per_month, rel=1e-9, abs=1e-6)


def test_a_server_is_replaced_at_the_end_of_its_life():
    outlays = purchase_outlays([1.0] * 5, 100.0, 10.0, 20.0, 2)
    assert outlays.tolist() == [110, 0, 90, 0, 90, -60]


@pytest.mark.parametrize(
    ("values", "first"),
    [([1, 2], 0), ([-1, 1], 1), ([1, -1, 1], 2), ([1, -1], None), ([0.0], None)],
)
def test_positive_for_good_starts_after_the_last_that_is_not(values, first):
    assert stays_positive_from(values) == first
