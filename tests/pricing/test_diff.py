"""A difference between catalogues tells, and guards, whatever moves the price of some request."""

import re
import tempfile
from copy import deepcopy
from datetime import date, timedelta
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pricing import card_changes, change, diff, offer_changes
from pricing.offer_changes import Span
from tests.pricing.price_edits import BASE, EDITS, catalogue, changed, rate, verdicts


@cache
def lists_of(name):
    """The base, the base after one edit, and what that does to requests, there and back."""
    with tempfile.TemporaryDirectory() as folder:
        old, new = both(Path(folder), BASE, changed(EDITS[name]))
        return (old, new), verdicts(old, new)


def both(folder, before, after):
    lists = catalogue(folder / "old", before), catalogue(folder / "new", after)
    for each in lists:
        each.offers()  # read while the folder is there
    return lists


def assert_told_and_guarded(old, new, truth):
    """What moves is told; what goes or moves far is guarded; what does not is neither."""
    told = diff.diff(old, new)
    words = [found.words for found in told]
    assert len(set(words)) == len(words)
    assert told or not truth.moved, "a price moved, and nothing was told"
    assert any(found.large for found in told) == truth.far, words


@pytest.mark.parametrize("name", EDITS)
def test_every_kind_of_change_is_told_and_guarded_in_both_directions(name):
    (old, new), (there, back) = lists_of(name)
    assert_told_and_guarded(old, new, there)
    assert_told_and_guarded(new, old, back)


def examine_every_kind():
    for name in EDITS:
        test_every_kind_of_change_is_told_and_guarded_in_both_directions(name)


@given(st.lists(st.sampled_from(sorted(EDITS)), min_size=2, max_size=3, unique=True))
@settings(database=None, max_examples=settings.default.max_examples // 4)
def test_several_changes_at_once_are_told_and_guarded(names):
    try:
        after = changed(*(EDITS[name] for name in names))
    except (KeyError, IndexError, ValueError):
        return  # one edit took away what the next one edits
    with tempfile.TemporaryDirectory() as folder:
        old, new = both(Path(folder), BASE, after)
    (truth, _), told = verdicts(old, new), diff.diff(old, new)
    assert told or not truth.moved
    assert any(found.large for found in told) or not truth.far


def rises_only(old, new):
    return new > old * change.LARGE_FACTOR


def one_day(was, now):
    return [Span(was.price_sets[-1].card.since, None)]


MISTAKES = {
    "one day is compared": (offer_changes, "_spans", one_day),
    "only rises count": (change, "is_far", rises_only),
    "the night stands for the day": (offer_changes, "_timed_changes", lambda *args: iter(())),
    "fees are left out": (offer_changes, "_fee_changes", lambda *args: iter(())),
    "aliases are left out": (diff, "_alias_changes", lambda *args: iter(())),
    "a cell without a rate counts as none": (card_changes, "billed_rate", lambda *args: None),
    "limits are left out": (offer_changes, "_limit_changes", lambda *args: iter(())),
    "life days are left out": (offer_changes, "_day_changes", lambda *args, **more: iter(())),
    "words for tiers are left out": (offer_changes, "_tiers", lambda was, now: was.tiers),
    "only the first band is compared": (card_changes, "_lengths", lambda *cards: [1]),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_in_the_comparison_is_noticed(monkeypatch, mistake):
    module, place, mistaken = MISTAKES[mistake]
    monkeypatch.setattr(module, place, mistaken)
    with pytest.raises(AssertionError):
        examine_every_kind()


def test_days_are_told_where_a_change_is_not_about_all_of_them(tmp_path):
    lists = both(tmp_path, BASE, changed(EDITS["all rates divided from tomorrow"]))
    words = [found.words for found in diff.diff(*lists)]
    assert (
        "Big at Maker, standard: input falls from 2 to 0.2 USD per million tokens (-90 %) "
        "from 2026-12-06 on." in words
    )
    lists = both(tmp_path, BASE, changed(EDITS["rates of a past day divided"]))
    assert next(found.words for found in diff.diff(*lists)).endswith("(-90 %) until 2026-02-28.")


def test_rates_of_an_hour_are_told_with_their_hours_and_days():
    (old, new), _ = lists_of("the hours are dearer from tomorrow")
    told = [found.words for found in diff.diff(old, new) if "output" in found.words]
    place = "Clocked at Maker, standard (01:00 to 04:00 UTC)"
    money = "USD per million tokens (+50 %) from 2026-12-06 on."
    assert told == [
        f"{place}: output rises from 20 to 30 {money}",
        f"{place}, above 200,000 input tokens: output rises from 40 to 60 {money}",
    ]


DAYS = ("released", "first_seen", "retires")
LIMITS = ("context_window_tokens", "max_input_tokens", "max_output_tokens")
PLACE = re.compile(
    r"(standard|off-peak|batch|priority|fast)( \((\d\d:\d\d to \d\d:\d\d( and )?)+ UTC\))?(, eu)?"
    r"(, above [\d,]+ input tokens)?: "
)


def facts_of(offer, names):
    """Days and limits of an offer, as a sentence writes them."""
    values = [getattr(offer, name) for name in names]
    if names is LIMITS:
        return ["not known" if tokens is None else f"{tokens:,}" for tokens in values]
    return [str(fact.on) if fact else "" for fact in values]


@pytest.mark.parametrize("name", EDITS)
def test_what_is_told_names_what_was_and_what_is(name):
    lists = lists_of(name)[0]
    for old, new in (lists, lists[::-1]):
        told = diff.diff(old, new)
        for was in set(old.names("maker").values()):
            now = new.names("maker").get(was.model.lower())
            if now is None or now.model != was.model:
                continue
            of_it = [found for found in told if found.model == was.model]
            for kind, names in (("date", DAYS), ("limit", LIMITS)):
                pairs = zip(facts_of(was, names), facts_of(now, names), strict=True)
                of_cards = " context window is now"
                found = [
                    (each.old, each.new)
                    for each in of_it
                    if each.kind == kind and of_cards not in each.words
                ]
                assert sorted(found) == sorted(pair for pair in pairs if pair[0] != pair[1])
        for found in told:
            assert "None" not in (text := f"{found.words} {found.old} {found.new}"), text
            if found.kind == "limit":
                assert f"is now {found.new}, was {found.old}" in found.words
            if found.kind == "date":
                assert (found.new or "no day on record") in found.words
            if found.kind == "rate" and found.old and found.new:
                assert f" from {found.old} to {found.new} USD" in found.words
            if found.kind == "rate" and found.tokens:
                assert PLACE.search(found.words), found.words


@pytest.mark.parametrize(("name", "new"), [("search fee times 10", "100"), ("search fee gone", "")])
def test_a_fee_is_told_with_what_was_and_what_is(name, new):
    (found,) = diff.diff(*lists_of(name)[0])
    now = f"{new} USD per thousand calls" if new else "no fee"
    assert found.words == f"Big at Maker: web search moves from 10 USD per thousand calls to {now}."
    assert (found.old, found.new) == ("10", new)


@pytest.mark.parametrize("name", [name for name in EDITS if name.startswith("region")])
def test_rates_are_told_of_their_tier_and_not_again_of_a_word_for_it(name):
    (old, new), _ = lists_of(name)
    assert not any("fast" in found.words for found in (*diff.diff(old, new), *diff.diff(new, old)))


def test_a_name_that_moves_to_a_model_is_guarded_for_one_rate_that_is_far_away(tmp_path):
    def edit(document):
        big = document["offers"][0]
        near = deepcopy(big) | {"model": "near", "title": "Near", "aliases": ["newest"]}
        near["rates"][2:] = [rate("batch", "5", since="2026-01-01"), *near["rates"][3:]]
        near["rates"][3] = rate("priority", "2.1", since="2026-01-01")
        big["aliases"] = ["big-1"]
        document["offers"].append(near)

    found = diff.diff(*both(tmp_path, BASE, changed(edit)))
    (moved,) = (one for one in found if "newest" in one.words and "now means" in one.words)
    assert moved.far


def test_a_fee_that_moves_for_a_while_is_told_with_its_days():
    (found,) = diff.diff(*lists_of("search fee times 10 for a month")[0])
    assert found.words.endswith("from 2026-03-01 to 2026-03-31.")


@pytest.mark.parametrize("name", ["released earlier", "released later", "ends earlier"])
def test_a_life_that_moves_is_told_by_its_day_alone(name):
    """Not by rates, fees and tiers of the days that it gains or loses as well."""
    lists = lists_of(name)[0]
    for old, new in (lists, lists[::-1]):
        assert [found.kind for found in diff.diff(old, new)] == ["date"]


def test_a_window_of_a_whole_offer_is_told_once():
    old, new = lists_of("window shorter")[0]
    words = ["Big at Maker: context window tokens is now 250,000, was 400,000."]
    assert [found.words for found in diff.diff(old, new)] == words


def test_the_window_of_days_that_are_gone_is_told_with_them():
    (old, new), _ = lists_of("window of past days longer")
    said = "Big at Maker, standard: context window is now 900,000, was 400,000 until 2026-02-28."
    assert said in [found.words for found in diff.diff(old, new)]


@given(st.none() | st.dates(date(2000, 1, 1), date(2030, 1, 1)), st.none() | st.integers(1, 900))
def test_a_day_stands_for_its_span(first, days):
    after = None if days is None else (first or date(2026, 1, 1)) + timedelta(days=days)
    day = Span(first, after).day
    assert first is None or first <= day
    assert after is None or day < after
