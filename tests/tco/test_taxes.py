"""What tax lets be written off, by hand and by the tables of the US, up to the cash of a server."""

import numpy as np
import pytest

from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.kernel.tax_schedules import TaxSchedule, macrs_shares
from tco.question.files import changed

PRICE, KEY = 250_142.0, "self-hosted/owned"
TABLE_A_1 = {
    3: (33.33, 44.45, 14.81, 7.41),
    5: (20.00, 32.00, 19.20, 11.52, 11.52, 5.76),
    7: (14.29, 24.49, 17.49, 12.49, 8.93, 8.92, 8.93, 4.46),
    10: (10.00, 18.00, 14.40, 11.52, 9.22, 7.37, 6.55, 6.55, 6.56, 6.55, 3.28),
}
"""IRS Publication 946, appendix A, table A-1: half-year convention [%]. Its last digits are moved
so that they add up to 100."""


@pytest.mark.parametrize("years", TABLE_A_1)
def test_shares_of_tax_years_are_those_of_table_a_1(years):
    found = macrs_shares(years)
    assert 100 * found == pytest.approx(TABLE_A_1[years], abs=0.011)
    assert found.sum() == pytest.approx(1)


def test_a_tax_year_starts_every_twelfth_month_and_its_share_falls_into_its_months():
    """Taken at the end of month 7: five months have the first fifth, twelve the next 32 %."""
    found = TaxSchedule("macrs", 60).shares(7, 40)
    assert found[:5] == pytest.approx(0.20 / 5)
    assert found[5:17] == pytest.approx(0.32 / 12)
    assert found[17:29] == pytest.approx(0.192 / 12)
    assert found[29:40] == pytest.approx(0.1152 / 12)


@pytest.mark.parametrize("method", ["straight-line", "macrs"])
def test_a_bonus_is_written_off_first_and_the_schedule_has_the_rest(method):
    plain, bonus = TaxSchedule(method, 36), TaxSchedule(method, 36, 0.4)
    first = np.eye(1, 50)[0]
    assert bonus.shares(3, 50) == pytest.approx(0.6 * plain.shares(3, 50) + 0.4 * first)
    assert bonus.shares(3, 50).sum() == pytest.approx(1)
    assert TaxSchedule(method, 36, 1.0).shares(0, 50).tolist() == first.tolist()


def taxed(plain_scenario, plain_data, **finance):
    """Flows after tax, and before it without the server, over 30 months at no discount."""
    given = {"horizon_months": 30, "discount_rate": 0.0, "tax_rate": 0.25} | finance
    asked = {f"finance.{key}": value for key, value in given.items()}
    found = evaluate(changed(plain_scenario, asked), plain_data, draws=1)
    costs = found.worked[KEY].costs
    server = np.zeros(31)
    server[0], server[-1] = PRICE, -PRICE * 0.15 ** (30 / 48)
    return costs.taxed, costs.cash - server, server


def test_a_server_under_macrs_by_hand(plain_scenario, plain_data):
    """Bought for month 1: a fifth in the first year, 32 % in the second, 19.2 % / 2 in six months.

    It is sold at the end of month 30 for what 15 % after four years leaves, and what the books hold
    beyond that is written off then.
    """
    found, running, server = taxed(plain_scenario, plain_data, depreciation="macrs")
    books = np.zeros(31)
    books[1:13], books[13:25], books[25:31] = 0.20 / 12, 0.32 / 12, 0.192 / 12
    books *= PRICE
    books[30] += PRICE * (1 - 0.20 - 0.32 - 0.096) + server[-1]
    assert found == pytest.approx(0.75 * running + server - 0.25 * books)


def test_a_server_written_off_at_once_by_hand(plain_scenario, plain_data):
    """All of it in month 1, so that what it is sold for is taxed whole."""
    found, running, server = taxed(
        plain_scenario, plain_data, depreciation="macrs", bonus_depreciation_share=1.0
    )
    books = np.zeros(31)
    books[1], books[30] = PRICE, server[-1]
    assert found == pytest.approx(0.75 * running + server - 0.25 * books)


def test_the_sooner_it_is_written_off_the_less_a_server_costs(plain_scenario, plain_data):
    ways = [
        {},
        {"depreciation": "macrs"},
        {"depreciation": "macrs", "bonus_depreciation_share": 0.4},
        {"depreciation": "macrs", "bonus_depreciation_share": 1.0},
    ]
    factors = 1.08 ** (-np.arange(31) / 12)
    found = [taxed(plain_scenario, plain_data, **way)[0] for way in ways]
    assert {round(flows.sum()) for flows in found} == {round(found[0].sum())}
    worths = [flows @ factors for flows in found]
    assert worths[1] > worths[2] > worths[3]
    assert worths[0] > worths[3]


def test_the_answer_says_how_servers_are_written_off(plain_scenario, plain_data):
    asked = {
        "finance.tax_rate": 0.25,
        "finance.depreciation": "macrs",
        "finance.bonus_depreciation_share": 0.4,
    }
    said = evaluate(changed(plain_scenario, asked), plain_data, draws=1).conventions
    (told,) = [line.replace("\xa0", " ") for line in said if line.startswith("After tax")]
    assert "by MACRS over 5 years, half-year convention after a bonus of 40 %" in told


def test_macrs_has_classes(plain_scenario):
    asked = {"finance.depreciation": "macrs", "finance.depreciation_years": 4.0}
    with pytest.raises(InputError, match="one of its classes: 3, 5, 7, 10"):
        changed(plain_scenario, asked)
