"""The list of rates: what each line says, and that its filters narrow it."""

from decimal import Decimal

from pricing.listing import list_offers


def test_a_line_carries_rate_source_and_age(catalogue, today):
    short, long = list_offers(
        catalogue, on=today, provider="openai", tier="standard", text="gpt-5.4"
    )[:2]
    assert (short.band, long.band) == ("short", "long")
    assert (short.input_usd_per_mtok, long.output_usd_per_mtok) == (Decimal("2.5"), Decimal("22.5"))
    assert short.source
    assert short.url.startswith("https://")
    assert 0 <= short.age_days < 90


def test_a_band_not_offered_has_no_rate(catalogue, today):
    lines = list_offers(catalogue, on=today, provider="openai", tier="priority", text="gpt-5.4")
    closed = [line for line in lines if not line.offered]
    assert [(line.model, line.input_usd_per_mtok) for line in closed] == [("gpt-5.4", None)]


def test_the_whole_list_is_long_and_regions_lengthen_it(catalogue, today):
    everywhere = list_offers(catalogue, on=today, residency=None)
    anywhere = list_offers(catalogue, on=today)
    assert len(everywhere) > len(anywhere) > 400
    assert {line.tier for line in anywhere} >= {"standard", "batch", "flex", "priority"}


def test_an_open_model_is_listed_at_its_sellers(catalogue, today):
    lines = list_offers(catalogue, on=today, open_weights="Llama 3.3 70B", tier="standard")
    assert {"aws", "deepinfra", "novita"} <= {line.provider for line in lines}
    assert "groq" not in {line.provider for line in lines}  # ended on 2026-08-16
