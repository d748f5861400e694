"""Fiscal years and quarters: what is booked when, by hand, in the workbook and in the report."""

import re

import pytest

from tco.answer.evaluation import evaluate
from tco.exports.fiscal import Booked, fiscal_months
from tco.exports.report_tables import fiscal_section
from tco.exports.workbook import workbook
from tco.question.files import changed
from tco.question.presets import presets
from tco.words.figures import whole
from tests.tco.xlsx_file import Workbook

OWNED = "self-hosted/owned"
DEFAULT = next(iter(presets().values()))
"""Its horizon starts in November 2026."""


def statement(evaluation, key):
    return next(m for bills, m in fiscal_months(evaluation) if bills.alternative.key == key)


@pytest.fixture(scope="module")
def booked(plain_scenario, plain_data):
    """Four months from November 2026, of a company whose year starts in December."""
    asked = {
        "finance.horizon_months": 4,
        "finance.discount_rate": 0.0,
        "finance.fiscal_year_starts_in": 12,
    }
    evaluation = evaluate(changed(plain_scenario, asked), plain_data)
    return evaluation, statement(evaluation, OWNED)


def test_a_purchase_is_cash_of_its_month_and_depreciated_over_the_months_it_is_held(booked):
    """250,142 in October, 0.15 ^ (4 / 48) of it back in February; a quarter of the rest each."""
    evaluation, months = booked
    found = evaluation.alternative(OWNED)
    spread = 250_142 * (1 - 0.15 ** (4 / 48)) / 4
    month = found.monthly_usd - spread
    assert [(m.first_day.month, m.year, m.quarter) for m in months] == [
        (10, 2026, 4),
        (11, 2026, 4),
        (12, 2027, 1),
        (1, 2027, 1),
        (2, 2027, 1),
    ]
    once = found.one_off_usd
    assert [m.booked.operating_usd for m in months] == pytest.approx([0, *[month] * 4])
    assert [m.booked.spread_usd for m in months] == pytest.approx([0, *[spread] * 4])
    assert [m.booked.capital_cost_usd for m in months] == pytest.approx([0] * 5, abs=1e-6)
    assert [m.booked.once_usd for m in months] == [once, 0, 0, 0, 0]
    back = 250_142 * 0.15 ** (4 / 48)
    assert [m.booked.cash_usd for m in months] == pytest.approx(
        [250_142 + once, month, month, month, month - back]
    )
    assert [m.booked.ahead_usd for m in months] == pytest.approx([250_142 + once, 0, 0, 0, 0])
    assert sum(m.booked.cost_usd for m in months) == pytest.approx(
        sum(m.booked.cash_usd for m in months)
    )


def test_a_year_is_the_sum_of_its_months(booked):
    _, months = booked
    of_2027 = Booked.sum_of(m.booked for m in months if m.year == 2027)
    assert of_2027.cost_usd == pytest.approx(sum(m.booked.cost_usd for m in months[2:]))


def test_every_alternative_books_its_bills_and_pays_its_cash():
    evaluation = evaluate(changed(DEFAULT, {"finance.tax_rate": 0.25}))
    for bills, months in fiscal_months(evaluation):
        worked = evaluation.worked[bills.alternative.key]
        cost = [m.booked.cost_usd - m.booked.once_usd for m in months[1:]]
        assert cost == pytest.approx(worked.costs.bill)
        paid = sum(m.booked.cash_usd for m in months)
        assert paid == pytest.approx(evaluation.appraisal(bills.alternative.key).total_usd)


def years_of(book):
    """Cost of each alternative and fiscal year, from the sheet."""
    found = {}
    for place, value in book.values.items():
        match = re.fullmatch(r"Fiscal years!A(\d+)", place)
        if match and isinstance(value, float):
            row = match.group(1)
            period = (book.values[f"Fiscal years!{c}{row}"] for c in "BEF")
            found[tuple(period)] = book.values[f"Fiscal years!K{row}"]
    return found


def expected(evaluation):
    found = {}
    for bills, months in fiscal_months(evaluation):
        for month in months:
            for quarter in ("whole", float(month.quarter)):
                place = (bills.alternative.label, float(month.year), quarter)
                found[place] = found.get(place, 0.0) + month.booked.cost_usd
    return found


def test_the_sheet_has_every_year_and_quarter_of_every_alternative():
    scenario = changed(DEFAULT, {"finance.fiscal_year_starts_in": 7})
    evaluation = evaluate(scenario)
    shown = years_of(Workbook(workbook(scenario, evaluation)))
    wanted = expected(evaluation)
    assert shown.keys() == wanted.keys()
    assert all(shown[place] == pytest.approx(wanted[place]) for place in wanted)


@pytest.mark.office
def test_its_sums_are_recalculated_to_our_totals_and_give_none_once_an_input_is_changed(tmp_path):
    scenario = changed(DEFAULT, {"finance.fiscal_year_starts_in": 7})
    evaluation = evaluate(scenario)
    before = Workbook(workbook(scenario, evaluation))
    (tmp_path / "as_it_is").mkdir()
    after, wanted = years_of(before.recalculated(tmp_path / "as_it_is")), expected(evaluation)
    assert after.keys() == wanted.keys()
    assert all(after[place] == pytest.approx(wanted[place], rel=1e-9) for place in wanted)
    total = sum(value for (_, _, quarter), value in after.items() if quarter == "whole")
    bills = sum(w.costs.bill.sum() + w.costs.once.sum() for w in evaluation.worked.values())
    assert total == pytest.approx(bills)
    moved = before.with_value("requests_per_month", 7e6).recalculated(tmp_path)
    assert set(years_of(moved).values()) == {"#N/A"}


@pytest.mark.office
def test_commitments_units_and_servers_of_two_prices_give_no_total_for_other_inputs(tmp_path):
    apis = [
        {"provider": "openai", "model": "gpt-5.4-mini", "commitment": {"usd_per_period": 1e6}},
        {"provider": "azure", "model": "gpt-5.4", "provisioned": {"units": 50}},
    ]
    own = next(i for i, option in enumerate(DEFAULT.self_hosted) if option.own)
    there = {f"self_hosted.{own}.already_owned": {"servers": 1, "age_years": 1.0}}
    scenario = changed(DEFAULT, {"apis": apis, "hybrids": []} | there)
    evaluation = evaluate(scenario)
    after = Workbook(workbook(scenario, evaluation)).with_value("requests_per_month", 7e6)
    shown = after.recalculated(tmp_path).column("Answer", "USD a month", "Alternative")
    frozen = {label for label, value in shown.items() if value == "#N/A"}
    assert frozen == {
        evaluation.alternatives[1].label,
        evaluation.alternatives[2].label,
        DEFAULT.self_hosted[own].name,
    }


def test_the_report_has_staying_and_the_choice_by_fiscal_year():
    evaluation = evaluate(DEFAULT)
    shown = fiscal_section(evaluation).text
    told = {evaluation.alternatives[0].key, evaluation.verdict.chosen}
    for bills, months in fiscal_months(evaluation):
        for year in {month.year for month in months}:
            cost = whole(sum(m.booked.cost_usd for m in months if m.year == year))
            assert (f">{cost}<" in shown) == (bills.alternative.key in told), (year, cost)
