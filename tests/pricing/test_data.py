"""Every data file: whole, sourced, dated, plausible, and built from what lies beside it."""

import itertools
import json
from datetime import date
from importlib.resources import files

import pytest

from pricing.build import build
from pricing.catalogue import Catalogue
from pricing.schema import ProviderRecord

DATA = files("pricing") / "data"
CATALOGUE = Catalogue.load()
DOCUMENTS = {
    name: json.loads((DATA / f"{name}.json").read_text("utf-8")) for name in CATALOGUE.providers
}


@pytest.mark.parametrize("provider", CATALOGUE.providers)
def test_a_file_is_what_its_schema_says(provider):
    record = ProviderRecord.model_validate(DOCUMENTS[provider])
    assert record.provider == provider
    assert record.offers


def test_the_files_are_what_the_build_makes_of_upstream_and_overrides(tmp_path):
    names = build(tmp_path, generated_on=CATALOGUE.generated_on)
    for name in names:
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), name
    stray = {item.name for item in DATA.iterdir() if item.name.endswith(".json")} - set(names)
    assert stray == set()


@pytest.mark.parametrize("provider", CATALOGUE.providers)
def test_every_source_is_named_dated_and_used(provider):
    document = DOCUMENTS[provider]
    text = json.dumps(document["offers"]) + json.dumps(document.get("residency", []))
    for key, source in document["sources"].items():
        assert source["name"]
        assert date.fromisoformat(source["as_of"]) <= CATALOGUE.generated_on
        assert source["url"].startswith("https://")
        assert f'"{key}"' in text


@pytest.mark.parametrize("provider", CATALOGUE.providers)
def test_spans_of_one_tier_and_region_follow_each_other_without_overlap(provider):
    for offer in CATALOGUE.offers(provider=provider):
        kinds = {}
        for item in offer.price_sets:
            kind = (item.card.tier, item.card.residency, item.hours)
            kinds.setdefault(kind, []).append((item.card.since, item.card.until))
        for spans in kinds.values():
            for (_, until), (since, _) in itertools.pairwise(spans):
                assert until == since, (offer.model, spans)
            assert all(since is not None for since, _ in spans[1:])


@pytest.mark.parametrize("provider", CATALOGUE.providers)
def test_rates_rise_or_stay_above_a_band_edge_and_cached_input_is_never_dearer(provider):
    for offer in CATALOGUE.offers(provider=provider):
        for item in offer.price_sets:
            bands = [band for band in item.card.bands if band.offered]
            for low, high in itertools.pairwise(bands):
                assert low.input_usd_per_mtok <= high.input_usd_per_mtok
                assert low.output_usd_per_mtok <= high.output_usd_per_mtok
            for band in bands:
                if band.cached_input_usd_per_mtok is not None:
                    assert band.cached_input_usd_per_mtok <= band.input_usd_per_mtok, offer.model


def test_no_alias_names_two_models_of_one_provider():
    for provider in CATALOGUE.providers:
        seen = {}
        for offer in CATALOGUE.offers(provider=provider):
            for alias in {name.lower() for name in (offer.model, *offer.aliases)}:
                assert seen.setdefault(alias, offer.model) == offer.model, alias
