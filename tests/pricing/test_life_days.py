"""Days on which a model has a price: none before the first on record, and all on record."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from pricing.offer import DEFAULT, GLOBAL
from pricing.price_set import night_of
from pricing.refusal import ContextError, NotOfferedError, PriceRefusedError
from pricing.rules import price
from pricing.usage import RequestUsage, check_context
from tests.pricing.law_book import CATALOGUE

OFFERS = CATALOGUE.offers()
WORDS = ("standard", DEFAULT, "batch", "flex", "priority", "fast", "ultrafast")


def name(offer):
    return f"{offer.provider}/{offer.model}"


def first_day(offer):
    return (offer.released or offer.first_seen).on


def is_priced(offer, day, usage, tier="standard"):
    try:
        price(CATALOGUE, offer, usage, on=night_of(day), tier=tier)
    except PriceRefusedError:
        return False
    return True


@pytest.mark.parametrize("offer", OFFERS, ids=name)
def test_no_model_has_a_price_before_the_first_day_on_record(offer):
    first = first_day(offer)
    assert first <= CATALOGUE.generated_on
    assert offer.retires is None or first < offer.retires.on
    for before in (first - timedelta(days=1), date(2023, 1, 1)):
        for tier in offer.tiers:
            assert not is_priced(offer, before, RequestUsage(1_000), tier)


@pytest.mark.parametrize("offer", OFFERS, ids=name)
def test_every_length_with_a_rate_on_record_can_be_asked_for_on_its_days(offer):
    """A limit of today says nothing of a day on which longer prompts had a rate."""
    last = (offer.retires.on if offer.retires else date(2028, 1, 1)) - timedelta(days=1)
    for item in offer.price_sets:
        card = item.card
        day = max(card.since or first_day(offer), first_day(offer))
        if card.residency != GLOBAL or day > min(card.until or last, last):
            continue
        for band in card.bands:
            usage = RequestUsage(band.most_input_tokens_below + 1)
            if band.offered:
                try:
                    price(CATALOGUE, offer, usage, on=night_of(day), tier=card.tier)
                except ContextError as refusal:
                    pytest.fail(f"{card.tier} from {card.since}: {refusal}")


def test_long_rates_of_a_past_day_are_reached_and_the_window_of_today_holds_today():
    sonnet = CATALOGUE.offer("anthropic", "claude-sonnet-4-5")
    usage = RequestUsage(205_000, 150_000, 50_000, 10_000)
    assert price(CATALOGUE, sonnet, usage, on=date(2026, 1, 20)).usd.normalize() == Decimal("0.72")
    assert is_priced(sonnet, date(2026, 4, 29), usage)
    assert not is_priced(sonnet, date(2026, 4, 30), usage)
    million = RequestUsage(1_000_001)
    assert not is_priced(sonnet, date(2026, 1, 20), million)


@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("provider", CATALOGUE.providers)
def test_a_word_for_a_tier_means_what_its_seller_means_by_it_or_nothing(provider, word):
    """The oracle is the seller's table: the word heads it, or is said to mean one that does."""
    said = {"openai": {"fast": "priority"}}.get(provider, {}) | {DEFAULT: "standard"}
    for offer in CATALOGUE.offers(provider=provider):
        meant = word if word in offer.tiers else said.get(word)
        day = max(CATALOGUE.generated_on, first_day(offer))
        if offer.retires and offer.retires.on <= day:
            day = offer.retires.on - timedelta(days=1)
        assert offer.sells(word) == (meant in offer.tiers)
        if meant not in offer.tiers:
            with pytest.raises(NotOfferedError):
                offer.rate_card(word, on=night_of(day))
        elif is_priced(offer, day, RequestUsage(1_000), meant):
            assert offer.rate_card(word, on=night_of(day)).tier == meant


def test_priority_at_anthropic_is_refused_and_the_way_to_fast_mode_is_named():
    opus = CATALOGUE.offer("anthropic", "claude-opus-4-8")
    assert "fast" in opus.tiers
    with pytest.raises(NotOfferedError, match=r"capacity.*by contract.*'fast'"):
        opus.rate_card("priority", on=CATALOGUE.generated_on)


def fast_for_priority(offer, word):
    """Take either word for the other wherever a seller knows one of them."""
    other = {DEFAULT: "standard", "fast": "priority", "priority": "fast"}.get(word, word)
    return next((tier for tier in (word, other) if tier in offer.tiers), None)


def examine_words():
    for provider in CATALOGUE.providers:
        for word in WORDS:
            test_a_word_for_a_tier_means_what_its_seller_means_by_it_or_nothing(provider, word)


def examine_first_days():
    for offer in OFFERS:
        test_no_model_has_a_price_before_the_first_day_on_record(offer)


def examine_lengths():
    for offer in OFFERS:
        test_every_length_with_a_rate_on_record_can_be_asked_for_on_its_days(offer)


MISTAKES = {
    "one word for another at every seller": (
        "pricing.offer.Offer.tier_of",
        fast_for_priority,
        examine_words,
    ),
    "a price on any day": (
        "pricing.offer.Offer._refuse_outside_its_life",
        lambda offer, day: None,
        examine_first_days,
    ),
    "a limit of today holds on past days": (
        "pricing.rules.check_context",
        lambda offer, card, usage: check_context(
            offer, replace(card, context_window_tokens=None), usage
        ),
        examine_lengths,
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_of_days_and_words_is_noticed(monkeypatch, mistake):
    place, mistaken, examine = MISTAKES[mistake]
    monkeypatch.setattr(place, mistaken)
    forget_cards()
    with pytest.raises((AssertionError, pytest.fail.Exception)):
        examine()
    forget_cards()


def forget_cards():
    """Let every offer find its rates anew."""
    for offer in OFFERS:
        offer._cards.clear()
