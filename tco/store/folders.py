"""Folders that several people share: who may read, change, or let others in.

A folder owns scenarios as a person does. An owner of it lets people in and out, an editor changes
what is in it, a reader reads. A folder without an owner cannot be.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, Literal, get_args

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from pricing.errors import InputError, Problem
from tco.store.digests import holds
from tco.store.guards import plain_text
from tco.store.tables import NAME_CHARACTERS, OWNER_CHARACTERS, ChangeRow, MemberRow
from tco.store.transaction import transaction

Role = Literal["owner", "editor", "reader"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)
"""Each may do what the next may."""
MARK: Final = "folder: "
"""Begins the name under which a folder owns scenarios; who signs in by such a name is no member."""
_FOLDER_ITSELF: Final = ""
"""Stands for a scenario's id where the change log tells of the folder."""


@dataclass(frozen=True, slots=True)
class SharedFolder:
    """A folder, and who is in it."""

    name: str
    members: tuple[tuple[str, Role], ...]
    """Person and role, by person."""

    @property
    def owner(self) -> str:
        """Name under which it owns scenarios."""
        return owner_of(self.name)

    def role_of(self, person: str) -> Role | None:
        """What somebody may do; None for nothing."""
        return dict(self.members).get(person)


def owner_of(folder: str) -> str:
    """Name under which a folder owns scenarios."""
    return f"{MARK}{folder}"


def folders(engine: Engine, person: str | None = None) -> tuple[SharedFolder, ...]:
    """Every folder by name, or those that somebody is in."""
    by_name = select(MemberRow).order_by(MemberRow.folder, MemberRow.person)
    found: dict[str, list[tuple[str, Role]]] = {}
    with transaction(engine) as session:
        for row in session.scalars(by_name):
            found.setdefault(row.folder, []).append((row.person, _role(row)))
    every = (SharedFolder(name, tuple(members)) for name, members in found.items())
    return tuple(each for each in every if person is None or each.role_of(person))


def let_in(
    engine: Engine,
    folder: str,
    person: str,
    role: Role | None,
    *,
    by: str,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    as_keeper: bool = False,
) -> None:
    """Give somebody a role in a folder, or none any more; the first one in makes it and owns it.

    Parameters
    ----------
    by
        Who does it; an owner of the folder, where it is there already.
    as_keeper
        Whether whoever keeps the store does it, who need not be in the folder.

    Raises
    ------
    InputError
        If `by` is no owner of it, or it would be left without one.
    """
    folder = plain_text("folder", folder.strip(), NAME_CHARACTERS, needed=True)
    person = _person(person)
    with transaction(engine) as session:
        in_it = {row.person: row for row in _members(session, folder)}
        if in_it and not as_keeper:
            require_role(session, owner_of(folder), by, "owner")
        after = {name: _role(row) for name, row in in_it.items()} | {person: role}
        if "owner" not in after.values():
            limit = f"{folder} would be left without an owner"
            raise InputError(Problem("folder", "", limit, "Make somebody else its owner first."))
        row = in_it.get(person)
        if row is None and role is not None:
            session.add(MemberRow(folder=folder, person=person, role=role))
        elif row is not None and role is not None:
            row.role = role
        elif row is not None:
            session.delete(row)
        session.add(_logged(folder, person, role, by, clock()))


def require_role(session: Session, owner: str, who: str, least: Role) -> None:
    """Refuse whoever has not at least a role in a folder; what a person owns is not looked at.

    Raises
    ------
    InputError
        If the owner is a folder in which they have no such role.
    """
    if not owner.startswith(MARK):
        return
    folder = owner.removeprefix(MARK)
    mine = [_role(row) for row in _members(session, folder) if row.person == who]
    if not mine:
        raise InputError(Problem("folder", folder, "is none of yours", "Ask its owner."))
    if ROLES.index(mine[0]) > ROLES.index(least):
        limit = f"you are {mine[0]} of it, and that needs its {least}"
        raise InputError(Problem("folder", folder, limit, "Ask its owner."))


def _members(session: Session, folder: str) -> list[MemberRow]:
    return list(session.scalars(select(MemberRow).where(MemberRow.folder == folder)))


def _role(row: MemberRow) -> Role:
    """Role that a row gives.

    Raises
    ------
    ValueError
        If it is not what was written.
    """
    if not holds(row):
        msg = f"a member of the folder {row.folder} is not what was written"
        raise ValueError(msg)
    return next(role for role in ROLES if role == row.role)


def _person(name: str) -> str:
    name = plain_text("person", name.strip(), OWNER_CHARACTERS, needed=True)
    if name.startswith(MARK):
        raise InputError(Problem("person", name, "is the name of a folder", "Name a person."))
    return name


def _logged(folder: str, person: str, role: Role | None, by: str, at: datetime) -> ChangeRow:
    return ChangeRow(
        owner=owner_of(folder),
        scenario_id=_FOLDER_ITSELF,
        at=at,
        who=by,
        what="shared",
        version=None,
        detail=f"{person} is {role or 'no longer in it'}",
    )
