"""What a difference between catalogues says of names: of offers, of models, of providers."""

import pytest

from pricing import diff
from tests.pricing.price_edits import BASE, EDITS, catalogue, changed

GONE, NEW = "Big at Maker is no longer listed.", "Big at Maker is new."
ALIAS_GONE = "Big at Maker no longer goes by the name newest."
ALIAS_NEW = "Big at Maker now also goes by the name newest."


def told(folder, before, after, listed=({}, {})):
    """What is said of a change, whether it takes a price away; and of the way back."""
    old = catalogue(folder / "old", before, **listed[0])
    new = catalogue(folder / "new", after, **listed[1])
    return [[(c.words, c.takes_away) for c in diff.diff(*way)] for way in ((old, new), (new, old))]


@pytest.mark.parametrize(
    ("name", "there", "back"),
    [
        ("alias gone", [(ALIAS_GONE, True)], [(ALIAS_NEW, False)]),
        ("offer gone", [(GONE, True)], [(NEW, False)]),
        ("id renamed", [(GONE, True), (NEW, False)], [(NEW, False), (GONE, True)]),
        (
            "id renamed, the old one kept",
            [("Big at Maker is now listed as big-2.", False)],
            [(NEW, False), (GONE, True)],
        ),
        (
            "alias to a model far cheaper",
            [("The name newest of Big at Maker now means Small at Maker.", True)],
            [("The name newest of Small at Maker now means Big at Maker.", True)],
        ),
    ],
)
def test_a_name_is_told_once_and_takes_a_price_away_where_nothing_answers_to_it(
    tmp_path, name, there, back
):
    """Small has one tier and Big a last day: a name that moves takes a price away either way."""
    assert told(tmp_path, BASE, changed(EDITS[name])) == [there, back]


def test_names_that_an_offer_loses_with_its_id_are_told_as_well(tmp_path):
    def renamed(document):
        document["offers"][0].update(model="big-2", aliases=["big-1"])

    there, back = told(tmp_path, BASE, changed(renamed))
    assert there == [(GONE, True), (ALIAS_GONE, True), (NEW, False)]
    assert back == [(ALIAS_NEW, False), (NEW, False), (GONE, True)]


def test_names_of_a_provider_are_told_after_its_offers(tmp_path):
    listed = ({"provider_aliases": {"mk": "maker"}}, {"provider_aliases": {"made": "maker"}})
    there, back = told(tmp_path, BASE, changed(EDITS["alias gone"]), listed)
    assert there == [
        (ALIAS_GONE, True),
        ("The provider name made now means maker, was unused.", False),
        ("The provider name mk now means nothing, was maker.", True),
    ]
    assert back == [
        (ALIAS_NEW, False),
        ("The provider name made now means nothing, was maker.", True),
        ("The provider name mk now means maker, was unused.", False),
    ]


def test_a_change_of_the_name_of_a_provider_names_the_provider(tmp_path):
    old = catalogue(tmp_path / "old", BASE, provider_aliases={"mk": "maker", "same": "maker"})
    new = catalogue(tmp_path / "new", BASE, provider_aliases={"made": "maker", "same": "maker"})
    found = [(c.provider, c.old, c.new) for c in diff.diff(old, new)]
    assert found == [("maker", "", "maker"), ("maker", "maker", "")]


def test_a_provider_that_comes_or_goes_does_so_with_its_offers(tmp_path):
    there, back = told(tmp_path, BASE, BASE, ({}, {"providers": {}}))
    titles = ("Big", "Clocked", "Small")
    assert there == [(f"{title} at Maker is no longer listed.", True) for title in titles]
    assert back == [(f"{title} at Maker is new.", False) for title in titles]
