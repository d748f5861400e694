"""The reverse solve, the winner map and the driver curves, each against plain evaluations."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.errors import InputError
from tco.analysis.decision import Question, once_simulated
from tco.analysis.factor import decide_at
from tco.analysis.factors import factor_of, factors
from tco.analysis.solve import WORDS, solve
from tco.question.files import changed, load_scenario
from tco.question.presets import preset_paths
from tests.tco.plain_by_hand import (
    AROUND_API_USD,
    AROUND_RENTED_USD,
    EGRESS_USD,
    EGRESS_USD_PER_REQUEST,
    PLATFORM_USD,
    STAYING_USD,
    TOKENS_USD,
)

SECONDS = 730 * 3_600


@pytest.fixture(scope="module")
def plain(plain_scenario, plain_data):
    rented = plain_scenario.model_copy(update={"self_hosted": plain_scenario.self_hosted[:1]})
    return Question(rented, plain_data)


@pytest.fixture(scope="module")
def code():
    return Question.of(load_scenario(next(p for p in preset_paths() if p.stem == "code")))


def spread_over(plain, once_usd):
    """Level monthly payment with the present value of what is paid once."""
    finance = plain.scenario.finance
    monthly = (1 + finance.discount_rate) ** (1 / 12) - 1
    annuity = (1 - (1 + monthly) ** -finance.horizon_months) / monthly
    return once_usd / annuity


def test_the_gpu_price_is_worked_by_hand(plain):
    """Ten million requests: tokens and people of the API against one instance."""
    found = solve(plain, "gpu-price")
    once = spread_over(plain, one_off(plain))
    rest = AROUND_RENTED_USD + EGRESS_USD + once
    rent = (STAYING_USD - rest) / (730 * 8)
    assert found.usd_per_gpu_hour == pytest.approx(rent, rel=1e-7)
    assert found.value == pytest.approx(rent / 6.88, rel=1e-7)
    assert [flip.cheaper_above for flip in found.found] == ["staying"]


def one_off(plain):
    """What the library says a move to own servers costs once."""
    library, costs = plain.data.library, plain.scenario.costs
    given = costs.migration_rented_usd
    return library.assumption("migration_rented_usd").value if given is None else given


def test_the_utilisation_is_that_of_the_fleet_as_planned(plain):
    found = solve(plain, "utilisation")
    fixed = 730 * 55.04 + AROUND_RENTED_USD - AROUND_API_USD
    saving = TOKENS_USD / 1e7 - EGRESS_USD_PER_REQUEST
    assert found.value == pytest.approx(fixed / (4 * 32 * SECONDS * saving), rel=1e-6)
    assert found.given == pytest.approx(1e7 / (4 * 32 * SECONDS), rel=1e-6)


def test_the_payroll_is_worked_by_hand(plain):
    """0.05 engineers on the API, 0.2 on the servers."""
    found = solve(plain, "payroll")
    rest = PLATFORM_USD + EGRESS_USD + 730 * 55.04 + spread_over(plain, one_off(plain))
    assert found.value is None
    assert "staying costs less by at least" in found.reason
    cheap = replace(
        plain, scenario=changed(plain.scenario, {"self_hosted.0.usd_per_gpu_hour": 4.0})
    )
    rest += 730 * (8 * 4 - 55.04)
    assert solve(cheap, "payroll").value == pytest.approx((TOKENS_USD - rest) / 0.15, rel=1e-7)


@pytest.mark.parametrize("what", sorted(WORDS))
def test_both_present_values_are_equal_at_the_value_and_the_winner_changes_there(code, what):
    """L29, L34: continuous inputs to 1e-9 of the money; a fleet's step may jump across zero."""
    found = solve(code, what)
    alone = replace(
        once_simulated(code),
        scenario=code.scenario.model_copy(
            update={
                "self_hosted": tuple(
                    o for o in code.scenario.self_hosted if o.name in found.alternative
                )
            }
        ),
    )
    if found.value is None:
        assert found.reason
        return
    factor = factor_of(factors(alone), found.key)
    for flip in found.found:
        below, above = (
            decide_at(alone, factor, flip.value * (1 + side), "own") for side in (-1e-9, 1e-9)
        )
        if what == "volume":
            below, above = (
                decide_at(alone, factor, flip.value * (1 + side), "own") for side in (-1e-11, 1e-11)
            )
        assert below.moves != above.moves
        assert above.moves == (flip.cheaper_above == "moving")
    at = decide_at(alone, factor, found.value, "own")
    below, above = (
        decide_at(alone, factor, found.value * (1 + side), "own") for side in (-1e-9, 1e-9)
    )
    jump = abs(above.gap_usd - below.gap_usd)
    assert abs(at.gap_usd) <= max(1e-9 * at.staying_usd, 1.01 * jump)


@settings(max_examples=settings.default.max_examples // 10)
@given(st.floats(1e6, 3e7))
def test_the_price_that_breaks_even_at_a_volume_breaks_even_there(plain, volume):
    """L34: solve for the API price at a volume; there both cost alike to 1e-9."""
    there = replace(
        plain, scenario=changed(plain.scenario, {"workload.requests_per_month": volume})
    )
    found = solve(there, "api-price")
    at = decide_at(there, factor_of(factors(there), "api_price"), found.value, "own")
    assert abs(at.gap_usd) <= 1e-9 * at.staying_usd


def test_the_volume_is_worked_by_hand(plain):
    """One instance and what is paid once, over what a request saves; then no step turns it."""
    found = solve(plain, "volume")
    fixed = 730 * 55.04 + AROUND_RENTED_USD - AROUND_API_USD + spread_over(plain, one_off(plain))
    saving = TOKENS_USD / 1e7 - EGRESS_USD_PER_REQUEST
    assert found.value == pytest.approx(fixed / saving, rel=1e-6)
    assert [flip.cheaper_above for flip in found.found] == ["moving"]


def test_every_crossing_of_the_volume_is_listed_with_its_direction(plain):
    """At a rent near what the API saves an instance, each step turns the answer and turns back."""
    rent = {"self_hosted.0.usd_per_gpu_hour": 85.0}
    found = solve(replace(plain, scenario=changed(plain.scenario, rent)), "volume")
    directions = [flip.cheaper_above for flip in found.found]
    assert len(directions) > 3
    assert directions[0] == "moving"
    assert all(one != other for one, other in pairwise(directions))
    gaps = [abs(flip.value - found.given) for flip in found.found]
    assert abs(found.value - found.given) == min(gaps)


def test_the_option_may_be_named_and_a_wrong_name_is_refused(code):
    named = solve(code, "gpu-price", alternative="H200 1 year, Google")
    assert named.alternative == "self-hosted/H200 1 year, Google"
    assert named.value < 1
    assert solve(code, "gpu-price", alternative=named.alternative) == named
    with pytest.raises(InputError, match="H200 owned"):
        solve(code, "gpu-price", alternative="H200 owed")
    with pytest.raises(InputError, match="gpu_price"):
        solve(code, "gpu_prize")


def test_an_option_that_is_refused_has_its_reason(code):
    hasty = replace(code, scenario=changed(code.scenario, {"objective.mean_tpot_ms": 0.1}))
    with pytest.raises(InputError, match="No number of replicas"):
        solve(hasty, "gpu-price")
    with pytest.raises(InputError, match="No number of replicas"):
        solve(hasty, "volume", alternative="H200 owned")


def test_a_purchase_has_a_multiple_and_no_rent(code):
    found = solve(code, "gpu-price")
    assert found.alternative == "self-hosted/H200 owned"
    assert found.value > 1
    assert found.usd_per_gpu_hour is None
