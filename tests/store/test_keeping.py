"""Who keeps the store lists, hands over, copies and checks it; nothing is lost on the way."""

import json

import pytest
from sqlalchemy import text

from pricing.errors import InputError, StorageError
from tco.question.files import changed
from tco.store.connect import open_store
from tco.store.errors import ConflictError
from tco.store.keeping import copy, faults, hand_over, held
from tco.store.scenario_store import ScenarioStore
from tests.tco.command import tco

KEY = b"k" * 32


@pytest.fixture
def shelf(engine, scenario, evaluation):
    """Two people's scenarios: two versions, a note, and one that is signed off with a key."""
    ada, bob = (ScenarioStore(engine, owner, key=KEY) for owner in ("ada", "bob"))
    kept = ada.create(scenario, evaluation, "first")
    more = changed(scenario, {"workload.requests_per_month": 9e6})
    kept = ada.save(kept.id, more, evaluation, revision=kept.revision, comment="more")
    kept = ada.note(kept.id, "costs.pue", "measured", revision=kept.revision)
    ada.sign_off(kept.id, version=2, revision=kept.revision, comment="agreed")
    bob.create(scenario, evaluation)
    return engine


@pytest.fixture
def other(tmp_path):
    engine = open_store(f"sqlite:///{tmp_path / 'other.sqlite'}")
    yield engine
    engine.dispose()


def whole(engine):
    """All that anybody can read of a store."""
    stores = {owned.owner: ScenarioStore(engine, owned.owner, key=KEY) for owned in held(engine)}
    return {
        owner: [
            (
                kept,
                [mine.load(kept.id, version.number) for version in kept.versions],
                mine.history(kept.id),
            )
            for kept in mine.listed()
        ]
        for owner, mine in stores.items()
    }


def test_a_copied_store_is_the_same_to_every_reader(shelf, other):
    assert copy(shelf, other) == 2
    assert whole(other) == whole(shelf)
    assert faults(other, KEY) == ()


def test_a_copy_comes_back_by_the_way_it_went(shelf, other):
    before = whole(shelf)
    copy(shelf, other)
    with shelf.begin() as connection:
        for table in ("change", "note", "version", "scenario"):
            connection.execute(text(f"DELETE FROM {table}"))
    copy(other, shelf)
    assert whole(shelf) == before


def test_a_copy_goes_beside_what_is_there_and_over_nothing(shelf, other, scenario, evaluation):
    mine = ScenarioStore(other, "eve").create(scenario, evaluation)
    copy(shelf, other)
    assert ScenarioStore(other, "eve").load(mine.id).scenario == scenario
    before = whole(other)
    with pytest.raises(ConflictError, match="already"):
        copy(shelf, other)
    assert whole(other) == before


def test_a_store_is_not_copied_into_itself(shelf):
    with pytest.raises(InputError, match="the one to copy"):
        copy(shelf, shelf)


def test_who_takes_over_has_the_scenarios_their_seals_and_their_history(shelf):
    before = whole(shelf)["ada"]
    assert hand_over(shelf, "ada", "eve", by="root") == 1
    assert "ada" not in whole(shelf)
    ((kept, versions, history),) = whole(shelf)["eve"]
    ((was, versions_before, history_before),) = before
    assert [v.scenario for v in versions] == [v.scenario for v in versions_before]
    assert (kept.versions, kept.name) == (was.versions, was.name)
    assert history[:-1] == history_before
    assert (history[-1].who, history[-1].what) == ("root", "handed over")
    assert history[-1].detail == "from ada to eve"
    assert faults(shelf, KEY) == ()


def test_one_scenario_is_handed_over_and_the_others_stay(shelf, scenario, evaluation):
    second = ScenarioStore(shelf, "ada").create(scenario, evaluation)
    assert hand_over(shelf, "ada", "bob", only=second.id, by="root") == 1
    assert [len(whole(shelf)[owner]) for owner in ("ada", "bob")] == [1, 2]


def test_in_an_empty_store_nobody_is_named_as_known(engine):
    with pytest.raises(InputError, match="There is none yet"):
        hand_over(engine, "ada", "eve", only=None, by="root")


@pytest.mark.parametrize(
    ("owner", "only", "words"),
    [("adda", None, "Did you mean 'ada'"), ("ada", "none", "is no scenario of ada")],
)
def test_nothing_is_handed_over_of_who_has_nothing(shelf, owner, only, words):
    before = whole(shelf)
    with pytest.raises(InputError, match=words):
        hand_over(shelf, owner, "eve", only=only, by="root")
    assert whole(shelf) == before


DAMAGE = {
    "another volume": ("UPDATE version SET document = replace(document, '9000000', '9000001')", 1),
    "no JSON": ("UPDATE version SET document = '{' WHERE number = 1", 2),
    "another remark": ("UPDATE version SET sign_off = 'not agreed' WHERE number = 2", 1),
}


@pytest.mark.parametrize(("statement", "count"), DAMAGE.values(), ids=DAMAGE)
def test_every_version_that_is_not_what_it_was_is_named(shelf, statement, count):
    assert faults(shelf, KEY) == ()
    with shelf.begin() as connection:
        connection.execute(text(statement))
    assert len(faults(shelf, KEY)) == count


def test_the_commands_say_what_they_did(shelf, url, tmp_path, monkeypatch):
    monkeypatch.setenv("PLANNER_SEAL_KEY", KEY.decode())
    where = ("--store", url)
    listed = tco("store", "list", *where)
    assert (listed.returncode, "ada" in listed.stdout, "bob" in listed.stdout) == (0, True, True)
    target = f"sqlite:///{tmp_path / 'kept-safe.sqlite'}"
    assert tco("store", "copy", target, *where).stderr == "Copied 2 scenarios.\n"
    assert tco("store", "copy", target, *where).returncode == 8
    handed = tco("store", "owner", "bob", "eve", "--store", target)
    assert handed.stderr == "1 scenario of bob now of eve.\n"
    assert tco("store", "owner", "bob", "eve", "--store", target).returncode == 2
    assert tco("store", "check", "--store", target).returncode == 0
    opened = open_store(target)
    with opened.begin() as connection:
        connection.execute(text("UPDATE version SET document = '{'"))
    opened.dispose()
    broken = tco("store", "check", "--store", target, "--json")
    assert broken.returncode == 10
    assert len(json.loads(broken.stdout)["faults"]) == 3


@pytest.mark.parametrize(
    ("damage", "act"),
    [
        ("UPDATE change SET detail = 'x'", lambda shelf, _: hand_over(shelf, "ada", "eve", by="b")),
        ("UPDATE scenario SET name = 'x'", lambda shelf, _: hand_over(shelf, "ada", "eve", by="b")),
        ("UPDATE note SET text = 'x'", copy),
    ],
    ids=["a line of the log", "a name", "a note"],
)
def test_nothing_damaged_is_written_anew_as_if_it_were_whole(shelf, other, damage, act):
    with shelf.begin() as connection:
        connection.execute(text(damage))
    with pytest.raises(StorageError, match="not what was written"):
        act(shelf, other)
    assert held(other) == ()
    assert {owned.owner for owned in held(shelf)} == {"ada", "bob"}
