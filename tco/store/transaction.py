"""One transaction of the store: what fails leaves nothing behind, and says why in our words."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tco.store.connect import damaged, unavailable
from tco.store.guards import conflict


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
    try:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            yield session
    except (StaleDataError, IntegrityError) as error:
        raise conflict("somebody changed it at the same moment") from error
    except SQLAlchemyError as error:
        raise unavailable(engine, error) from error
    except (ValueError, TypeError) as error:
        raise damaged(engine, error) from error
