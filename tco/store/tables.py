"""Tables of the scenario store. A change here needs a migration; a test compares the two."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, ForeignKey, String, Text, TypeDecorator, UniqueConstraint
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

OWNER_CHARACTERS = 320
NAME_CHARACTERS = 120
FIELD_CHARACTERS = 200
DIGEST_CHARACTERS = 64


class UtcTime(TypeDecorator[datetime]):
    """A moment in UTC, on servers that keep time zones and on those that drop them."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a time zone."""
        if value is None:
            return None
        if value.tzinfo is None:
            msg = "a moment needs its time zone"
            raise ValueError(msg)
        return value.astimezone(UTC)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:  # noqa: ANN401 - as the base class has it
        """Give back UTC."""
        if value is None:
            return None
        moment: datetime = value
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Base(DeclarativeBase):
    """Tables of this store."""

    digest: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of all that the row says; written by `tco.store.digests`."""


class ScenarioRow(Base):
    """One scenario of one owner, under the name it has in the store."""

    __tablename__ = "scenario"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    owner: Mapped[str] = mapped_column(String(OWNER_CHARACTERS), index=True)
    name: Mapped[str] = mapped_column(String(NAME_CHARACTERS))
    revision: Mapped[int] = mapped_column()
    """Counts every change; a writer names the one it has seen."""
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    changed_at: Mapped[datetime] = mapped_column(UtcTime)
    changed_by: Mapped[str] = mapped_column(String(OWNER_CHARACTERS))
    versions: Mapped[list["VersionRow"]] = relationship(
        order_by="VersionRow.number", cascade="all, delete-orphan", lazy="selectin"
    )

    __mapper_args__ = {"version_id_col": revision}  # noqa: RUF012 - as SQLAlchemy wants it


class VersionRow(Base):
    """One frozen state of a scenario, and the answer it had when it was saved."""

    __tablename__ = "version"
    __table_args__ = (UniqueConstraint("scenario_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    scenario_id: Mapped[str] = mapped_column(ForeignKey("scenario.id"))
    number: Mapped[int]
    document: Mapped[str] = mapped_column(Text, deferred=True)
    """Canonical JSON of the scenario."""
    document_sha256: Mapped[str | None] = mapped_column(String(64))
    answer: Mapped[str] = mapped_column(Text)
    """Canonical JSON of the answer's headline figures and stamp."""
    comment: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(UtcTime)
    saved_by: Mapped[str] = mapped_column(String(OWNER_CHARACTERS))
    signed_at: Mapped[datetime | None] = mapped_column(UtcTime)
    signed_by: Mapped[str | None] = mapped_column(String(OWNER_CHARACTERS))
    sign_off: Mapped[str] = mapped_column(Text)
    """What was said when it was signed off."""
    seal: Mapped[str | None] = mapped_column(String(64))
    """SHA-256 of all that was signed."""
    notes: Mapped[list["NoteRow"]] = relationship(
        order_by="NoteRow.field", cascade="all, delete-orphan"
    )


class NoteRow(Base):
    """What somebody wrote about one assumption of a version."""

    __tablename__ = "note"
    __table_args__ = (UniqueConstraint("version_id", "field"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    field: Mapped[str] = mapped_column(String(FIELD_CHARACTERS))
    text: Mapped[str] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcTime)
    written_by: Mapped[str] = mapped_column(String(OWNER_CHARACTERS))


class ChangeRow(Base):
    """One line of the change log; it outlives the scenario it is about."""

    __tablename__ = "change"

    id: Mapped[int] = mapped_column(primary_key=True)
    owner: Mapped[str] = mapped_column(String(OWNER_CHARACTERS))
    scenario_id: Mapped[str] = mapped_column(String(32), index=True)
    at: Mapped[datetime] = mapped_column(UtcTime)
    who: Mapped[str] = mapped_column(String(OWNER_CHARACTERS))
    what: Mapped[str] = mapped_column(String(20))
    version: Mapped[int | None]
    detail: Mapped[str] = mapped_column(Text)


class MemberRow(Base):
    """What somebody may do in a shared folder."""

    __tablename__ = "member"

    folder: Mapped[str] = mapped_column(String(NAME_CHARACTERS), primary_key=True)
    person: Mapped[str] = mapped_column(String(OWNER_CHARACTERS), primary_key=True)
    role: Mapped[str] = mapped_column(String(10))


class OpenPageRow(Base):
    """A page that somebody has open, and the question it last answered."""

    __tablename__ = "open_page"

    session: Mapped[str] = mapped_column(String(DIGEST_CHARACTERS), primary_key=True)
    """SHA-256 of the id of its session, which is a secret of the browser."""
    owner: Mapped[str] = mapped_column(String(OWNER_CHARACTERS))
    question: Mapped[str] = mapped_column(Text)
    """Canonical JSON."""
    kept_at: Mapped[datetime] = mapped_column(UtcTime, index=True)
