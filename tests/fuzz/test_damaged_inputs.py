"""Every other file that is read: refused or read, and never a traceback."""

import json
import tomllib
from importlib.resources import files

import pytest

from calibrate.plan.plan import parse_plan
from pricing.catalogue import Catalogue
from pricing.errors import InputError, PlannerError
from tco.answer.documents import scenario_toml
from tco.question.files import document_of, scenario_file, scenario_from
from tco.question.link import link_value, read_link
from tco.question.presets import presets
from tests.calibrate.plans import plan_of
from tests.fuzz.damage import damaged
from tests.fuzz.text_readers import READERS

SCENARIOS = tuple(presets().values())
DEFAULT = SCENARIOS[0]
CATALOGUE = Catalogue.load()
COUNTS = [300, pytest.param(20_000, marks=pytest.mark.long)]


@pytest.mark.parametrize("name", READERS)
def test_every_text_that_guided_damage_begins_from_is_read(name):
    assert READERS[name].read(READERS[name].whole)


def readable(spoilt):
    return spoilt.decode("utf-8", errors="replace")


@pytest.mark.parametrize("count", COUNTS)
@pytest.mark.parametrize(("ending", "plain"), [("toml", tomllib.loads), ("json", json.loads)])
def test_a_damaged_scenario_file_is_read_as_it_stands_or_refused(ending, plain, count):
    for scenario in SCENARIOS:
        whole = scenario_toml(scenario) if ending == "toml" else json.dumps(document_of(scenario))
        for spoilt in damaged(whole.encode(), count // len(SCENARIOS)):
            try:
                found = scenario_file(readable(spoilt), f"a.{ending}")
            except InputError:
                continue
            assert found.scenario == scenario_from(plain(readable(spoilt)))


@pytest.mark.parametrize("count", COUNTS)
def test_a_damaged_link_is_refused_or_is_the_same_scenario(count):
    value = link_value(DEFAULT, CATALOGUE)
    for spoilt in damaged(value.encode(), count):
        try:
            found = read_link(readable(spoilt), CATALOGUE)
        except InputError:
            continue
        assert found.scenario == DEFAULT


@pytest.mark.parametrize("count", COUNTS)
def test_a_damaged_plan_of_a_calibration_is_read_or_refused(count):
    for spoilt in damaged(plan_of().model_dump_json(indent=1).encode(), count):
        try:
            parse_plan(spoilt, "plan.json")
        except PlannerError:
            continue


@pytest.mark.parametrize("count", [60, pytest.param(5_000, marks=pytest.mark.long)])
def test_a_damaged_price_catalogue_is_refused_or_read_and_its_rates_are_the_same(count, tmp_path):
    place = files("pricing") / "data"
    rates = [one.price_sets for one in CATALOGUE.offers(provider="baseten")]
    for path in place.iterdir():
        if path.name.endswith(".json"):
            (tmp_path / path.name).write_bytes(path.read_bytes())
    for name in ("manifest.json", "baseten.json"):
        whole = (tmp_path / name).read_bytes()
        for spoilt in damaged(whole, count):
            (tmp_path / name).write_bytes(spoilt)
            try:
                found = Catalogue.load(tmp_path).offers(provider="baseten")
            except PlannerError:
                continue
            assert [one.price_sets for one in found] == rates
        (tmp_path / name).write_bytes(whole)
