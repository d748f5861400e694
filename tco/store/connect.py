"""Where the store lives, and bringing its tables up to this planner's version."""

import os
import sqlite3
from collections.abc import Mapping
from pathlib import Path
from threading import Lock
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from pricing.errors import InputError, Problem, StorageError

VARIABLE: Final = "PLANNER_STORE_URL"
BUSY_SECONDS: Final = 10
CONNECT_SECONDS: Final = 5
"""Longest time that a server is waited for."""
_MIGRATION_LOCK: Final = 7_461_202_611
"""Key under which PostgreSQL lets one process at a time change the tables."""
_MIGRATING: Final = Lock()
"""Alembic keeps what it works on in its module, so that threads of a process take turns."""
_DRIVERS: Final = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg"}
_HOW: Final = "Use sqlite:///FILE or postgresql://USER@HOST/NAME."


def store_url(environment: Mapping[str, str] = os.environ) -> str:
    """Address of the store: as the environment says, else a file of this user.

    Examples
    --------
    >>> store_url({"XDG_DATA_HOME": "/data"})
    'sqlite:////data/gpt-or-llama-planner/scenarios.sqlite'
    """
    if url := environment.get(VARIABLE):
        return url
    data = environment.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    return f"sqlite:///{Path(data) / 'gpt-or-llama-planner' / 'scenarios.sqlite'}"


def connected(url: str | None = None) -> Engine:
    """Prepare to talk to a store, whose tables stay as they are.

    Raises
    ------
    InputError
        If the address is none, or its driver is not installed.
    """
    address = _address(store_url() if url is None else url)
    if address.get_backend_name() == "sqlite":
        engine = create_engine(address, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _enforce)
        event.listen(engine, "begin", _lock)
        return engine
    return create_engine(
        address, pool_pre_ping=True, connect_args={"connect_timeout": CONNECT_SECONDS}
    )


def require_store() -> None:
    """Refuse a store whose address is none or whose driver is not installed.

    One that does not answer may yet.

    Raises
    ------
    InputError
        With the command that installs the driver.
    """
    connected().dispose()


def sqlite_file(engine: Engine) -> Path | None:
    """File that holds a store; None where a server does."""
    return Path(str(engine.url.database)) if engine.dialect.name == "sqlite" else None


def open_store(url: str | None = None) -> Engine:
    """Connect to a store and bring its tables up to date.

    Raises
    ------
    InputError
        If the address is none, or its driver is not installed.
    StorageError
        If the server or file does not answer, or a newer planner wrote it.
    """
    engine = connected(url)
    if (file := sqlite_file(engine)) is not None:
        _make_folder(file.parent)
    try:
        migrate(engine)
    except StorageError:
        engine.dispose()
        raise
    return engine


def migrate(engine: Engine, revision: str = "head") -> None:
    """Bring the tables to a revision; processes and threads that start together take turns.

    Raises
    ------
    StorageError
        If the store does not answer, or a newer planner wrote it.
    """
    config = migrations()
    try:
        with _MIGRATING, engine.begin() as connection:
            _take_turn(connection)
            config.attributes["connection"] = connection
            command.upgrade(config, revision)
    except CommandError as error:
        limit = "was written by a newer planner"
        raise StorageError(
            Problem(store_address(engine), "", limit, "Update the planner, or use another store.")
        ) from error
    except SQLAlchemyError as error:
        raise unavailable(engine, error) from error


def migrations() -> Config:
    """Where Alembic finds the steps from one revision of the tables to the next."""
    config = Config()
    config.set_main_option("script_location", "tco.store:migrations")
    config.set_main_option("path_separator", "os")
    return config


def unavailable(engine: Engine, error: SQLAlchemyError) -> StorageError:
    """Say that the store does not do what it was asked, without its password."""
    cause = str(getattr(error, "orig", None) or error).strip().splitlines()
    reason = f"does not answer: {cause[0]}" if cause else "does not answer"
    return StorageError(
        Problem(store_address(engine), "", reason, "Check its address, rights and space.")
    )


def damaged(engine: Engine, error: Exception) -> StorageError:
    """Say that the store holds a row that no planner wrote."""
    reason = f"holds a row that cannot be read: {str(error)[:200]}"
    return StorageError(
        Problem(store_address(engine), "", reason, "Restore the store from a backup.")
    )


def store_address(engine: Engine) -> str:
    """Address of a store without its password."""
    return engine.url.render_as_string(hide_password=True)


def _take_turn(connection: Connection) -> None:
    """Hold off other processes until this transaction ends; SQLite's began with a lock."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATION_LOCK})


def _address(url: str) -> URL:
    try:
        address = make_url(url)
        kind = address.get_backend_name()
    except (ArgumentError, NoSuchModuleError, ValueError) as error:
        raise InputError(Problem(VARIABLE, "", "is not the address of a store", _HOW)) from error
    if kind not in _DRIVERS or (kind == "sqlite" and address.database in {None, "", ":memory:"}):
        raise InputError(Problem(VARIABLE, kind, "is neither a SQLite file nor PostgreSQL", _HOW))
    address = address.set(drivername=_DRIVERS[kind])
    try:
        address.get_dialect().import_dbapi()
    except ImportError as error:
        limit = "needs a driver that is not installed"
        remedy = "Run: pip install 'gpt-or-llama-planner[postgres]'"
        raise InputError(Problem(VARIABLE, "", limit, remedy)) from error
    return address


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = f"cannot be written: {error.strerror}"
        raise StorageError(Problem(str(folder), "", reason, "Check path and rights.")) from error


def _enforce(connection: sqlite3.Connection, _record: object) -> None:
    """Leave transactions to us, for the driver would begin them late, and keep references whole."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")


def _lock(connection: Connection) -> None:
    """Take the write lock at once, so that no transaction has to fail half-way for want of it."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")
