"""The question each open page last answered: a page that lost its session takes it up again."""

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Engine, delete, select

from tco.store.digests import holds
from tco.store.guards import plain_text
from tco.store.tables import OWNER_CHARACTERS, OpenPageRow
from tco.store.transaction import transaction

KEPT_DAYS: Final = 30
"""A page that was not used for longer is forgotten."""


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
        now, keys = self._clock(), {_digest(session) for session in sessions}
        with transaction(self._engine) as opened:
            known = opened.scalars(select(OpenPageRow).where(OpenPageRow.session.in_(keys)))
            rows = {row.session: row for row in known}
            if len(rows) < len(keys):
                old = OpenPageRow.kept_at < now - timedelta(days=KEPT_DAYS)
                others = OpenPageRow.session.not_in(keys)
                opened.execute(delete(OpenPageRow).where(old, others))
            for key in keys:
                row = rows.get(key) or OpenPageRow(session=key)
                row.owner, row.question, row.kept_at = self._owner, question, now
                opened.add(row)

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


def _digest(session: str) -> str:
    return hashlib.sha256(session.encode()).hexdigest()
