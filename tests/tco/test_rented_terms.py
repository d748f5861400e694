"""Machines taken for a term, through the whole engine: when they are paid, renewed, handed back."""

import numpy as np
import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from tco.answer.documents import document
from tco.answer.evaluation import evaluate
from tco.months.line_costs import line_costs
from tco.question.files import changed
from tests.tco.plain_by_hand import MOVE_RENTED_USD
from tests.tco.test_horizon import UPFRONT, money

MACHINES = {"rent", "commitment"}


def test_a_term_paid_upfront_is_cash_at_month_zero_and_billed_as_a_loan_is_paid_back(
    plain_scenario, plain_data
):
    spread, by_month = money(plain_scenario, plain_data, UPFRONT)
    paid, at_once = money(
        plain_scenario, plain_data, UPFRONT | {"self_hosted.0.paid_upfront": True}
    )
    term = 36 * 730 * 23.777
    payment = -pyxirr.pmt(1.08 ** (1 / 12) - 1, 36, term)
    dearer = np.subtract(by_month.month.monthly_saving_usd, at_once.month.monthly_saving_usd)
    assert dearer == pytest.approx([payment - term / 36] * 36)
    assert at_once.month.cumulative_usd[0] == pytest.approx(-MOVE_RENTED_USD - term)
    assert by_month.month.cumulative_usd[0] == pytest.approx(-MOVE_RENTED_USD)
    assert paid.total_usd == pytest.approx(spread.total_usd)
    assert paid.npv_usd < spread.npv_usd


def test_an_offer_that_says_all_upfront_is_paid_upfront(plain_scenario, plain_data):
    from hardware_profiles.offer import TERM_MONTHS
    from tco.serving.tenure import UPFRONT_TERMS

    assert set(TERM_MONTHS) >= UPFRONT_TERMS
    offers = plain_data.library.offers(accelerator="H200 SXM")
    said = [o for o in offers if o.id.endswith("-upfront")]
    assert [o.term for o in said] == ["3-year"]
    assert "upfront" in said[0].source.note


@pytest.mark.parametrize(("unfinished", "months"), [("owed", 36), ("handed-back", 12)])
def test_a_term_that_outlasts_the_horizon_is_owed_or_handed_back_however_it_is_paid(
    plain_scenario, plain_data, unfinished, months
):
    """Three years over one: the rent of a month is 730 h at the published price of the hour."""
    short = UPFRONT | {
        "finance.horizon_months": 12,
        "finance.discount_rate": 0.0,
        "self_hosted.0.unfinished_term": unfinished,
    }
    for upfront in (False, True):
        asked = short | {"self_hosted.0.paid_upfront": upfront}
        evaluation = evaluate(changed(plain_scenario, asked), plain_data)
        key = "self-hosted/rented"
        others = evaluation.alternative(key)
        rent = sum(line.cost_usd for line in others.lines if line.key in MACHINES)
        row = evaluation.appraisal(key)
        around = 12 * (others.monthly_usd - rent) + others.one_off_usd
        assert row.total_usd == pytest.approx(around + months * 730 * 23.777)
        assert row.rest_of_terms_usd == pytest.approx((months - 12) * 730 * 23.777)
        assert ("unfinished-term" in {f.code for f in others.findings}) == (months == 36)
        ahead = 36 * 730 * 23.777 if upfront else 0
        assert row.capital_usd == pytest.approx(others.one_off_usd + ahead)


@settings(max_examples=settings.default.max_examples // 5)
@given(
    st.floats(-0.2, 0.15),
    st.integers(1, 60),
    st.floats(-0.5, 0.5),
    st.sampled_from(["aws/p5.48xlarge/us-east-1/3-year", "gcp/a3-highgpu-8g/us/1-year"]),
    st.booleans(),
)
def test_what_is_paid_for_a_term_is_whole_terms_and_the_fleet_is_sized_anew_at_each(
    plain_scenario, plain_data, growth, horizon, gpu, rent, upfront
):
    """By hand: a list of contracts, each at the price of the month before it starts."""
    scenario = changed(
        plain_scenario,
        {
            "workload.requests_per_month": 5e7,
            "workload.growth_per_month": growth,
            "finance.horizon_months": horizon,
            "finance.discount_rate": 0.0,
            "finance.gpu_price_change_per_year": gpu,
            "self_hosted.0.rent": rent,
            "self_hosted.0.paid_upfront": upfront,
        },
    )
    evaluation = evaluate(scenario, plain_data)
    worked = evaluation.worked["self-hosted/rented"]
    rule, term = worked.fleet.first_rule, worked.holding.term_months
    contracts, paid = [], 0.0
    hour = evaluation.asked.data.library.offer(rent).usd_per_instance_hour
    for month in range(horizon):
        running = [start for start in contracts if start + term > month]
        needed = int(rule.instances(5e7 * (1 + growth) ** month))
        more = max(0, needed - len(running))
        contracts += [month] * more
        assert worked.growth.instances[month] == len(running) + more
        paid += more * term * 730 * hour * (1 + gpu) ** (month / 12)
    row = evaluation.appraisal("self-hosted/rented")
    others = sum(
        cost.sum()
        for part in worked.components
        if part.key not in MACHINES
        and (cost := line_costs(part, worked.growth, scenario.finance, evaluation.asked.levels,
                                worked.tokens, worked.holding)[1]) is not None
    )  # fmt: skip
    assert row.total_usd == pytest.approx(others + worked.alternative.one_off_usd + paid)


@settings(max_examples=settings.default.max_examples // 5)
@given(
    st.floats(0, 0.15),
    st.integers(1, 60),
    st.floats(-0.4, 0.2),
    st.sampled_from(["3-year", "on-demand", "owned"]),
    st.sampled_from([True, False, None]),
)
def test_capital_is_what_is_paid_ahead_and_when(
    plain_scenario, plain_data, growth, horizon, gpu, held, upfront
):
    """By hand: one-offs at month 0, then each server or upfront term in the month it is taken."""
    key = "self-hosted/owned" if held == "owned" else "self-hosted/rented"
    changes = {
        "workload.requests_per_month": 5e7,
        "workload.growth_per_month": growth,
        "finance.horizon_months": horizon,
        "finance.gpu_price_change_per_year": gpu,
        "costs.useful_life_years": 2.0,
    }
    if held != "owned":
        rent = f"aws/p5.48xlarge/us-east-1/{held}"
        changes |= {"self_hosted.0.rent": rent, "self_hosted.0.paid_upfront": upfront}
    evaluation = evaluate(changed(plain_scenario, changes), plain_data)
    row, worked = evaluation.appraisal(key), evaluation.worked[key]
    life, each = {"owned": (24, 250_142.0), "3-year": (36, 36 * 730 * 23.777)}.get(held, (1, 0.0))
    if held == "3-year" and not upfront:
        each = 0.0
    paid = {0: worked.alternative.one_off_usd}
    taken = []
    for month in range(horizon if each else 0):
        running = sum(start + life > month for start in taken)
        more = int(worked.growth.instances[month]) - running
        taken += [month] * more
        paid[month] = paid.get(month, 0.0) + more * each * (1 + gpu) ** (month / 12)
    found = {payment.month: payment.usd for payment in row.capital}
    assert found == pytest.approx({month: usd for month, usd in paid.items() if usd})
    assert row.capital_usd == pytest.approx(paid[0])
    shown = document(evaluation.asked.scenario, evaluation)["alternatives"]
    assert {a["key"]: a["capital_usd"] for a in shown}[key] == row.capital_usd


def test_falling_gpu_prices_reach_rents_by_the_hour_at_once_and_a_term_at_its_renewal(
    plain_scenario, plain_data
):
    falling = {"finance.gpu_price_change_per_year": -0.5, "finance.horizon_months": 24}
    hourly = money(plain_scenario, plain_data, falling)[1].month.monthly_saving_usd
    assert hourly[12] - hourly[0] == pytest.approx(0.5 * 730 * 55.04)
    term = money(plain_scenario, plain_data, falling | UPFRONT)[1].month.monthly_saving_usd
    assert term[23] == pytest.approx(term[0])  # 36 months at one price


@settings(max_examples=settings.default.max_examples // 5)
@given(st.floats(-0.5, 0.5), st.booleans())
def test_a_renewed_term_costs_the_price_of_its_first_day(
    plain_scenario, plain_data, change, upfront
):
    """Of two terms of a year the second costs what rents have come to by then."""
    scenario = changed(
        plain_scenario,
        {
            "self_hosted.0.rent": "gcp/a3-highgpu-8g/us/1-year",
            "self_hosted.0.paid_upfront": upfront,
            "finance.gpu_price_change_per_year": change,
            "finance.horizon_months": 24,
        },
    )
    evaluation = evaluate(scenario, plain_data)
    costs = evaluation.worked["self-hosted/rented"].costs
    lines = evaluation.alternative("self-hosted/rented").lines
    rent = next(line.cost_usd for line in lines if line.key == "rent")
    billed = sum(line.cost_usd for line in lines if line.key in MACHINES)
    bill, cash = costs.bill.ravel(), costs.cash.ravel()
    assert bill[11] == pytest.approx(bill[0])
    assert bill[12] - bill[0] == pytest.approx(change * billed, abs=1e-6 * rent)
    if upfront:
        assert cash[12] - cash[11] == pytest.approx(12 * rent * (1 + change))
    else:
        assert cash[13] - cash[12] == pytest.approx(change * rent, abs=1e-6 * rent)
