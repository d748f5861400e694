"""Committed spend and credits, worked by hand: what is not used, and when it is paid."""

import numpy as np
import pytest
import pyxirr

from pricing.errors import InputError, PlannerError
from tco.answer.evaluation import evaluate
from tco.exports.forecast import forecast_rows
from tco.question.files import changed
from tests.tco.plain_by_hand import AROUND_API_USD

USED = 20_075.0  # ten million requests of 1,000 and 101 tokens, GPT-5.4 by batch: 1.25 and 7.50
SHORT = {
    "finance.horizon_months": 5,
    "finance.discount_rate": 0.0,
    "finance.api_price_steps": [{"from_month": 3, "factor": 0.5}],
}


def committing(plain_scenario, prepaid=False, **changes):
    """One and a half months of today's use in every two months; tokens halve from month 3 on."""
    terms = {"usd_per_period": 1.5 * USED, "period_months": 2, "prepaid": prepaid}
    return changed(plain_scenario, SHORT | {"apis.0.commitment": terms} | changes)


def committed(found):
    (key,) = [key for key in found.worked if "commitment=" in key]
    return found.worked[key]


def test_what_is_missing_at_the_end_of_a_period_is_paid_then(plain_scenario, plain_data):
    """Of 1.5 months 2 are used, then 1, then in half a period 0.5 of 0.75."""
    worked = committed(evaluate(committing(plain_scenario), plain_data))
    used = np.array([1, 1, 0.5, 0.5, 0.5]) * USED + AROUND_API_USD
    missing = np.array([0, 0, 0, 0.5, 0.25]) * USED
    assert worked.costs.cash == pytest.approx([0, *(used + missing)])
    spread = np.array([0, 0, 0.25, 0.25, 0.25]) * USED
    assert worked.costs.bill == pytest.approx(used + spread)
    assert worked.alternative.monthly_usd == pytest.approx(used[0])
    (said,) = [f for f in worked.alternative.findings if f.code == "committed"]
    assert said.severity == "flagged"
    assert "$15,056" in said.message  # three quarters of a month


def test_credits_are_paid_ahead_drawn_on_and_lapse(plain_scenario, plain_data):
    found = evaluate(committing(plain_scenario, prepaid=True), plain_data)
    worked = committed(found)
    paid = np.array([1.5, 0, 0.5 + 1.5, 0, 0.75, 0]) * USED
    assert worked.costs.cash == pytest.approx(paid + np.array([0, 1, 1, 1, 1, 1]) * AROUND_API_USD)
    assert worked.costs.capital == pytest.approx(np.array([1.5, 0, 1.5, 0, 0.75, 0]) * USED)
    rows = [
        row
        for row in forecast_rows(found.asked.scenario, found)
        if row["x_Alternative"] == worked.alternative.key
        and row["ChargeDescription"] == "Credits paid ahead"
    ]
    assert [(r["x_MonthIndex"], r["ChargeCategory"]) for r in rows] == [
        (month, "Purchase") for month in (0, 2, 4)
    ]
    assert rows[0]["ContractedCost"] == pytest.approx(1.5 * USED)


@pytest.mark.parametrize("prepaid", [False, True])
def test_what_a_commitment_costs_is_billed_level_at_the_rate_of_interest(
    plain_scenario, plain_data, prepaid
):
    """pyxirr repays what a year of commitment adds to the worth of its use: twelve level bills."""
    rate = 1.08 ** (1 / 12) - 1
    terms = {"usd_per_period": 20 * USED, "period_months": 12, "prepaid": prepaid}
    asked = {"finance.horizon_months": 12, "finance.discount_rate": 0.08}
    scenario = changed(plain_scenario, asked | {"apis.0.commitment": terms})
    worked = committed(evaluate(scenario, plain_data))
    extra = [20 * USED, *[-USED] * 12] if prepaid else [*[0.0] * 12, 8 * USED]
    worth = pyxirr.npv(rate, extra)
    (line,) = [line for line in worked.alternative.lines if line.key == "committed"]
    assert line.cost_usd == pytest.approx(-pyxirr.pmt(rate, 12, worth))
    assert worked.costs.bill == pytest.approx([USED + AROUND_API_USD + line.cost_usd] * 12)


def test_a_commitment_that_is_used_up_costs_nothing_but_its_interest(plain_scenario, plain_data):
    small = {"apis.0.commitment.usd_per_period": 0.5 * USED}
    plain = evaluate(changed(plain_scenario, SHORT), plain_data)
    for prepaid in (False, True):
        worked = committed(
            evaluate(changed(committing(plain_scenario, prepaid), small), plain_data)
        )
        by_use = plain.worked["openai/gpt-5.4/batch"]
        assert worked.costs.bill == pytest.approx(by_use.costs.bill)
        assert worked.costs.present_usd == pytest.approx(by_use.costs.present_usd)


def test_every_draw_has_its_own_shortfall(plain_scenario, plain_data):
    """Volume is drawn: those who use less pay for more that is not used."""
    scenario = committing(plain_scenario, **{"finance.api_price_steps": []})
    found = evaluate(scenario, plain_data, draws=200)
    key = committed(found).alternative.key
    band = found.uncertainty.bill_of(key).first_month
    assert band.p10 >= 0.75 * USED + AROUND_API_USD - 1e-6  # never below what is committed to
    assert band.p10 < band.p90


def test_what_is_done_today_commits_to_nothing_and_no_mixture_draws_on_credits(
    plain_scenario, plain_data
):
    terms = {"usd_per_period": 1e6}
    with pytest.raises(InputError, match="give a commitment or provisioned units to an option"):
        changed(plain_scenario, {"baseline.commitment": terms})
    committing_key = committed(evaluate(committing(plain_scenario), plain_data)).alternative.key
    spill = {"kind": "spill", "name": "base", "self_hosted": "rented", "api": committing_key}
    with pytest.raises(PlannerError, match="names no API option"):
        evaluate(committing(plain_scenario, hybrids=[spill]), plain_data)
