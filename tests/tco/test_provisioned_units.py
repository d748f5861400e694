"""Provisioned units with spill, worked by hand on a week of busy and quiet hours."""

import math

import pytest

from pricing.errors import InputError
from tco.answer.evaluation import evaluate
from tco.exports.forecast import forecast_rows
from tco.question.files import changed
from tests.tco.plain_by_hand import AROUND_API_USD

OF_OPENAI = {"provider": "openai", "model": "gpt-5.4"}
AZURE = {"provider": "azure", "model": "gpt-5.4"}
TOKENS = 10_000 * 2.5 + 1_010 * 15.0  # ten million requests of 1,000 and 101 tokens: 40,150 USD
COUNTED = 1_000 + 6 * 101  # input tokens that a request counts for: output counts six times
UNIT = 2_400 / COUNTED * 60 * 730 / 2  # requests a month, the busiest minute twice its hour
WEEK = {"workload.profile": [1.5] * 84 + [0.5] * 84, "finance.discount_rate": 0.0}


def taking(plain_scenario, units=300, **changes):
    more = {key.removeprefix("units_"): changes.pop(key) for key in [*changes] if "units_" in key}
    option = AZURE | {"provisioned": {"units": units} | more}
    horizon = {"finance.horizon_months": 2}
    return changed(plain_scenario, WEEK | horizon | {"apis": [option]} | changes)


def provisioned(found):
    return next(a for a in found.alternatives if "units=" in a.key)


def test_units_answer_first_and_tokens_what_comes_when_they_are_full(plain_scenario, plain_data):
    """300 units carry 0.98 of the mean hour: all of a quiet one, not all of a busy one."""
    found = evaluate(taking(plain_scenario, **{"workload.growth_per_month": 0.1}), plain_data)
    carried = 300 * UNIT / 1e7
    assert 0.5 < carried < 1.5
    left, later = (1.5 - carried) / 2, (1.5 - carried / 1.1) / 2
    units = 300 * 730 * 1.0
    worked = found.worked[provisioned(found).key]
    assert provisioned(found).monthly_usd == pytest.approx(units + left * TOKENS + AROUND_API_USD)
    assert worked.costs.bill == pytest.approx(
        [units + left * TOKENS + AROUND_API_USD, units + later * 1.1 * TOKENS + AROUND_API_USD]
    )
    (said,) = [f for f in provisioned(found).findings if f.code == "provisioned"]
    assert "26\N{NO-BREAK SPACE}% of requests come when they are full" in said.message


def test_units_that_carry_the_busiest_minute_leave_nothing_to_tokens(plain_scenario, plain_data):
    """1.5 times the mean hour, in whole units of what one carries."""
    full = math.ceil(1.5e7 / UNIT / 5) * 5
    found = evaluate(taking(plain_scenario, full), plain_data)
    assert provisioned(found).monthly_usd == pytest.approx(full * 730 + AROUND_API_USD)


def test_your_contract_says_what_units_carry_and_cost(plain_scenario, plain_data):
    """A model that nothing is on record of, at 0.6 USD a unit-hour; half of an output counts."""
    own = {
        "usd_per_unit_hour": 0.6,
        "input_tokens_per_minute_per_unit": 2_400,
        "output_ratio": 6,
    }
    option = {"provider": "openai", "model": "gpt-5.4-mini", "provisioned": {"units": 300} | own}
    asked = WEEK | {"finance.horizon_months": 2, "apis": [option]}
    found = evaluate(changed(plain_scenario, asked), plain_data)
    lines = {line.key: line.cost_usd for line in provisioned(found).lines}
    assert lines["provisioned"] == pytest.approx(300 * 730 * 0.6)
    left = (1.5 - 300 * UNIT / 1e7) / 2
    assert lines["input-0"] == pytest.approx(left * 10_000 * 0.75)


def test_units_of_a_model_that_ends_within_the_horizon_are_no_choice(plain_scenario, plain_data):
    """GPT-5.1 ends in April 2027: its units carry nothing of its successor."""
    own = {
        "usd_per_unit_hour": 0.6,
        "input_tokens_per_minute_per_unit": 2_400,
        "output_ratio": 6,
    }
    option = {"provider": "openai", "model": "gpt-5.1", "successors": [OF_OPENAI]}
    for months, barred in ((4, []), (24, ["retired"])):
        for more, codes in (({"provisioned": {"units": 300} | own}, barred), ({}, [])):
            asked = WEEK | {"finance.horizon_months": months, "apis": [option | more]}
            found = evaluate(changed(plain_scenario, asked), plain_data)
            (api,) = (a for a in found.alternatives if "gpt-5.1" in a.key)
            said = [f for f in api.findings if f.severity == "barred"]
            assert [f.code for f in said] == codes
            assert all("what units of GPT-5.4 carry" in f.message for f in said)


def test_what_a_cache_reads_does_not_count_towards_units(plain_scenario, plain_data):
    cached = {"workload.classes.0.cached_share": 0.5}
    found = evaluate(taking(plain_scenario, **cached), plain_data)
    carried = 300 * UNIT * COUNTED / (COUNTED - 500) / 1e7
    lines = {line.key: line.quantity for line in provisioned(found).lines}
    assert lines["output-0"] == pytest.approx(1_010 * (1.5 - carried) / 2)


def test_every_draw_spills_what_its_own_volume_brings(plain_scenario, plain_data):
    found = evaluate(taking(plain_scenario), plain_data, draws=200)
    band = found.uncertainty.bill_of(provisioned(found).key).first_month
    assert 300 * 730 + AROUND_API_USD <= band.p10 < band.p50 < band.p90


def test_the_forecast_has_units_every_month_and_the_tokens_beside_them(plain_scenario, plain_data):
    found = evaluate(taking(plain_scenario), plain_data)
    key = provisioned(found).key
    rows = [r for r in forecast_rows(found.asked.scenario, found) if r["x_Alternative"] == key]
    units = [r for r in rows if r["ChargeDescription"] == "Provisioned units"]
    assert [(r["PricingQuantity"], r["PricingUnit"]) for r in units] == [(219_000, "unit-h")] * 2
    assert {r["PricingCategory"] for r in units} == {"Committed"}
    billed = sum(r["ContractedCost"] or 0.0 for r in rows if r["x_MonthIndex"] == 2)
    assert billed == pytest.approx(found.worked[key].costs.bill[1])


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"units": 301}, "from 15 units on, in steps of 5"),
        ({"units_deployment": "regionl"}, "in a deployment 'regionl' is on record"),
        ({"model": "gpt-5.4-mini"}, "is not on record"),
        ({"workload.classes.0.input.tokens": 130_000.0}, "over 128,000 tokens"),
    ],
)
def test_units_that_are_not_sold_so_are_refused(plain_scenario, plain_data, given, named):
    model = given.pop("model", None)
    scenario = taking(plain_scenario, **given)
    if model is not None:
        scenario = changed(scenario, {"apis.0.model": model})
    assert named in provisioned(evaluate(scenario, plain_data)).refused.message


def test_units_and_a_commitment_are_two_options(plain_scenario):
    both = AZURE | {"provisioned": {"units": 15}, "commitment": {"usd_per_period": 1e5}}
    with pytest.raises(InputError, match="give each an option of its own"):
        changed(plain_scenario, {"apis": [both]})
    half = AZURE | {"provisioned": {"units": 15, "output_ratio": 6}}
    with pytest.raises(InputError, match="belong together"):
        changed(plain_scenario, {"apis": [half]})
