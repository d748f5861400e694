"""Machines on record, from the command line: price, source and age of each."""

import csv
import json
import shutil
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from pricing.flags import STALE_AFTER_DAYS
from tests.tco.command import tco
from tests.tco.test_own_facts import no_other_library  # noqa: F401 - a fixture

DAY = "2026-11-24"
EXTRACTS = Path(__file__).parents[1] / "hardware_profiles" / "extracts"
DEFAULT_SCENARIO = Path(__file__).parents[2] / "scenarios" / "default.toml"


def rows_of(file):
    text = (files("hardware_profiles") / "data" / file).read_text(encoding="utf-8")
    return {row["id"]: row for row in csv.DictReader(text.splitlines())}


def listed(*arguments):
    done = tco("hardware", "list", *arguments, "--on", DAY, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)["machines"]


def test_the_list_holds_every_machine_with_price_source_and_age():
    rents = {**rows_of("feed_offers.csv"), **rows_of("offers.csv")}
    purchases = rows_of("purchases.csv")
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
        ("aws/p5.48xlarge/us-east-1/on-demand", "usd per instance hour"),
        ("lenovo/8x-h100", "price usd"),
        ("MI355X", "memory bandwidth tb per s"),
        ("Llama 3.3 70B", "kv growing elements per token"),
    ],
)
def test_everything_on_record_of_one_is_shown_with_its_source(name, said):
    shown = tco("hardware", "show", name)
    assert shown.returncode == 0, shown.stderr
    assert said in shown.stdout
    assert "source name" in shown.stdout
    assert json.loads(tco("hardware", "show", name, "--json").stdout)["source"]["as_of"]


@pytest.fixture
def libraries(tmp_path):
    """The packaged library, and one in which an H100 rents for a quarter and one rent is gone."""
    old = Path(str(files("hardware_profiles") / "data"))
    new = shutil.copytree(old, tmp_path / "new")
    rents = (new / "offers.csv").read_text()
    kept = [line for line in rents.splitlines() if not line.startswith("azure/nc24ads_a100_v4/e")]
    (new / "offers.csv").write_text("\n".join(kept).replace(",55.04,", ",13.76,"))
    return old, new


def test_libraries_that_differ_are_told_apart_in_words(libraries):
    told = json.loads(tco("hardware", "diff", *libraries, "--json").stdout)
    assert told["schema"] == "tco.hardware-diff/1"
    assert told["changes"] == [
        {
            "words": "aws/p5.48xlarge/us-east-1/on-demand falls from 55.04 to 13.76 USD/h (-75 %).",
            "large": True,
        },
        {"words": "azure/nc24ads_a100_v4/eastus/on-demand is no longer listed.", "large": True},
        {"words": "azure/nc24ads_a100_v4/eastus/spot is no longer listed.", "large": True},
    ]
    assert tco("hardware", "diff", libraries[0], libraries[0]).stdout == "No machine changed.\n"


def test_a_folder_that_is_no_whole_library_is_refused_with_what_it_lacks(libraries):
    old, new = libraries
    (new / "regions.csv").unlink()
    shutil.rmtree(new / "calibrations")
    done = tco("hardware", "diff", old, new)
    assert done.returncode == 2
    assert f"{new}: lacks calibrations, regions.csv. Name a whole folder" in done.stderr


def test_a_difference_of_machines_says_what_a_verdict_is_with_each(libraries):
    told = tco("hardware", "diff", *libraries, "--scenario", DEFAULT_SCENARIO, "--json")
    assert set(json.loads(told.stdout)["verdicts"]) == {"before", "after"}


def test_a_refresh_is_shown_and_left_alone_until_it_is_accepted():
    written = Path(str(files("hardware_profiles") / "data" / "feed_offers.csv"))
    before = written.read_bytes()
    asked = tco("hardware", "refresh", "--from", EXTRACTS)
    assert asked.returncode == 10
    moved = "aws/p5.48xlarge/us-east-1/3-year falls from 23.77728 to 23.777 USD/h"
    assert moved in asked.stdout
    assert "Nothing written: not accepted" in asked.stderr
    assert written.read_bytes() == before


def test_a_list_that_was_tampered_with_is_refused_by_the_command(tmp_path):
    lists = shutil.copytree(EXTRACTS, tmp_path / "lists")
    path = lists / "azure-retail-eastus.json"
    path.write_text(path.read_text().replace("551221", "55122"))
    refused = tco("hardware", "refresh", "--from", lists, "--accept")
    assert refused.returncode == 2
    assert "azure-retail-eastus.json: sha256" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_an_unknown_name_is_refused_with_the_nearest():
    refused = tco("hardware", "show", "MI355")
    assert refused.returncode == 2
    assert "MI355X" in refused.stderr
