import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from pricing.errors import InputError, StorageError
from tco.question.files import changed
from tco.question.presets import presets
from tco.store.connect import open_store
from tco.store.errors import ConflictError
from tco.store.records import Answer
from tco.store.scenario_store import ScenarioStore
from tco.store.seals import seal_key
from tco.store.tables import VersionRow
from tco.words.shown_money import IN_DOLLARS
from tests.tco.random_questions import questions


class Clock:
    """A minute passes whenever somebody looks."""

    def __init__(self):
        self.now = datetime(2026, 11, 24, 9, tzinfo=UTC)

    def __call__(self):
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def mine(engine):
    return ScenarioStore(engine, "ada@example.org", clock=Clock())


def busier(scenario, factor=2.0):
    volume = scenario.workload.requests_per_month * factor
    return changed(scenario, {"workload.requests_per_month": volume})


def test_what_is_saved_is_there_after_a_restart(url, scenario, evaluation):
    before = open_store(url)
    kept = ScenarioStore(before, "ada").create(scenario, evaluation, "first look")
    before.dispose()
    after = open_store(url)
    loaded = ScenarioStore(after, "ada").load(kept.id)
    assert loaded.scenario == scenario
    assert loaded.kept == kept
    assert loaded.version.comment == "first look"
    assert loaded.version.answer == Answer.of(evaluation)
    assert loaded.version.answer.baseline_usd == evaluation.alternatives[0].monthly_usd
    after.dispose()


@given(scenario=questions())
@settings(
    max_examples=settings.default.max_examples // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_every_scenario_comes_back_as_it_was_saved(engine, evaluation, scenario):
    mine = ScenarioStore(engine, "ada")
    if not scenario.name.strip():
        with pytest.raises(InputError, match="name"):
            mine.create(scenario, evaluation)
    else:
        assert mine.load(mine.create(scenario, evaluation).id).scenario == scenario


def test_each_save_is_a_version_and_none_of_them_changes(mine, scenario, evaluation):
    kept = mine.create(scenario, evaluation)
    second = mine.save(kept.id, busier(scenario), evaluation, revision=kept.revision)
    assert [version.number for version in second.versions] == [1, 2]
    assert mine.load(kept.id).scenario == busier(scenario)
    assert mine.load(kept.id, version=1).scenario == scenario


def test_saving_the_same_again_adds_no_version(mine, scenario, evaluation):
    kept = mine.create(scenario, evaluation)
    assert mine.save(kept.id, scenario, evaluation, revision=kept.revision) == kept


def test_the_list_shows_the_last_changed_first(mine, scenario, evaluation):
    old, new = (mine.create(scenario, evaluation) for _ in range(2))
    assert [kept.id for kept in mine.listed()] == [new.id, old.id]
    mine.rename(old.id, "Old but renamed", revision=old.revision)
    assert [kept.name for kept in mine.listed()] == ["Old but renamed", scenario.name]


def test_two_owners_never_see_each_other(engine, scenario, evaluation):
    ada, bob = ScenarioStore(engine, "ada"), ScenarioStore(engine, "bob")
    hers = ada.create(scenario, evaluation)
    seen = {"revision": hers.revision}
    assert bob.listed() == ()
    assert bob.history(hers.id) == ()
    for attempt in (
        lambda: bob.load(hers.id),
        lambda: bob.duplicate(hers.id),
        lambda: bob.rename(hers.id, "Mine", **seen),
        lambda: bob.note(hers.id, "baseline", "x", **seen),
        lambda: bob.save(hers.id, busier(scenario), evaluation, **seen),
        lambda: bob.sign_off(hers.id, version=1, **seen),
        lambda: bob.remove(hers.id, **seen),
    ):
        with pytest.raises(InputError, match="none of your scenarios"):
            attempt()
    assert ada.listed() == (hers,)


@pytest.mark.parametrize("owner", ["", "  ", "x" * 321, "a\0b", "\ud800"])
def test_an_owner_needs_a_name(engine, owner):
    with pytest.raises(InputError):
        ScenarioStore(engine, owner)


def test_a_writer_who_has_not_seen_the_latest_change_is_refused(mine, scenario, evaluation):
    kept = mine.create(scenario, evaluation)
    newer = mine.rename(kept.id, "New name", revision=kept.revision)
    for attempt in (
        lambda: mine.save(kept.id, busier(scenario), evaluation, revision=kept.revision),
        lambda: mine.rename(kept.id, "Other", revision=kept.revision),
        lambda: mine.note(kept.id, "baseline", "x", revision=kept.revision),
        lambda: mine.sign_off(kept.id, version=1, revision=kept.revision),
        lambda: mine.remove(kept.id, revision=kept.revision),
    ):
        with pytest.raises(ConflictError, match=r"ada@example.org changed it on 2026-11-24"):
            attempt()
    assert mine.listed() == (newer,)


def test_of_many_writers_at_once_exactly_one_wins(url, scenario, evaluation):
    engine = open_store(url)
    kept = ScenarioStore(engine, "ada").create(scenario, evaluation)
    won, lost, start = [], [], threading.Barrier(8)

    def write(number):
        own = open_store(url)
        mine = ScenarioStore(own, "ada", f"writer {number}")
        start.wait()
        try:
            mine.save(kept.id, busier(scenario, 2 + number), evaluation, revision=kept.revision)
            won.append(number)
        except ConflictError:
            lost.append(number)
        own.dispose()

    writers = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    (winner,) = won
    assert len(lost) == 7
    mine = ScenarioStore(engine, "ada")
    assert mine.load(kept.id).scenario == busier(scenario, 2 + winner)
    assert [line.what for line in mine.history(kept.id)] == ["created", "saved"]
    engine.dispose()


def test_every_change_raises_the_revision_even_within_one_tick_of_the_clock(
    engine, scenario, evaluation
):
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    mine = ScenarioStore(engine, "ada", clock=lambda: noon)
    kept = mine.create(scenario, evaluation)
    noted = mine.note(kept.id, "baseline", "x", revision=kept.revision)
    assert noted.revision == kept.revision + 1
    assert mine.note(kept.id, "baseline", "y", revision=noted.revision).revision > noted.revision


def test_notes_are_kept_per_assumption_and_carried_to_the_next_version(mine, scenario, evaluation):
    kept = mine.create(scenario, evaluation)
    kept = mine.note(kept.id, "costs.pue", "Measured in March.", revision=kept.revision)
    kept = mine.note(kept.id, "baseline", "Ask sales.", revision=kept.revision)
    kept = mine.save(kept.id, busier(scenario), evaluation, revision=kept.revision)
    kept = mine.note(kept.id, "baseline", "", revision=kept.revision)
    assert {f: n.text for f, n in mine.load(kept.id).notes.items()} == {
        "costs.pue": "Measured in March."
    }
    first = mine.load(kept.id, version=1).notes
    assert {f: n.text for f, n in first.items()} == {
        "costs.pue": "Measured in March.",
        "baseline": "Ask sales.",
    }
    assert first["baseline"].written_by == "ada@example.org"


def test_a_signed_version_is_locked_and_the_next_one_is_not(engine, scenario, evaluation):
    ada = ScenarioStore(engine, "team", "ada", clock=Clock())
    eve = ScenarioStore(engine, "team", "eve, finance", clock=Clock())
    kept = ada.create(scenario, evaluation)
    kept = eve.sign_off(kept.id, version=1, revision=kept.revision, comment="Agreed.")
    assert kept.signed == kept.latest
    assert (kept.latest.signed_by, kept.latest.sign_off) == ("eve, finance", "Agreed.")
    for attempt in (
        lambda: ada.note(kept.id, "baseline", "x", revision=kept.revision),
        lambda: ada.sign_off(kept.id, version=1, revision=kept.revision),
        lambda: ada.remove(kept.id, revision=kept.revision),
    ):
        with pytest.raises(InputError, match="signed off by eve, finance on 2026-11-24 and locked"):
            attempt()
    later = ada.save(kept.id, busier(scenario), evaluation, revision=kept.revision)
    assert later.signed is not None
    assert not later.latest.locked
    noted = ada.note(kept.id, "baseline", "x", revision=later.revision)
    assert ada.load(kept.id, version=1).notes == {}
    assert noted.versions[0] == kept.versions[0]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE version SET document = replace(document, '6000000', '9000000')",
        "UPDATE version SET answer = answer || ' '",
        "UPDATE version SET comment = 'x'",
        "UPDATE version SET sign_off = 'x'",
        "UPDATE version SET signed_at = '2020-01-01 00:00:00'",
        "UPDATE version SET signed_by = 'somebody else'",
        "UPDATE version SET signed_by = NULL",
        "UPDATE version SET signed_at = NULL",
        "UPDATE version SET signed_at = NULL, signed_by = NULL",
        "UPDATE version SET seal = NULL",
        "UPDATE version SET seal = ''",
        "UPDATE version SET seal = NULL, document = replace(document, '6000000', '9000000')",
        "UPDATE note SET text = 'x'",
        "DELETE FROM note",
    ],
)
def test_a_signed_version_changed_behind_the_planner_is_noticed(
    engine, mine, scenario, evaluation, statement
):
    kept = mine.create(scenario, evaluation)
    kept = mine.note(kept.id, "baseline", "Agreed with sales.", revision=kept.revision)
    kept = mine.sign_off(kept.id, version=1, revision=kept.revision)
    assert mine.load(kept.id).scenario == scenario
    with engine.begin() as connection:
        connection.execute(text(statement))
    for attempt in (mine.load, mine.duplicate):
        with pytest.raises(StorageError, match="not what was signed off"):
            attempt(kept.id)
    (row,) = mine.listed()
    assert row.signed is None
    assert row.latest.broken
    with pytest.raises(InputError, match="locked"):
        mine.note(kept.id, "baseline", "x", revision=row.revision)


def test_a_seal_made_without_the_key_of_the_server_is_no_seal(engine, scenario, evaluation):
    keyed = ScenarioStore(engine, "ada", key=b"k" * 32)
    kept = keyed.create(scenario, evaluation)
    kept = keyed.sign_off(kept.id, version=1, revision=kept.revision)
    assert keyed.load(kept.id).version.locked
    for key in (None, b"x" * 32):
        other = ScenarioStore(engine, "ada", key=key)
        with pytest.raises(StorageError, match="does not hold"):
            other.load(kept.id)
        again = other.create(scenario, evaluation)
        again = other.sign_off(again.id, version=1, revision=again.revision)
        with pytest.raises(StorageError, match="does not hold"):
            keyed.load(again.id)


def test_with_a_key_a_signed_version_is_that_of_its_own_scenario(engine, scenario, evaluation):
    keyed = ScenarioStore(engine, "ada", key=b"k" * 32)
    first = keyed.create(scenario, evaluation)
    first = keyed.sign_off(first.id, version=1, revision=first.revision)
    second = keyed.create(busier(scenario), evaluation)
    columns = "document, answer, comment, signed_at, signed_by, sign_off, seal"
    copy = (
        f"UPDATE version SET ({columns}) = (SELECT {columns} FROM version WHERE scenario_id = :a)"
    )
    with engine.begin() as connection:
        connection.execute(text(f"{copy} WHERE scenario_id = :b"), {"a": first.id, "b": second.id})
    with pytest.raises(StorageError, match="does not hold"):
        keyed.load(second.id)


def test_a_key_too_short_to_be_a_secret_is_refused():
    assert seal_key({}) is None
    assert seal_key({"PLANNER_SEAL_KEY": "k" * 32}) == b"k" * 32
    with pytest.raises(InputError, match="fewer than 32"):
        seal_key({"PLANNER_SEAL_KEY": "secret"})


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE version SET answer = '{'",
        "UPDATE version SET answer = '[]'",
        "UPDATE version SET document = '{'",
        "UPDATE version SET document = '[1, 2'",
        'UPDATE version SET document = \'{"name": 1, "name": 2}\'',
        "UPDATE version SET document = '3'",
    ],
)
def test_a_damaged_row_is_refused_by_name_and_leaves_the_list(
    engine, mine, scenario, evaluation, statement
):
    kept = mine.create(scenario, evaluation)
    with engine.begin() as connection:
        connection.execute(text(statement))
    assert [one.id for one in mine.listed()] == [kept.id]
    with pytest.raises(StorageError, match="not what was saved"):
        mine.load(kept.id)


def test_a_duplicate_goes_its_own_way(mine, scenario, evaluation):
    kept = mine.create(scenario, evaluation)
    kept = mine.note(kept.id, "baseline", "Ask sales.", revision=kept.revision)
    kept = mine.sign_off(kept.id, version=1, revision=kept.revision)
    copy = mine.duplicate(kept.id)
    assert copy.name == f"{scenario.name} (copy)"
    assert copy.signed is None
    assert mine.load(copy.id).notes["baseline"].text == "Ask sales."
    mine.save(copy.id, busier(scenario), evaluation, revision=copy.revision)
    assert mine.load(kept.id).scenario == scenario
    assert len(mine.duplicate(kept.id, name="n" * 120).name) == 120
    assert mine.duplicate(kept.id, version=1, name="Plan B").name == "Plan B"


def test_the_log_says_who_did_what_and_when_and_outlives_the_scenario(
    engine, mine, scenario, evaluation
):
    kept = mine.create(scenario, evaluation, "first")
    kept = mine.rename(kept.id, "Plan", revision=kept.revision)
    kept = mine.note(kept.id, "baseline", "why", revision=kept.revision)
    bob = ScenarioStore(engine, "ada@example.org", "bob", clock=Clock())
    kept = bob.save(kept.id, busier(scenario), evaluation, revision=kept.revision, comment="more")
    bob.remove(kept.id, revision=kept.revision)
    assert mine.listed() == ()
    log = mine.history(kept.id)
    assert [(line.who, line.what, line.version, line.detail) for line in log] == [
        ("ada@example.org", "created", 1, "first"),
        ("ada@example.org", "renamed", None, f"from “{scenario.name}” to “Plan”"),
        ("ada@example.org", "noted", 1, "baseline: why"),
        ("bob", "saved", 2, "more"),
        ("bob", "removed", None, "Plan"),
    ]
    assert all(line.at.tzinfo == UTC for line in log)
    assert log[0].at < log[1].at


@given(
    name=st.text(max_size=200) | st.sampled_from(["'; DROP TABLE scenario; --", "a\0", "🦙" * 120])
)
@settings(
    max_examples=settings.default.max_examples // 2,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_a_name_is_kept_to_the_character_or_refused(engine, scenario, evaluation, name):
    mine = ScenarioStore(engine, "ada")
    kept = mine.create(scenario, evaluation)
    try:
        renamed = mine.rename(kept.id, name, revision=kept.revision)
    except InputError:
        assert not name.strip() or len(name) > 120 or "\0" in name
    else:
        assert renamed.name == name
        assert mine.load(kept.id).kept.name == name


@pytest.mark.parametrize("length", [2_001, 1_000_000])
def test_a_note_has_its_limit(mine, scenario, evaluation, length):
    kept = mine.create(scenario, evaluation)
    with pytest.raises(InputError, match="at most 2,000"):
        mine.note(kept.id, "baseline", "x" * length, revision=kept.revision)
    assert mine.listed() == (kept,)


def test_a_version_that_does_not_exist_is_refused(mine, scenario, evaluation):
    kept = mine.create(scenario, evaluation)
    with pytest.raises(InputError, match="versions 1 to 1"):
        mine.load(kept.id, version=2)


def test_a_version_this_planner_no_longer_reads_names_the_field(engine, mine, scenario, evaluation):
    kept = mine.create(scenario, evaluation)
    with Session(engine) as session, session.begin():
        session.scalars(select(VersionRow)).one().document = "{}"
    with pytest.raises(InputError, match="version 1: prices_on: is required"):
        mine.load(kept.id)


def test_an_answer_that_moved_says_what_moved(evaluation):
    then = Answer.of(evaluation)
    assert then.moved(then, IN_DOLLARS) == ()
    assert then.baseline_usd is not None
    today = replace(then, baseline_usd=then.baseline_usd + 1_000, catalogue_sha256="x")
    said = " ".join(then.moved(today, IN_DOLLARS))
    assert "Staying cost" in said
    assert "Prices then" in said


def test_every_worked_scenario_can_be_kept(mine, evaluation):
    for scenario in presets().values():
        mine.create(scenario, evaluation)
    assert {kept.name for kept in mine.listed()} == set(presets())
