"""Overrides: each alive, each with its reason, and every fault of every file named at once."""

from datetime import date
from importlib.resources import files

import pytest

from pricing import overrides
from pricing.build import build
from pricing.catalogue import Catalogue
from pricing.errors import InputError

DATA = files("pricing") / "data"
CATALOGUE = Catalogue.load()
FILES = overrides.read(DATA / "overrides")

GOOD = """
[sources.page]
name = "A page"
url = "https://example.org"
as_of = "2026-11-01"

[[offers]]
provider = "groq"
model = "new-model"
reason = "Upstream does not list it."
[[offers.rates]]
tier = "standard"
source = "page"
bands = [{ above = 0, input = "1", output = "2" }]
"""


def made(tmp_path, text):
    """A catalogue built with one more override file."""
    inputs, out = tmp_path / "inputs", tmp_path / "out"
    (inputs / "overrides").mkdir(parents=True)
    out.mkdir()
    (inputs / "scope.toml").write_bytes((DATA / "scope.toml").read_bytes())
    for item in (DATA / "overrides").iterdir():
        (inputs / "overrides" / item.name).write_bytes(item.read_bytes())
    (inputs / "overrides" / "zz.toml").write_text(text)
    build(out, generated_on=CATALOGUE.generated_on, inputs=inputs)
    return Catalogue.load(out)


@pytest.mark.parametrize("name", FILES)
def test_every_override_names_an_offer_of_the_catalogue(name):
    for entry in FILES[name].offers:
        assert CATALOGUE.offer(entry.provider, entry.model).model == entry.model
    for amendment in FILES[name].amendments:
        for model in amendment.models:
            assert CATALOGUE.offer(amendment.provider, model).model == model


@pytest.mark.parametrize("name", FILES)
def test_every_override_gives_a_reason_and_its_sources(name):
    entries = [*FILES[name].offers, *FILES[name].amendments, *FILES[name].residency]
    assert entries
    assert all(entry.reason.endswith(".") for entry in entries)


def test_every_hosted_offer_names_the_open_model_behind_it():
    for entry in FILES["hosted.toml"].offers:
        assert CATALOGUE.offer(entry.provider, entry.model).open_weights, entry.model


def test_an_offer_that_upstream_does_not_list_is_added(tmp_path):
    offer = made(tmp_path, GOOD).offer("groq", "new-model")
    assert offer.rate_card(on=CATALOGUE.generated_on).source.name == "A page"


def test_a_rate_from_a_later_day_ends_the_one_before(tmp_path):
    text = GOOD.replace('model = "new-model"', 'model = "openai/gpt-oss-20b"').replace(
        'source = "page"\nbands', 'since = 2026-12-01\nsource = "page"\nbands'
    )
    offer = made(tmp_path, text).offer("groq", "openai/gpt-oss-20b")
    before = offer.rate_card(on=date(2026, 11, 30))
    after = offer.rate_card(on=date(2026, 12, 1))
    assert before.until == after.since == date(2026, 12, 1)
    assert after.bands[0].input_usd_per_mtok == 1
    assert after.bands[0].cached_input_usd_per_mtok is None


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('source = "page"\nbands', 'source = "nowhere"\nbands', "nowhere"),
        ('input = "1"', 'input = "1000.1"', "1000"),
        ('input = "1"', 'input = "0.0001"', "0.001"),
        ('input = "1"', 'input = "-1"', "greater"),
        ('input = "1"', 'input = "NaN"', "finite"),
        ('input = "1", ', "", "offered band"),
        ("above = 0", "above = 10", "start at 0"),
        ("reason", "raeson", "is not a known key"),
        ('reason = "Upstream does not list it."', 'reason = ""', "at least 10"),
        ('tier = "standard"', "", "tier"),
        ("[[offers]]", "[[offers]", "not TOML"),
        ('as_of = "2026-11-01"', "", "as_of"),
    ],
)
def test_a_faulty_override_is_refused_with_its_place(tmp_path, old, new, words):
    assert old in GOOD
    with pytest.raises(InputError, match=words):
        made(tmp_path, GOOD.replace(old, new, 1))


def test_a_source_given_twice_is_refused(tmp_path):
    with pytest.raises(InputError, match="given twice"):
        made(
            tmp_path,
            GOOD.replace("sources.page", "sources.openai-pricing").replace(
                '"page"', '"openai-pricing"'
            ),
        )


def test_an_amendment_that_matches_no_rate_is_refused(tmp_path):
    text = """
[[amendments]]
provider = "openai"
models = ["gpt-5.4"]
tier = "priority"
above = 200_000
reason = "A band that does not exist."
offered = false
"""
    with pytest.raises(InputError, match="matches no rate in force"):
        made(tmp_path, text)


def test_the_faults_of_all_files_are_named_at_once(tmp_path):
    for name in ("a", "b"):
        (tmp_path / f"{name}.toml").write_text("[[offers]]\nprovider = 3\n")
    with pytest.raises(InputError) as caught:
        overrides.read(tmp_path)
    places = {problem.field.split(":")[0] for problem in caught.value.problems}
    assert places == {"a.toml", "b.toml"}
    assert len(caught.value.problems) >= 6


CONFIRMED = """
[sources.page]
name = "A page"
url = "https://example.org"
as_of = "2026-11-20"

[[amendments]]
provider = "openai"
models = ["gpt-5.2"]
tier = "standard"
reason = "Read on a page of its own."
confirmed_by = "page"
while_input = "1.75"
"""


def test_a_page_confirms_a_number_and_no_other(tmp_path):
    def source(text, name):
        (tmp_path / name).mkdir()
        offer = made(tmp_path / name, text).offer("openai", "gpt-5.2")
        return offer.rate_card(on=CATALOGUE.generated_on).source.name

    assert source(CONFIRMED, "same") == "A page"
    assert "genai-prices" in source(CONFIRMED.replace("1.75", "1.80"), "moved")


def test_a_confirmation_without_its_number_is_refused(tmp_path):
    with pytest.raises(InputError, match="a source confirms a number"):
        made(tmp_path, CONFIRMED.replace('while_input = "1.75"', ""))
