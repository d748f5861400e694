"""The digest on every row: damage and careless changes are noticed where nothing is signed.

It is no signature: who writes to the store and knows this file can work it out anew.
"""

import hashlib
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import Connection, Integer, event, inspect
from sqlalchemy.orm import Mapper

from tco.question.files import canonical_json
from tco.store.tables import Base, VersionRow

LEFT_OUT: Final = frozenset({"digest", "document", "revision"})
"""What a digest does not cover: itself, the document, which has one of its own, and the count of
changes, which the mapper raises."""


def row_digest(row: Base) -> str:
    """SHA-256 of all that a row says; of its keys only those that the planner gives."""
    said = {}
    for column in inspect(row).mapper.columns:
        if column.key in LEFT_OUT or (column.primary_key and isinstance(column.type, Integer)):
            continue
        value = getattr(row, column.key)
        said[column.key] = (
            value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
        )
    return _sha256(canonical_json(said))


def holds(row: Base) -> bool:
    """Whether a row is what the planner wrote, a version's document aside."""
    return row.digest == row_digest(row)


def document_holds(version: VersionRow) -> bool:
    """Whether the document of a version is the one that was saved."""
    return version.document_sha256 == _sha256(version.document)


@event.listens_for(Base, "before_insert", propagate=True)
@event.listens_for(Base, "before_update", propagate=True)
def _mark(_mapper: Mapper[Base], _connection: Connection, row: Base) -> None:
    """Put the digest on a row that is about to be written."""
    if isinstance(row, VersionRow) and inspect(row).attrs.document.history.has_changes():
        row.document_sha256 = _sha256(row.document)
    row.digest = row_digest(row)


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
