import multiprocessing
import stat
from concurrent.futures import ThreadPoolExecutor

import pytest
from alembic.autogenerate import compare_metadata
from alembic.command import downgrade
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import column, insert, inspect, select, table, text

from pricing.errors import InputError, StorageError
from tco.store.connect import (
    VARIABLE,
    connected,
    migrate,
    migrations,
    open_store,
    sqlite_file,
    store_address,
    store_url,
)
from tco.store.scenario_store import ScenarioStore
from tco.store.tables import Base


def test_the_environment_names_the_store():
    assert store_url({VARIABLE: "postgresql://db/planner"}) == "postgresql://db/planner"


def test_without_a_name_the_store_is_a_file_of_this_user_alone(tmp_path):
    url = store_url({"XDG_DATA_HOME": str(tmp_path / "data")})
    engine = open_store(url)
    folder = tmp_path / "data" / "gpt-or-llama-planner"
    assert (folder / "scenarios.sqlite").exists()
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    engine.dispose()


def test_the_migrations_lead_to_the_tables_of_the_code(engine):
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_again_changes_nothing(engine, scenario, evaluation):
    kept = ScenarioStore(engine, "ada").create(scenario, evaluation)
    migrate(engine)
    assert ScenarioStore(engine, "ada").listed() == (kept,)


def test_every_migration_can_be_taken_back(engine):
    config = migrations()
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        downgrade(config, "base")
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    migrate(engine)
    assert {"scenario", "version", "note", "change"} <= set(inspect(engine).get_table_names())


REVISIONS = [step.revision for step in ScriptDirectory.from_config(migrations()).walk_revisions()]


@pytest.mark.parametrize("revision", REVISIONS)
def test_from_every_earlier_revision_everything_saved_comes_along(
    url, tmp_path, scenario, evaluation, revision
):
    today = open_store(f"sqlite:///{tmp_path / 'today.sqlite'}")
    mine = ScenarioStore(today, "ada")
    kept = mine.create(scenario, evaluation)
    kept = mine.note(kept.id, "costs.pue", "measured", revision=kept.revision)
    kept = mine.sign_off(kept.id, version=1, revision=kept.revision, comment="agreed")
    before = (mine.listed(), mine.load(kept.id), mine.history(kept.id))
    engine = connected(url)
    if (file := sqlite_file(engine)) is not None:
        file.parent.mkdir()
    migrate(engine, revision)
    with today.connect() as reading, engine.begin() as writing:
        for name in ("scenario", "version", "note", "change"):
            new = Base.metadata.tables[name]
            had = [new.c[each["name"]] for each in inspect(writing).get_columns(name)]
            old = table(name, *(column(each.name, each.type) for each in had))
            for row in reading.execute(select(*had)).mappings():
                writing.execute(insert(old).values(dict(row)))
    today.dispose()
    engine.dispose()
    engine = open_store(url)
    mine = ScenarioStore(engine, "ada")
    assert (mine.listed(), mine.load(kept.id), mine.history(kept.id)) == before
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    engine.dispose()


def test_processes_that_start_together_take_turns(url):
    with multiprocessing.get_context("spawn").Pool(3) as pool:
        pool.map(_open_and_close, [url] * 6)
    engine = open_store(url)
    assert ScenarioStore(engine, "ada").listed() == ()
    engine.dispose()


def test_threads_that_open_stores_together_take_turns(tmp_path):
    urls = [f"sqlite:///{tmp_path / str(number)}.sqlite" for number in range(12)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(_open_and_close, urls))


def _open_and_close(url):
    open_store(url).dispose()


def test_a_store_of_a_newer_planner_is_left_alone(engine):
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(StorageError, match="newer planner"):
        migrate(engine)


def test_another_kind_of_server_is_not_told_to_install_a_driver():
    with pytest.raises(InputError, match="neither a SQLite file nor PostgreSQL"):
        open_store("mysql://h/n")


@pytest.mark.parametrize(
    "url",
    ["", "scenarios.db", "sqlite://", "sqlite:///:memory:", "mysql://h/n", "oracle://h/n", "x://y"],
)
def test_an_address_that_is_none_is_refused(url):
    with pytest.raises(InputError, match=VARIABLE):
        open_store(url or "nonsense")


def test_a_file_that_is_no_store_is_refused(tmp_path):
    file = tmp_path / "notes.sqlite"
    file.write_text("not a database, " * 100)
    with pytest.raises(StorageError, match="not a database"):
        open_store(f"sqlite:///{file}")


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="cannot be written"):
        open_store(f"sqlite:///{tmp_path / 'file' / 'store.sqlite'}")


@pytest.mark.postgres
def test_a_server_that_does_not_answer_is_named_without_its_password(postgres_server):
    wrong = postgres_server.replace("planner:", "planner:wrong-", 1)
    with pytest.raises(StorageError, match="does not answer") as refused:
        open_store(f"{wrong}postgres")
    assert "wrong-" not in str(refused.value)
    assert "***" in str(refused.value)


@pytest.mark.postgres
def test_plain_postgresql_addresses_use_the_driver_that_ships(postgres_server):
    engine = open_store(f"{postgres_server}postgres")
    assert engine.dialect.driver == "psycopg"
    assert "***" in store_address(engine)
    engine.dispose()
