"""Servers bought on credit, by hand, with numpy-financial and pyxirr as oracles."""

import numpy as np
import numpy_financial
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.exports.fiscal import fiscal_months
from tco.exports.forecast import forecast_rows
from tco.exports.report_page import report_html
from tco.kernel.loans import LoanTerms, balance, loan_by_start
from tco.question.files import changed
from tco.ui.tables import cash_tables
from tco.words.figures import NBSP
from tco.words.markdown import literal
from tco.words.money import usd
from tests.tco.test_export_report import Page

PRICE, KEY = 250_142.0, "self-hosted/owned"
LOAN = {"share": 0.8, "months": 24, "rate_per_year": 0.06}
MONTH = 1.06 ** (1 / 12) - 1
BORROWED = 0.8 * PRICE


@given(st.integers(1, 120), st.floats(1e-3, 1.0))
def test_payments_interest_and_balance_are_those_of_both_oracles(months, annual):
    """Interest and principal of every payment, in numpy-financial by ipmt and ppmt."""
    rate = (1 + annual) ** (1 / 12) - 1
    paid, interest = (
        found[0, 1:] for found in loan_by_start(LoanTerms(1, months, annual), months, months)
    )
    each = np.arange(1, months + 1)
    owed = balance(months, annual)
    assert paid == pytest.approx(-pyxirr.pmt(rate, months, 1.0))
    assert interest == pytest.approx(-numpy_financial.ipmt(rate, each, months, 1.0), abs=1e-9)
    principal = -numpy_financial.ppmt(rate, each, months, 1.0)
    assert -np.diff(owed) == pytest.approx(principal, abs=1e-9)
    assert owed[each - 1] == pytest.approx(-pyxirr.fv(rate, each - 1, -paid[0], 1.0), abs=1e-7)


def test_what_is_owed_when_a_server_is_sold_is_paid_back_then():
    """A loan of four months on a server kept for three: a quarter is left, at no interest."""
    paid, interest = loan_by_start(LoanTerms(1.0, 4, 0.0), 5, 3)
    assert paid[0].tolist() == [-1, 0.25, 0.25, 0.5, 0, 0]
    assert paid[4].tolist() == [0, 0, 0, 0, -1, 1]
    assert not interest.any()


def borrowing(plain_scenario, plain_data, loan, **finance):
    given = {"horizon_months": 30, "discount_rate": 0.0} | finance
    asked = {f"finance.{key}": value for key, value in given.items()}
    if loan:
        asked["self_hosted.1.loan"] = loan
    return evaluate(changed(plain_scenario, asked), plain_data, draws=1)


def flows_by_hand(months=30):
    """80 % borrowed, 24 payments, nothing owed after them; costs are positive."""
    payment = -numpy_financial.pmt(MONTH, 24, BORROWED)
    flows = np.zeros(months + 1)
    flows[0], flows[1:25] = -BORROWED, payment
    return flows


def test_a_server_on_credit_costs_its_own_money_and_its_payments(plain_scenario, plain_data):
    paid, credit = (borrowing(plain_scenario, plain_data, loan) for loan in (None, LOAN))
    cash = [found.worked[KEY].costs.cash for found in (paid, credit)]
    assert cash[1] - cash[0] == pytest.approx(flows_by_hand())
    once = credit.alternative(KEY).one_off_usd
    assert credit.appraisal(KEY).capital_usd == pytest.approx(0.2 * PRICE + once)
    bill = [found.worked[KEY].costs.bill for found in (paid, credit)]
    assert bill[1] - bill[0] == pytest.approx(flows_by_hand().sum() / 30)  # at no discount


def test_a_loan_below_the_discount_rate_is_worth_the_difference(plain_scenario, plain_data):
    paid, credit = (
        borrowing(plain_scenario, plain_data, loan, discount_rate=0.10) for loan in (None, LOAN)
    )
    cheaper = paid.appraisal(KEY).present_usd - credit.appraisal(KEY).present_usd
    month = 1.10 ** (1 / 12) - 1
    assert cheaper == pytest.approx(-pyxirr.npv(month, flows_by_hand().tolist()))
    assert cheaper > 0
    monthly = -pyxirr.pmt(month, 30, -cheaper)
    bills = credit.alternative(KEY).monthly_usd - paid.alternative(KEY).monthly_usd
    assert bills == pytest.approx(monthly)


def test_interest_is_deducted_and_principal_is_not(plain_scenario, plain_data):
    paid, credit = (
        borrowing(plain_scenario, plain_data, loan, tax_rate=0.25) for loan in (None, LOAN)
    )
    taxed = [found.worked[KEY].costs.taxed for found in (paid, credit)]
    interest = np.zeros(31)
    interest[1:25] = -numpy_financial.ipmt(MONTH, np.arange(1, 25), 24, BORROWED)
    assert taxed[1] - taxed[0] == pytest.approx(flows_by_hand() - 0.25 * interest)


def test_inflation_wears_payments_down_in_real_terms(plain_scenario, plain_data):
    """The rate is the bank's, inflation included; payments are fixed in money."""
    paid, credit = (
        borrowing(plain_scenario, plain_data, loan, inflation_per_year=0.05)
        for loan in (None, LOAN)
    )
    cash = [found.worked[KEY].costs.cash for found in (paid, credit)]
    deflated = flows_by_hand() * 1.05 ** (-np.arange(31) / 12)
    assert cash[1] - cash[0] == pytest.approx(deflated)


def test_the_forecast_has_what_is_paid_down_and_every_payment(plain_scenario, plain_data):
    found = borrowing(plain_scenario, plain_data, LOAN)
    rows = [r for r in forecast_rows(found.asked.scenario, found) if r["x_Alternative"] == KEY]
    bought = [r for r in rows if r["ChargeDescription"] == "GPU servers bought"]
    assert [r["ContractedCost"] for r in bought] == [pytest.approx(0.2 * PRICE)]
    back = [r for r in rows if r["ChargeDescription"] == "Loans on GPU servers, paid back"]
    assert [r["x_MonthIndex"] for r in back] == list(range(1, 25))
    assert [r["ContractedCost"] for r in back] == pytest.approx(flows_by_hand()[1:25])


def test_interest_is_cost_of_capital_and_depreciation_that_of_the_whole_price(
    plain_scenario, plain_data
):
    statements = [
        [
            month.booked
            for bills, months in fiscal_months(borrowing(plain_scenario, plain_data, loan))
            for month in months
            if bills.alternative.key == KEY
        ]
        for loan in (None, LOAN)
    ]
    spread, capital = (
        [[getattr(booked, name) for booked in each] for each in statements]
        for name in ("spread_usd", "capital_cost_usd")
    )
    assert spread[0] == pytest.approx(spread[1])
    assert sum(capital[1]) - sum(capital[0]) == pytest.approx(flows_by_hand().sum())


def told_of_credit(evaluation):
    return [f for f in evaluation.alternative(KEY).findings if f.code == "borrowed"]


def test_a_finding_and_the_report_tell_what_is_borrowed_and_what_is_paid_back(
    plain_scenario, plain_data
):
    found = borrowing(plain_scenario, plain_data, LOAN)
    back = flows_by_hand()[1:].sum()
    appraisal = found.appraisal(KEY)
    assert appraisal.borrowed_usd == pytest.approx(BORROWED)
    assert appraisal.repaid_usd == pytest.approx(back)
    (said,) = told_of_credit(found)
    payment = flows_by_hand()[1]
    assert said.message == (
        f"Borrows ${BORROWED:,.0f} of the ${PRICE:,.0f} that its servers cost at the start, at "
        f"6.0 % a year: ${payment:,.0f} a month for 24 months. Within the horizon "
        f"${BORROWED:,.0f} is borrowed and ${back:,.0f} paid back."
    ).replace(" %", f"{NBSP}%")
    page = Page(report_html(found.asked.scenario, found))
    tables = [n for n, heads in enumerate(page.rows) if "Capital later, USD" in heads]
    assert len(tables) == 2
    for table in tables:
        place = page.rows[table].index("Borrowed, USD")
        row = next(row for row in page.rows[table:] if row[0] == "owned")
        assert row[place : place + 2] == [f"{BORROWED:,.0f}", f"{back:,.0f}"]
    labels = {row.field: row.label for row in found.assumptions}
    assert labels["self_hosted.1.loan.share"] == "owned, loan: share"


def test_the_cash_page_has_what_is_borrowed_and_every_payment(plain_scenario, plain_data):
    found = borrowing(plain_scenario, plain_data, LOAN)
    flows = flows_by_hand()
    months = cash_tables.months(found, found.move(KEY))
    assert list(months["Borrowed"]) == [usd(BORROWED)] + [""] * 30
    back = [usd(paid) if paid else "" for paid in flows[1:]]
    assert list(months["Paid back on loans"]) == ["", *back]
    (summed,) = (
        row for _, row in cash_tables.appraisals(found).iterrows() if row.iloc[0] == "owned"
    )
    assert summed["Borrowed"] == literal(usd(BORROWED))
    assert summed["Paid back on loans"] == literal(usd(flows[1:].sum()))
    paid = borrowing(plain_scenario, plain_data, None)
    for table in (cash_tables.appraisals(paid), cash_tables.months(paid, paid.move(KEY))):
        assert not {"Borrowed", "Paid back on loans"} & set(table)


def test_what_is_owed_at_the_sale_is_told_with_the_months_before_it(plain_scenario, plain_data):
    (said,) = told_of_credit(borrowing(plain_scenario, plain_data, LOAN | {"months": 60}))
    assert "a month for 30 months, and what is still owed when they are sold." in said.message


@pytest.mark.parametrize("already", [None, {"servers": 9, "age_years": 1}])
def test_nothing_is_said_to_be_borrowed_where_nothing_is_bought(
    plain_scenario, plain_data, already
):
    """Servers that are there bring no loan; the note of the bill speaks of what is bought."""
    asked = {"self_hosted.1.already_owned": already} if already else {}
    loan = LOAN if already else None
    found = borrowing(changed(plain_scenario, asked), plain_data, loan)
    assert not told_of_credit(found)
    assert found.appraisal(KEY).borrowed_usd == 0
    assert "Borrowed, USD" not in report_html(found.asked.scenario, found)
    (note,) = [line.basis.note for line in found.alternative(KEY).lines if line.key == "capital"]
    assert ("of what is bought is borrowed" in note) == bool(already)


@pytest.mark.parametrize(
    ("place", "more", "named"),
    [
        (0, {}, "name the purchase offer"),
        (1, {"lease": {"months": 36, "rate_per_year": 0.1}}, "on credit"),
    ],
)
def test_a_loan_is_on_servers_that_are_bought(plain_scenario, place, more, named):
    changes = {
        f"self_hosted.{place}.{key}": value for key, value in ({"loan": LOAN} | more).items()
    }
    with pytest.raises(InputError, match=named):
        changed(plain_scenario, changes)
