"""A row whose list does not say when it was last checked is undated, and every face says so."""

from datetime import timedelta

import pytest

from pricing.listing import list_offers
from pricing.price_set import night_of
from pricing.refusal import ExpiredPriceError, PriceRefusedError
from pricing.rules import price
from pricing.usage import RequestUsage
from tests.pricing.law_book import CATALOGUE

TODAY = CATALOGUE.generated_on
NOT_STATED = "is not stated"


def flags(offer, tier, day):
    return price(CATALOGUE, offer, RequestUsage(1_000), on=night_of(day), tier=tier).flags


@pytest.mark.parametrize("provider", CATALOGUE.providers)
def test_a_rate_is_undated_exactly_where_its_source_does_not_state_when_it_was_read(provider):
    """The oracle is the note that the source itself carries."""
    for rate in list_offers(CATALOGUE, provider=provider, on=TODAY):
        band = CATALOGUE.offer(provider, rate.model).card_of(rate.tier, TODAY).bands[0]
        stated = NOT_STATED not in band.source.note
        if rate.above_input_tokens == 0:
            assert rate.undated != stated
            assert any(NOT_STATED in flag for flag in flags_of(rate)) != stated


def flags_of(rate):
    return flags(CATALOGUE.offer(rate.provider, rate.model), rate.tier, TODAY)


def test_both_kinds_are_on_record():
    assert {rate.undated for rate in list_offers(CATALOGUE, on=TODAY)} == {True, False}


def test_an_undated_rate_still_grows_stale_and_ends():
    undated = next(
        rate
        for rate in list_offers(CATALOGUE, provider="anthropic", on=TODAY)
        if rate.undated and CATALOGUE.offer("anthropic", rate.model).retires is None
    )
    offer = CATALOGUE.offer(undated.provider, undated.model)
    assert any("stale" in flag for flag in flags(offer, undated.tier, TODAY + timedelta(120)))
    with pytest.raises((ExpiredPriceError, PriceRefusedError), match="last seen"):
        flags(offer, undated.tier, TODAY + timedelta(800))
