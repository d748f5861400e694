"""Money of machines that are held, contract by contract, against loans in pyxirr."""

import numpy as np
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.finance import price_factors
from tco.kernel.held_money import level_bill, owned_money, term_money
from tco.kernel.kept_machines import kept_machines
from tests.tco.kernel.test_kept_machines import one_by_one, sale_by_hand

amounts = st.just(0.0) | st.floats(1.0, 1e5)


@st.composite
def worlds(draw):
    """Machines needed by month, how long each is kept, how prices move, and what money is worth."""
    months = draw(st.integers(1, 40))
    needed = draw(st.lists(st.integers(0, 3), min_size=months, max_size=months))
    rate = draw(st.just(0.0) | st.floats(-0.1, 0.5))
    money = (1 + draw(st.just(0.0) | st.floats(0.0, 0.5))) ** (np.arange(months + 1) / 12)
    factors = price_factors(months + 1, draw(st.floats(-0.5, 1.0)))
    return needed, draw(st.integers(1, 50)), rate, money, factors


def worth(flows, rate, money):
    """Present value of money at the end of months 0 to n in the money of today."""
    return float(flows / money @ (1 + rate) ** (-np.arange(len(flows)) / 12))


def loans(needed, life, rate, money, first, last):
    """Each contract as a loan in the money of today, paid back over the months it is held."""
    paid = np.zeros(len(needed))
    for start, age in one_by_one(needed, life):
        taken = first(start) / money[start]
        left = last(start, age) / money[start + age]
        paid[start : start + age] -= pyxirr.pmt((1 + rate) ** (1 / 12) - 1, age, taken, left)
    return paid * money[1:]


@given(worlds(), amounts, amounts, st.just(0.0) | st.floats(0.01, 1.0))
def test_a_server_is_billed_as_a_loan_of_what_it_loses(world, price, install, residual):
    needed, life, rate, money, factors = world
    held = kept_machines(needed, life)
    money_of = owned_money(held, price, install, residual, life, factors, rate, money)
    found = money_of.bill
    by_hand = loans(
        needed,
        life,
        rate,
        money,
        lambda start: (price + install) * factors[start],
        lambda start, age: -sale_by_hand(start, age, price, residual, life, factors),
    )
    assert found == pytest.approx(by_hand, rel=1e-6, abs=1e-6)
    assert (found >= -1e-6 * (price + install)).all() or rate < 0
    spent = worth(money_of.cash, rate, money)
    assert worth([0.0, *found], rate, money) == pytest.approx(spent, rel=1e-9, abs=1e-6)


@given(worlds(), amounts, st.booleans(), st.booleans())
def test_a_term_is_billed_as_it_is_paid_or_as_a_loan_of_it(world, rent, upfront, handed_back):
    needed, term, rate, money, factors = world
    held = kept_machines(needed, term)
    given = {"upfront": upfront, "handed_back": handed_back}
    money_of = term_money(held, rent, term, factors[:-1], rate, money, **given)
    found = money_of.bill

    def rest(start, age):
        return (term - age) * rent * factors[start]

    monthly = np.zeros(len(needed))
    for start, age in one_by_one(needed, term):
        monthly[start : start + age] += rent * factors[start]
    if upfront:
        whole = loans(
            needed,
            term,
            rate,
            money,
            lambda start: term * rent * factors[start],
            lambda start, age: -rest(start, age) if handed_back else 0.0,
        )
    elif handed_back:
        whole = monthly
    else:
        whole = monthly + loans(needed, term, rate, money, lambda start: 0.0, rest)
    assert found == pytest.approx(whole, rel=1e-6, abs=1e-6)
    spent = worth(money_of.cash, rate, money)
    assert worth([0.0, *found], rate, money) == pytest.approx(spent, rel=1e-9, abs=1e-6)


def test_draws_are_billed_each_by_itself():
    first, last = np.array([[90.0, 0.0], [30.0, 60.0]]), np.array([[-30.0, 0.0], [0.0, -10.0]])
    money = np.array([1.0, 1.1, 1.21])
    both = level_bill(first, last, 2, 0.08, money)
    for case in range(2):
        alone = level_bill(first[case], last[case], 2, 0.08, money)
        assert both[case].tolist() == alone.tolist()


def test_the_bill_of_a_fleet_nobody_can_run_is_infinite():
    flat, machines = np.ones(3), [[np.inf] * 2, [1.0] * 2]
    for life, month in ((4, 25.0), (1, 75.0)):
        found = owned_money(machines, 100.0, 0.0, 0.25, life, flat, 0.0, flat)
        assert found.bill.tolist() == [[np.inf] * 2, [month] * 2]
