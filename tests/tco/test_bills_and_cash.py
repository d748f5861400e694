"""Bills and cash are two views of the same money: together they are worth the same."""

import numpy as np
import pytest

from tco.answer.evaluation import evaluate
from tco.answer.working import look_up, work_out
from tco.question.files import changed
from tco.words.money import usd
from tests.tco.random_terms import financed

SCENARIOS = 200


def worths(scenario, worked):
    """Present value of bills with one-offs, and of the cash flow, before tax, by hand."""
    finance = scenario.finance
    months = np.arange(finance.horizon_months + 1)
    factors = (1 + finance.discount_rate) ** (-months / 12)
    dearer = 1 + (finance.inflation_per_year if finance.terms == "nominal" else 0.0)
    once = sum(
        (line.cost_usd or 0.0) * dearer ** (month / 12) * factors[month]
        for month, line in worked.once
    )
    bills = np.atleast_2d(worked.costs.bill) @ factors[1:] + once
    return bills, np.atleast_2d(worked.costs.cash) @ factors


def hold_the_bills_to_the_cash(scenario, data):
    found = work_out(look_up(scenario, data))
    assert any(a.kind in {"owned", "rented"} for a in found.alternatives)
    for key, worked in found.worked.items():
        bills, cash = worths(scenario, worked)
        assert bills == pytest.approx(cash, rel=1e-9, abs=1e-6), key


@pytest.mark.parametrize("seed", range(SCENARIOS))
def test_bills_and_one_offs_are_worth_what_the_cash_flow_is_worth(plain_scenario, plain_data, seed):
    hold_the_bills_to_the_cash(financed(plain_scenario, seed), plain_data)


@pytest.mark.parametrize("seed", range(SCENARIOS // 4))
def test_the_first_month_is_billed_as_its_lines_say_and_every_cost_taxed_once(
    plain_scenario, plain_data, seed
):
    """In the money of the month, at whose end it is paid; every dollar is taxed sometime."""
    scenario = financed(plain_scenario, seed)
    found = work_out(look_up(scenario, plain_data))
    deflate, tax = found.asked.levels.deflate, scenario.finance.tax_rate
    for key, worked in found.worked.items():
        first = np.atleast_2d(worked.settled.bill)[0, 0] / deflate[1]
        assert first == pytest.approx(worked.alternative.monthly_usd, rel=1e-9), key
        taxed, cash = (np.sum(flows / deflate) for flows in (worked.costs.taxed, worked.costs.cash))
        assert taxed == pytest.approx((1 - tax) * cash, rel=1e-9, abs=1e-6), key


def test_servers_that_pay_only_because_they_are_sold_again_say_what_they_are_worth_without(
    plain_scenario, plain_data
):
    """One server over a year; 250,142 x 0.15 ^ (12 / 48) is brought back at its end."""
    brought = 250_142 * 0.15**0.25 / 1.08
    found = {}
    for requests in (3e6, 8.5e6, 2e7):
        changes = {"workload.requests_per_month": requests, "finance.horizon_months": 12}
        answer = evaluate(changed(plain_scenario, changes), plain_data)
        said = {f.code: f for f in answer.alternative("self-hosted/owned").findings}
        found[requests] = said.get("rests-on-resale")
        worth = answer.appraisal("self-hosted/owned").npv_usd
        assert (found[requests] is not None) == (0 < worth <= brought)
    assert [said is not None for said in found.values()] == [False, True, False]
    assert f"bring back {usd(brought)} when they are sold" in found[8.5e6].message


@pytest.mark.long
@pytest.mark.timeout(1_800)
def test_1_000_random_scenarios_bill_what_is_paid(plain_scenario, plain_data):
    for seed in range(SCENARIOS, SCENARIOS + 1_000):
        hold_the_bills_to_the_cash(financed(plain_scenario, seed), plain_data)
