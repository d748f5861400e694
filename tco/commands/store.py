"""The store commands: what the shelf holds, whose it is, whether it is whole, and carrying it."""

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pricing.errors import InputError, Problem
from tco.commands.analysis import CHECK_FAILED
from tco.commands.notes import note, say
from tco.commands.question_file import AsJson, print_json
from tco.words.figures import plural

if TYPE_CHECKING:
    from sqlalchemy import Engine

store = typer.Typer(no_args_is_help=True, help="Keep the store of saved scenarios.")

Address = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="ADDRESS",
        help="sqlite:///FILE or postgresql://USER@HOST/NAME; that of PLANNER_STORE_URL, or your "
        "own, when left out.",
    ),
]


class MemberRole(StrEnum):
    """What somebody may do in a shared folder."""

    OWNER = "owner"
    EDITOR = "editor"
    READER = "reader"
    NOBODY = "nobody"


@store.command("list")
def list_scenarios(*, address: Address = None, as_json: AsJson = False) -> None:
    """List every scenario, whose it is, and when it changed."""
    from tco.store.keeping import held
    from tco.words.dates import moment

    with _opened(address) as engine:
        found = held(engine, _key())
    rows = [
        {
            "owner": owned.owner,
            "id": owned.kept.id,
            "name": owned.kept.name,
            "versions": len(owned.kept.versions),
            "changed": f"{moment(owned.kept.changed_at)} UTC",
            "by": owned.kept.changed_by,
        }
        for owned in found
    ]
    if as_json:
        print_json({"schema": "tco.store/1", "scenarios": rows})
    else:
        _print_rows("Saved scenarios", rows, none="Nothing is saved yet.")


def _print_rows(title: str, rows: list[dict[str, Any]], *, none: str) -> None:
    if rows:
        from tco.commands.tables import print_table

        print_table(title, tuple(rows[0]), rows)
    else:
        note(none)


@store.command("owner")
def change_owner(
    before: Annotated[str, typer.Argument(help="Whose scenarios they are.")],
    after: Annotated[str, typer.Argument(help="Whose they become.")],
    *,
    only: Annotated[str | None, typer.Option(help="Id of one; all when left out.")] = None,
    by: Annotated[
        str | None, typer.Option(help="Who does it, for the change log; you when left out.")
    ] = None,
    address: Address = None,
) -> None:
    """Hand scenarios over to somebody else, with their versions, notes and history."""
    from tco.store.keeping import hand_over

    with _opened(address) as engine:
        count = hand_over(engine, before, after, only=only, by=by or getpass.getuser())
    note(f"{plural(count, 'scenario')} of {before} now of {after}.")


@store.command("move")
def move_scenario(
    id: Annotated[str, typer.Argument(help="Id of the scenario, as tco store list gives it.")],
    *,
    to: Annotated[str | None, typer.Option(help="Person whose it becomes.")] = None,
    folder: Annotated[
        str | None, typer.Option(help="Shared folder that it moves into, instead.")
    ] = None,
    by: Annotated[
        str | None, typer.Option(help="Who does it, for the change log; you when left out.")
    ] = None,
    address: Address = None,
) -> None:
    """Move one scenario into a shared folder, or out of one, with its versions and history."""
    from tco.store.folders import owner_of
    from tco.store.keeping import move

    if (to is None) == (folder is None):
        raise InputError(Problem("--to", to or "", "or --folder is needed", "Give one of the two."))
    after = to if folder is None else owner_of(folder)
    assert after is not None
    with _opened(address) as engine:
        name = move(engine, id, after, by=by or getpass.getuser())
    note(f"{name} is now of {after}.")


@store.command("folders")
def list_folders(*, address: Address = None, as_json: AsJson = False) -> None:
    """List the shared folders, and what everybody may do in them."""
    from tco.store.folders import folders

    with _opened(address) as engine:
        found = folders(engine)
    rows = [
        {"folder": folder.name, "person": person, "role": role}
        for folder in found
        for person, role in folder.members
    ]
    if as_json:
        print_json({"schema": "tco.store-folders/1", "members": rows})
    else:
        _print_rows("Shared folders", rows, none="No folder is shared yet.")


@store.command("share")
def share_folder(
    folder: Annotated[str, typer.Argument(help="Name of the folder; a new one is made.")],
    person: Annotated[str, typer.Argument(help="Who is let in or out.")],
    *,
    role: Annotated[
        MemberRole, typer.Option("--as", help="What they may do there; nobody: no longer in it.")
    ] = MemberRole.READER,
    by: Annotated[
        str | None, typer.Option(help="Who does it, for the change log; you when left out.")
    ] = None,
    address: Address = None,
) -> None:
    """Let somebody into a shared folder, or out; the first one in is its owner."""
    from tco.store.folders import ROLES, let_in

    given = next((each for each in ROLES if each == role.value), None)
    with _opened(address) as engine:
        let_in(engine, folder, person, given, by=by or getpass.getuser(), as_keeper=True)
    note(f"{person} is {given or 'no longer'} in {folder}.")


@store.command("copy")
def copy_store(
    target: Annotated[str, typer.Argument(metavar="ADDRESS", help="Store to copy into.")],
    *,
    address: Address = None,
) -> None:
    """Copy every scenario into another store: to PostgreSQL, or into a file for safe keeping."""
    from tco.store.keeping import copy

    with _opened(address) as source, _opened(target) as other:
        count = copy(source, other)
    note(f"Copied {plural(count, 'scenario')}.")


@store.command("check")
def check_store(*, address: Address = None, as_json: AsJson = False) -> None:
    """Read every version and hold every seal; exit with 10 where one is not what it was."""
    from dataclasses import asdict

    from tco.store.check import look_at_store
    from tco.store.keeping import faults

    with _opened(address) as engine:
        found = faults(engine, _key())
    if as_json:
        print_json({"schema": "tco.store-check/1", "faults": [asdict(fault) for fault in found]})
    else:
        say(f"{look_at_store(address).words}.")
        for fault in found:
            say(f"{fault.scenario} of {fault.owner}: {fault.reason}.")
    if found:
        raise typer.Exit(CHECK_FAILED)


@contextmanager
def _opened(address: str | None) -> "Iterator[Engine]":
    if find_spec("sqlalchemy") is None or find_spec("alembic") is None:
        remedy = "Run: pip install 'gpt-or-llama-planner[app]'"
        raise InputError(Problem("store", "", "needs the store's packages", remedy))
    from tco.store.connect import open_store

    engine = open_store(address)
    try:
        yield engine
    finally:
        engine.dispose()


def _key() -> bytes | None:
    from tco.store.seals import seal_key

    return seal_key()
