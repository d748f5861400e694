"""A row of the store that is not what was written is refused or marked, whoever signed nothing."""

import random

import pytest
from alembic.command import downgrade
from alembic.config import Config
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from pricing.errors import PlannerError, StorageError
from tco.store.connect import migrate
from tco.store.digests import LEFT_OUT
from tco.store.scenario_store import ScenarioStore
from tests.fuzz.damage import SEED, flips

COUNTS = [6, pytest.param(300, marks=(pytest.mark.long, pytest.mark.timeout(1_800)))]


@pytest.fixture
def kept(engine, scenario, evaluation):
    """A scenario of two versions with a note, the second signed off."""
    mine = ScenarioStore(engine, "ada")
    one = mine.create(scenario, evaluation, "first look")
    one = mine.note(one.id, "baseline", "Agreed with sales.", revision=one.revision)
    other = scenario.model_copy(update={"note": "Seen by finance."})
    two = mine.save(one.id, other, evaluation, revision=one.revision, comment="second look")
    return mine.sign_off(one.id, version=2, revision=two.revision, comment="Agreed.")


def columns(engine):
    for table in ("scenario", "version", "note", "change"):
        for column in inspect(engine).get_columns(table):
            known = LEFT_OUT - {"document"} | {"id", "scenario_id", "version_id", "owner"}
            if column["name"] not in known:
                yield table, column["name"]


def seen(engine, id):
    """All that the store says of a scenario; what it refuses or marks is left out."""
    mine = ScenarioStore(engine, "ada")
    said = []
    for ask in (
        mine.listed,
        lambda: taken_out(mine.load(id, 1)),
        lambda: taken_out(mine.load(id, 2)),
        lambda: mine.history(id),
    ):
        try:
            said.append(ask())
        except PlannerError:
            said.append(None)
    return said


def taken_out(loaded):
    """What a version says itself; what is said of its neighbours is in the list."""
    return {"version": loaded.version, "scenario": loaded.scenario, "notes": loaded.notes}


@pytest.mark.parametrize("count", COUNTS)
def test_a_bit_that_turns_over_in_any_column_is_refused_or_marked(engine, kept, count):
    chance, whole = random.Random(SEED), seen(engine, kept.id)
    for table, column in columns(engine):
        rows = _read(engine, f"SELECT {_key(engine, table)}, {column} FROM {table}")
        for spoilt in range(count):
            row, value = chance.choice(rows)
            try:
                _write(engine, table, column, row, _spoilt(value, SEED + spoilt))
            except DBAPIError:  # a server that knows types takes no such value
                continue
            found = seen(engine, kept.id)
            _write(engine, table, column, row, value)
            for before, after in zip(whole, found, strict=True):
                assert after is None or after == before or _is_marked(after), (table, column)
    assert seen(engine, kept.id) == whole


def _is_marked(found):
    return isinstance(found, tuple) and any(v.damaged or v.broken for v in found[0].versions)


def _spoilt(value, seed):
    if not value:
        return "7"
    if isinstance(value, int):
        return value ^ 1
    return next(flips(str(value).encode(), 1, seed)).decode(errors="replace")


def _key(engine, table):
    (key,) = inspect(engine).get_pk_constraint(table)["constrained_columns"]
    return key


def _read(engine, statement):
    with engine.connect() as connection:
        return connection.execute(text(statement)).all()


def _write(engine, table, column, row, value):
    statement = f"UPDATE {table} SET {column} = :value WHERE {_key(engine, table)} = :row"
    with engine.begin() as connection:
        connection.execute(text(statement), {"value": value, "row": row})


def test_what_stood_in_the_store_before_its_digests_counts_as_what_was_written(engine, kept):
    config = Config()
    config.set_main_option("script_location", "tco.store:migrations")
    config.set_main_option("path_separator", "os")
    whole = seen(engine, kept.id)[1:4]
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        downgrade(config, "0002")
    migrate(engine)
    assert seen(engine, kept.id)[1:4] == whole


def test_a_version_that_went_missing_is_noticed(engine, kept):
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM note WHERE version_id = 1"))
        connection.execute(text("DELETE FROM version WHERE number = 1"))
    mine = ScenarioStore(engine, "ada")
    assert mine.listed()[0].latest.damaged
    with pytest.raises(StorageError, match="not what was saved"):
        mine.load(kept.id, 2)


def test_a_damaged_row_is_not_written_anew_as_whole(engine, kept, scenario, evaluation):
    _write(engine, "version", "comment", 2, "forged")
    mine = ScenarioStore(engine, "ada")
    for change in (
        lambda: mine.rename(kept.id, "other", revision=kept.revision),
        lambda: mine.save(kept.id, scenario, evaluation, revision=kept.revision),
        lambda: mine.duplicate(kept.id),
    ):
        with pytest.raises(StorageError):
            change()
