"""The question each open page last answered: a page that lost its session takes it up again."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Engine, bindparam, delete, insert, update

from tco.store.digests import holds, row_digest
from tco.store.guards import plain_text
from tco.store.tables import OWNER_CHARACTERS, OpenPageRow
from tco.store.transaction import transaction

KEPT_DAYS: Final = 30
"""A page that was not used for longer is forgotten."""

_TABLE: Final = OpenPageRow.metadata.tables[OpenPageRow.__tablename__]
# In SQL of the core: pages are kept with every answer, and the mapper takes twice as long.
_CHANGE: Final = update(_TABLE).where(_TABLE.c.session == bindparam("page"))
_ADD: Final = insert(_TABLE)
_FORGET: Final = delete(_TABLE).where(_TABLE.c.kept_at < bindparam("before"))


def _now() -> datetime:
    return datetime.now(UTC)


class OpenPages:
    """The open pages of one owner; those of others do not exist here."""

    def __init__(self, engine: Engine, owner: str, *, clock: Callable[[], datetime] = _now) -> None:
        self._engine = engine
        self._owner = plain_text("owner", owner, OWNER_CHARACTERS, needed=True)
        self._clock = clock

    def keep(self, question: str, *sessions: str) -> None:
        """Keep the question of a page for the case that its session is lost.

        Parameters
        ----------
        question
            JSON text.
        sessions
            Ids that the page may come back with, which only its browser knows; kept for all of
            them or for none.

        Raises
        ------
        StorageError
            If the store does not answer.
        """
        now = self._clock()
        pages = {key: self._said(key, question, now) for key in sorted(map(_digest, sessions))}
        with transaction(self._engine) as opened:
            to = opened.connection()
            new = [
                {"session": key, **said}
                for key, said in pages.items()
                if not to.execute(_CHANGE, {"page": key, **said}).rowcount
            ]
            if new:
                to.execute(_FORGET, {"before": now - timedelta(days=KEPT_DAYS)})
                to.execute(_ADD, new)

    def question_of(self, session: str) -> str | None:
        """Question that a page of this owner last answered; None where none is kept whole.

        Raises
        ------
        StorageError
            If the store does not answer.
        """
        with transaction(self._engine) as opened:
            row = opened.get(OpenPageRow, _digest(session))
            mine = row is not None and row.owner == self._owner and holds(row)
            return row.question if row is not None and mine else None

    def _said(self, session: str, question: str, now: datetime) -> dict[str, Any]:
        """What a row says beside its key."""
        said = {"owner": self._owner, "question": question, "kept_at": now}
        return {**said, "digest": row_digest(OpenPageRow(session=session, **said))}


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()
