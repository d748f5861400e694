"""Finding offers, and what an offer says of itself."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from pricing.catalogue import Catalogue
from pricing.errors import StorageError
from pricing.price_set import PriceSet, set_on
from pricing.refusal import ExpiredPriceError, NoPriceError, NotOfferedError, UnknownModelError


def test_an_alias_and_the_id_give_the_same_offer(catalogue):
    assert catalogue.offer("OpenAI", "gpt-5.4-2026-03-05") is catalogue.offer("openai", "GPT-5.4")
    assert catalogue.offer("bedrock", "openai.gpt-oss-120b-1:0").provider == "aws"


def test_an_unknown_model_is_refused_with_the_nearest_name(catalogue):
    with pytest.raises(UnknownModelError) as caught:
        catalogue.offer("openai", "gpt-5.4-minni")
    assert caught.value.exit_code == 3
    assert "'gpt-5.4-mini'" in caught.value.problems[0].remedy


def test_an_unknown_provider_is_refused_with_the_nearest_name(catalogue):
    with pytest.raises(UnknownModelError, match="Did you mean 'openai'"):
        catalogue.offer("opnai", "gpt-5.4")


@pytest.mark.parametrize(
    "model",
    ["Llama 3.1 8B", "Llama 3.3 70B", "Llama 4 Scout", "Llama 4 Maverick", "gpt-oss-120b"],
)
def test_an_open_model_is_sold_by_two_sellers_who_say_they_serve_it(catalogue, today, model):
    offers = catalogue.offers(open_weights=model)
    sellers = {o.provider for o in offers if o.availability(today) in {"live", "ends"}}
    assert len(sellers) >= 2


def test_filters_narrow_the_list(catalogue):
    batch = catalogue.offers(provider="openai", tier="batch", text="5.4")
    assert [offer.model for offer in batch] == [
        "gpt-5.4",
        "gpt-5.4-mini",
        "gpt-5.4-nano",
        "gpt-5.4-pro",
    ]
    assert len(catalogue.offers()) > 200


def test_the_bands_of_gpt_5_4_are_the_published_cells(catalogue, today):
    short, long = catalogue.offer("openai", "gpt-5.4").rate_card("batch", on=today).bands
    assert (short.above_input_tokens, long.above_input_tokens) == (0, 272_000)
    assert not long.inclusive
    assert short.cached_input_usd_per_mtok == Decimal("0.13")  # printed; half of 0.25 is 0.125
    assert long.cached_input_usd_per_mtok == Decimal("0.25")
    assert (long.input_usd_per_mtok, long.output_usd_per_mtok) == (Decimal("2.5"), Decimal("11.25"))


def test_a_band_that_is_not_offered_has_no_usable_rate(catalogue, today):
    long = catalogue.offer("openai", "gpt-5.4").rate_card("fast", on=today).bands[1]
    assert not long.offered
    assert long.input_usd_per_mtok.is_nan()
    assert "not offered" in long.note


def test_a_price_holds_from_its_first_day_until_the_day_before_the_next(catalogue):
    sol = catalogue.offer("openai", "gpt-5.6-sol")
    before = sol.rate_card(on=date(2026, 8, 20))
    after = sol.rate_card(on=date(2026, 8, 21))
    assert before.until == after.since == date(2026, 8, 21)
    assert before.bands[0].input_usd_per_mtok == 5
    assert after.bands[0].input_usd_per_mtok == 4


def test_a_moment_counts_by_its_utc_day(catalogue):
    sol = catalogue.offer("openai", "gpt-5.6-sol")
    late_in_california = datetime.fromisoformat("2026-08-20T20:00:00-07:00")
    assert sol.rate_card(on=late_in_california).since == date(2026, 8, 21)


def test_xai_counts_the_edge_itself_as_long_and_openai_does_not(catalogue, today):
    grok = catalogue.offer("xai", "grok-4.3").rate_card(on=today)
    gpt = catalogue.offer("openai", "gpt-5.4").rate_card(on=today)
    assert grok.band_name(grok.band(200_000)) == "long"
    assert grok.band_name(grok.band(199_999)) == "short"
    assert gpt.band_name(gpt.band(272_000)) == "short"
    assert gpt.band_name(gpt.band(272_001)) == "long"


def test_a_price_by_the_hour_needs_the_hour(catalogue, today):
    flash = catalogue.offer("deepseek", "deepseek-flash")
    with pytest.raises(NoPriceError, match="hour"):
        flash.rate_card(on=today)
    friday_peak = flash.rate_card(on=datetime(2026, 11, 20, 2, tzinfo=UTC))
    friday_night = flash.rate_card(on=datetime(2026, 11, 20, 22, tzinfo=UTC))
    saturday = flash.rate_card(on=datetime(2026, 11, 21, 2, tzinfo=UTC))
    assert friday_peak.bands[0].input_usd_per_mtok == Decimal("0.3")
    assert friday_night.bands[0].input_usd_per_mtok == Decimal("0.15")
    assert saturday.bands[0].input_usd_per_mtok == Decimal("0.15")


def test_a_price_by_the_hour_can_be_asked_for_by_part_of_the_day(catalogue, today):
    flash = catalogue.offer("deepseek", "deepseek-flash")
    assert flash.tiers == ("standard", "off-peak", "peak")
    rates = [
        flash.rate_card(tier, on=today).bands[0].output_usd_per_mtok for tier in flash.tiers[1:]
    ]
    assert rates == [Decimal("0.6"), Decimal("1.2")]
    with pytest.raises(NotOfferedError):
        catalogue.offer("openai", "gpt-5.4").rate_card("peak", on=today)


@pytest.mark.parametrize(
    ("model", "tier", "on", "residency", "kind", "words"),
    [
        ("gpt-5.4", "standard", "2026-02-01", "global", NotOfferedError, "released on 2026-03-05"),
        ("o4-mini", "standard", "2026-10-23", "global", NotOfferedError, "ended on 2026-10-23"),
        ("gpt-5.4-nano", "priority", "2026-11-20", "global", NotOfferedError, "standard, flex"),
        ("gpt-5.4", "standard", "2026-11-20", "atlantis", NotOfferedError, "On record: global, us"),
        ("gpt-5.4", "batch", "2026-06-01", "global", NoPriceError, "starts 2026-10-14"),
        ("chatgpt-4o-latest", "standard", "2026-11-20", "us", NoPriceError, "release date"),
    ],
)
def test_what_is_not_sold_is_refused_with_a_reason(
    catalogue, model, tier, on, residency, kind, words
):
    offer = catalogue.offer("openai", model)
    with pytest.raises(kind, match=words):
        offer.rate_card(tier, on=date.fromisoformat(on), residency=residency)


def test_a_rate_that_ended_with_nothing_after_it_is_expired(catalogue):
    sol = catalogue.offer("openai", "gpt-6.2-sol")
    assert sol.rate_card("ultrafast", on=date(2027, 2, 28)).bands[0].input_usd_per_mtok == 6
    assert sol.rate_card("ultrafast", on=date(2027, 3, 1)).bands[0].input_usd_per_mtok == 12
    last = replace(sol.price_sets[0].card, until=date(2026, 12, 1))
    with pytest.raises(ExpiredPriceError, match="nothing follows"):
        set_on([PriceSet(last)], date(2026, 12, 1), sol.title)


def test_residency_uplifts_models_released_since_the_rule_and_no_earlier_ones(catalogue, today):
    new = catalogue.offer("openai", "gpt-5.4").rate_card(on=today, residency="eu")
    old = catalogue.offer("openai", "gpt-5.2").rate_card(on=today, residency="eu")
    assert new.bands[0].input_usd_per_mtok == Decimal("2.75")
    assert new.bands[1].output_usd_per_mtok == Decimal("24.75")
    assert old.bands[0].input_usd_per_mtok == Decimal("1.75")
    assert "data residency guide" in new.note


def test_azure_data_zone_has_its_own_meters(catalogue, today):
    azure = catalogue.offer("azure", "gpt-5.4")
    assert azure.rate_card("batch", on=today, residency="eu").bands[
        0
    ].cached_input_usd_per_mtok == Decimal("0.143")


def test_a_changed_data_file_is_refused(tmp_path, catalogue):
    from importlib.resources import files

    for item in (files("pricing") / "data").iterdir():
        if item.name.endswith(".json"):
            (tmp_path / item.name).write_bytes(item.read_bytes())
    text = (tmp_path / "groq.json").read_text()
    (tmp_path / "groq.json").write_text(text.replace('"0.15"', '"0.05"', 1))
    changed = Catalogue.load(tmp_path)
    changed.offer("openai", "gpt-5.4")
    with pytest.raises(StorageError, match="digest"):
        changed.offer("groq", "openai/gpt-oss-120b")


def test_a_missing_catalogue_is_refused(tmp_path):
    with pytest.raises(StorageError, match="Name a folder of a catalogue"):
        Catalogue.load(tmp_path)


def test_age_is_counted_from_the_longest_unchecked_rate(catalogue):
    assert (
        catalogue.age_days(date(2027, 1, 10))
        == (date(2027, 1, 10) - catalogue.oldest_retrieved).days
    )


def test_a_newer_model_without_a_release_day_pays_the_uplift(catalogue, today):
    sol = catalogue.offer("openai", "gpt-6.2-sol").rate_card(on=today, residency="jp")
    assert sol.bands[0].input_usd_per_mtok == Decimal("2.2")


@pytest.mark.parametrize(
    ("provider", "model", "before"),
    [
        ("aws", "meta.llama3-3-70b-instruct-v1:0", "2024-12-05"),
        ("deepinfra", "meta-llama/Llama-4-Scout-17B-16E-Instruct", "2025-04-04"),
        ("groq", "openai/gpt-oss-120b", "2025-08-04"),
    ],
)
def test_an_open_model_has_no_price_before_its_weights_were_released(
    catalogue, provider, model, before
):
    offer = catalogue.offer(provider, model)
    with pytest.raises(NotOfferedError, match="was released on"):
        offer.rate_card(on=date.fromisoformat(before))


def test_a_filter_by_tier_knows_the_other_word_for_it(catalogue):
    fast = catalogue.offers(provider="openai", tier="fast")
    assert fast == catalogue.offers(provider="openai", tier="priority") != ()


def test_availability_is_that_of_the_day_asked_for(catalogue):
    def ended(on):
        return {offer.model for offer in catalogue.offers(availability="ended", on=on)}

    assert "o4-mini" in ended(None)
    assert "o4-mini" in ended(date(2026, 10, 23))
    assert "o4-mini" not in ended(date(2026, 10, 22))
    assert "gpt-5.4-nano" in ended(date(2027, 4, 1))


def test_a_model_is_sold_from_its_release_day_to_the_day_before_it_ends(catalogue):
    nano = catalogue.offer("openai", "gpt-5.4-nano")
    for day in (date(2026, 3, 17), date(2027, 3, 31)):
        assert nano.rate_card(on=day).bands[0].input_usd_per_mtok == Decimal("0.2")
    for day in (date(2026, 3, 16), date(2027, 4, 1)):
        with pytest.raises(NotOfferedError):
            nano.rate_card(on=day)
