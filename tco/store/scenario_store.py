"""The scenarios of one owner: save, list, load, rename, duplicate, annotate, sign off, remove.

Saved versions never change; notes belong to the latest one until it is signed off. Whoever changes
something names the revision they have seen, so that nobody overwrites what they have not read.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from pricing.errors import InputError, Problem
from tco.answer.worked import Evaluation
from tco.question.files import canonical_json, document_of
from tco.question.scenario import Scenario
from tco.store import rows
from tco.store.folders import Role, owner_of, require_role
from tco.store.guards import TEXT_CHARACTERS, conflict, numbered, plain_text, unlocked
from tco.store.keeping import give
from tco.store.records import Answer, Kept, Loaded, LoggedChange, What
from tco.store.seals import seal
from tco.store.tables import (
    FIELD_CHARACTERS,
    NAME_CHARACTERS,
    OWNER_CHARACTERS,
    ChangeRow,
    NoteRow,
    ScenarioRow,
    VersionRow,
)
from tco.store.transaction import transaction
from tco.words.dates import moment


def _now() -> datetime:
    return datetime.now(UTC)


class ScenarioStore:
    """The scenarios of one owner, a person or a folder; those of others do not exist here."""

    def __init__(
        self,
        engine: Engine,
        owner: str,
        who: str | None = None,
        *,
        key: bytes | None = None,
        clock: Callable[[], datetime] = _now,
    ) -> None:
        """Open the store of `owner`; `who` acts, the owner when left out; `key` seals.

        What a folder owns is shown to who is in it, and changed by its editors and owners.
        """
        self._engine = engine
        self._owner = plain_text("owner", owner, OWNER_CHARACTERS, needed=True)
        self._who = plain_text("who", who or owner, OWNER_CHARACTERS, needed=True)
        self._key = key
        self._clock = clock

    def listed(self) -> tuple[Kept, ...]:
        """Every scenario of the owner, the last changed first."""
        mine = select(ScenarioRow).where(ScenarioRow.owner == self._owner)
        newest = mine.order_by(ScenarioRow.changed_at.desc(), ScenarioRow.id)
        with self._opened("reader") as session:
            return tuple(rows.kept(row, self._key) for row in session.scalars(newest))

    def create(self, scenario: Scenario, evaluation: Evaluation, comment: str = "") -> Kept:
        """Put a scenario in the store, with the answer it has now."""
        with self._opened("editor") as session:
            row = self._new_row(scenario.name)
            session.add(row)
            self._append(session, row, scenario, Answer.of(evaluation), comment)
            self._log(session, row, "created", 1, comment)
            return self._done(session, row)

    def save(
        self,
        id: str,
        scenario: Scenario,
        evaluation: Evaluation,
        *,
        revision: int,
        comment: str = "",
    ) -> Kept:
        """Add a version; notes are carried over. The same scenario and answer add nothing."""
        with self._opened("editor") as session:
            row = self._found(session, id, revision)
            latest = rows.as_saved(row, row.versions[-1], self._key)
            answer = Answer.of(evaluation)
            content = (canonical_json(document_of(scenario)), rows.answer_text(answer))
            if content == (latest.document, latest.answer):
                return rows.kept(row, self._key)
            self._touch(session, row)
            added = self._append(session, row, scenario, answer, comment)
            added.notes = [rows.copied(note) for note in latest.notes]
            self._log(session, row, "saved", added.number, comment)
            return self._done(session, row)

    def load(self, id: str, version: int | None = None) -> Loaded:
        """Take a version out of the store, the latest when none is named.

        Raises
        ------
        InputError
            If there is no such scenario or version, or this planner no longer accepts it.
        StorageError
            If a signed version was changed by other means than the planner.
        """
        with self._opened("reader") as session:
            row = self._found(session, id)
            return rows.loaded(row, numbered(row, version), self._key)

    def rename(self, id: str, name: str, *, revision: int) -> Kept:
        """Change the name in the store; saved versions keep what they say."""
        name = plain_text("name", name, NAME_CHARACTERS, needed=True)
        with self._opened("editor") as session:
            row = self._found(session, id, revision)
            rows.as_saved(row, row.versions[-1], self._key)
            before, row.name = row.name, name
            self._touch(session, row)
            self._log(session, row, "renamed", None, f"from “{before}” to “{name}”")
            return self._done(session, row)

    def duplicate(self, id: str, version: int | None = None, name: str = "") -> Kept:
        """Start another scenario from a version, notes included, not signed off."""
        with self._opened("editor") as session:
            source = self._found(session, id)
            original = rows.as_saved(source, numbered(source, version), self._key)
            title = name or f"{source.name[: NAME_CHARACTERS - 7]} (copy)"
            row = self._new_row(plain_text("name", title, NAME_CHARACTERS, needed=True))
            session.add(row)
            started = self._version(row, original.document, original.answer, original.comment)
            started.notes = [rows.copied(note) for note in original.notes]
            came = f"from “{source.name}”, version {original.number}"
            self._log(session, row, "duplicated", 1, came)
            return self._done(session, row)

    def note(self, id: str, field: str, text: str, *, revision: int) -> Kept:
        """Write about an assumption of the latest version; an empty text takes the note away."""
        field = plain_text("field", field, FIELD_CHARACTERS, needed=True)
        text = plain_text("note", text, TEXT_CHARACTERS)
        with self._opened("editor") as session:
            row = self._found(session, id, revision)
            latest = row.versions[-1]
            unlocked(latest)
            rows.as_saved(row, latest, self._key)
            self._touch(session, row)
            latest.notes[:] = [note for note in latest.notes if note.field != field]
            session.flush()
            if text:
                latest.notes.append(
                    NoteRow(field=field, text=text, written_at=self._clock(), written_by=self._who)
                )
            self._log(session, row, "noted", latest.number, f"{field}: {text}")
            return self._done(session, row)

    def sign_off(
        self,
        id: str,
        *,
        version: int,
        revision: int,
        comment: str = "",
    ) -> Kept:
        """Lock a version: from then on nothing about it changes."""
        with self._opened("editor") as session:
            row = self._found(session, id, revision)
            signed = numbered(row, version)
            unlocked(signed)
            rows.as_saved(row, signed, self._key)
            self._touch(session, row)
            signed.signed_at, signed.signed_by = self._clock(), self._who
            signed.sign_off = plain_text("comment", comment, TEXT_CHARACTERS)
            signed.seal = seal(signed, self._key)
            self._log(session, row, "signed off", version, comment)
            return self._done(session, row)

    def remove(self, id: str, *, revision: int) -> None:
        """Take a scenario out of the store for good, unless a version of it is signed off."""
        with self._opened("editor") as session:
            row = self._found(session, id, revision)
            for version in row.versions:
                unlocked(version)
            self._log(session, row, "removed", None, row.name)
            session.delete(row)

    def move(self, id: str, folder: str, *, revision: int) -> None:
        """Put a scenario into a shared folder, with its versions, notes and history."""
        with self._opened("editor") as session:
            require_role(session, owner_of(folder), self._who, "editor")
            row = self._found(session, id, revision)
            give(session, row, owner_of(folder), by=self._who, at=self._clock())

    def history(self, id: str) -> tuple[LoggedChange, ...]:
        """Who did what to a scenario and when, the first change first."""
        lines = select(ChangeRow).where(ChangeRow.owner == self._owner, ChangeRow.scenario_id == id)
        with self._opened("reader") as session:
            return tuple(rows.logged(row) for row in session.scalars(lines.order_by(ChangeRow.id)))

    @contextmanager
    def _opened(self, least: Role) -> Iterator[Session]:
        """Begin a transaction of somebody who may do that here."""
        with transaction(self._engine) as session:
            require_role(session, self._owner, self._who, least)
            yield session

    def _found(self, session: Session, id: str, revision: int | None = None) -> ScenarioRow:
        mine = select(ScenarioRow).where(ScenarioRow.id == id, ScenarioRow.owner == self._owner)
        row = session.scalars(mine).one_or_none()
        if row is None:
            limit = "is none of your scenarios"
            raise InputError(Problem("scenario", id[:32], limit, "Choose one from your list."))
        if revision is not None and revision != row.revision:
            raise conflict(f"{row.changed_by} changed it on {moment(row.changed_at)} UTC")
        return row

    def _new_row(self, name: str) -> ScenarioRow:
        now = self._clock()
        return ScenarioRow(
            id=uuid4().hex,
            owner=self._owner,
            name=plain_text("name", name, NAME_CHARACTERS, needed=True),
            created_at=now,
            changed_at=now,
            changed_by=self._who,
        )

    def _append(
        self,
        session: Session,
        row: ScenarioRow,
        scenario: Scenario,
        answer: Answer,
        comment: str,
    ) -> VersionRow:
        session.flush()
        document = canonical_json(document_of(scenario))
        text = plain_text("comment", comment, TEXT_CHARACTERS)
        return self._version(row, document, rows.answer_text(answer), text)

    def _version(self, row: ScenarioRow, document: str, answer: str, comment: str) -> VersionRow:
        added = VersionRow(
            number=len(row.versions) + 1,
            document=document,
            answer=answer,
            comment=comment,
            saved_at=self._clock(),
            saved_by=self._who,
            sign_off="",
        )
        row.versions.append(added)
        return added

    def _touch(self, session: Session, row: ScenarioRow) -> None:
        """Raise the revision first, so that of two writers at once the second finds it raised."""
        row.changed_at, row.changed_by = self._clock(), self._who
        flag_modified(row, "changed_at")
        session.flush()

    def _log(
        self, session: Session, row: ScenarioRow, what: What, version: int | None, detail: str
    ) -> None:
        session.add(
            ChangeRow(
                owner=self._owner,
                scenario_id=row.id,
                at=self._clock(),
                who=self._who,
                what=what,
                version=version,
                detail=detail,
            )
        )

    def _done(self, session: Session, row: ScenarioRow) -> Kept:
        session.flush()
        return rows.kept(row, self._key)
