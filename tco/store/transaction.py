"""One transaction of the store: what fails leaves nothing behind, and says why in our words."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from pricing.errors import StorageError
from tco.store.connect import damaged, unavailable
from tco.store.guards import conflict

StoreWatch = Callable[[float, StorageError | None], None]
"""Told how long the store was at work [s], and how it failed where it did."""
_WATCHES: Final[list[StoreWatch]] = []


def watch_store(told: StoreWatch) -> None:
    """Have somebody told of all that the store does for this process from now on."""
    _WATCHES.append(told)


@contextmanager
def observed() -> Iterator[None]:
    """Tell whoever watches how long the store was at work, and how it failed."""
    began_s, failure = time.perf_counter(), None
    try:
        yield
    except StorageError as error:
        failure = error
        raise
    finally:
        for told in _WATCHES:
            told(time.perf_counter() - began_s, failure)


@contextmanager
def transaction(engine: Engine) -> Iterator[Session]:
    """Open a session that is kept whole or not at all.

    Raises
    ------
    ConflictError
        If somebody else changed the same rows.
    StorageError
        If the store does not answer, or holds what no planner wrote.
    """
    with observed():
        try:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session
        except (StaleDataError, IntegrityError) as error:
            raise conflict("somebody changed it at the same moment") from error
        except SQLAlchemyError as error:
            raise unavailable(engine, error) from error
        except (ValueError, TypeError) as error:
            raise damaged(engine, error) from error
