import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.finance import price_factors
from tco.kernel.kept_machines import (
    committed_rent,
    kept_machines,
    outlays,
    resale,
    rest_of_terms,
    write_offs,
)
from tco.kernel.tax_schedules import TaxSchedule


def straight(months):
    return TaxSchedule("straight-line", months)


fleets = st.lists(st.integers(0, 5), min_size=1, max_size=60)


def spent_on(needed, price, install, residual, life, factors=None):
    """What machines cost, less what they bring back; factors are of months 0 to n."""
    factors = np.ones(np.shape(needed)[-1] + 1) if factors is None else factors
    paid = outlays(needed, price + install, life, factors[..., :-1])
    return paid - resale(needed, price, residual, life, factors)


def one_by_one(needed, life):
    """Machines as somebody with a list of contracts would keep them: month taken, months used."""
    contracts = []
    for month, wanted in enumerate(needed):
        running = [start for start in contracts if start + life > month]
        for _ in range(int(wanted) - len(running)):
            contracts.append(month)
    return [(start, min(life, len(needed) - start)) for start in contracts]


@given(fleets, st.integers(1, 60))
def test_a_fleet_shrinks_where_a_contract_ends_and_nowhere_else(needed, life):
    held = kept_machines(needed, life)
    contracts = one_by_one(needed, life)
    for month, count in enumerate(held.tolist()):
        assert count == sum(start <= month < start + life for start, _ in contracts)
        assert count >= needed[month]
    for month in range(1, len(needed)):
        ended = sum(start + life == month for start, _ in contracts)
        assert held[month - 1] - held[month] <= ended


@given(fleets, st.integers(1, 60))
def test_what_is_bought_is_what_the_contracts_name(needed, life):
    held = kept_machines(needed, life)
    paid = outlays(held, 7.0, life)
    contracts = one_by_one(needed, life)
    for month in range(len(needed)):
        assert paid[month] == 7.0 * sum(start == month for start, _ in contracts)
    assert paid[-1] == 0


@given(fleets, st.integers(1, 60), st.floats(0.1, 1e3))
def test_rents_and_the_rest_of_their_terms_pay_every_contract_whole(needed, term, rent):
    held = kept_machines(needed, term)
    within = committed_rent(held, rent, term).sum()
    beyond = float(rest_of_terms(held, rent, term).sum())
    whole = len(one_by_one(needed, term)) * term * rent
    assert within + beyond == pytest.approx(whole, rel=1e-12, abs=1e-9)
    assert outlays(held, rent * term, term).sum() == pytest.approx(whole, rel=1e-12, abs=1e-9)


def test_one_year_terms_of_a_shrinking_load_end_after_a_year():
    held = kept_machines([3.0] + [1.0] * 23, 12)
    assert held.tolist() == [3.0] * 12 + [1.0] * 12


def test_a_server_loses_the_same_share_of_its_value_every_month():
    """A quarter is left after four months, so half after two, and 70.7 % after one."""
    for months, left in ((1, 0.25**0.25), (2, 0.5), (3, 0.25**0.75), (4, 0.25)):
        spent = spent_on([1.0] * months, 100.0, 10.0, 0.25, 4)
        assert spent.tolist() == pytest.approx([110.0] + [0.0] * (months - 1) + [-100 * left])


@pytest.mark.parametrize(("months", "low", "high"), [(12, 0.6, 0.65), (24, 0.4, 0.45),
                                                     (36, 0.25, 0.35), (48, 0.15, 0.2),
                                                     (60, 0.1, 0.15)])  # fmt: skip
def test_the_curve_runs_through_what_h100_were_resold_for(months, low, high):
    """Published shares of list by age; through the middle of the fourth year, all within 1 %."""
    left = resale([1.0] * months, 1.0, 0.175 ** (months / 48), months)[-1]
    assert low - 0.01 <= left <= high + 0.01


def test_a_server_is_replaced_at_the_end_of_its_life():
    spent = spent_on([1.0] * 5, 100.0, 10.0, 0.25, 2)
    assert spent.tolist() == [110, 0, 85, 0, 85, -50]


def test_no_gain_on_a_sale_is_counted_on():
    """New ones cost twice as much when it is sold; it brings what was paid for it."""
    dearer = np.array([1.0, 1.5, 2.0])
    assert resale([1.0, 1.0], 100.0, 0.81, 4, dearer).tolist() == [0, 0, 100]
    assert resale([1.0, 1.0], 100.0, 0.16, 4, dearer).tolist() == [0, 0, 80]


def outlays_by_hand(needed, price, install, residual, life, factors):
    flows = np.zeros(len(needed) + 1)
    for start, age in one_by_one(needed, life):
        flows[start] += factors[start] * (price + install)
        flows[start + age] -= sale_by_hand(start, age, price, residual, life, factors)
    return flows


def sale_by_hand(start, age, price, residual, life, factors):
    """Month by month the same share of value is lost; what was paid is the most it brings."""
    left = 1.0 if residual or not age else 0.0
    for _ in range(age if residual else 0):
        left *= residual ** (1 / life)
    return price * min(left * factors[start + age], factors[start])


def write_offs_by_hand(needed, cost, price, residual, life, tax_life, factors):
    """Book value of the tax before and after each month, and what the sale brings."""
    kept = residual * price
    lost = np.zeros(len(needed))
    for start, age in one_by_one(needed, life):
        book = factors[start] * cost
        for month in range(start, start + age):
            after = max(factors[start] * kept, book - factors[start] * (cost - kept) / tax_life)
            if month == start + age - 1:
                after = sale_by_hand(start, age, price, residual, life, factors)
            lost[month] += book - after
            book = after
    return lost


def rent_by_hand(needed, rent, term, factors):
    """Each month of each term, at the price of the month before the term began."""
    paid = np.zeros(len(needed) + 1)
    for start, age in one_by_one(needed, term):
        for month in range(start, start + age):
            paid[month + 1] += factors[start] * rent
    return paid


@st.composite
def purchases(draw):
    """Machines of four draws over months, their prices, and how prices move."""
    months = draw(st.integers(1, 40))
    steps = st.lists(st.integers(0, 3), min_size=months, max_size=months)
    needed = np.array([draw(steps) for _ in range(4)], dtype=float)
    amounts = st.lists(st.just(0.0) | st.floats(1e-6, 1e5), min_size=4, max_size=4)
    price, install = (np.array(draw(amounts))[:, None] for _ in range(2))
    residual = draw(st.just(0.0) | st.floats(1e-6, 1.0))
    factors = price_factors(months + 1, draw(st.floats(-0.5, 0.5)))
    return needed, price, install, residual, factors


@given(purchases(), st.integers(1, 50), st.integers(1, 50), st.booleans())
def test_machines_of_draws_cost_what_each_of_them_costs(case, life, tax_life, by_draw):
    asked, price, install, residual, factors = case
    drawn = np.broadcast_to(factors, (len(asked), len(factors))) if by_draw else factors
    needed = kept_machines(asked, life)
    spent = spent_on(needed, price, install, residual, life, drawn)
    books = write_offs(needed, price + install, price, residual, life, straight(tax_life), drawn)
    rent = committed_rent(needed, price, life, drawn[..., :-1])
    for place in range(len(needed)):
        one, dear, cheap = needed[place], float(price[place, 0]), residual
        more = float(install[place, 0])
        near = {"rtol": 1e-12, "atol": 1e-12 * (dear + more) * (1 + needed[place].max())}
        by_hand = outlays_by_hand(one, dear, more, cheap, life, factors)
        np.testing.assert_allclose(spent[place], by_hand, **near)
        np.testing.assert_array_equal(spent[place], spent_on(one, dear, more, cheap, life, factors))
        lost = write_offs_by_hand(one, dear + more, dear, cheap, life, tax_life, factors)
        np.testing.assert_allclose(books[place], lost, **near)
        np.testing.assert_array_equal(
            books[place],
            write_offs(one, dear + more, dear, cheap, life, straight(tax_life), factors),
        )
        np.testing.assert_allclose(rent[place], rent_by_hand(one, dear, life, factors), **near)
        np.testing.assert_array_equal(rent[place], committed_rent(one, dear, life, factors[:-1]))


@given(fleets, st.floats(0, 1), st.integers(1, 60), st.floats(-0.9, 0.9))
def test_a_used_machine_brings_no_more_than_a_new_one_costs_that_day(steps, residual, life, change):
    needed = kept_machines(steps, life)
    new = price_factors(len(steps) + 1, change)
    brings = resale(needed, 100.0, residual, life, new)
    sold = np.zeros(len(steps) + 1)
    for start, age in one_by_one(steps, life):
        sold[start + age] += 1
    assert (brings <= sold * 100.0 * new * (1 + 1e-12)).all()


def test_a_renewed_term_costs_what_machines_cost_then():
    factors = [1.0, 1.0, 0.5, 0.5]
    assert committed_rent([1] * 4, 10.0, 2, np.array(factors)).tolist() == [0, 10, 10, 5, 5]
    upfront = outlays([1] * 4, 2 * 10.0, 2, np.array(factors))
    assert upfront.tolist() == [20, 0, 10, 0, 0]


def test_a_fleet_nobody_can_run_costs_infinitely_much_and_writes_nothing_off():
    needed = [[np.inf, np.inf], [1.0, 1.0]]
    spent = spent_on(needed, 100.0, 0.0, 0.25, 4)
    assert spent.tolist() == [[np.inf] * 3, [100.0, 0.0, -50.0]]
    assert resale(needed, 100.0, 0.25, 4).tolist() == [[0.0] * 3, [0.0, 0.0, 50.0]]
    assert write_offs(needed, 100.0, 100.0, 0.25, 4, straight(4)).tolist() == [
        [0.0, 0.0],
        [18.75, 31.25],
    ]
    assert committed_rent(needed, 5.0, 4).tolist() == [[np.inf] * 3, [0.0, 5.0, 5.0]]


@given(fleets, st.integers(1, 60), st.integers(0, 59))
def test_a_fleet_that_nobody_can_run_in_some_month_costs_infinitely_much(needed, life, month):
    asked = np.array([needed, needed], dtype=float)
    asked[1, month % len(needed)] = np.inf
    held = kept_machines(asked, life)
    for paid in (outlays(held, 7.0, life), committed_rent(held, 7.0, life)):
        assert np.isfinite(paid[0]).all()
        assert np.isinf(paid[1]).all()
    assert np.array_equal(held[0], kept_machines(needed, life))


@given(fleets, st.integers(1, 60), st.integers(0, 59))
def test_a_month_that_nobody_can_run_leaves_nothing_to_keep(needed, life, month):
    asked = np.array(needed, dtype=float)
    asked[month % len(needed)] = 0
    without = kept_machines(asked, life)
    asked[month % len(needed)] = without[month % len(needed)] = np.inf
    assert kept_machines(asked, life).tolist() == without.tolist()
