"""Rate limits, provisioned units, commitments and image tokens, by hand."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing.commitment import Commitment
from pricing.errors import InputError
from pricing.image_tokens import image_tokens, patches
from pricing.prompt_rules import load_prompt_rules
from pricing.refusal import NoPriceError
from pricing.sizing import check_rate_limits, size_provisioned
from pricing.sizing_facts import load_sizing

FACTS = load_sizing()
IMAGES = load_prompt_rules().images


def limits(**demand):
    given_demand = {"requests_per_minute": 1, "tokens_per_minute": 1_000} | demand
    return check_rate_limits(FACTS, "openai", "gpt-5.4-pro", **given_demand)


def test_a_demand_that_fits_names_the_lowest_tier():
    assert limits().smallest_tier == "Tier 1"
    assert limits(tokens_per_minute=30_001).smallest_tier == "Tier 2"
    assert limits(requests_per_minute=501).smallest_tier == "Tier 2"


def test_one_long_prompt_does_not_fit_the_lowest_tier():
    check = limits(longest_request_tokens=100_000, tier="Tier 1")
    assert not check.fits
    assert "exceed Tier 1 of gpt-5.4-pro; Tier 2 takes them" in check.statement


def test_a_demand_over_every_tier_says_so():
    check = limits(tokens_per_minute=30_000_001)
    assert (check.fits, check.smallest_tier) == (False, None)
    assert "every usage tier" in check.statement


def test_limits_that_are_not_on_record_are_not_infinite():
    with pytest.raises(NoPriceError, match="no rate limits"):
        check_rate_limits(FACTS, "openai", "gpt-5.4", requests_per_minute=1, tokens_per_minute=1)
    with pytest.raises(InputError, match="no such usage tier"):
        limits(tier="Tier 9")


@pytest.mark.parametrize(
    ("uncached", "output", "deployment", "units"),
    [
        (0, 0, "global", 15),
        (36_000, 0, "global", 15),
        (36_001, 0, "global", 20),
        (24_000, 4_000, "global", 20),
        (24_000, 4_000, "regional", 50),
        (120_001, 0, "regional", 100),
    ],
)
def test_provisioned_units_are_sold_in_steps_above_a_minimum(uncached, output, deployment, units):
    size = size_provisioned(
        FACTS,
        "azure",
        "gpt-5.4",
        uncached_input_tokens_per_minute=uncached,
        output_tokens_per_minute=output,
        deployment=deployment,
    )
    assert size.units == units
    assert size.units_needed == pytest.approx((uncached + 6 * output) / 2_400)


def test_provisioned_units_cost_their_hours():
    demand = {"uncached_input_tokens_per_minute": 1, "output_tokens_per_minute": 1}
    zone = size_provisioned(FACTS, "azure", "gpt-5.4", deployment="data_zone", **demand)
    assert zone.usd_per_month == 15 * Decimal("1.1") * 730
    own = size_provisioned(FACTS, "azure", "gpt-5.4", usd_per_unit_hour=Decimal("0.5"), **demand)
    assert own.usd_per_month == 15 * Decimal("0.5") * 730


def test_provisioned_units_refuse_long_prompts_and_unknown_deployments_at_once():
    with pytest.raises(InputError) as caught:
        size_provisioned(
            FACTS,
            "azure",
            "gpt-5.4",
            uncached_input_tokens_per_minute=1,
            output_tokens_per_minute=1,
            deployment="globl",
            longest_prompt_tokens=128_001,
        )
    assert len(caught.value.problems) == 2
    with pytest.raises(NoPriceError, match="no provisioned units"):
        size_provisioned(
            FACTS,
            "azure",
            "gpt-4.1",
            uncached_input_tokens_per_minute=1,
            output_tokens_per_minute=1,
        )


money = st.decimals(0, 50_000, places=2)


@given(
    money,
    money,
    st.decimals(0, 1, places=2),
    st.decimals(Decimal("0.5"), 3, places=2),
    st.decimals(0, 200_000, places=2),
)
@settings(database=None)
def test_the_span_in_which_a_commitment_is_cheaper_agrees_with_both_bills(
    fee, included, discount, overage, spend
):
    terms = Commitment(fee, 12, included, discount, overage)
    span = terms.cheaper_span_usd()
    inside = span is not None and span[0] < spend and (span[1] is None or spend < span[1])
    difference = spend - terms.bill_usd(spend)
    if abs(difference) > Decimal("1e-9"):
        assert inside == (difference > 0)


def test_a_term_owes_its_fee_in_every_month():
    terms = Commitment(Decimal(100), 3, included_usd_per_month=Decimal(150))
    assert terms.term_usd((Decimal(50), Decimal(200))) == 100 + 150 + 100
    assert terms.term_usd((Decimal(50),) * 4) == 400


def test_a_commitment_out_of_range_is_refused_whole():
    with pytest.raises(InputError) as caught:
        Commitment(Decimal(-1), 0, discount=Decimal(15))
    assert len(caught.value.problems) == 3


@pytest.mark.parametrize(
    ("width", "height", "model", "tokens"),
    [
        (1_024, 1_024, "gpt-5.4", 1_024),
        (1_024, 1_024, "gpt-5.4-mini", 1_659),
        (1_024, 1_024, "gpt-5.4-nano", 2_520),
        (1, 1, "gpt-5.4", 1),
        (33, 32, "gpt-5.4", 2),
    ],
)
def test_an_image_costs_its_patches(width, height, model, tokens):
    assert image_tokens(width, height, model) == tokens


@pytest.mark.parametrize(
    ("side", "detail", "tokens"),
    [(1_600, "high", 2_500), (1_632, "high", 2_500), (3_200, "original", 10_000)],
)
def test_an_image_of_exactly_the_most_patches_is_not_scaled(side, detail, tokens):
    assert image_tokens(side, side, "gpt-5.4", detail) == tokens
    assert image_tokens(4 * side, 4 * side, "gpt-5.4", detail) == tokens


def test_a_large_image_is_scaled_until_it_fits():
    assert patches(1_800, 2_400, 1_536) == 1_452
    assert image_tokens(1_800, 2_400, "gpt-5.4-mini") == 2_353


@given(st.integers(1, 20_000), st.integers(1, 20_000), st.sampled_from(IMAGES.patches))
@settings(database=None)
def test_no_image_has_more_patches_than_the_model_allows(width, height, rule):
    assert 1 <= patches(width, height, rule.most_patches) <= rule.most_patches


def test_an_image_for_a_model_without_a_rule_or_without_size_is_refused():
    with pytest.raises(InputError, match="no image rule"):
        image_tokens(10, 10, "gpt-5.6-sol")
    with pytest.raises(InputError, match="pixels"):
        image_tokens(0, 10, "gpt-5.4")
