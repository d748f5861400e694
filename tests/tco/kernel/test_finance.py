import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.finance import (
    committed_rent,
    discount_factors,
    monthly_capital_cost,
    monthly_rate,
    present_value,
    price_factors,
    purchase_outlays,
    stays_positive_from,
    write_offs,
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
    [([1, 2], 0), ([-1, 1], 1), ([1, -1, 1], 2), ([1, -1], np.inf), ([0.0], np.inf)],
)
def test_positive_for_good_starts_after_the_last_that_is_not(values, first):
    assert stays_positive_from(values) == first


def each_machine(needed, life):
    """Machines one by one, as somebody with a list of purchases would keep them."""
    for month, more in enumerate(np.diff(needed, prepend=0.0)):
        for start in range(month, len(needed), life):
            yield start, more, min(life, len(needed) - start)


def outlays_by_hand(needed, price, install, residual, life, factors):
    flows = np.zeros(len(needed) + 1)
    for start, count, age in each_machine(needed, life):
        flows[start] += count * factors[start] * (price + install)
        flows[start + age] -= count * factors[start] * (price - (price - residual) * age / life)
    return flows


def write_offs_by_hand(needed, cost, price, residual, life, tax_life, factors):
    """Book value of the tax before and after each month, and a sale at the book of the owner."""
    lost = np.zeros(len(needed))
    for start, count, age in each_machine(needed, life):
        book = cost
        for month in range(start, start + age):
            after = max(residual, book - (cost - residual) / tax_life)
            if month == start + age - 1:
                after = price - (price - residual) * age / life
            lost[month] += count * factors[start] * (book - after)
            book = after
    return lost


def rent_by_hand(needed, rent, term, factors):
    """Each month of each term, at the price of the month before the term began."""
    paid = np.zeros(len(needed) + 1)
    for start, count, age in each_machine(needed, term):
        for month in range(start, start + age):
            paid[month + 1] += count * factors[start] * rent
    return paid


@st.composite
def purchases(draw):
    """Machines of four draws over months, their prices, and how prices move."""
    months = draw(st.integers(1, 40))
    steps = st.lists(st.integers(0, 3), min_size=months, max_size=months)
    needed = np.maximum.accumulate(np.array([draw(steps) for _ in range(4)], dtype=float), axis=1)
    amounts = st.lists(st.just(0.0) | st.floats(1e-6, 1e5), min_size=4, max_size=4)
    price, install, cut = (np.array(draw(amounts))[:, None] for _ in range(3))
    factors = price_factors(months, draw(st.floats(-0.5, 0.5)))
    return needed, price, install, np.minimum(price, cut), factors


@given(purchases(), st.integers(1, 50), st.integers(1, 50), st.booleans())
def test_machines_of_draws_cost_what_each_of_them_costs(case, life, tax_life, by_draw):
    needed, price, install, residual, factors = case
    drawn = np.broadcast_to(factors, needed.shape) if by_draw else factors
    outlays = purchase_outlays(needed, price, install, residual, life, drawn)
    books = write_offs(needed, price + install, price, residual, life, tax_life, drawn)
    rent = committed_rent(needed, price, life, drawn)
    for place in range(len(needed)):
        alone = needed[place], float(price[place, 0]), float(residual[place, 0])
        one, dear, cheap = alone
        more = float(install[place, 0])
        near = {"rtol": 1e-12, "atol": 1e-12 * (dear + more) * (1 + needed[place, -1])}
        by_hand = outlays_by_hand(one, dear, more, cheap, life, factors)
        np.testing.assert_allclose(outlays[place], by_hand, **near)
        np.testing.assert_array_equal(
            outlays[place], purchase_outlays(one, dear, more, cheap, life, factors)
        )
        lost = write_offs_by_hand(one, dear + more, dear, cheap, life, tax_life, factors)
        np.testing.assert_allclose(books[place], lost, **near)
        np.testing.assert_array_equal(
            books[place], write_offs(one, dear + more, dear, cheap, life, tax_life, factors)
        )
        np.testing.assert_allclose(rent[place], rent_by_hand(one, dear, life, factors), **near)
        np.testing.assert_array_equal(rent[place], committed_rent(one, dear, life, factors))


def test_a_renewed_term_costs_what_machines_cost_then():
    factors = [1.0, 1.0, 0.5, 0.5]
    assert committed_rent([1] * 4, 10.0, 2, np.array(factors)).tolist() == [0, 10, 10, 5, 5]
    upfront = committed_rent([1] * 4, 10.0, 2, np.array(factors), upfront=True)
    assert upfront.tolist() == [20, 0, 10, 0, 0]


def test_a_fleet_nobody_can_run_costs_infinitely_much_and_writes_nothing_off():
    needed = [[np.inf, np.inf], [1.0, 1.0]]
    outlays = purchase_outlays(needed, 100.0, 0.0, 20.0, 4)
    assert outlays.tolist() == [[np.inf] * 3, [100.0, 0.0, -60.0]]
    assert write_offs(needed, 100.0, 100.0, 20.0, 4, 4).tolist() == [[0.0, 0.0], [20.0, 20.0]]
    assert committed_rent(needed, 5.0, 4).tolist() == [[np.inf] * 3, [0.0, 5.0, 5.0]]


@given(st.lists(st.floats(1e3, 1e6), min_size=3, max_size=3), st.integers(1, 120), rates)
def test_capital_cost_of_draws_is_that_of_each_draw(prices, months, rate):
    drawn = np.array(prices)[:, None]
    payments = monthly_capital_cost(drawn, 0.1 * drawn, 0.2 * drawn, months, rate)
    alone = [monthly_capital_cost(p, 0.1 * p, 0.2 * p, months, rate) for p in prices]
    assert payments[:, 0].tolist() == alone


@given(st.lists(st.lists(st.integers(-2, 2), min_size=5, max_size=5), min_size=1, max_size=6))
def test_positive_for_good_is_told_for_each_series(series):
    found = stays_positive_from(series)
    for first, values in zip(found.tolist(), series, strict=True):
        lasting = [i for i in range(5) if all(value > 0 for value in values[i:])]
        assert first == (lasting[0] if lasting else np.inf)


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
