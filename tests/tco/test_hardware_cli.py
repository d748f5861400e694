"""Machines on record, from the command line: price, source and age of each."""

import csv
import json
from datetime import date
from importlib.resources import files

import pytest

from pricing.flags import STALE_AFTER_DAYS
from tests.tco.command import tco
from tests.tco.test_own_facts import no_other_library  # noqa: F401 - a fixture

DAY = "2026-11-24"


def rows_of(file):
    text = (files("hardware_profiles") / "data" / file).read_text(encoding="utf-8")
    return {row["id"]: row for row in csv.DictReader(text.splitlines())}


def listed(*arguments):
    done = tco("hardware", "list", *arguments, "--on", DAY, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["machines"]


def test_the_list_holds_every_machine_with_price_source_and_age():
    rents, purchases = rows_of("offers.csv"), rows_of("purchases.csv")
    found = {machine["id"]: machine for machine in listed()}
    assert set(found) == {*rents, *purchases}
    for name, row in rents.items():
        each = float(row["usd_per_instance_hour"]) / int(row["gpus"])
        assert found[name]["usd_per_gpu_hour"] == pytest.approx(each)
        assert found[name]["source"] == row["source_name"]
    for name, row in purchases.items():
        each = float(row["price_usd"]) / int(row["gpus"])
        assert found[name]["usd_per_gpu"] == pytest.approx(each)


def test_stale_are_those_that_nobody_saw_for_a_while_or_of_no_day():
    stale = {machine["id"]: machine for machine in listed("--stale")}
    for machine in listed():
        day = machine["as_of"]
        if len(day) == 10 and day[4] == "-":
            age = (date.fromisoformat(DAY) - date.fromisoformat(day)).days
            assert machine["age_days"] == age
            assert (machine["id"] in stale) == (age > STALE_AFTER_DAYS)
    assert 0 < len(stale) < len(listed())


def test_the_list_is_narrowed_by_words_and_term():
    found = listed("h100 sxm", "--term", "spot")
    assert found
    assert {(m["accelerator"], m["term"]) for m in found} == {("H100 SXM", "spot")}


def test_machines_of_one_s_own_are_listed_as_yours(tmp_path):
    (tmp_path / "library.toml").write_text(
        '[[rentals]]\nid = "our-rack"\naccelerator = "H100 SXM"\ngpus = 8\n'
        'usd_per_instance_hour = 16.0\nsource = { name = "contract", as_of = "2026-10-02" }\n'
    )
    (mine,) = listed("our-rack", "--library", tmp_path)
    assert (mine["source"], mine["age_days"], mine["usd_per_gpu_hour"]) == (
        "yours: contract",
        53,
        2.0,
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("aws/p5.48xlarge/us-east-1/on-demand", "usd_per_instance_hour"),
        ("lenovo/8x-h100", "price_usd"),
        ("MI355X", "memory_bandwidth_tb_per_s"),
        ("Llama 3.3 70B", "kv_growing_elements_per_token"),
    ],
)
def test_everything_on_record_of_one_is_shown_with_its_source(name, said):
    shown = tco("hardware", "show", name)
    assert shown.returncode == 0, shown.stderr
    assert said in shown.stdout
    assert "source name" in shown.stdout
    assert json.loads(tco("hardware", "show", name, "--json").stdout)["source"]["as_of"]


def test_an_unknown_name_is_refused_with_the_nearest():
    refused = tco("hardware", "show", "MI355")
    assert refused.returncode == 2
    assert "MI355X" in refused.stderr
