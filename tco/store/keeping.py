"""The whole store, for whoever keeps it: what it holds, whose it is, and whether it is whole."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from sqlalchemy import CursorResult, Engine, Integer, Table, insert, select
from sqlalchemy.orm import Session

from pricing.errors import InputError, PlannerError, Problem, did_you_mean
from tco.store import rows
from tco.store.connect import store_address
from tco.store.digests import holds
from tco.store.folders import MARK, folders
from tco.store.guards import conflict, plain_text
from tco.store.records import Kept
from tco.store.tables import (
    OWNER_CHARACTERS,
    Base,
    ChangeRow,
    MemberRow,
    NoteRow,
    ScenarioRow,
    VersionRow,
)
from tco.store.transaction import transaction
from tco.words.figures import plural


@dataclass(frozen=True, slots=True)
class Owned:
    """A scenario of the store and whose it is."""

    owner: str
    kept: Kept


@dataclass(frozen=True, slots=True)
class Fault:
    """A version that is not what it was."""

    owner: str
    scenario: str
    """Id."""
    version: int
    reason: str


def held(engine: Engine, key: bytes | None = None) -> tuple[Owned, ...]:
    """Every scenario of every owner, by owner and name."""
    ordered = select(ScenarioRow).order_by(ScenarioRow.owner, ScenarioRow.name, ScenarioRow.id)
    with transaction(engine) as session:
        return tuple(Owned(row.owner, rows.kept(row, key)) for row in session.scalars(ordered))


def faults(engine: Engine, key: bytes | None = None) -> tuple[Fault, ...]:
    """Every version that cannot be read, or whose seal does not hold."""
    found = []
    with transaction(engine) as session:
        for row in session.scalars(select(ScenarioRow).order_by(ScenarioRow.id)):
            for version in row.versions:
                try:
                    rows.loaded(row, version, key)
                except PlannerError as refusal:
                    limit = refusal.problems[0].limit
                    found.append(Fault(row.owner, row.id, version.number, limit))
    return tuple(found)


def hand_over(
    engine: Engine,
    before: str,
    after: str,
    *,
    only: str | None = None,
    by: str,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> int:
    """Give scenarios of one owner to another, with their history; gives how many.

    Parameters
    ----------
    only
        Id of one scenario; all of them when left out.
    by
        Who does it, as the change log tells.

    Raises
    ------
    InputError
        If the owner has none, or not that one.
    """
    after = plain_text("owner", after, OWNER_CHARACTERS, needed=True)
    by = plain_text("by", by, OWNER_CHARACTERS, needed=True)
    with transaction(engine) as session:
        chosen = select(ScenarioRow).where(ScenarioRow.owner == before)
        if only is not None:
            chosen = chosen.where(ScenarioRow.id == only)
        found = session.scalars(chosen).all()
        if not found:
            raise _nothing_of(session, before, only)
        for row in found:
            give(session, row, after, by=by, at=clock())
        return len(found)


def move(
    engine: Engine,
    id: str,
    after: str,
    *,
    by: str,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> str:
    """Give one scenario to a person or a shared folder, whosever it is; gives its name.

    Parameters
    ----------
    after
        A person, or the name under which a folder owns scenarios.
    by
        Who does it, as the change log tells.

    Raises
    ------
    InputError
        If there is no such scenario or folder.
    """
    after = plain_text("owner", after, OWNER_CHARACTERS, needed=True)
    by = plain_text("by", by, OWNER_CHARACTERS, needed=True)
    known = {folder.owner: folder.name for folder in folders(engine)}
    if after.startswith(MARK) and after not in known:
        folder = after.removeprefix(MARK)
        limit = "is no shared folder of this store"
        remedy = did_you_mean(folder, known.values()) if known else "tco store share makes one."
        raise InputError(Problem("folder", folder, limit, remedy))
    with transaction(engine) as session:
        row = session.get(ScenarioRow, id)
        if row is None:
            limit = "is no scenario of this store"
            raise InputError(Problem("scenario", id, limit, "tco store list names them."))
        give(session, row, after, by=by, at=clock())
        return row.name


def give(session: Session, row: ScenarioRow, after: str, *, by: str, at: datetime) -> None:
    """Make a scenario somebody else's, with its history.

    Raises
    ------
    ValueError
        If a row is not what was written.
    """
    log = session.scalars(select(ChangeRow).where(ChangeRow.scenario_id == row.id)).all()
    _require_whole(row, *log)
    before = row.owner
    row.owner, row.changed_at, row.changed_by = after, at, by
    for change in log:
        change.owner = after
    session.add(_handed_over(row, before, by))


def copy(source: Engine, target: Engine) -> int:
    """Put every scenario of one store into another, whole and under the same id; gives how many.

    All of them arrive or none. Shared folders come along, but for those the other store has by
    name. What pages last answered stays where it is.

    Raises
    ------
    InputError
        If both are the same store.
    ConflictError
        If the other store holds one of them already.
    """
    if source.url == target.url:
        remedy = "Name another store to copy into."
        raise InputError(Problem("store", store_address(target), "is the one to copy", remedy))
    with transaction(source) as reading, transaction(target) as writing:
        there = set(writing.scalars(select(ScenarioRow.id)))
        twice = [one for one in reading.scalars(select(ScenarioRow.id)) if one in there]
        if twice:
            raise conflict(f"the other store holds {plural(len(twice), 'of them')} already")
        count = len(_carried(reading, writing, ScenarioRow))
        versions = _carried(reading, writing, VersionRow)
        for note in reading.scalars(select(NoteRow).order_by(NoteRow.id)):
            _require_whole(note)
            own = rows.copied(note)
            own.version_id = versions[note.version_id]
            writing.add(own)
        _carried(reading, writing, ChangeRow)
        _carry_folders(reading, writing)
        return count


def _carry_folders(reading: Session, writing: Session) -> None:
    """Copy who is in a folder, unless the other store has one of its name."""
    table = cast(Table, MemberRow.__table__)
    there = set(writing.scalars(select(MemberRow.folder)))
    for row in reading.execute(select(table)).mappings():
        if row["folder"] not in there:
            writing.execute(insert(table).values(dict(row)))


def _require_whole(*found: Base) -> None:
    """Refuse to write a row anew that is not what was written: its digest would then hold."""
    if not all(map(holds, found)):
        msg = "a row is not what was written, and tco store check says whose"
        raise ValueError(msg)


def _carried(
    reading: Session, writing: Session, kind: type[ScenarioRow | VersionRow | ChangeRow]
) -> dict[int, int]:
    """Copy the rows of a table as they are, digests too; numbers of a store's own are given anew.

    Returns
    -------
    dict
        The id of each row by the id it had.
    """
    table = cast(Table, kind.__table__)
    numbered = isinstance(table.c.id.type, Integer)
    ids = {}
    for row in reading.execute(select(table).order_by(table.c.id)).mappings():
        values = dict(row)
        if numbered:
            del values["id"]
        done = cast(CursorResult[Any], writing.execute(insert(table).values(values)))
        ids[row["id"]] = cast(Sequence[int], done.inserted_primary_key)[0]
    return ids


def _handed_over(row: ScenarioRow, before: str, by: str) -> ChangeRow:
    return ChangeRow(
        owner=row.owner,
        scenario_id=row.id,
        at=row.changed_at,
        who=by,
        what="handed over",
        version=None,
        detail=f"from {before} to {row.owner}",
    )


def _nothing_of(session: Session, owner: str, only: str | None) -> InputError:
    owners = set(session.scalars(select(ScenarioRow.owner)))
    if owner not in owners:
        limit = "owns no scenario of this store"
        return InputError(Problem("owner", owner, limit, did_you_mean(owner, owners)))
    limit = f"is no scenario of {owner}"
    return InputError(Problem("scenario", only or "", limit, "tco store list names them."))
