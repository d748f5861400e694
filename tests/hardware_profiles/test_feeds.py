"""Renewing rents from sellers' lists: told in words, guarded, and nothing written unasked."""

import csv
import hashlib
import json
import shutil
from importlib.resources import files
from pathlib import Path

import pytest

from hardware_profiles.feeds.machines import feed_machines
from hardware_profiles.feeds.refresh import refresh_rents
from hardware_profiles.library import Library
from pricing.errors import InputError

EXTRACTS = Path(__file__).parent / "extracts"
COPIED = EXTRACTS.with_name("extracts_vantage")
"""A list of machines that `extracts` has too: of each one list at a time is read."""
COPY = "vantage-aws.json"
DATA = Path(str(files("hardware_profiles") / "data"))


@pytest.fixture
def lists(tmp_path):
    return shutil.copytree(EXTRACTS, tmp_path / "lists")


@pytest.fixture
def place(tmp_path):
    return shutil.copytree(DATA, tmp_path / "data")


def rewritten(lists, file, old, new, *, count=1):
    """A list with one text replaced, and its digest written down anew."""
    path = lists / file
    text = path.read_text()
    assert text.count(old) >= 1
    described = lists / "sources.toml"
    was = hashlib.sha256(path.read_bytes()).hexdigest()
    path.write_text(text.replace(old, new, count))
    now = hashlib.sha256(path.read_bytes()).hexdigest()
    described.write_text(described.read_text().replace(was, now))
    return lists


def only(lists, *names):
    """The folder with these lists alone."""
    _, *blocks = (lists / "sources.toml").read_text().split("[[sources]]")
    kept = [block for block in blocks if any(f'file = "{name}"' in block for name in names)]
    (lists / "sources.toml").write_text("".join(f"[[sources]]{block}" for block in kept))
    return lists


def rows(place):
    with (place / "feed_offers.csv").open() as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def words(lists, place, **accepted):
    return [change.words for change in refresh_rents(lists, folder=place, **accepted).changes]


def test_every_machine_that_is_taken_is_of_the_library():
    chips = Library.load().accelerators
    assert {one.accelerator for one in feed_machines().known.values()} <= set(chips)


def test_rents_are_those_that_the_lists_print(lists, place):
    """By hand: 1,134,310 USD over three years of 8,760 hours; the dearest zone below the list."""
    refresh_rents(lists, folder=place, accept=True)
    found = {name: float(row["usd_per_instance_hour"]) for name, row in rows(place).items()}
    assert found["aws/p5.4xlarge/us-east-1/on-demand"] == 6.88
    assert found["aws/p5.48xlarge/us-east-1/spot"] == 25.7522
    assert found["aws/p5.48xlarge/us-east-1/3-year"] == 23.777
    assert found["aws/p4d.24xlarge/us-east-1/1-year"] == 13.921
    assert found["azure/nd96isr_h100_v5/eastus/3-year"] == pytest.approx(1_134_310 / 3 / 8_760)
    assert found["azure/nc48ads_a100_v4/eastus2/1-year"] == pytest.approx(42_066 / 8_760)
    assert found["lambda/8x-b200/us-east-1/on-demand"] == 53.52
    assert "aws/p5.4xlarge/us-east-1/spot" not in found  # no zone sells it below the list


def test_reservations_of_aws_are_those_that_its_list_had(place):
    """By hand, from the file as it was recorded; no machine of a year but the p4d and the p4de."""
    shutil.copy(DATA / "feed_offers.csv", place)
    found = {
        name: (row["term"], float(row["usd_per_instance_hour"]))
        for name, row in rows(place).items()
        if row["provider"] == "AWS" and row["term"].endswith("year")
    }
    assert len(found) == 16
    assert found["aws/p5.48xlarge/eu-north-1/3-year"] == ("3-year", 25.44169)
    assert found["aws/p5.4xlarge/us-east-1/3-year"] == ("3-year", 2.97216)
    assert found["aws/p4de.24xlarge/us-west-2/1-year"] == ("1-year", 17.401365)
    assert not [name for name in found if "p5" in name and "1-year" in name]
    assert not [name for name in found if "p5en" in name]
    by_hand = [row for row in Library.load(DATA).rentals.values() if row.id in found]
    for row in by_hand:  # what others printed of AWS's list a year later is the same, rounded
        assert row.usd_per_instance_hour == pytest.approx(found[row.id][1], abs=5e-4)


ODD_COPIES = {
    "no JSON": ("[\n {", "[[\n {", "is not JSON"),
    "no list": ("[\n {", '{"a": [{', "is not JSON"),
    "a price that is none": ('"23.77728"', '"much"', "us-east-1: linux: yrTerm3Standard.noUpfront"),
    "a price of nothing": ('"23.77728"', '"0"', "must be a price above 0"),
    "a price that is a number": ('"23.77728"', "23.77728", "valid string"),
    "a month's price": ('"2.97216"', '"2169.68"', "0.05 to 100 USD/GPU-h"),
    "another count": ('"GPU": 1,', '"GPU": 8,', "must be 1 for p5.4xlarge"),
    "no count": ('"GPU": 1,', "", "3: GPU"),
    "a machine twice": ('"p5.4xlarge"', '"p5.48xlarge"', "is listed twice"),
    "regions in a list": ('"pricing": {', '"pricing": [], "was": {', "pricing: must be a valid"),
    "none of ours": ("xlarge", "xsmall", "names none of the machines"),
}


@pytest.mark.parametrize("wrong", ODD_COPIES)
def test_an_odd_copy_is_refused_where_it_is_odd_and_changes_nothing(tmp_path, place, wrong):
    old, new, said = ODD_COPIES[wrong]
    lists = rewritten(shutil.copytree(COPIED, tmp_path / "copy"), COPY, old, new, count=99)
    before = (place / "feed_offers.csv").read_bytes()
    with pytest.raises(InputError) as refusal:
        refresh_rents(lists, folder=place, accept=True)
    assert said in str(refusal.value)
    assert all(problem.limit and problem.remedy for problem in refusal.value.problems)
    assert (place / "feed_offers.csv").read_bytes() == before


@pytest.mark.parametrize("price", ["95.10912", "5.94432"])
def test_a_reservation_four_times_off_needs_its_own_acceptance(tmp_path, place, price):
    lists = shutil.copytree(COPIED, tmp_path / "copy")
    held = refresh_rents(rewritten(lists, COPY, "23.77728", price), folder=place, accept=True)
    assert (held.written, len(held.large)) == (False, 1)


def test_a_term_that_the_copy_no_longer_has_is_told_and_guarded(tmp_path, place):
    lists = shutil.copytree(COPIED, tmp_path / "copy")
    old = '"yrTerm3Standard.noUpfront": "30.91046"'
    held = refresh_rents(rewritten(lists, COPY, old, '"other": "1"'), folder=place, accept=True)
    assert [change.words for change in held.large] == [
        "aws/p5.48xlarge/eu-west-2/3-year is no longer listed."
    ]


def test_every_row_keeps_the_address_and_the_day_of_its_list(lists, place):
    refresh_rents(lists, folder=place, accept=True)
    copied = "Vantage's copy of AWS's price list"
    kept = [row for row in rows(place).values() if row["source_name"] != copied]
    told = {(row["source_url"], row["source_as_of"]) for row in kept}
    described = (lists / "sources.toml").read_text()
    assert len(told) == 5
    for url, day in told:
        assert f'url = "{url}"' in described
        assert f'as_of = "{day}"' in described


def test_nothing_is_written_without_acceptance_and_a_second_time_there_is_nothing_to_write(
    lists, place
):
    before = (place / "feed_offers.csv").read_bytes()
    asked = refresh_rents(lists, folder=place)
    assert asked.changes
    assert not asked.written
    assert (place / "feed_offers.csv").read_bytes() == before
    assert refresh_rents(lists, folder=place, accept=True).written
    again = refresh_rents(lists, folder=place, accept=True)
    assert (again.changes, again.up_to_date) == ((), True)


def test_a_move_is_told_in_words(lists, place):
    refresh_rents(lists, folder=place, accept=True)
    rewritten(lists, "skypilot-lambda.csv", "53.52,us-east-1", "64.224,us-east-1")
    assert words(lists, place) == [
        "lambda/8x-b200/us-east-1/on-demand rises from 53.52 to 64.224 USD/h (+20 %)."
    ]


@pytest.mark.parametrize("price", ["214.08", "13.38"])
def test_a_price_four_times_off_either_way_needs_its_own_acceptance(lists, place, price):
    refresh_rents(lists, folder=place, accept=True)
    rewritten(lists, "skypilot-lambda.csv", "53.52,us-east-1", f"{price},us-east-1")
    held = refresh_rents(lists, folder=place, accept=True)
    assert not held.written
    assert "--accept-large" in held.reason
    assert [change.large for change in held.changes] == [True]
    assert refresh_rents(lists, folder=place, accept=True, accept_large=True).written


def test_a_rent_that_its_list_no_longer_names_is_told_and_guarded(lists, place):
    refresh_rents(lists, folder=place, accept=True)
    rewritten(lists, "skypilot-lambda.csv", "gpu_8x_b200_sxm6,", "gpu_8x_b200_gone,", count=9)
    held = refresh_rents(lists, folder=place, accept=True)
    assert not held.written
    assert [change.words for change in held.large] == [
        "lambda/8x-b200/us-east-1/on-demand is no longer listed."
    ]


def test_what_no_list_speaks_of_stays(lists, place):
    refresh_rents(lists, folder=place, accept=True)
    before = rows(place)
    assert refresh_rents(only(lists, "azure-retail-eastus.json"), folder=place).up_to_date
    assert rows(place) == before


def test_a_list_of_one_machine_says_nothing_of_another(lists, place):
    """Azure is asked for one series at a time: what an answer leaves out is not gone."""
    refresh_rents(lists, folder=place, accept=True)
    before = rows(place)
    rewritten(lists, "azure-retail-eastus.json", "ND96isr_H100_v5", "NC48ads_A100_v4", count=99)
    done = refresh_rents(only(lists, "azure-retail-eastus.json"), folder=place, accept=True)
    assert (done.written, done.large) == (True, ())
    kept = {name: row for name, row in rows(place).items() if "h100_v5" in name}
    assert kept == {name: row for name, row in before.items() if "h100_v5" in name}


def test_a_term_that_a_list_of_its_machine_leaves_out_is_told_and_guarded(lists, place):
    refresh_rents(lists, folder=place, accept=True)
    rewritten(lists, "azure-retail-eastus.json", '"3 Years"', '"7 Years"')
    held = refresh_rents(only(lists, "azure-retail-eastus.json"), folder=place, accept=True)
    assert [change.words for change in held.large] == [
        "azure/nd96isr_h100_v5/eastus/3-year is no longer listed."
    ]


def test_a_newer_day_at_the_same_price_is_written_and_told(lists, place):
    refresh_rents(lists, folder=place, accept=True)
    described = lists / "sources.toml"
    described.write_text(described.read_text().replace('2026-07-27"', '2026-11-01"'))
    done = refresh_rents(lists, folder=place, accept=True)
    said = "2 machines of Azure, at the price on record, now as of 2026-11-01."
    assert done.changes[0].words == said
    assert {row["source_as_of"] for name, row in rows(place).items() if "nd96isr_h100" in name} == {
        "2026-11-01"
    }


def test_a_row_kept_by_hand_stands_over_what_a_list_says(lists, place):
    name = "aws/p5.48xlarge/us-east-1/on-demand"
    refresh_rents(only(lists, "skypilot-aws.csv"), folder=place, accept=True)
    by_hand = Library.load(DATA).rentals[name]
    rewritten(lists, "skypilot-aws.csv", ",55.04,", ",60.00,", count=99)
    assert (
        f"{name}: the row kept by hand stays, 55.04 USD/h as of 2026-11-09; the list says 60.0."
        in words(lists, place, accept=True)
    )
    assert rows(place)[name]["usd_per_instance_hour"] == "60.0"
    assert Library.load(place).rentals[name] == by_hand


WRONG = {
    "a count of accelerators": ("skypilot-aws.csv", "H100,8.0", "H100,16.0", "AcceleratorCount"),
    "a price that is none": ("skypilot-lambda.csv", "6.99,us-e", "free,us-e", "line 8: Price"),
    "a price of nothing": ("skypilot-lambda.csv", "6.99,us-e", "0,us-e", "above 0"),
    "a price below 0": ("skypilot-lambda.csv", "6.99,us-e", "-6.99,us-e", "above 0"),
    "a price of another world": ("azure-retail-eastus.json", "551221.0", "1e300", "up to 100000"),
    "cents": ("skypilot-lambda.csv", "6.99,us-e", "699,us-e", "0.05 to 100 USD/GPU-h"),
    "a price a GPU": ("skypilot-aws.csv", "58.8928,,", "7.3616,,", "one price on demand"),
    "no price column": ("skypilot-aws.csv", ",Price,", ",Cost,", "no such column (got Price)"),
    "a short row": ("skypilot-aws.csv", "use1-az1,x86_64", "use1-az1", "has 10 cells"),
    "another list": ("aws-ec2-us-east-1.csv", '"SKU"', '"Sku"', "no line starts with SKU"),
    "another day": ("aws-ec2-us-east-1.csv", "2026-09-17T", "2025-09-17T", "Publication Date"),
    "another currency": ("aws-ec2-us-east-1.csv", '"13.9210000000","USD"', '"13.921","CNY"', "CNY"),
    "no JSON": ("azure-retail-eastus.json", '"Items": [', '"Items": [[', "is not JSON"),
    "another answer": ("azure-retail-eastus.json", '"Items"', '"Error"', "no answer of Azure"),
    "one page of several": ("azure-retail-eastus.json", '"Count": 10', '"Count": 9', "whole page"),
    "a page that goes on": (
        "azure-retail-eastus.json", '"NextPageLink": null', '"NextPageLink": "x"', "NextPageLink",
    ),
    "a price in words": ("azure-retail-eastus.json", "551221.0", '"much"', "valid number"),
    "a price that is true": ("azure-retail-eastus.json", "551221.0", "true", "valid number"),
    "euros": ("azure-retail-eastus.json", '"USD",\n   "tier', '"EUR",\n   "tier', "must be USD"),
    "a machine twice": ("skypilot-lambda.csv", "gpu_2x_b200_sxm6", "gpu_1x_b200_sxm6", "must be 1"),
    "none of ours": ("skypilot-lambda.csv", "gpu_", "tpu_", "names none of the machines"),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_an_odd_list_is_refused_where_it_is_odd_and_changes_nothing(lists, place, wrong):
    file, old, new, said = WRONG[wrong]
    before = (place / "feed_offers.csv").read_bytes()
    with pytest.raises(InputError) as refusal:
        refresh_rents(rewritten(lists, file, old, new, count=99), folder=place, accept=True)
    assert file in str(refusal.value)
    assert said in str(refusal.value)
    assert all(problem.limit and problem.remedy for problem in refusal.value.problems)
    assert (place / "feed_offers.csv").read_bytes() == before


@pytest.mark.parametrize("size", [0, 40, 2_000])
@pytest.mark.parametrize("file", sorted(path.name for path in EXTRACTS.glob("*.[cj]s*")))
def test_a_list_that_was_cut_short_or_edited_is_not_the_one_that_was_fetched(lists, file, size):
    (lists / file).write_bytes((lists / file).read_bytes()[:size])
    with pytest.raises(InputError, match="is not the file that was fetched"):
        refresh_rents(lists)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('form = "aws-ec2"', 'form = "gcp"', "sources.2.form"),
        ('file = "azure-retail-eastus.json"', 'file = "../azure-retail.json"', "sources.3.file"),
        ('file = "azure-retail-eastus.json"', 'file = "none.json"', "does not exist"),
        ('url = "https://pricing', 'url = "file:///pricing', "sources.2.url"),
        ('provider = "Azure"', 'provider = "Nobody"', "has no machine in feeds.toml"),
        ('as_of = "2026-07-27"', 'as_of = "2062-13-99"', "3.as_of: must be a day"),
        ('as_of = "2026-07-27"', 'as_of = "2026-02-30"', "3.as_of: must be a day"),
        ('as_of = "2026-07-27"', 'as_of = "27.07.2026"', "3.as_of: must be a day"),
        ('as_of = "2026-07-27"', 'as_of = "2062-07-27"', "must not lie in the future"),
        ('as_of = "2026-07-27"', 'as_of = "2062-07"', "must not lie in the future"),
        ("[[sources]]", "[[source]]", "Write [[sources]] alone"),
        ('file = "azure-retail-eastus.json"', 'file = "skypilot-aws.csv"', "is named twice"),
        ('sha256 = "', 'sha256 = "0', "sources.0.sha256"),
    ],
)
def test_a_folder_that_describes_its_lists_wrongly_is_refused(lists, place, old, new, said):
    described = lists / "sources.toml"
    text = described.read_text()
    assert old in text
    described.write_text(text.replace(old, new))
    with pytest.raises(InputError) as refusal:
        refresh_rents(lists, folder=place)
    assert said in str(refusal.value)


def test_a_list_is_never_followed_out_of_its_folder_or_run(lists, place):
    """A name that leads elsewhere is refused before anything is opened."""
    described = lists / "sources.toml"
    for elsewhere in ("/etc/passwd", "a/../../b.csv", ".hidden", "$(id).csv"):
        described.write_text(
            (EXTRACTS / "sources.toml").read_text().replace("azure-retail-eastus.json", elsewhere)
        )
        with pytest.raises(InputError, match=r"sources\.3\.file"):
            refresh_rents(lists, folder=place)


def test_the_packaged_rents_are_those_of_the_recorded_lists(lists, place):
    """What ships was written by a refresh and by nobody's hand; of AWS's list nothing ships."""
    recorded = [path.name for path in lists.iterdir() if "aws-ec2" not in path.name]
    assert refresh_rents(only(lists, *recorded), folder=place).up_to_date
    assert refresh_rents(COPIED, folder=place).up_to_date
    (place / "feed_offers.csv").write_text((place / "feed_offers.csv").read_text().split("\n")[0])
    for folder in (lists, COPIED):
        refresh_rents(folder, folder=place, accept=True)
    assert (place / "feed_offers.csv").read_bytes() == (DATA / "feed_offers.csv").read_bytes()


def test_an_azure_licence_for_windows_is_no_rent(lists, place):
    answer = json.loads((lists / "azure-retail-eastus.json").read_text())
    windows = {**answer["Items"][1], "retailPrice": 1.0}
    windows["productName"] += " Windows"
    answer["Items"].append(windows)
    answer["Count"] += 1
    old = (lists / "azure-retail-eastus.json").read_text()
    rewritten(lists, "azure-retail-eastus.json", old, json.dumps(answer))
    refresh_rents(lists, folder=place, accept=True)
    price = rows(place)["azure/nd96isr_h100_v5/eastus/1-year"]["usd_per_instance_hour"]
    assert float(price) == pytest.approx(551_221 / 8_760)
