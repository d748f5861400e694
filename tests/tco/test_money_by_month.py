"""Bills and money of each month from components, worked by hand over three months."""

from types import SimpleNamespace

import numpy as np
import pytest

from tco.bill.cost_lines import component
from tco.facts.cost_facts import YOURS
from tco.kernel.cases import Cases
from tco.kernel.fleet import FleetRule
from tco.months.cash_flow import BY_THE_HOUR, monthly_costs
from tco.months.growth import api_growth, fleet_growth, volumes
from tco.question.files import changed
from tco.question.price_levels import PriceLevels
from tco.question.terms import Finance
from tco.serving.tenure import Holding, ServerPrice

SECONDS = 730 * 3_600
MONTHS = {"finance.horizon_months": 3}
TOKENS = component("tokens", 10.0, 2.0, YOURS)  # 20 USD
PEOPLE = component("engineering", 0.5, 60.0, YOURS)  # 30 USD
RENT = component("rent", 100.0, 4.0, YOURS)  # 400 USD for two instances
CAPITAL = component("capital", 2.0, 100.0, YOURS)  # 200 USD for two servers
PLATFORM = component("platform", 1.0, 7.0, YOURS)
UNKNOWN = component("egress", 1.0, None, YOURS)
SERVER = ServerPrice(price_usd=1_200.0, install_usd=60.0, residual_share=1 / 16, life_months=4)
"""Loses half its value every month."""


def levels(
    *,
    gpus=(1.0,) * 3,
    wages=(1.0,) * 3,
    rest=(1.0,) * 3,
    deflate=(1.0,) * 4,
    sold_at=None,
):
    machines = (*gpus, gpus[-1] if sold_at is None else sold_at)
    money = 1 / np.array(deflate)
    paths = map(np.array, ((1.0,) * 3, machines, wages, rest, money, deflate))
    return PriceLevels(*paths, real_rate=0.0)


def growth(request=(1.0, 2.0, 3.0), instances=(2.0, 2.0, 4.0)):
    held = np.array(instances)
    steps = held / held[..., :1]
    scales = {"request": np.array(request), "instance": steps, "fixed": np.ones(3)}
    return SimpleNamespace(scales=scales, instances=held, planned=held[..., :1], there=np.zeros(1))


def costs(
    *parts,
    one_off=0.0,
    holding=BY_THE_HOUR,
    tax=0.0,
    years=None,
    tokens=(1.0,) * 3,
    instances=(2.0, 2.0, 4.0),
    **paths,
):
    finance = Finance(horizon_months=3, tax_rate=tax, depreciation_years=years)
    grown = growth(instances=instances)
    once = [(0, component("migration", 1.0, one_off, YOURS).line)]
    return monthly_costs(parts, once, grown, finance, levels(**paths), np.array(tokens), holding)


def test_requests_of_a_month_grow_on_those_of_the_month_before(plain_scenario):
    given = {"workload.requests_per_month": 1_000.0, "workload.growth_per_month": 0.1}
    scenario = changed(plain_scenario, given | MONTHS)
    assert volumes(scenario) == pytest.approx([1_000, 1_100, 1_210])
    twice = Cases(requests=np.array([[1.0], [2.0]]))
    assert volumes(scenario, twice) == pytest.approx(
        np.array([[1_000, 1_100, 1_210], [2_000, 2_200, 2_420]])
    )
    grown = api_growth(volumes(scenario))
    assert grown.scales["request"] == pytest.approx([1, 1.1, 1.21])
    assert (grown.scales["fixed"] == 1).all()
    assert (grown.instances == 0).all()


def test_a_fleet_grows_by_whole_machines_and_what_is_kept_stays(plain_scenario):
    """A machine carries 1,000 requests; 2,500 halve every month: 3, 2, 1 machines."""
    given = {"workload.requests_per_month": 2_500.0, "workload.growth_per_month": -0.5}
    scenario = changed(plain_scenario, given | MONTHS)
    rule = FleetRule(1_000 / SECONDS, 1.0, 1.0, 1, 1, 0)
    given_back = fleet_growth(volumes(scenario), rule, Holding())
    assert given_back.instances.ravel() == pytest.approx([3, 2, 1])
    assert given_back.scales["instance"].ravel() == pytest.approx([1, 2 / 3, 1 / 3])
    assert given_back.scales["request"] == pytest.approx([1, 0.5, 0.25])
    assert given_back.scales["fixed"] == pytest.approx([1, 1, 1])
    twice = fleet_growth(
        volumes(scenario, Cases(requests=np.array([[1.0], [2.0]]))), rule, Holding()
    )
    assert twice.instances == pytest.approx(np.array([[3, 2, 1], [5, 3, 2]]))
    assert twice.scales["instance"] == pytest.approx(np.array([[1, 2 / 3, 1 / 3], [1, 0.6, 0.4]]))
    kept = fleet_growth(volumes(scenario), rule, Holding(term_months=12))
    assert kept.instances.ravel() == pytest.approx([3, 3, 3])


def test_every_line_follows_its_driver_and_its_price_path():
    """Month 3: tokens 20 x 3 x 0.5, people 30 x 1.2, rent 400 x 2 x 0.8, platform 7 x 1.1."""
    found = costs(
        TOKENS, PEOPLE, RENT, PLATFORM, UNKNOWN,
        one_off=50.0, tokens=(1.0, 1.0, 0.5), wages=(1.0, 1.1, 1.2), gpus=(1.0, 0.9, 0.8),
        rest=(1.0, 1.0, 1.1),
    )  # fmt: skip
    bills = [20 + 30 + 400 + 7, 40 + 33 + 360 + 7, 30 + 36 + 640 + 7.7]
    assert found.bill == pytest.approx(bills)
    assert found.cash == pytest.approx([50, *bills])
    assert found.taxed == pytest.approx(found.cash)


def test_tax_takes_its_share_of_what_is_rented():
    found = costs(TOKENS, RENT, one_off=50.0, tax=0.25)
    assert found.taxed == pytest.approx(0.75 * found.cash)
    assert found.cash == pytest.approx([50, 420, 440, 860])


def test_a_later_dollar_is_worth_less_in_bill_cash_and_tax():
    found = costs(TOKENS, one_off=50.0, tax=0.5, deflate=(1.0, 0.9, 0.8, 0.7))
    assert found.bill == pytest.approx([18, 32, 42])
    assert found.cash == pytest.approx([50, 18, 32, 42])
    assert found.taxed == pytest.approx([25, 9, 16, 21])


def test_a_term_keeps_the_price_of_its_first_day_and_is_renewed_at_that_of_the_day():
    """200 USD an instance. Two from the start for two months, renewed at 0.5; two more at 0.5.

    The second term of the first two begins in month 3, whose price is half.
    """
    term = Holding(term_months=2, handed_back=True)
    found = costs(RENT, holding=term, gpus=(1.0, 0.8, 0.5))
    bills = [400, 400, 2 * 100 + 2 * 100]
    assert found.bill == pytest.approx(bills)
    assert found.cash == pytest.approx([0, *bills])


def test_every_case_of_many_costs_what_it_costs_alone():
    """Of each kind of holding; what is alike in all cases is added to each."""
    instances, tokens = ((2.0, 2.0, 4.0), (3.0, 6.0, 6.0)), ((1.0, 1.0, 0.5), (1.0, 2.0, 4.0))
    given = {"one_off": 50.0, "tax": 0.25, "gpus": (1.0, 0.8, 0.5), "deflate": (1.0, 0.9, 0.8, 0.7)}
    held_so = (
        (RENT, BY_THE_HOUR),
        (RENT, Holding(term_months=2)),
        (RENT, Holding(term_months=2, handed_back=True)),
        (RENT, Holding(term_months=2, upfront=True)),
        (RENT, Holding(term_months=2, upfront=True, handed_back=True)),
        (CAPITAL, Holding(server=SERVER)),
    )
    for machine, holding in held_so:
        parts = (TOKENS, PEOPLE, PLATFORM, machine)
        both = costs(*parts, holding=holding, instances=instances, tokens=tokens, **given)
        for case, (held, price) in enumerate(zip(instances, tokens, strict=True)):
            alone = costs(*parts, holding=holding, instances=held, tokens=price, **given)
            assert both.bill[case] == pytest.approx(alone.bill)
            assert both.cash[case] == pytest.approx(alone.cash)
            assert both.taxed[case] == pytest.approx(alone.taxed)
            discounted = alone.taxed / 1.08 ** (np.arange(4) / 12)
            assert np.broadcast_to(both.present_usd, 2)[case] == pytest.approx(discounted.sum())
            assert np.broadcast_to(both.first_bill, 2)[case] == pytest.approx(alone.bill[0])
            capital = np.broadcast_to(both.capital, both.cash.shape)
            assert capital[case] == pytest.approx(alone.capital)
            rest = np.broadcast_to(both.rest_of_terms, (2, 1))
            assert rest[case] == pytest.approx(alone.rest_of_terms)


def test_what_is_no_machine_follows_its_own_path_beside_a_term():
    """Rents of two months at the price of the first; people, tokens and platform as they move."""
    found = costs(
        TOKENS, PEOPLE, PLATFORM, RENT, holding=Holding(term_months=2, handed_back=True),
        tokens=(1.0, 0.5, 0.5), wages=(1.0, 1.1, 1.2), rest=(1.0, 1.0, 2.0), gpus=(1.0, 0.9, 0.5),
    )  # fmt: skip
    bills = [20 + 30 + 7 + 400, 20 + 33 + 7 + 400, 30 + 36 + 14 + 400]
    assert found.bill == pytest.approx(bills)


@pytest.mark.parametrize(
    ("holding", "ahead", "rents"),
    [
        (BY_THE_HOUR, (0, 0, 0, 0), (0, 400, 400, 800)),
        (Holding(term_months=2), (0, 0, 0, 0), (0, 400, 400, 1_600)),
        (Holding(term_months=2, upfront=True), (800, 0, 1_600, 0), (800, 0, 1_600, 0)),
    ],
)
def test_capital_is_what_is_paid_before_the_month_it_pays_for(holding, ahead, rents):
    """Two for two months at 200, then four, of which the second month is owed or paid already.

    What is paid upfront is billed level in what money buys: in month 1 at a ninth more.
    """
    worth, platform = np.array([1.0, 0.9, 0.8, 0.7]), np.array([0, 7, 7, 7])
    beyond = component("commitment", 100.0, 4.0 / 9 if holding.upfront else 0.0, YOURS)
    found = costs(RENT, beyond, PLATFORM, one_off=50.0, holding=holding, deflate=worth)
    assert found.capital == pytest.approx(worth * ahead + [50, 0, 0, 0])
    assert found.cash == pytest.approx(worth * (rents + platform) + [50, 0, 0, 0])


def test_what_a_term_owes_beyond_the_horizon_is_owed_at_its_end_in_the_money_of_then():
    """Four machines for two months from month 3 on: one month of each is left, 800 USD."""
    kept, deflate = Holding(term_months=2), (1.0, 0.9, 0.8, 0.7)
    found = costs(RENT, holding=kept, deflate=deflate)
    assert found.rest_of_terms == pytest.approx([800 * 0.7])
    assert found.rest_of_terms.shape == (1,)
    assert found.cash == pytest.approx([0, 400 * 0.9, 400 * 0.8, 1_600 * 0.7])
    assert found.bill == pytest.approx(found.cash[1:])
    for nothing in (Holding(term_months=2, handed_back=True), BY_THE_HOUR):
        assert costs(RENT, holding=nothing, deflate=deflate).rest_of_terms == pytest.approx([0])
    assert owned().rest_of_terms == pytest.approx([0])


def test_tax_takes_its_share_of_a_term_when_it_is_paid():
    for term in (Holding(term_months=2, upfront=True), Holding(term_months=2)):
        found = costs(TOKENS, RENT, one_off=50.0, tax=0.25, holding=term)
        assert found.taxed == pytest.approx(0.75 * found.cash)


def test_a_term_paid_upfront_is_paid_when_it_begins_and_billed_by_the_month():
    """Two for two months, 800 at once; then four, of which one month of two is taken back."""
    term = Holding(term_months=2, upfront=True, handed_back=True)
    found = costs(RENT, holding=term)
    assert found.bill == pytest.approx([400, 400, 800])
    assert found.cash == pytest.approx([800, 0, 1_600, -800])
    assert found.cash.sum() == pytest.approx(found.bill.sum())


def owned(**finance):
    return costs(CAPITAL, PLATFORM, holding=Holding(server=SERVER), **finance)


def test_owned_servers_are_bought_as_the_fleet_grows_and_sold_at_the_end():
    """Two at once, for three months, and two in month 3, 1,260 each; 150 and 600 come back."""
    found = owned()
    assert found.capital == pytest.approx([2 * 1_260, 0, 2 * 1_260, 0])
    assert found.bill == pytest.approx([7 + 740, 7 + 740, 7 + 740 + 2 * 660])
    assert found.cash == pytest.approx([2 * 1_260, 7, 7 + 2 * 1_260, 7 - 2 * 150 - 2 * 600])


def test_owned_servers_are_billed_at_the_price_they_were_bought_at_and_sold_at_that_of_the_day():
    """Two at 1,260; two in month 3 at half. New ones cost a quarter when all are sold."""
    found = owned(gpus=(1.0, 1.0, 0.5), sold_at=0.25)
    first, later = (1_260 - 0.25 * 150) / 3, 0.5 * 1_260 - 0.25 * 600
    assert found.bill == pytest.approx([7 + 2 * first, 7 + 2 * first, 7 + 2 * first + 2 * later])
    back = 0.25 * (2 * 150 + 2 * 600)
    assert found.cash == pytest.approx([2 * 1_260, 7, 7 + 1_260, 7 - back])


def test_tax_writes_off_servers_with_their_installation():
    """Books fall from 1,260 by 296.25 a month; what is left at the end is settled at its value.

    The first two: 296.25 twice, then 1,260 - 592.50 - 150 = 517.50. The last two: 1,260 - 600.
    """
    before, after = owned(), owned(tax=0.5)
    written_off = np.array([2 * 296.25, 2 * 296.25, 2 * 517.5 + 2 * 660])
    machines = before.cash - [0, 7, 7, 7]
    expected = machines + 0.5 * np.array([0, 7, 7, 7])
    expected[1:] -= 0.5 * written_off
    assert after.taxed == pytest.approx(expected)
    assert after.cash == pytest.approx(before.cash)


@pytest.mark.parametrize(
    ("years", "first_two"),
    [(1 / 6, (592.5, 592.5)), (1 / 12, (1_185, 0)), (1.0, (98.75, 98.75))],
)
def test_tax_writes_off_over_the_life_for_tax_and_settles_what_is_left_at_the_end(years, first_two):
    """In all 1,260 less the 150 that each of the first brings back, and less 600 of the others.

    The life for tax is whole months.
    """
    before, after = owned(), owned(tax=0.5, years=years)
    written_off = np.array([*first_two, 1_110 - sum(first_two) + 660]) * 2
    machines = before.cash - [0, 7, 7, 7]
    expected = machines + 0.5 * np.array([0, 7, 7, 7])
    expected[1:] -= 0.5 * written_off
    assert after.taxed == pytest.approx(expected)
