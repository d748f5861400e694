"""Renewing the catalogue: what changed in words, and nothing written without acceptance."""

import copy
import json
import shutil
from datetime import date
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest
from genai_prices.types import ConditionalPrice, ModelPrice, StartDateConstraint

from pricing import upstream
from pricing.catalogue import Catalogue
from pricing.diff import diff
from pricing.errors import InputError, StorageError
from pricing.refresh import fetch, read_snapshot, refresh

LATER = date(2026, 12, 1)


@pytest.fixture
def place(tmp_path):
    for item in (files("pricing") / "data").iterdir():
        if item.name.endswith(".json"):
            (tmp_path / item.name).write_bytes(item.read_bytes())
    return tmp_path


def package_with(model, **rates):
    """The packaged prices, with rates of one OpenAI model changed."""
    package = upstream.packaged()
    providers = []
    for provider in package.providers:
        if provider.id == "openai":
            provider = copy.copy(provider)
            provider.models = [
                copy.copy(m) if m.id == model else m
                for m in provider.models
                if rates or m.id != model
            ]
            for m in provider.models:
                if m.id == model:
                    m.prices = ModelPrice(**{**vars(m.prices), **rates})
        providers.append(provider)
    return upstream.Package("9.9.9", tuple(providers))


def contents(place):
    return {path.name: path.read_bytes() for path in place.iterdir()}


def test_the_pinned_package_changes_nothing(place):
    before = contents(place)
    result = refresh(generated_on=LATER, folder=place, accept=True)
    assert (result.changes, result.written) == ((), False)
    assert contents(place) == before


def test_a_change_is_told_in_words_and_not_written_before_it_is_accepted(place):
    before = contents(place)
    package = package_with("gpt-5.4-nano", input_mtok=Decimal("0.25"))
    result = refresh(generated_on=LATER, package=package, folder=place)
    assert not result.written
    assert contents(place) == before
    words = [change.words for change in result.changes]
    assert (
        "GPT-5.4 nano at OpenAI, standard: input rises from 0.2 to 0.25 USD per million tokens "
        "(+25 %)." in words
    )


def test_an_accepted_change_is_written_whole(place):
    package = package_with("gpt-5.4-nano", input_mtok=Decimal("0.25"))
    result = refresh(generated_on=LATER, package=package, folder=place, accept=True)
    assert result.written
    renewed = Catalogue.load(place)
    card = renewed.offer("openai", "gpt-5.4-nano").rate_card(on=LATER)
    assert card.bands[0].input_usd_per_mtok == Decimal("0.25")
    assert (renewed.generated_on, renewed.upstream) == (LATER, "genai-prices 9.9.9")
    assert not list(place.glob(".*"))


def test_a_rate_that_moves_more_than_threefold_needs_its_own_acceptance(place):
    package = package_with("gpt-5.4-nano", input_mtok=Decimal("0.61"))
    held = refresh(generated_on=LATER, package=package, folder=place, accept=True)
    assert not held.written
    assert "--accept-large" in held.reason
    assert {change.model for change in held.large} == {"gpt-5.4-nano"}
    taken = refresh(
        generated_on=LATER, package=package, folder=place, accept=True, accept_large=True
    )
    assert taken.written


def test_a_price_that_falls_from_a_coming_day_on_is_told_with_its_day_and_held(place):
    package = package_with("gpt-5.4")
    provider = package.provider("openai")
    model = copy.copy(upstream.packaged().provider("openai").find_model("gpt-5.4"))
    tenth = {
        name: Decimal("0.25") if name == "input_mtok" else cell
        for name, cell in vars(model.prices).items()
    }
    model.prices = [
        ConditionalPrice(constraint=None, prices=model.prices),
        ConditionalPrice(
            constraint=StartDateConstraint(start_date=date(2026, 12, 6)),
            prices=ModelPrice(**tenth),
        ),
    ]
    provider.models.append(model)
    held = refresh(generated_on=LATER, package=package, folder=place, accept=True)
    assert not held.written
    assert any(change.words.endswith("from 2026-12-06 on.") for change in held.large)
    assert not any(change.words.endswith("is no longer listed.") for change in held.changes)


def test_exactly_threefold_is_not_large(place):
    package = package_with("gpt-5.4-nano", output_mtok=Decimal("3.75"))
    result = refresh(generated_on=LATER, package=package, folder=place)
    assert result.large == ()
    assert any(
        "from 1.25 to 3.75 USD per million tokens (+200 %)" in c.words for c in result.changes
    )


@pytest.mark.parametrize("slip", ["250", "2500", "0.00025"])
def test_a_slip_of_unit_never_becomes_a_price(place, slip):
    package = package_with("gpt-5.4-nano", input_mtok=Decimal(slip), output_mtok=Decimal(slip))
    if slip == "250":
        assert refresh(generated_on=LATER, package=package, folder=place, accept=True).large
    else:
        with pytest.raises(InputError, match="openai"):
            refresh(generated_on=LATER, package=package, folder=place, accept=True)


def test_an_offer_that_disappears_upstream_is_told(place):
    scope_needs = package_with("gpt-5.3")
    words = [
        c.words for c in refresh(generated_on=LATER, package=scope_needs, folder=place).changes
    ]
    assert words == ["GPT-5.3 Chat at OpenAI is no longer listed."]


def test_dates_limits_tiers_and_new_offers_are_told(place):
    old = Catalogue.load(place)
    other = place / "new"
    other.mkdir()
    for path in place.glob("*.json"):
        shutil.copy(path, other)
    document = json.loads((other / "groq.json").read_text())
    gpt = next(o for o in document["offers"] if o["model"] == "openai/gpt-oss-120b")
    gpt["retires"] = {"on": "2027-01-01", "source": gpt["rates"][0]["source"]}
    gpt["context_window_tokens"] = 65_536
    gpt["rates"] = gpt["rates"][:1]
    document["offers"].append({**copy.deepcopy(gpt), "model": "x", "title": "X"})
    write(other, document)
    words = [change.words for change in diff(old, Catalogue.load(other))]
    assert words == [
        "gpt-oss-120b at Groq no longer has a price in batch.",
        "gpt-oss-120b at Groq ends on 2027-01-01.",
        "gpt-oss-120b at Groq: context window tokens is now 65,536, was 131,072.",
        "X at Groq is new.",
    ]


def test_a_band_that_opens_or_closes_is_told_and_a_date_keeps_its_old_value(place):
    old = Catalogue.load(place)
    other = place / "new"
    other.mkdir()
    for path in place.glob("*.json"):
        shutil.copy(path, other)
    document = json.loads((other / "groq.json").read_text())
    gpt = next(o for o in document["offers"] if o["model"] == "openai/gpt-oss-120b")
    gpt["rates"][0]["bands"].append({"above": 64_000, "offered": False})
    llama = next(o for o in document["offers"] if o["model"] == "llama-3.3-70b-versatile")
    llama["retires"] = None
    write(other, document)
    new = Catalogue.load(other)
    closed = diff(old, new)
    assert [change.words for change in closed] == [
        "Llama 3.3 70B at Groq has no day on record on which it ends.",
        "gpt-oss-120b at Groq is no longer offered in standard, above 64,000 input tokens.",
    ]
    assert (closed[0].old, closed[0].new) == ("2026-08-16", "")
    opened = diff(new, old)
    assert [change.words for change in opened] == [
        "Llama 3.3 70B at Groq ends on 2026-08-16.",
        "gpt-oss-120b at Groq is now offered in standard, above 64,000 input tokens.",
    ]
    assert (opened[0].old, opened[0].new) == ("", "2026-08-16")


def write(folder: Path, document):
    import hashlib

    content = json.dumps(document).encode()
    (folder / "groq.json").write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["providers"]["groq"]["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest))


def test_a_snapshot_file_of_upstream_is_read_and_another_file_is_refused(tmp_path):
    good = tmp_path / "data.json"
    model = {"id": "m", "match": {"equals": "m"}, "prices": {"input_mtok": 1, "output_mtok": 2}}
    provider = {"id": "p", "name": "P", "api_pattern": "x", "models": [model]}
    good.write_text(json.dumps([provider]))
    package = read_snapshot(good)
    assert package.provider("p").models[0].prices.output_mtok == 2
    for text in ('{"a": 1}', "[1]", "nonsense", '[{"id": 3}]'):
        good.write_text(text)
        with pytest.raises(InputError):
            read_snapshot(good)
    with pytest.raises(InputError, match="does not exist"):
        read_snapshot(tmp_path / "none.json")


def test_a_fetch_that_fails_says_so():
    with pytest.raises(StorageError, match="cannot be fetched"):
        fetch("http://127.0.0.1:9/data.json", timeout_s=0.5)


def test_a_fetched_file_is_read_as_a_snapshot(tmp_path):
    path = tmp_path / "data.json"
    path.write_text("[]")
    assert fetch(path.as_uri()).providers == ()
