"""Servers that are there already, worked by hand: what they would sell for is what they cost."""

import pytest

from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.exports.forecast import forecast_rows
from tco.question.files import changed

PRICE = 250_142.0
KEY = "self-hosted/owned"
GROWING = {
    "workload.requests_per_month": 5e8,
    "finance.discount_rate": 0.0,
    "finance.horizon_months": 3,
    "costs.useful_life_years": 2.0,
}


def owning(plain_scenario, servers=1, age_years=1.0, **more):
    given = {"servers": servers, "age_years": age_years} | more
    return changed(plain_scenario, GROWING | {"self_hosted.1.already_owned": given})


def running(found):
    """The bill without what is spread of a purchase [USD/month]."""
    lines = found.alternative(KEY).lines
    return sum(line.cost_usd or 0.0 for line in lines if line.key != "capital")


def test_what_is_owned_costs_what_it_would_sell_for_today_and_the_rest_is_bought(
    plain_scenario, plain_data
):
    """A server of one year, of a life of two, is worth 0.15 ^ (12 / 24) of a new one.

    Three months later it brings 0.15 ^ (15 / 24), and the new one beside it 0.15 ^ (3 / 24).
    """
    found = evaluate(owning(plain_scenario), plain_data)
    machines = found.alternative(KEY).serving.instances
    assert machines > 1
    now, then = PRICE * 0.15 ** (12 / 24), PRICE * 0.15 ** (15 / 24)
    new, later = PRICE * (machines - 1), PRICE * (machines - 1) * 0.15 ** (3 / 24)
    month = running(found)
    once = found.alternative(KEY).one_off_usd
    assert found.worked[KEY].costs.cash == pytest.approx(
        [once + now + new, month, month, month - then - later]
    )
    bill = month + (now - then + new - later) / 3
    assert found.worked[KEY].costs.bill == pytest.approx([bill] * 3)
    assert found.alternative(KEY).monthly_usd == pytest.approx(bill)


def test_a_price_of_your_own_counts_instead_of_the_age_and_is_no_capital(
    plain_scenario, plain_data
):
    """All machines are there: nothing is bought, and 90,000 USD each are not made by a sale."""
    found = evaluate(owning(plain_scenario, 50, market_usd=90_000.0), plain_data)
    machines = found.alternative(KEY).serving.instances
    worked = found.worked[KEY]
    assert worked.costs.forgone == pytest.approx([90_000 * machines, 0, 0, 0])
    assert worked.costs.resale[-1] == pytest.approx(90_000 * machines * 0.15 ** (3 / 24))
    assert found.appraisal(KEY).capital_usd == pytest.approx(worked.alternative.one_off_usd)
    rows = list(forecast_rows(found.asked.scenario, found))
    kept = [r for r in rows if "owned already" in r["ChargeDescription"]]
    assert [(r["x_MonthIndex"], r["ChargeCategory"]) for r in kept] == [(0, "Adjustment")]
    assert kept[0]["ContractedCost"] == pytest.approx(90_000 * machines)


def test_a_server_at_the_end_of_its_life_is_replaced_by_a_new_one(plain_scenario, plain_data):
    """It lasts two more months; the new one is bought at their end and sold a month later."""
    found = evaluate(owning(plain_scenario, 50, age_years=22 / 12), plain_data)
    machines = found.alternative(KEY).serving.instances
    worn, old = PRICE * 0.15, PRICE * 0.15 ** (22 / 24)
    month, once = running(found), found.alternative(KEY).one_off_usd
    sold = PRICE * 0.15 ** (1 / 24)
    assert found.worked[KEY].costs.cash == pytest.approx(
        [
            once + machines * old,
            month,
            month - machines * worn + machines * PRICE,
            month - machines * sold,
        ]
    )


def test_owning_already_never_costs_more_than_buying(plain_scenario, plain_data):
    bought = changed(plain_scenario, GROWING)
    dear = evaluate(bought, plain_data).appraisal(KEY).present_usd
    for servers in (1, 2, 50):
        for age in (0.0, 0.5, 1.9):
            found = evaluate(owning(plain_scenario, servers, age), plain_data)
            assert found.appraisal(KEY).present_usd <= dear * (1 + 1e-12)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"age_years": 2.0}, "beyond the useful life of 2"),
        ({"market_usd": 300_000.0}, "a new one costs"),
    ],
)
def test_servers_that_are_worn_out_or_dearer_than_new_ones_are_refused(
    plain_scenario, plain_data, given, named
):
    found = evaluate(owning(plain_scenario, **given), plain_data)
    assert named in found.alternative(KEY).refused.message


def test_only_owned_machines_can_be_there_already_and_no_base_fleet_has_them(plain_scenario):
    there = {"servers": 1, "age_years": 1.0}
    with pytest.raises(InputError, match="name the purchase offer"):
        changed(plain_scenario, {"self_hosted.0.already_owned": there})
    spill = {"kind": "spill", "name": "base", "self_hosted": "owned"}
    with pytest.raises(InputError, match="servers of two prices"):
        changed(owning(plain_scenario), {"hybrids": [spill]})
