import json
import math

import pytest

from pricing.errors import InputError
from tco.answer.documents import scenario_toml
from tco.question.files import (
    MAX_BYTES,
    changed,
    document_of,
    flatten,
    load_scenario,
    record_from,
    scenario_from,
    scenario_from_text,
)
from tco.question.presets import preset_paths
from tco.question.scenario import Scenario


def put(document, path, value):
    *parents, last = path.split(".")
    place = document
    for key in parents:
        place = place[int(key)] if isinstance(place, list) else place.setdefault(key, {})
    place[int(last) if isinstance(place, list) else last] = value
    return document


def problems(document):
    with pytest.raises(InputError) as refused:
        scenario_from(document)
    return {problem.field: problem for problem in refused.value.problems}


@pytest.mark.parametrize(
    ("path", "near"),
    [
        ("workload.request_per_month", "requests_per_month"),
        ("workload.classes.0.cache_share", "cached_share"),
        ("workload.classes.0.input.tokns", "tokens"),
        ("objective.mean_tpot", "mean_tpot_ms"),
        ("self_hosted.0.calibraton", "calibration"),
        ("finnance", "finance"),
        ("costs.electricity_usd", "electricity_usd_per_kwh"),
    ],
)
def test_an_unknown_key_is_refused_with_the_nearest_name(document, path, near):
    problem = problems(put(document, path, 1.0))[path]
    assert "not a known key" in problem.limit
    assert near in problem.remedy


@pytest.mark.parametrize(
    ("path", "value", "hint"),
    [
        ("workload.classes.0.cached_share", 30.0, "0.3"),
        ("fleet.allowed_load", 80.0, "0.8"),
        ("finance.discount_rate", 8.0, "0.08"),
        ("baseline.contract_discount", 15.0, "0.15"),
    ],
)
def test_percent_for_a_share_is_refused_and_the_fraction_is_named(document, path, value, hint):
    problem = problems(put(document, path, value))[path]
    assert hint in problem.remedy
    assert str(value) in problem.value


@pytest.mark.parametrize(
    "path",
    [
        "workload.requests_per_month",
        "workload.growth_per_month",
        "workload.peak_within_hour",
        "workload.classes.0.cached_share",
        "objective.mean_ttft_ms",
        "objective.mean_tpot_ms",
        "fleet.allowed_load",
        "fleet.spare_replicas",
        "finance.discount_rate",
        "finance.horizon_months",
        "costs.engineer_usd_per_month",
        "costs.pue",
        "self_hosted.0.usd_per_gpu_hour",
    ],
)
@pytest.mark.parametrize(
    "value", [math.nan, math.inf, -math.inf, -1e9, 1e308, True, "7", "1_000", "١", [], {}]
)
def test_no_number_of_another_kind_is_taken_for_a_number(document, path, value):
    if path == "costs.engineer_usd_per_month" and value == 1e308:
        value = -0.5
    problem = problems(put(document, path, value))[path]
    assert problem.limit


@pytest.mark.parametrize("path", ["fleet.spare_replicas", "finance.horizon_months"])
@pytest.mark.parametrize("strict", [False, True])
def test_a_fraction_of_a_whole_number_is_told_to_be_whole(document, path, strict):
    put(document, path, 12.5)
    with pytest.raises(InputError) as refused:
        record_from(Scenario, document, strict=strict)
    (problem,) = refused.value.problems
    assert (problem.field, problem.value) == (path, "12.5")
    assert problem.remedy == "Write a whole number."


@pytest.mark.parametrize("usd", [3_990.0, 0.00399, 6_880.0])
def test_a_rent_a_thousand_times_off_is_refused(document, usd):
    assert "self_hosted.0.usd_per_gpu_hour" in problems(
        put(document, "self_hosted.0.usd_per_gpu_hour", usd)
    )


def test_every_problem_is_reported_at_once(document):
    put(document, "workload.requests_per_month", -5.0)
    put(document, "objective.mean_tpot_ms", math.nan)
    put(document, "fleet.spare_replica", 1)
    put(document, "workload.classes.0.cached_share", 30.0)
    assert len(problems(document)) == 4


@pytest.mark.parametrize("value", [0.0, 1e-30, 9.9e-4, 1.1e12])
def test_a_volume_beyond_its_limits_is_told_at_its_own_key(document, value):
    found = problems(put(document, "workload.requests_per_month", value))
    assert set(found) == {"workload.requests_per_month"}


def test_a_missing_key_is_named(document):
    del document["workload"]["requests_per_month"]
    assert "required" in problems(document)["workload.requests_per_month"].limit


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("workload.classes.0.share", 0.5, "add up to 1"),
        ("workload.profile", [1.0] * 24, "168"),
        ("workload.profile", [0.0] * 168, "positive weight"),
        ("self_hosted.0.own", "lenovo/8x-h100", "not both"),
        ("workload.classes.0.input.probabilities", [0, 1], "same number"),
    ],
)
def test_things_that_contradict_each_other_are_refused(document, path, value, words):
    found = problems(put(document, path, value))
    assert any(words in problem.limit for problem in found.values())


@pytest.mark.parametrize("path", preset_paths(), ids=lambda path: path.stem)
def test_a_scenario_survives_a_round_trip_as_toml_and_as_json(path):
    scenario = load_scenario(path)
    assert scenario_from_text(scenario_toml(scenario), "again.toml") == scenario
    assert scenario_from_text(json.dumps(document_of(scenario)), "again.json") == scenario


def test_a_change_sets_one_value_and_none_takes_it_out(default):
    dearer = changed(default, {"self_hosted.0.usd_per_gpu_hour": 9.5, "costs.pue": 1.2})
    assert dearer.self_hosted[0].usd_per_gpu_hour == 9.5
    assert dearer.costs.pue == 1.2
    assert changed(dearer, {"self_hosted.0.usd_per_gpu_hour": None, "costs.pue": None}) == default


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.toml", "name = "),
        ("a.toml", "a = 1\na = 2"),
        ("a.json", "{"),
        ("a.json", '{"name": "x", "name": "y"}'),
        ("a.json", "[" * 100_000),
        ("a.csv", "a,b\n1,2\n"),
        ("a.csv", "record,path,value\n"),
        ("a.yaml", "name: x"),
        ("a.toml", "x" * (MAX_BYTES + 1)),
        ("a.json", "[]"),
        ("a.json", "3"),
    ],
)
def test_a_file_that_is_no_scenario_is_refused_by_name(name, text):
    with pytest.raises(InputError):
        scenario_from_text(text, name)


def test_a_missing_file_is_refused_with_the_nearest_name(tmp_path):
    (tmp_path / "plan.toml").write_text("")
    with pytest.raises(InputError, match=r"does not exist. Did you mean '.*plan.toml'"):
        load_scenario(tmp_path / "plam.toml")


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "a.toml"
    path.write_bytes("name = 'café'".encode("utf-16"))
    with pytest.raises(InputError, match="UTF-8"):
        load_scenario(path)


def test_flat_paths_number_the_items_of_lists():
    assert flatten({"a": [{"b": 1}, {"b": 2}], "c": "x"}) == {"a.0.b": 1, "a.1.b": 2, "c": "x"}


@pytest.mark.parametrize(
    ("path", "written", "instead"),
    [
        ("workload.requests_per_month", "40M", "40000000"),
        ("workload.requests_per_month", "40 million", "40000000"),
        ("workload.growth_per_month", "5 %", "0.05"),
        ("finance.discount_rate", "0.08", "0.08"),
    ],
)
def test_a_figure_as_people_write_it_is_refused_with_how_a_file_has_it(
    default, path, written, instead
):
    with pytest.raises(InputError) as refused:
        changed(default, {path: written})
    (problem,) = refused.value.problems
    assert (problem.field, problem.remedy) == (path, f"Write {instead}, without quotes.")
    changed(default, {path: float(instead)})
