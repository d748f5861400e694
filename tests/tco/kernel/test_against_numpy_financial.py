"""Present values, rates and payments against the functions of a spreadsheet, in numpy-financial."""

import numpy as np
import numpy_financial
import pytest
import pyxirr
from hypothesis import given
from hypothesis import strategies as st

from tco.kernel.finance import level_payment, present_value
from tco.kernel.internal_rate import internal_rate

amounts = st.integers(1, 1_000_000).map(float)
annual_rates = st.just(0.0) | st.floats(1e-3, 0.9)


def monthly(annual):
    return (1 + annual) ** (1 / 12) - 1


@given(st.lists(st.integers(-1_000, 1_000).map(float), min_size=1, max_size=60), annual_rates)
def test_present_value_is_its_npv_which_leaves_the_first_flow_undiscounted_too(flows, annual):
    expected = numpy_financial.npv(monthly(annual), flows)
    assert present_value(flows, annual) == pytest.approx(expected, rel=1e-9, abs=1e-6)


@given(amounts, amounts, st.floats(-1.0, 1.0), st.integers(1, 120), annual_rates)
def test_a_level_payment_is_its_pmt_of_what_is_paid_and_brought_back(
    price, install, residual, months, annual
):
    """Its signs are those of a borrower: money received is positive, what is left is owed."""
    found = level_payment(price + install, -residual * price, months, annual)
    expected = -numpy_financial.pmt(monthly(annual), months, price + install, -residual * price)
    assert found == pytest.approx(expected, rel=1e-6, abs=1e-6)


@given(amounts, st.lists(amounts, min_size=1, max_size=48))
def test_with_one_change_of_sign_the_internal_rate_is_its_irr(price, savings):
    flows = [-price, *savings]
    expected = numpy_financial.irr(flows)
    if not -0.02 < expected < 5:  # eigenvalues lose their digits further out
        return
    assert monthly(internal_rate(flows).annual) == pytest.approx(expected, rel=1e-5, abs=1e-8)


def test_where_two_rates_exist_each_oracle_names_one_of_them_and_we_name_none():
    """It takes the rate nearest to 0, pyxirr the one its search meets first: 10 % and 20 %."""
    yearly = [-1_000.0, 2_300.0, -1_320.0]
    assert numpy_financial.irr(yearly) == pytest.approx(0.10)
    assert pyxirr.irr(yearly) == pytest.approx(0.20)
    flows = np.zeros(25)
    flows[::12] = yearly
    found = internal_rate(flows.tolist())
    assert found.annual is None
    assert found.roots == pytest.approx((0.10, 0.20))
    assert "2 internal rates" in found.reason


def test_where_no_rate_exists_it_gives_nan_and_we_the_reason():
    flows = [-1.0, 2.0, -1.5]
    assert np.isnan(numpy_financial.irr(flows))
    assert internal_rate(flows).reason.endswith("no internal rate")
