"""Money over the months through the whole engine: terms, price paths, taxes, currencies."""

from dataclasses import replace

import numpy as np
import numpy_financial
import pytest
import pyxirr
from hypothesis import given, settings
from hypothesis import strategies as st

from tco.answer.evaluation import evaluate
from tco.exports.report_tables import horizon_section
from tco.question.files import changed
from tco.words.figures import whole
from tests.tco.hybrid_cases import API, KINDS
from tests.tco.plain_by_hand import MOVE_API_USD, STAYING_USD, SWITCH_USD, TOKENS_USD

UPFRONT = {"self_hosted.0.rent": "aws/p5.48xlarge/us-east-1/3-year"}


def money(scenario, data, changes, key="self-hosted/rented"):
    evaluation = evaluate(changed(scenario, changes), data)
    return evaluation.appraisal(key), evaluation.break_even(key)


def test_tiers_of_todays_model_cost_nothing_to_change_and_a_switch_little(
    plain_scenario, plain_data
):
    scenario = changed(
        plain_scenario,
        {
            "apis": [
                {"provider": "openai", "model": "gpt-5.4", "tier": "batch"},
                {"provider": "openai", "model": "gpt-5.4", "contract_discount": 0.1},
                {"provider": "openai", "model": "gpt-5.4-mini"},
                {"provider": "azure", "model": "gpt-5.4"},
                {"provider": "deepinfra", "model": "meta-llama/Llama-3.3-70B-Instruct"},
            ]
        },
    )
    once = [a.one_off_usd for a in evaluate(scenario, plain_data).alternatives[:6]]
    assert once == [0, 0, 0, SWITCH_USD, SWITCH_USD, MOVE_API_USD]


@settings(max_examples=settings.default.max_examples // 5)
@given(st.floats(-0.5, 0.5), st.sampled_from(KINDS), st.booleans())
def test_whatever_people_do_follows_wages_and_nothing_else_does(
    plain_scenario, plain_data, wages, kind, measured
):
    """After a year the bill differs by the change of wages on what people do, quality too."""
    quality = {"acceptance_rate": 0.5, "retries": 1, "usd_per_unaccepted": 0.05}
    given = quality if measured else None
    scenario = changed(
        plain_scenario,
        {
            "finance.wage_change_per_year": wages,
            "finance.horizon_months": 24,
            "baseline.quality": given,
            "self_hosted.0.quality": given,
            "hybrids": [API | kind | {"name": "mixed", "self_hosted": "rented"}],
        },
    )
    evaluation = evaluate(scenario, plain_data)
    assert "hybrid/mixed" in evaluation.worked
    for key, worked in evaluation.worked.items():
        people = sum(
            line.cost_usd
            for line in evaluation.alternative(key).lines
            if line.group in {"people", "quality"}
        )
        bill = worked.costs.bill.ravel()
        assert people > 0, key
        assert bill[12] - bill[0] == pytest.approx(wages * people, abs=1e-6 * bill[0]), key


def test_a_schedule_replaces_the_yearly_change(plain_scenario, plain_data):
    steps = {"finance.api_price_steps": [{"from_month": 13, "factor": 0.5}]}
    saving = money(plain_scenario, plain_data, steps)[1].month.monthly_saving_usd
    assert saving[0] - saving[12] == pytest.approx(0.5 * TOKENS_USD)
    assert saving[11] == pytest.approx(saving[0])


def test_owned_servers_bought_again_within_the_horizon_cost_the_price_of_that_day(
    plain_scenario, plain_data
):
    long = {
        "finance.horizon_months": 60,
        "finance.discount_rate": 0.0,
        "costs.residual_share": 0.0,
        "costs.useful_life_years": 2.5,
    }
    flat = money(plain_scenario, plain_data, long, "self-hosted/owned")[0]
    cheaper = money(
        plain_scenario,
        plain_data,
        long | {"finance.gpu_price_steps": [{"from_month": 31, "factor": 0.6}]},
        "self-hosted/owned",
    )[0]
    assert flat.total_usd - cheaper.total_usd == pytest.approx(0.4 * 250_142)


def test_taxes_take_their_share_of_every_total_without_discount(plain_scenario, plain_data):
    """Depreciation, write-offs at resale and running costs together: at rate 0 the total scales."""
    rate0 = {
        "finance.discount_rate": 0.0,
        "workload.growth_per_month": 0.15,
        "costs.install_share": 0.1,
    }
    for key in ("self-hosted/owned", "self-hosted/rented", "openai/gpt-5.4/batch"):
        before = money(plain_scenario, plain_data, rate0, key)[0]
        for years in (1.0, 5.0):
            taxed = rate0 | {"finance.tax_rate": 0.25, "finance.depreciation_years": years}
            after = money(plain_scenario, plain_data, taxed, key)[0]
            assert after.total_usd == pytest.approx(0.75 * before.total_usd)
            assert after.npv_usd == pytest.approx(0.75 * before.npv_usd)


def test_quicker_depreciation_is_worth_more(plain_scenario, plain_data):
    def worth(years):
        taxed = {"finance.tax_rate": 0.3, "finance.depreciation_years": years}
        return money(plain_scenario, plain_data, taxed, "self-hosted/owned")[0].npv_usd

    assert worth(1.0) > worth(2.0) > worth(5.0)


@settings(max_examples=settings.default.max_examples // 4)
@given(
    st.floats(0, 0.3),
    st.floats(0, 0.15),
    st.floats(-0.4, 0.2),
    st.floats(-0.4, 0.2),
    st.floats(-0.1, 0.2),
    st.sampled_from([0.0, 0.25]),
    st.booleans(),
)
def test_real_and_nominal_terms_give_the_same_worth_and_the_same_bills(
    plain_scenario, plain_data, rate, inflation, api, gpu, wage, tax, upfront
):
    def nominal(real):
        return (1 + real) * (1 + inflation) - 1

    shared = {
        "finance.inflation_per_year": inflation,
        "finance.tax_rate": tax,
        "workload.growth_per_month": 0.1,
        "self_hosted.0.rent": "aws/p5.48xlarge/us-east-1/3-year",
        "self_hosted.0.paid_upfront": upfront,
    }
    fields = ("discount_rate", "api_price_change_per_year", "gpu_price_change_per_year",
              "wage_change_per_year")  # fmt: skip
    values = (rate, api, gpu, wage)
    as_real = dict(zip((f"finance.{f}" for f in fields), values, strict=True))
    as_nominal = {f"finance.{f}": nominal(v) for f, v in zip(fields, values, strict=True)}
    one = evaluate(changed(plain_scenario, shared | as_real), plain_data)
    other = evaluate(
        changed(plain_scenario, shared | as_nominal | {"finance.terms": "nominal"}), plain_data
    )
    money = (1 + inflation) ** (np.arange(1, 37) / 12)
    for a, b in zip(one.appraisals, other.appraisals, strict=True):
        assert a.npv_usd == pytest.approx(b.npv_usd, rel=1e-8, abs=1e-3), a.alternative
        assert a.present_usd == pytest.approx(b.present_usd, rel=1e-8), a.alternative
        bills = (answer.worked[a.alternative].costs.bill.ravel() for answer in (one, other))
        assert next(bills) * money == pytest.approx(next(bills), rel=1e-8), a.alternative


def test_without_discount_both_paybacks_are_one(plain_scenario, plain_data):
    for row in evaluate(
        changed(plain_scenario, {"finance.discount_rate": 0.0}), plain_data
    ).appraisals:
        assert row.payback == row.discounted_payback
        assert row.turns == row.discounted_turns


@pytest.mark.parametrize("oracle", [numpy_financial, pyxirr], ids=lambda oracle: oracle.__name__)
def test_worth_and_internal_rate_are_those_of_both_oracles(plain_scenario, plain_data, oracle):
    grown = {"workload.growth_per_month": 0.1, "costs.owned_fte": 1.0}
    row, answer = money(plain_scenario, plain_data, grown, "self-hosted/owned")
    month = 1.08 ** (1 / 12) - 1
    steps = np.diff(np.array(answer.month.cumulative_usd), prepend=0.0)
    flows = [float(step) * (1 + month) ** m for m, step in enumerate(steps)]
    assert row.npv_usd == pytest.approx(oracle.npv(month, flows))
    assert (1 + row.irr) ** (1 / 12) - 1 == pytest.approx(oracle.irr(flows), rel=1e-6)


def test_staying_is_worth_nothing_and_costs_its_bills(plain_scenario, plain_data):
    row = evaluate(plain_scenario, plain_data).appraisal("openai/gpt-5.4/standard")
    assert row.npv_usd == 0
    assert row.total_usd == pytest.approx(36 * STAYING_USD)
    assert row.irr is None
    assert row.irr_reason == "no cash flow"


def test_every_worth_is_the_difference_of_two_present_costs(plain_scenario, plain_data):
    rows = evaluate(plain_scenario, plain_data).appraisals
    for row in rows:
        assert row.npv_usd == pytest.approx(rows[0].present_usd - row.present_usd, abs=1e-6)


def test_a_currency_changes_what_is_shown_and_no_decision(plain_scenario, plain_data):
    euro = changed(
        plain_scenario,
        {"currency": {"code": "EUR", "per_usd": 0.86, "as_of": "2026-11-24", "source": "ECB"}},
    )
    dollars, euros = evaluate(plain_scenario, plain_data), evaluate(euro, plain_data)
    told = {"headline": "", "sentence": "", "own": "", "also": ""}
    assert replace(euros.verdict, **told) == replace(dollars.verdict, **told)
    assert "EUR" in euros.verdict.sentence
    assert euros.break_evens == dollars.break_evens
    shown = horizon_section(euros, euro.currency).text
    assert "All money out, EUR" in shown
    assert all(f">{whole(row.total_usd * 0.86)}<" in shown for row in dollars.appraisals)
    assert "0.86 for one USD of 2026-11-24 (ECB)" in euros.conventions[-1]


def test_conventions_stand_beside_the_result(plain_scenario, plain_data):
    said = " ".join(evaluate(plain_scenario, plain_data).conventions)
    for words in (
        "730 hours",
        "month end",
        "effective rate of 8.0\xa0%",
        "Real terms",
        "Before tax",
    ):
        assert words in said
    taxed = {"finance.terms": "nominal", "finance.tax_rate": 0.2}
    said = " ".join(evaluate(changed(plain_scenario, taxed), plain_data).conventions)
    assert "Nominal terms" in said
    assert "After tax" in said


def test_spot_without_lost_hours_is_flagged(plain_scenario, plain_data):
    spot = {"self_hosted.0.rent": "coreweave/hgx-h100/na/spot"}
    evaluation = evaluate(changed(plain_scenario, spot), plain_data)
    codes = {f.code for f in evaluation.alternative("self-hosted/rented").findings}
    assert "spot" in codes
    given = spot | {"self_hosted.0.interruption": {"lost_share": 0.1}}
    evaluation = evaluate(changed(plain_scenario, given), plain_data)
    assert "spot" not in {f.code for f in evaluation.alternative("self-hosted/rented").findings}
    assert any(row.field.endswith("lost_share") for row in evaluation.assumptions)


def test_lost_hours_need_more_machines_at_the_edge(plain_scenario, plain_data):
    """33,638,400 requests fill a replica; with a tenth of the hours lost they need two."""
    spot = {
        "self_hosted.0.rent": "coreweave/hgx-h100/na/spot",
        "workload.requests_per_month": 3 * 33_600_000.0,
    }
    serving = {}
    for lost in (0.0, 0.1):
        changes = spot | {"self_hosted.0.interruption": {"lost_share": lost}}
        evaluation = evaluate(changed(plain_scenario, changes), plain_data)
        serving[lost] = evaluation.alternative("self-hosted/rented").serving
    assert (serving[0.0].instances, serving[0.1].instances) == (1, 2)
