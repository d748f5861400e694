"""Every figure on record says who says so and since when: rows that do not are counted."""

import csv
import json
from collections import Counter
from importlib.resources import files

import pytest

from tco.facts.ages import day_in

RENTS = ("offers.csv", "feed_offers.csv")
UNREAD = "address as quoted, page not read"
TABLES = (*RENTS, "purchases.csv", "accelerators.csv", "models.csv")


def rows_without(rows):
    """What is missing of the sources of rows, counted."""
    return Counter(
        what
        for source in rows
        for what, told in (
            ("source", bool(source["name"].strip())),
            ("date", day_in(source["as_of"]) is not None),
        )
        if not told
    )


def sources_in(table):
    text = (files("hardware_profiles") / "data" / table).read_text(encoding="utf-8")
    for row in csv.DictReader(text.splitlines()):
        yield {"name": row["source_name"], "as_of": row["source_as_of"]}


def sources_of_rates():
    """Source of every rate of every provider, by the key that the rate names."""
    folder = files("pricing") / "data"
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for entry in manifest["providers"].values():
        provider = json.loads((folder / entry["file"]).read_text(encoding="utf-8"))
        for offer in provider["offers"]:
            for rate in offer["rates"]:
                yield provider["sources"][rate["source"]]


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_without_source_and_date(table):
    assert rows_without(sources_in(table)) == {}


def test_no_rate_is_without_source_and_date():
    assert rows_without(sources_of_rates()) == {}


@pytest.mark.parametrize("table", RENTS)
def test_no_rent_is_without_an_address(table):
    text = (files("hardware_profiles") / "data" / table).read_text(encoding="utf-8")
    rents = list(csv.DictReader(text.splitlines()))
    assert rents
    assert [row["id"] for row in rents if not row["source_url"].startswith("https://")] == []


def test_a_rent_whose_page_nobody_read_says_so():
    """Its source is a public note that quotes the page."""
    text = (files("hardware_profiles") / "data" / "offers.csv").read_text(encoding="utf-8")
    rents = list(csv.DictReader(text.splitlines()))
    quoted = [row for row in rents if row["source_name"].startswith("public ")]
    assert len(quoted) == 83
    assert [row["id"] for row in quoted if UNREAD not in row["source_note"]] == []
    assert [row["id"] for row in rents if row not in quoted and UNREAD in row["source_note"]] == []


@pytest.mark.parametrize(
    ("planted", "missing"),
    [({"name": " ", "as_of": "2026"}, "source"), ({"name": "x", "as_of": "undated"}, "date")],
)
def test_a_row_without_one_of_them_is_counted(planted, missing):
    assert rows_without([planted]) == {missing: 1}
