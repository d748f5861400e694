"""Leased servers, worked by hand: payments, a deposit, renewal, and what is owed in the end."""

import numpy as np
import pytest
import pyxirr

from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.exports.forecast import forecast_rows
from tco.question.files import changed

PRICE = 250_142.0
KEY = "self-hosted/owned"
FLAT = {"finance.horizon_months": 4, "finance.discount_rate": 0.0}
OFFERED = {"months": 3, "usd_per_server_month": 9_000.0, "deposit_months": 2}


def leasing(plain_scenario, lease, **changes):
    return changed(plain_scenario, FLAT | {"self_hosted.1.lease": lease} | changes)


def running(found):
    lines = found.alternative(KEY).lines
    return sum(line.cost_usd or 0.0 for line in lines if line.key != "lease")


@pytest.mark.parametrize(("unfinished", "owed"), [("owed", 2), ("handed-back", 0)])
def test_a_lease_is_paid_by_the_month_renewed_at_the_price_of_the_day_and_owed_to_its_end(
    plain_scenario, plain_data, unfinished, owed
):
    """Three months at 9,000 with two of them deposited; the second lease costs 0.5 ^ (3 / 12)."""
    path = {
        "finance.gpu_price_change_per_year": -0.5,
        "self_hosted.1.unfinished_term": unfinished,
    }
    found = evaluate(leasing(plain_scenario, OFFERED, **path), plain_data)
    first, second = 9_000.0, 9_000 * 0.5 ** (3 / 12)
    month, once = running(found), found.alternative(KEY).one_off_usd
    worked = found.worked[KEY]
    assert worked.costs.cash == pytest.approx(
        [
            once + 2 * first,
            month + first,
            month + first,
            month + first - 2 * first + 2 * second,
            month + second + owed * second - 2 * second,
        ]
    )
    assert worked.costs.bill == pytest.approx(
        [month + first, month + first, month + first, month + (1 + owed) * second]
    )
    assert found.alternative(KEY).monthly_usd == pytest.approx(month + first)
    assert found.appraisal(KEY).rest_of_terms_usd == pytest.approx(owed * second)


def test_a_payment_follows_from_the_rate_and_what_is_left_to_the_lessor(plain_scenario, plain_data):
    """pyxirr is the oracle of the payment; installation of a tenth is leased with it."""
    lease = {"months": 36, "rate_per_year": 0.09, "residual_share": 0.2}
    asked = {"costs.install_share": 0.1, "finance.horizon_months": 36}
    found = evaluate(leasing(plain_scenario, lease, **asked), plain_data)
    payment = -pyxirr.pmt(1.09 ** (1 / 12) - 1, 36, 1.1 * PRICE, -0.2 * PRICE)
    (line,) = [line for line in found.alternative(KEY).lines if line.key == "lease"]
    assert line.unit_price_usd == pytest.approx(payment)
    assert found.worked[KEY].costs.cash[5] == pytest.approx(payment + running(found))
    assert found.worked[KEY].costs.resale.sum() == 0


def test_what_a_deposit_costs_is_the_interest_that_it_does_not_earn(plain_scenario, plain_data):
    asked = {"finance.discount_rate": 0.08, "finance.horizon_months": 36}
    lease = OFFERED | {"months": 36}
    with_it = evaluate(leasing(plain_scenario, lease, **asked), plain_data)
    without = evaluate(leasing(plain_scenario, lease | {"deposit_months": 0}, **asked), plain_data)
    dearer = 18_000 * (1 - 1.08**-3)
    found = with_it.appraisal(KEY).present_usd - without.appraisal(KEY).present_usd
    assert found == pytest.approx(dearer)
    a_month = -pyxirr.pmt(1.08 ** (1 / 12) - 1, 36, dearer)
    bills = with_it.alternative(KEY).monthly_usd - without.alternative(KEY).monthly_usd
    assert bills == pytest.approx(a_month)


def test_payments_are_deducted_as_they_are_paid_and_a_deposit_neither_deducted_nor_taxed(
    plain_scenario, plain_data
):
    """Deposits of 18,000 are left in months 0 and 3, and come back in months 3 and 4."""
    found = evaluate(leasing(plain_scenario, OFFERED, **{"finance.tax_rate": 0.25}), plain_data)
    costs = found.worked[KEY].costs
    deposits = np.array([18_000.0, 0, 0, 0, -18_000.0])
    assert costs.taxed == pytest.approx(0.75 * (costs.cash - deposits) + deposits)


def test_the_forecast_has_payments_as_committed_and_the_deposit_as_bought(
    plain_scenario, plain_data
):
    found = evaluate(leasing(plain_scenario, OFFERED), plain_data)
    rows = [r for r in forecast_rows(found.asked.scenario, found) if r["x_Alternative"] == KEY]
    paid = [r for r in rows if r["SkuId"].endswith("/lease") and r["ChargeCategory"] == "Usage"]
    assert {(r["PricingCategory"], r["CommitmentDiscountType"]) for r in paid} == {
        ("Committed", "lease")
    }
    deposits = [r for r in rows if r["ChargeDescription"].startswith("Deposits")]
    found_in = [(r["x_MonthIndex"], r["ContractedCost"]) for r in deposits]
    assert np.ravel(found_in) == pytest.approx([0, 18_000, 3, 18_000])


@pytest.mark.parametrize(
    ("lease", "named"),
    [
        ({"months": 36}, "not both"),
        ({"months": 36, "rate_per_year": 0.1, "usd_per_server_month": 9_000.0}, "not both"),
        (OFFERED | {"residual_share": 0.1}, "belongs to rate_per_year"),
    ],
)
def test_a_lease_has_one_payment(plain_scenario, lease, named):
    with pytest.raises(InputError, match=named):
        leasing(plain_scenario, lease)


def test_what_is_leased_is_neither_rented_nor_owned_already(plain_scenario):
    with pytest.raises(InputError, match="name the purchase offer"):
        changed(plain_scenario, {"self_hosted.0.lease": OFFERED})
    there = {"self_hosted.1.already_owned": {"servers": 1, "age_years": 1.0}}
    with pytest.raises(InputError, match="give each an option of its own"):
        leasing(plain_scenario, OFFERED, **there)
