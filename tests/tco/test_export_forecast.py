import csv
import io
import json
import math
from collections import defaultdict
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import assume, given, settings

from pricing.errors import PlannerError
from tco.answer.evaluation import evaluate
from tco.exports.columns import COLUMNS, column_table
from tco.exports.forecast import forecast_csv
from tco.question.files import changed
from tco.question.presets import presets
from tests.tco.plain_by_hand import AROUND_API_USD
from tests.tco.random_questions import questions

ROOT = Path(__file__).parents[2]
DEFAULT = next(iter(presets().values()))
RICH = changed(
    DEFAULT,
    {
        "baseline.contract_discount": 0.2,
        "finance.terms": "nominal",
        "finance.inflation_per_year": 0.03,
        "finance.api_price_change_per_year": -0.2,
        "finance.gpu_price_change_per_year": -0.1,
        "finance.wage_change_per_year": 0.04,
        "fleet.autoscale": {},
        "self_hosted.1.interruption": {"lost_share": 0.1, "then": "baseline"},
        "hybrids": [
            {"kind": "spill", "name": "Spill", "self_hosted": "H100 3 years, AWS"},
            {
                "kind": "cost-tier",
                "name": "Router",
                "self_hosted": "H100 owned",
                "api": "openai/gpt-5.4-mini/standard",
                "cheap_share": 0.6,
                "misrouted_share": 0.1,
            },
            {
                "kind": "private-first",
                "name": "Private",
                "self_hosted": "H100 on demand, AWS",
                "sensitive_share": 0.3,
                "escalated_share": 0.2,
            },
        ],
    },
)
REAL = changed(
    RICH,
    {"finance.terms": "real", "finance.horizon_months": 60, "workload.growth_per_month": -0.02},
)
SCENARIOS = [*presets().values(), RICH, REAL]


def rows_of(scenario, evaluation=None):
    text = forecast_csv(scenario, evaluation or evaluate(scenario))
    return list(csv.DictReader(io.StringIO(text, newline="")))


def month_sums(rows):
    """Bill of each month by alternative: what is spread, and the cost of capital beside it."""
    sums = defaultdict(lambda: defaultdict(float))
    for row in rows:
        if row["ChargeCategory"] == "Usage" and row["EffectiveCost"]:
            bill = float(row["EffectiveCost"]) + float(row["x_CostOfCapital"])
            sums[row["x_Alternative"]][int(row["x_MonthIndex"])] += bill
    return sums


@pytest.fixture(scope="module")
def rich():
    return rows_of(RICH)


def test_its_months_are_the_months_of_the_evaluation():
    for scenario in SCENARIOS:
        evaluation = evaluate(scenario)
        sums = month_sums(rows_of(scenario, evaluation))
        stay = sums[evaluation.alternatives[0].key]
        answers = (*evaluation.break_evens, *evaluation.hybrid_break_evens)
        assert answers
        for answer in answers:
            other = sums[answer.alternative]
            saving = [stay[month] - other[month] for month in sorted(other)]
            assert saving == pytest.approx(answer.month.monthly_saving_usd, rel=1e-9, abs=1e-6)


def test_its_first_month_is_the_bill():
    for scenario in [*presets().values(), RICH]:
        evaluation = evaluate(scenario)
        sums = month_sums(rows_of(scenario, evaluation))
        priced = {a.key: a.monthly_usd for a in evaluation.alternatives if a.refused is None}
        assert {key: months[1] for key, months in sums.items()} == pytest.approx(priced, rel=1e-9)


def test_the_present_values_of_as_many_accepted_answers_follow_from_its_rows():
    """Money of each month, discounted by hand, times how many more requests have to be sent."""
    measured = {"acceptance_rate": 0.9, "usd_per_unaccepted": 0.01}
    other = {"acceptance_rate": 0.6, "retries": 1}
    scenario = changed(DEFAULT, {"baseline.quality": measured, "self_hosted.1.quality": other})
    evaluation = evaluate(scenario)
    key = f"self-hosted/{scenario.self_hosted[1].name}"
    rows = [row for row in rows_of(scenario, evaluation) if row["x_Alternative"] == key]
    (ours,) = {
        row["x_AcceptedShare"]
        for row in rows_of(scenario, evaluation)
        if row["x_Alternative"] == evaluation.alternatives[0].key
    }
    (theirs,) = {row["x_AcceptedShare"] for row in rows}
    present = sum(float(row["EffectiveCost"] or 0) * float(row["x_DiscountFactor"]) for row in rows)
    assert (float(ours), float(theirs)) == pytest.approx((0.9, 1 - 0.4**2))
    assert present * float(ours) / float(theirs) == pytest.approx(
        evaluation.appraisal(key).compared_usd
    )


def test_what_is_paid_once_stands_apart_from_the_months():
    evaluation = evaluate(DEFAULT)
    once = defaultdict(float)
    for row in rows_of(DEFAULT, evaluation):
        if row["ChargeCategory"] == "Purchase" and row["ServiceCategory"] == "Migration":
            assert row["x_MonthIndex"] == "0"
            once[row["x_Alternative"]] += float(row["EffectiveCost"] or 0)
    assert once == {a.key: a.one_off_usd for a in evaluation.alternatives if a.one_off}


@pytest.mark.parametrize("upfront", [False, True])
@pytest.mark.parametrize("unfinished", ["owed", "handed-back"])
def test_a_term_costs_what_is_paid_for_it_however_it_is_paid(upfront, unfinished):
    """Six months of three years: 30 months are owed, paid for nothing, or handed back."""
    scenario = changed(
        DEFAULT,
        {
            "finance.horizon_months": 6,
            "finance.discount_rate": 0.0,
            "self_hosted.0.rent": "aws/p5.48xlarge/us-east-1/3-year",
            "self_hosted.0.paid_upfront": upfront,
            "self_hosted.0.unfinished_term": unfinished,
        },
    )
    key = f"self-hosted/{scenario.self_hosted[0].name}"
    rows = [row for row in rows_of(scenario) if row["x_Alternative"] == key]
    machines = [row for row in rows if row["SkuId"].endswith(("/rent", "/commitment"))]
    month = 730 * 23.777  # one instance at the published price of its hour
    effective = sum(float(row["EffectiveCost"]) for row in machines)
    assert effective == pytest.approx((36 if unfinished == "owed" else 6) * month)
    ahead = [float(r["ContractedCost"]) for r in machines if r["ChargeCategory"] == "Purchase"]
    assert ahead == pytest.approx([36 * month] if upfront else [])


@given(questions())
@settings(max_examples=settings.default.max_examples // 5)
def test_months_agree_for_scenarios_no_one_would_write(scenario):
    try:
        evaluation = evaluate(scenario)
    except PlannerError:
        assume(False)
    sums = month_sums(rows_of(scenario, evaluation))
    for alternative in evaluation.alternatives:
        if alternative.refused is None:
            assert sums[alternative.key][1] == pytest.approx(alternative.monthly_usd, rel=1e-9)


def test_quantity_times_price_is_cost(rich):
    for row in rich:
        for price, cost in (
            ("ContractedUnitPrice", "ContractedCost"),
            ("ListUnitPrice", "ListCost"),
        ):
            if row[price]:
                product = float(row["PricingQuantity"]) * float(row[price])
                assert product == pytest.approx(float(row[cost]), rel=1e-12)


def test_the_list_price_is_the_catalogue_price_before_your_contract():
    (first, *_) = [r for r in rows_of(RICH) if r["SkuMeter"] == "Input Tokens"]
    assert float(first["ListUnitPrice"]) == pytest.approx(2.5)  # USD/Mtok, GPT-5.4
    assert float(first["ContractedUnitPrice"]) == pytest.approx(2.0)


def test_tokens_are_counted_in_tokens_and_priced_by_the_million(rich):
    for row in rich:
        if row["ServiceCategory"] == "AI and Machine Learning":
            assert row["ConsumedUnit"] == "Tokens"
            assert row["PricingUnit"] == "Mtok"
            assert float(row["ConsumedQuantity"]) == pytest.approx(
                1e6 * float(row["PricingQuantity"]), rel=1e-12
            )
            assert row["SkuMeter"] in {
                "Input Tokens",
                "Cached Input Tokens",
                "Cache Write Tokens",
                "Output Tokens",
            }


def test_machines_of_a_term_are_used_however_busy_they_are():
    """A commitment that covers machines which run is Used; what they do stands beside it."""
    evaluation = evaluate(DEFAULT)
    key = "self-hosted/H100 3 years, AWS"
    usage = [row for row in rows_of(DEFAULT, evaluation) if row["ChargeCategory"] == "Usage"]
    first = {row["SkuId"]: row for row in usage if row["x_MonthIndex"] == "1"}
    rent = first[f"{key}/rent"]
    assert float(rent["x_Utilisation"]) == pytest.approx(
        evaluation.alternative(key).serving.utilisation, rel=1e-12
    )
    assert rent["CommitmentDiscountId"] == f"{key}/3-year"
    assert (rent["CommitmentDiscountCategory"], rent["CommitmentDiscountType"]) == (
        "Usage",
        "3-year",
    )
    committed = {row["x_Alternative"] for row in usage if row["PricingCategory"] == "Committed"}
    assert committed == {"self-hosted/H100 1 year, Google", key}
    for row in usage:
        used = "Used" if row["PricingCategory"] == "Committed" else ""
        assert row["CommitmentDiscountStatus"] == used
        assert bool(row["CommitmentDiscountId"]) == bool(used)


def test_what_is_bought_and_sold_has_rows_of_its_own_and_is_spread_in_equal_amounts():
    """Of servers without growth; in present value they are worth what the months carry."""
    flat = changed(DEFAULT, {"workload.growth_per_month": 0.0})
    key = "self-hosted/H100 owned"
    rows = [row for row in rows_of(flat) if row["x_Alternative"] == key]
    bought, sold = (
        [row for row in rows if row["ChargeDescription"] == name]
        for name in ("GPU servers bought", "GPU servers sold")
    )
    assert [row["ChargeCategory"] for row in (*bought, *sold)] == ["Purchase", "Adjustment"]
    assert [row["x_MonthIndex"] for row in (*bought, *sold)] == ["0", "36"]
    paid, brought = (float(row["ContractedCost"]) for row in (*bought, *sold))
    assert brought == pytest.approx(-paid * 0.15 ** (36 / 48))
    assert {row["EffectiveCost"] for row in (*bought, *sold)} == {"0.0"}
    months = [row for row in rows if row["SkuId"] == f"{key}/capital" and row not in bought + sold]
    spread = [float(row["EffectiveCost"]) for row in months]
    assert spread == pytest.approx([(paid + brought) / 36] * 36)

    def worth(rows, *columns):
        return sum(float(r["x_DiscountFactor"]) * sum(float(r[c]) for c in columns) for r in rows)

    flows = worth(bought, "ContractedCost") + worth(sold, "ContractedCost")
    assert worth(months, "EffectiveCost", "x_CostOfCapital") == pytest.approx(flows)


def test_the_band_of_a_month_is_that_of_the_answer_s_own_draws():
    evaluation = evaluate(DEFAULT)
    found = {
        row["x_Alternative"]: (float(row["x_BillP10"]), float(row["x_BillP90"]))
        for row in rows_of(DEFAULT, evaluation)
        if row["x_MonthIndex"] == "1" and row["x_BillP90"]
    }
    for bill in evaluation.uncertainty.bills:
        band = bill.first_month
        if math.isfinite(band.p90):
            assert found[bill.alternative] == pytest.approx((band.p10, band.p90))


INVOICED = """ChargePeriodStart,ChargePeriodEnd,ChargeCategory,ServiceName,BilledCost,EffectiveCost
2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,Usage,GPT-5.4,12000.50,12000.50
2026-11-17T00:00:00Z,2026-11-18T00:00:00Z,Usage,GPT-5.4,20000.25,20000.25
2026-12-03T00:00:00Z,2026-12-04T00:00:00Z,Usage,GPT-5.4,40000.00,40000.00
"""
"""A bill in the columns of FOCUS, two charges of one month and one of the next."""
BUDGET = """
SELECT strftime(date_trunc('month', ChargePeriodStart), '%Y-%m') AS month,
       sum(EffectiveCost) FILTER (source = 'forecast') AS budget,
       sum(EffectiveCost) FILTER (source = 'bill') AS actual
FROM (SELECT 'bill' AS source, * FROM read_csv('{bill}')
      UNION ALL BY NAME
      SELECT 'forecast' AS source, * FROM read_csv('{forecast}') WHERE x_Staying)
WHERE ChargeCategory = 'Usage' AND ServiceName = 'GPT-5.4'
GROUP BY ALL ORDER BY month LIMIT 3
"""


def test_it_answers_budget_against_actual_beside_a_bill_in_focus(tmp_path):
    """In DuckDB, by the names of the columns alone."""
    evaluation = evaluate(DEFAULT)
    paths = {"bill": tmp_path / "bill.csv", "forecast": tmp_path / "forecast.csv"}
    paths["bill"].write_text(INVOICED, encoding="utf-8")
    paths["forecast"].write_text(forecast_csv(DEFAULT, evaluation), encoding="utf-8", newline="")
    found = duckdb.sql(BUDGET.format(**paths)).fetchall()
    tokens = evaluation.alternatives[0].monthly_usd - AROUND_API_USD
    growth = 1 + DEFAULT.workload.growth_per_month
    assert [row[0] for row in found] == ["2026-11", "2026-12", "2027-01"]
    assert [row[1] for row in found] == pytest.approx([tokens * growth**m for m in range(3)])
    assert [row[2] for row in found] == [32_000.75, 40_000.0, None]


def test_months_are_whole_calendar_months_without_gaps(rich):
    seen = {}
    for row in rich:
        start, end = (
            datetime.fromisoformat(row[name]) for name in ("ChargePeriodStart", "ChargePeriodEnd")
        )
        assert start.day == end.day == 1
        assert start.utcoffset().total_seconds() == 0
        seen[int(row["x_MonthIndex"])] = (start, end)
        assert float(row["x_CalendarHours"]) == (end - start).total_seconds() / 3_600
    assert sorted(seen) == list(range(RICH.finance.horizon_months + 1))
    assert all(seen[m][1] == seen[m + 1][0] for m in range(RICH.finance.horizon_months))
    assert seen[0][0].isoformat() == "2026-10-01T00:00:00+00:00"
    assert seen[2][0].isoformat() == "2026-12-01T00:00:00+00:00"
    assert seen[3][0].year == 2027


def test_nothing_is_called_billed(rich):
    assert {row["x_RecordType"] for row in rich} == {"Forecast"}
    assert not any("Billed" in name or "Invoice" in name for name in rich[0])


def test_the_file_has_the_columns_of_its_dictionary_and_no_others(rich):
    assert list(rich[0]) == [column.name for column in COLUMNS]
    assert None not in rich[0]
    for row in rich[:200]:
        json.loads(row["Tags"])
        json.loads(row["SkuPriceDetails"])


def test_what_nobody_knows_is_a_row_without_a_cost():
    unknown = [row for row in rows_of(DEFAULT) if row["ChargeDescription"] == "Observability"]
    assert unknown
    assert {row["EffectiveCost"] for row in unknown} == {""}


def test_the_document_carries_the_dictionary():
    assert column_table() in (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")


def test_names_that_start_a_formula_are_text():
    scenario = changed(DEFAULT, {"name": "=1+1", "self_hosted.0.name": "@SUM(A1)"})
    names = {row["x_ScenarioName"] for row in rows_of(scenario)}
    assert names == {"'=1+1"}
